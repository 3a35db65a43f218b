/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log to a file; see out/log.h. */
#include "config.h"

#include "out/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "decode/call_subjects.h"
#include "event/detail.h"
#include "event/event.h"
#include "event/redaction.h"
#include "model/detail_filter.h"
#include "out/line_format.h"
#include "out/line_writer.h"
#include "out/log_line.h"
#include "out/thread_files.h"

/* Size of the line about what was not logged. */
#define LOST_MAX 256

_Static_assert((int)LOG_LINE_MAX + sizeof(struct thread_line) <= (int)LINE_WRITER_MAX,
	"every line fits into the buffer");

struct log {
	struct event_sink sink;
	const struct line_format *lines;
	struct log_format format;
	struct redaction *redaction; /* owned; NULL: nothing is masked */
	struct detail_filter filter;
	struct call_subjects subjects; /* for the filter */
	bool has_reader;
	bool is_split;                 /* a file for each thread: lines have heads */
	struct line_writer *writer;    /* owned */
	pid_t last_tid;                /* whose line was the last one */
	uint64_t unsaid, unsaid_other; /* calls, and others, that were lost since the last line */
	uint64_t lost, lost_other;     /* and since the beginning */
	uint64_t unknown;              /* calls of which the filter does not know */
	struct {
		struct thread_line head;
		char text[LOG_LINE_MAX];
	} line;
};

/* Puts the line of TID that is in `line`, with SIZE bytes. Returns whether there was room. */
static bool put_line(struct log *log, pid_t tid, size_t size)
{
	if (!log->is_split)
		return line_writer_put(log->writer, log->line.text, size);
	log->line.head = (struct thread_line){tid, (unsigned int)size};
	return line_writer_put(
		log->writer, (const char *)&log->line, sizeof(log->line.head) + size);
}

/* What was lost before the next line. */

/* Writes the line about that, before one of TID. Returns whether there was room. */
static bool put_lost(struct log *log, pid_t tid)
{
	if (!log->unsaid && !log->unsaid_other)
		return true;
	size_t length = log->lines->lost(
		&log->format, log->unsaid, log->unsaid_other, log->line.text, LOST_MAX);
	if (!put_line(log, tid, length))
		return false;
	log->unsaid = log->unsaid_other = 0;
	return true;
}

static void add_lost(struct log *log, uint64_t calls, uint64_t others)
{
	log->lost += calls;
	log->unsaid += calls;
	log->lost_other += others;
	log->unsaid_other += others;
}

static void put_event(struct log *log, const struct event *event)
{
	bool is_call = event->type == EVENT_DETAIL;
	if (line_writer_error(log->writer) || !put_lost(log, event->tid)) {
		add_lost(log, is_call, !is_call);
		return;
	}
	log->format.last_ns = event->time_ns;
	if (log->redaction)
		event = redaction_apply(log->redaction, event);
	size_t size = log->lines->line(&log->format, event, log->line.text, sizeof(log->line.text));
	if (size && !put_line(log, event->tid, size))
		add_lost(log, is_call, !is_call);
	log->last_tid = event->tid;
}

static void take_detail(struct log *log, const struct event *event)
{
	const struct event_detail *detail = (const struct event_detail *)event;
	add_lost(log, detail->lost_logged, 0);
	if (detail->end == DETAIL_IN_PROGRESS)
		return;
	enum filter_answer answer = detail_filter_answer(&log->filter, detail);
	if (answer == FILTER_YES)
		put_event(log, event);
	else if (answer == FILTER_UNKNOWN)
		log->unsaid++, log->unknown++;
}

static void take_lost(struct log *log, const struct event *event)
{
	const struct event_lost *lost = (const struct event_lost *)event;
	add_lost(log, lost->lost_logged, lost->lost_signals);
}

/* Names of tasks and arrows: what has no room is not missed. */
static void take_task(struct log *log, const struct event *event)
{
	if (!log->lines->has_tasks || line_writer_error(log->writer))
		return;
	size_t size = log->lines->line(&log->format, event, log->line.text, sizeof(log->line.text));
	if (size)
		put_line(log, event->tid, size);
}

static void take(struct event_sink *sink, const struct event *event)
{
	static void (*const takers[EVENT_TYPES])(struct log * log, const struct event *event) = {
		[EVENT_DETAIL] = take_detail,
		[EVENT_LOST] = take_lost,
		[EVENT_SIGNAL] = put_event,
		[EVENT_GONE] = put_event,
		[EVENT_TASK] = take_task,
		[EVENT_WAKER] = take_task,
	};
	struct log *log = (struct log *)sink;
	detail_filter_apply(&log->filter, event);
	if (takers[event->type])
		takers[event->type](log, event);
}

static void init(struct log *log, const struct log_options *options)
{
	log->sink.take = take;
	log->lines = options->format ? options->format : &line_formats[LINE_FORMAT_STRACE];
	log->format.text = options->text;
	log->format.is_plain = log->lines->is_plain;
	log->format.clock = options->clock;
	if (log->lines->is_for_programs)
		log->redaction = redaction_new(options->secrets, options->with_data);
	if (log->lines->begin)
		line_writer_put(log->writer, log->lines->begin, strlen(log->lines->begin));
	call_subjects_init(&log->subjects, options->text.namer);
	detail_filter_init(&log->filter, options->filter, &log->subjects.objects);
}

int log_new(int fd, const struct log_options *options, struct log **out)
{
	struct log *log = xcalloc(1, sizeof(*log));
	struct stat status;
	int result = line_writer_new(fd, options->buffer, &log->writer);
	if (result < 0) {
		close(fd);
		free(log);
		return result;
	}
	log->has_reader = fstat(fd, &status) == 0 && !S_ISREG(status.st_mode) &&
	                  !S_ISBLK(status.st_mode);
	init(log, options);
	*out = log;
	return 0;
}

int log_new_split(const char *path, const struct log_options *options, struct log **out)
{
	struct log *log = xcalloc(1, sizeof(*log));
	struct line_output *files = thread_files_new(path);
	int result = line_writer_new_to(files, options->buffer, &log->writer);
	if (result < 0) {
		files->close(files);
		free(log);
		return result;
	}
	log->is_split = log->format.without_tid = true;
	init(log, options);
	*out = log;
	return 0;
}

void log_set_namer(struct log *log, struct descriptor_namer *namer)
{
	log->format.text.namer = log->lines->is_plain ? NULL : namer;
	log->subjects.namer = namer;
}

bool log_has_reader(const struct log *log)
{
	return log->has_reader;
}

struct event_sink *log_sink(struct log *log)
{
	return &log->sink;
}

void log_set_clock(struct log *log, uint64_t clock_ns)
{
	log->format.clock_ns = clock_ns;
}

void log_flush(struct log *log)
{
	put_lost(log, log->last_tid);
	line_writer_flush(log->writer);
}

bool log_is_full(const struct log *log)
{
	return !line_writer_error(log->writer) && !line_writer_has_room(log->writer, LOG_LINE_MAX);
}

static void ignore(struct event_sink *sink, const struct event *event)
{
	(void)sink, (void)event;
}

void log_abandon(struct log *log)
{
	log->sink.take = ignore;
}

bool log_is_written(struct log *log)
{
	return line_writer_is_done(log->writer);
}

uint64_t log_written(struct log *log)
{
	return line_writer_written(log->writer);
}

uint64_t log_lost(const struct log *log)
{
	return log->lost;
}

uint64_t log_unknown(const struct log *log)
{
	return log->unknown;
}

uint64_t log_lost_others(const struct log *log)
{
	return log->lost_other;
}

int log_error(const struct log *log)
{
	return line_writer_error(log->writer);
}

int log_close(struct log *log, uint64_t until_ns)
{
	if (!log)
		return 0;
	if (log->lines->end) {
		line_writer_put(log->writer, log->lines->end, strlen(log->lines->end));
		line_writer_flush(log->writer);
	}
	int result = line_writer_close(log->writer, until_ns);
	if (result == -EAGAIN)
		return result;
	detail_filter_clear(&log->filter);
	redaction_free(log->redaction);
	map_clear(&log->format.tasks);
	free(log);
	return result;
}
