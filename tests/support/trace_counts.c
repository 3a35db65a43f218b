/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests of formats of traces: reads FILEs as one trace into the model, and prints what that has
 * counted.
 *
 *     trace_counts [-lnbq] FILE...    -l: each call as text instead; -n: the notes, too;
 *                                     -b: without a model; -q: without details
 *
 * Each line is "calls errors name", sorted by name.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decode/call_text.h"
#include "engine/replay/strace_trace.h"
#include "engine/replay/unpack.h"
#include "event/detail.h"
#include "event/event.h"
#include "event/interest.h"
#include "event/sink.h"
#include "model/model.h"

#define INPUTS_MAX 1024
#define ROWS_MAX   2048

struct row {
	struct call call;
	uint64_t calls, errors;
	uint64_t total_ns, partial;
};

struct counts {
	struct event_sink sink;
	struct model *model;
	struct row row[ROWS_MAX];
	size_t count;
	uint64_t events, details, tasks, gone, signals;
	uint64_t last_ns;
	bool lists, notes;
};

static struct row *row_of(struct counts *counts, struct call call)
{
	for (size_t i = 0; i < counts->count; i++) {
		if (call_equal(counts->row[i].call, call))
			return &counts->row[i];
	}
	if (counts->count == ROWS_MAX)
		exit(1);
	counts->row[counts->count].call = call;
	return &counts->row[counts->count++];
}

static void take(struct event_sink *sink, const struct event *event)
{
	struct counts *counts = (struct counts *)sink;
	counts->events++;
	if (event->time_ns < counts->last_ns && event->type != EVENT_NOTE &&
		event->type != EVENT_SESSION && event->type != EVENT_END) {
		fprintf(stderr, "trace_counts: an event of type %u is before the last one\n",
			event->type);
		exit(1);
	}
	counts->last_ns = event->time_ns;
	if (event->type == EVENT_EXIT) {
		const struct event_exit *end = (const struct event_exit *)event;
		struct row *row = row_of(counts, end->call);
		row->calls++;
		row->errors += end->outcome.err != 0;
		row->total_ns += end->outcome.duration_ns;
		row->partial += end->outcome.partial;
	} else if (event->type == EVENT_DETAIL) {
		const struct event_detail *detail = (const struct event_detail *)event;
		counts->details++;
		if (counts->lists) {
			char text[CALL_TEXT_MAX];
			const struct call_text_options options = {.string_max = 32};
			call_text(detail, &options, text, sizeof(text));
			printf("%d %s\n", event->tid, text);
		}
	} else if (event->type == EVENT_TASK) {
		counts->tasks++;
		const struct event_task *task = (const struct event_task *)event;
		if (counts->lists)
			printf("%d: task tgid %d parent %d %s%s%s\n", event->tid, task->tgid,
				task->parent, task->comm, task->is_new ? " new" : "",
				task->has_executed ? " exec" : "");
	} else if (event->type == EVENT_GONE) {
		counts->gone++;
	} else if (event->type == EVENT_SIGNAL) {
		counts->signals++;
	} else if (event->type == EVENT_NOTE && counts->notes) {
		printf("note: %s\n", ((const struct event_note *)event)->text);
	}
	if (counts->model)
		model_apply(counts->model, event);
}

static int by_name(const void *one, const void *other)
{
	char a[CALL_NAME_MAX], b[CALL_NAME_MAX];
	return strcmp(call_name(((const struct row *)one)->call, a),
		call_name(((const struct row *)other)->call, b));
}

static void print(struct counts *counts)
{
	char name[CALL_NAME_MAX];
	qsort(counts->row, counts->count, sizeof(*counts->row), by_name);
	for (size_t i = 0; i < counts->count; i++) {
		const struct row *row = &counts->row[i];
		printf("%" PRIu64 " %" PRIu64 " %s\n", row->calls, row->errors,
			call_name(row->call, name));
	}
}

/* Whether the head of INPUT is one of strace's. */
static bool is_strace(const struct trace_input *input)
{
	static unsigned char head[256 << 10], unpacked[TRACE_HEAD_MAX];
	ssize_t size = pread(input->fd, head, sizeof(head), 0);
	if (size < 0)
		return true;
	size_t got = unpack_head(head, (size_t)size, unpacked, sizeof(unpacked));
	return got ? strace_format.recognise(input, unpacked, got)
	           : strace_format.recognise(input, head, (size_t)size);
}

int main(int argc, char *argv[])
{
	static struct trace_input inputs[INPUTS_MAX];
	static struct counts counts = {.sink = {take}};
	char error[ENGINE_ERROR_MAX] = "";
	struct trace *trace;
	size_t count = 0;
	bool is_bare = false, is_quiet = false;
	static struct interest nothing;
	for (int option; (option = getopt(argc, argv, "lnbq")) != -1;) {
		is_quiet |= option == 'q';
		counts.lists |= option == 'l';
		counts.notes |= option == 'n';
		is_bare |= option == 'b';
	}
	for (int i = optind; i < argc && count < INPUTS_MAX; i++) {
		struct trace_input *input = &inputs[count++];
		struct stat status;
		input->path = argv[i];
		input->fd = strcmp(argv[i], "-") ? open(argv[i], O_RDONLY | O_CLOEXEC) : 0;
		if (input->fd < 0 || fstat(input->fd, &status) < 0) {
			perror(argv[i]);
			return 1;
		}
		input->grows = !S_ISREG(status.st_mode);
		if (!is_strace(input)) {
			fprintf(stderr, "%s: not strace's\n", argv[i]);
			return 3;
		}
	}
	counts.model = is_bare ? NULL : model_new(1, NULL);
	int result = strace_format.open(inputs, count, &trace, error);
	if (is_quiet)
		strace_format.set_interest(trace, &nothing);
	while (result >= 0 || result == -EAGAIN) {
		result = strace_format.read(trace, 1000, &counts.sink);
		if (result == 0)
			break;
		if (result == -EAGAIN) {
			struct pollfd poll_fd = {.fd = inputs[0].fd, .events = POLLIN};
			poll(&poll_fd, 1, 100);
		}
	}
	if (!counts.lists)
		print(&counts);
	if (result < 0)
		fprintf(stderr, "%s\n", strace_format.error(trace));
	if (counts.notes)
		printf("events %" PRIu64 " details %" PRIu64 " tasks %" PRIu64 " gone %" PRIu64
		       " signals %" PRIu64 "\n",
			counts.events, counts.details, counts.tasks, counts.gone, counts.signals);
	strace_format.close(trace);
	model_free(counts.model);
	return result < 0;
}
