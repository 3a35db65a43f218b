/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last lines of the log; see out/log_tail.h. */
#include "config.h"

#include "out/log_tail.h"

#include <stdlib.h>
#include <string.h>

#include "abi/argument.h"
#include "abi/descriptor.h"
#include "base/alloc.h"
#include "base/map.h"
#include "event/detail.h"
#include "event/event.h"
#include "model/detail_filter.h"
#include "model/model.h"

struct log_tail {
	struct event_sink sink;
	struct log_format format;
	struct log_subject subject;
	struct log_tail_line *lines[LOG_TAIL_LINES]; /* line N at N modulo the size; owned */
	uint64_t first, end;                         /* numbers */
	size_t bytes;                                /* of their texts */
	uint64_t arrived, lost;                      /* details */
	struct map running;        /* the detail of a call in progress by tid; owned */
	const struct model *model; /* not owned; NULL: there is none */
	struct detail_filter filter;
	uint64_t selection; /* number of that filter */
	uint64_t unknown;   /* calls that it may select */
};

struct log_tail *log_tail_new(const struct call_text_options *options)
{
	struct log_tail *tail = xcalloc(1, sizeof(*tail));
	tail->format.text = *options;
	tail->first = tail->end = 1;
	tail->selection = 1;
	return tail;
}

/* Lines. */

static struct log_tail_line **slot(struct log_tail *tail, uint64_t number)
{
	return &tail->lines[number % LOG_TAIL_LINES];
}

static void drop_first(struct log_tail *tail)
{
	struct log_tail_line **first = slot(tail, tail->first++);
	tail->bytes -= (*first)->length;
	free(*first);
	*first = NULL;
}

static void clear(struct log_tail *tail)
{
	struct event_detail *detail;
	while (tail->first < tail->end)
		drop_first(tail);
	MAP_FOR_EACH (&tail->running, at, detail)
		free(detail);
	map_clear(&tail->running);
}

void log_tail_free(struct log_tail *tail)
{
	if (!tail)
		return;
	clear(tail);
	detail_filter_clear(&tail->filter);
	free(tail);
}

/* Adds the line of EVENT. Returns it, without what it is about; NULL: it makes none. */
static struct log_tail_line *add(struct log_tail *tail, const struct event *event)
{
	char text[LOG_TAIL_LINE];
	size_t size = log_line(&tail->format, event, text, sizeof(text));
	if (!size)
		return NULL;
	while (tail->first < tail->end &&
		(tail->end - tail->first == LOG_TAIL_LINES || tail->bytes + size > LOG_TAIL_BYTES))
		drop_first(tail);
	struct log_tail_line *line = xcalloc(1, sizeof(*line) + size);
	line->number = tail->end++;
	line->tid = event->tid;
	line->length = size - 1;
	memcpy(line->text, text, line->length);
	*slot(tail, line->number) = line;
	tail->bytes += line->length;
	return line;
}

uint64_t log_tail_first(const struct log_tail *tail)
{
	return tail->first;
}

uint64_t log_tail_end(const struct log_tail *tail)
{
	return tail->end;
}

const struct log_tail_line *log_tail_line(const struct log_tail *tail, uint64_t number)
{
	bool is_there = number >= tail->first && number < tail->end;
	return is_there ? tail->lines[number % LOG_TAIL_LINES] : NULL;
}

/* Events. */

/* Whether what thread TID of process TGID has done, CALL or another thing, is of the subject. */
static bool is_subject(const struct log_tail *tail, pid_t tid, pid_t tgid, const struct call *call)
{
	switch (tail->subject.scope) {
	case LOG_ALL:
		return true;
	case LOG_THREAD:
		return tid == tail->subject.tid;
	case LOG_CALL:
		return call && call_equal(*call, tail->subject.call);
	case LOG_PROCESS:
		return tgid == tail->subject.tid;
	case LOG_FILE:
		return call && tail->model &&
		       model_is_about_file(tail->model, tail->subject.grouping, tail->subject.key);
	case LOG_NOTHING:
		break;
	}
	return false;
}

/* It is needed until the next one of its thread. */
static void keep_running(struct log_tail *tail, const struct event_detail *detail)
{
	size_t size = event_size(&detail->event);
	struct event_detail *copy = xcalloc(1, size);
	memcpy(copy, detail, size);
	map_put(&tail->running, (uint64_t)detail->event.tid, copy);
}

static void take_detail(struct log_tail *tail, const struct event *event)
{
	const struct event_detail *detail = (const struct event_detail *)event;
	free(map_remove(&tail->running, (uint64_t)event->tid));
	if (detail->end == DETAIL_IN_PROGRESS) {
		keep_running(tail, detail);
		return;
	}
	tail->lost += detail->lost;
	tail->arrived++;
	if (!is_subject(tail, event->tid, detail->tgid, &detail->call))
		return;
	enum filter_answer answer = detail_filter_answer(&tail->filter, detail);
	struct log_tail_line *line = add(tail, event);
	line->selection = answer == FILTER_YES ? tail->selection : 0;
	tail->unknown += answer == FILTER_UNKNOWN;
	line->tgid = detail->tgid;
	line->is_call = true;
	line->call = detail->call;
	line->failed = detail->err != 0;
	line->result = detail->result;
	memcpy(line->args, detail->args, sizeof(line->args));
}

static void take_lost(struct log_tail *tail, const struct event *event)
{
	tail->lost += ((const struct event_lost *)event)->lost;
}

static void take_signal(struct log_tail *tail, const struct event *event)
{
	if (is_subject(tail, event->tid, ((const struct event_signal *)event)->tgid, NULL))
		add(tail, event);
}

/* The model has it among the ended threads. */
static void take_gone(struct log_tail *tail, const struct event *event)
{
	free(map_remove(&tail->running, (uint64_t)event->tid));
	if (is_subject(tail, event->tid, event->tid, NULL))
		add(tail, event);
}

static void take(struct event_sink *sink, const struct event *event)
{
	static void (*const takers[EVENT_TYPES])(
		struct log_tail * tail, const struct event *event) = {
		[EVENT_DETAIL] = take_detail,
		[EVENT_LOST] = take_lost,
		[EVENT_SIGNAL] = take_signal,
		[EVENT_GONE] = take_gone,
	};
	struct log_tail *tail = (struct log_tail *)sink;
	detail_filter_apply(&tail->filter, event);
	if (tail->subject.scope != LOG_NOTHING && takers[event->type])
		takers[event->type](tail, event);
}

struct event_sink *log_tail_sink(struct log_tail *tail)
{
	tail->sink.take = take;
	return &tail->sink;
}

void log_tail_set_clock(struct log_tail *tail, uint64_t clock_ns)
{
	tail->format.clock_ns = clock_ns;
}

static bool is_same(const struct log_subject *a, const struct log_subject *b)
{
	return a->scope == b->scope && (a->scope != LOG_CALL || call_equal(a->call, b->call)) &&
	       a->tid == b->tid && a->grouping == b->grouping && a->key == b->key;
}

bool log_tail_follow(struct log_tail *tail, const struct log_subject *subject)
{
	if (is_same(&tail->subject, subject))
		return false;
	tail->subject = *subject;
	clear(tail);
	tail->arrived = tail->lost = 0;
	return true;
}

void log_tail_set_model(struct log_tail *tail, const struct model *model)
{
	tail->model = model;
}

void log_tail_select(
	struct log_tail *tail, const struct filter *filter, struct filter_objects *objects)
{
	detail_filter_clear(&tail->filter);
	detail_filter_begin(&tail->filter, filter, objects, tail->model);
	tail->selection++;
	tail->unknown = 0;
}

bool log_tail_is_selected(const struct log_tail *tail, const struct log_tail_line *line)
{
	return !tail->filter.filter || line->selection == tail->selection;
}

uint64_t log_tail_unknown(const struct log_tail *tail)
{
	return tail->unknown;
}

double log_tail_share(const struct log_tail *tail)
{
	uint64_t all = tail->arrived + tail->lost;
	return all ? (double)tail->arrived / (double)all : 1;
}

/* Descriptors. */

/* Bits of enum log_use for what ROW of a call does to FD, if it applies to LINE. */
static unsigned int row_uses(
	const struct descriptor_row *row, const struct log_tail_line *line, int fd)
{
	bool is_made = row->effect == DESCRIPTOR_MAKE || row->effect == DESCRIPTOR_COPY;
	unsigned int use = is_made                           ? LOG_MAKES
	                   : row->effect == DESCRIPTOR_CLOSE ? LOG_CLOSES
	                                                     : LOG_USES;
	if (!descriptor_row_applies(row, line->args))
		return 0;
	if (row->place == PLACE_RESULT)
		return !line->failed && line->result == fd ? use : 0;
	if (row->place == PLACE_ARGUMENT && !(is_made && line->failed))
		return (int32_t)line->args[row->at] == fd ? use : 0;
	if (row->place == PLACE_RANGE)
		return (uint32_t)fd >= line->args[row->at] && (uint32_t)fd <= line->args[row->to]
		               ? use
		               : 0;
	return 0;
}

unsigned int log_tail_uses(const struct log_tail_line *line, pid_t tgid, int fd)
{
	unsigned int uses = 0;
	size_t count;
	if (!line->is_call || line->tgid != tgid || fd < 0)
		return 0;
	const struct descriptor_row *rows = descriptor_rows(line->call, &count);
	for (size_t i = 0; i < count; i++)
		uses |= row_uses(&rows[i], line, fd);
	for (unsigned int i = 0; i < argument_count(line->call); i++) {
		const struct argument *argument = argument_of(line->call, line->args, i);
		bool is_fd = argument->kind == ARG_FD || argument->kind == ARG_DIRFD;
		if (is_fd && (int32_t)line->args[i] == fd)
			uses |= LOG_USES;
	}
	return uses;
}

int log_tail_descriptor(const struct log_tail_line *line)
{
	if (!line->is_call)
		return -1;
	for (unsigned int i = 0; i < argument_count(line->call); i++) {
		if (argument_of(line->call, line->args, i)->kind == ARG_FD)
			return (int32_t)line->args[i];
	}
	const struct argument *result = argument_result(line->call, line->args);
	return !line->failed && result->kind == ARG_FD ? (int)line->result : -1;
}

size_t log_tail_format(
	struct log_tail *tail, const struct event_detail *detail, char *buf, size_t size)
{
	struct event_detail *running = map_get(&tail->running, (uint64_t)detail->event.tid);
	bool is_it = running && call_equal(running->call, detail->call) &&
	             memcmp(running->args, detail->args, sizeof(running->args)) == 0;
	if (!is_it)
		return log_line(&tail->format, &detail->event, buf, size);
	/* Its beginning is known better by now. */
	running->start_ns = detail->start_ns;
	running->partial = detail->partial;
	return log_line(&tail->format, &running->event, buf, size);
}
