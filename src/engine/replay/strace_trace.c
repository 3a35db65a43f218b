/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The format "strace"; see engine/replay/strace_trace.h. */
#include "config.h"

#include "engine/replay/strace_trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/time.h"
#include "engine/replay/perf_line.h"
#include "engine/replay/replay.h"
#include "engine/replay/strace_stream.h"
#include "engine/replay/unpack.h"
#include "event/sink.h"

/* Lines of the head of a file that are looked at. */
#define HEAD_LINES    200

/* So many calls are enough to say what is missing. */
#define ENOUGH_CALLS  1000

/* The number of stacks is said again after so many. */
#define ENOUGH_STACKS 1024

/* How strace is to be run so that nothing is missing. */
#define ADVICE        "record with: strace -f -ttt -T -yy -o FILE"

/* What such text has. */
#define CAPABILITIES  (ENGINE_READS_ARGS | ENGINE_SENDS_DETAILS | ENGINE_SENDS_EXITS)

/* Numbers of the notes. */
enum strace_note {
	NOTE_TIMES = REPLAY_NOTE_FORMAT,
	NOTE_CHILDREN,
	NOTE_UNKNOWN,
	NOTE_OTHERS,
	NOTE_CUT,
	NOTE_FORGOTTEN,
	NOTE_FRAMES,
	NOTE_UNREADABLE,
	NOTE_LOST,
};

struct trace {
	struct strace_shared shared;
	bool is_perf;                  /* perf's text, not strace's */
	struct strace_stream *streams; /* owned */
	size_t count;
	size_t *heap; /* of streams with events, by the time of the first one; owned */
	size_t heap_count;
	bool *is_ended;                   /* of each stream; owned */
	const struct trace_input *inputs; /* not owned */
	bool has_told_times, has_told_children;
	bool is_told;
	uint64_t told_stacks; /* how many are said to be known */
	bool has_ended;       /* EVENT_END was sent */
	uint64_t begin_ns;
	int failed; /* -errno of a stream */
	char error[ENGINE_ERROR_MAX];
};

/* Recognising. */

/* How much LINE speaks for strace's text. */
static int weight_of(const struct strace_line *line)
{
	struct strace_result result;
	switch (line->kind) {
	case STRACE_CALL:
		strace_result_parse(line->result, &result);
		return result.kind == RESULT_UNKNOWN ? 0 : 2;
	case STRACE_UNFINISHED:
	case STRACE_DETACHED:
	case STRACE_RESUMED:
	case STRACE_SIGNAL:
	case STRACE_EXITED:
	case STRACE_KILLED:
	case STRACE_ATTACHED:
	case STRACE_ABI:
		return 2;
	case STRACE_OPEN:
		/* The rest may be behind the head, or in the next line. */
		return line->pid || line->stamp ? 1 : 0;
	default:
		return 0;
	}
}

static bool recognise(const struct trace_input *input, const unsigned char *head, size_t size)
{
	char plain[TRACE_HEAD_MAX];
	struct span text;
	int weight = 0;
	int others = 0;
	bool has_open = false;
	if (input->is_directory)
		return false;
	/* A pipe has less than zstd needs to unpack anything, and no other format comes by one. */
	if (!size && input->grows)
		return true;
	size = size < sizeof(plain) ? size : sizeof(plain);
	memcpy(plain, head, size);
	struct span rest = {plain, span_strip_colours(plain, size)};
	for (int i = 0; i < HEAD_LINES && rest.size; i++) {
		struct strace_line line;
		if (!span_take_until(&rest, '\n', &text)) {
			text = rest;
			rest.size = 0;
		}
		strace_line_parse(text, &line);
		int this_one = weight_of(&line);
		bool is_open = line.kind == STRACE_OPEN;
		/* The rest of a call that was cut off. */
		if (line.kind == STRACE_OTHER && has_open && strace_line_parse_rest(text, &line))
			this_one = 2;
		has_open |= is_open;
		weight += this_one;
		others += !this_one && span_trim(text).size;
	}
	/* The table of -c, or program output before, may take most of the head. */
	return weight > 0 && (weight >= 4 || others <= 2) && weight * 10 >= others;
}

static bool recognise_perf(const struct trace_input *input, const unsigned char *head, size_t size)
{
	struct span rest = {(const char *)head, size};
	struct span text;
	int calls = 0, others = 0;
	if (input->is_directory)
		return false;
	for (int i = 0; i < HEAD_LINES && span_take_until(&rest, '\n', &text); i++) {
		struct perf_line line;
		perf_line_parse(text, &line);
		calls += line.kind == PERF_CALL || line.kind == PERF_BEGUN ||
		         line.kind == PERF_ENDED;
		others += line.kind == PERF_OTHER && span_trim(text).size;
	}
	/* The program's own output may be in between. */
	return calls > 0 && calls * 10 >= others;
}

/* Opening. */

/* Finds out when the trace begins, as far as that can be told without waiting. */
static void find_begin(struct trace *trace)
{
	struct perf_text *perf = trace->is_perf ? perf_text_new(trace->shared.names) : NULL;
	for (size_t i = 0; i < trace->count; i++) {
		struct span rest = line_reader_ahead(trace->streams[i].reader);
		struct strace_clock clock = {0};
		struct span text, rewritten[PERF_TEXT_LINES];
		uint64_t first_ns = 0;
		for (int j = 0; j < HEAD_LINES && !first_ns && span_take_until(&rest, '\n', &text);
			j++) {
			struct strace_line line;
			if (perf && perf_text_rewrite(perf, text, rewritten))
				text = rewritten[0];
			strace_line_parse(text, &line);
			if (line.stamp)
				first_ns = strace_clock_advance(&clock, &line);
		}
		if (first_ns && (!trace->begin_ns || first_ns < trace->begin_ns))
			trace->begin_ns = first_ns;
	}
	perf_text_free(perf);
}

static void open_trace(
	const struct trace_input *inputs, size_t count, bool is_perf, struct trace **out)
{
	struct trace *trace = xcalloc(1, sizeof(*trace));
	trace->is_perf = is_perf;
	trace->shared.names = call_names_new();
	trace->shared.sent_ns = 1;
	trace->shared.first.exit_code = -1;
	trace->shared.decoder = strace_decoder_new(trace->shared.names);
	trace->streams = xcalloc(count, sizeof(*trace->streams));
	trace->heap = xcalloc(count, sizeof(*trace->heap));
	trace->is_ended = xcalloc(count, sizeof(*trace->is_ended));
	trace->inputs = inputs;
	trace->count = count;
	for (size_t i = 0; i < count; i++)
		strace_stream_init(&trace->streams[i], &trace->shared, inputs[i].fd,
			inputs[i].grows, inputs[i].path, count == 1, is_perf);
	find_begin(trace);
	*out = trace;
}

static int open_strace(const struct trace_input *inputs, size_t count, struct trace **out,
	char error[ENGINE_ERROR_MAX])
{
	(void)error;
	open_trace(inputs, count, false, out);
	return 0;
}

static int open_perf(const struct trace_input *inputs, size_t count, struct trace **out,
	char error[ENGINE_ERROR_MAX])
{
	(void)error;
	open_trace(inputs, count, true, out);
	return 0;
}

static void close_trace(struct trace *trace)
{
	if (!trace)
		return;
	for (size_t i = 0; i < trace->count; i++)
		strace_stream_clear(&trace->streams[i]);
	strace_tasks_clear(&trace->shared.tasks);
	strace_stacks_clear(&trace->shared.stacks);
	strace_decoder_free(trace->shared.decoder);
	call_names_free(trace->shared.names);
	free(trace->streams);
	free(trace->heap);
	free(trace->is_ended);
	free(trace);
}

static void set_interest(struct trace *trace, const struct interest *interest)
{
	trace->shared.interest = interest;
}

/* Notes. */

static void send_note(struct trace *trace, struct event_sink *sink, enum strace_note id,
	uint64_t count, const char *text)
{
	struct event_note note = {
		.event = {.type = EVENT_NOTE, .time_ns = trace->shared.sent_ns},
		.id = id,
		.transient = id >= NOTE_OTHERS,
		.count = count,
	};
	snprintf(note.text, sizeof(note.text), "%s", text);
	event_send(sink, &note.event);
}

/* What all streams have seen. */
static struct strace_seen seen_by_all(const struct trace *trace)
{
	struct strace_seen sum = {0};
	for (size_t i = 0; i < trace->count; i++) {
		const struct strace_seen *seen = &trace->streams[i].seen;
		sum.calls += seen->calls;
		sum.timed += seen->timed;
		sum.pids += seen->pids;
		sum.births += seen->births;
		sum.born += seen->born;
		sum.others += seen->others;
		sum.frames += seen->frames;
		sum.cut += line_reader_cut(trace->streams[i].reader);
		sum.unreadable += seen->unreadable;
	}
	return sum;
}

/* Says what the times lack, if that is known. */
static void tell_times(struct trace *trace, struct event_sink *sink, const struct strace_seen *seen)
{
	static const char *const texts[] = {
		[TIMES_NONE] =
			"strace was run without -t: only the order of calls is known; " ADVICE,
		[TIMES_SECONDS] =
			"strace was run with -t and without -T: latencies below a second are "
			"unknown; " ADVICE,
		[TIMES_RELATIVE] =
			"strace was run without -T: latencies are those until the next line "
			"at most; " ADVICE,
		[TIMES_OF_DAY] =
			"strace was run without -T: latencies are those until the next line "
			"at most; " ADVICE,
		[TIMES_REAL] =
			"strace was run without -T: latencies are those until the next line at "
			"most; " ADVICE,
	};
	enum strace_times times = trace->streams[0].clock.times;
	trace->has_told_times = true;
	if (times == TIMES_NONE && seen->timed)
		send_note(trace, sink, NOTE_TIMES, 1,
			"strace was run without -t: when calls were made is unknown, only their order "
			"and latencies; " ADVICE);
	else if (!seen->timed)
		send_note(trace, sink, NOTE_TIMES, 1, texts[times]);
}

static void tell_children(
	struct trace *trace, struct event_sink *sink, const struct strace_seen *seen)
{
	trace->has_told_children = true;
	if (seen->births && !seen->born && !seen->pids && trace->count == 1)
		send_note(trace, sink, NOTE_CHILDREN, seen->births,
			"strace was run without -f: the calls of children and other threads are "
			"not in its output; " ADVICE);
}

/* The number of events that perf has lost. */
static uint64_t count_lost(const struct trace *trace)
{
	uint64_t lost = 0;
	for (size_t i = 0; trace->is_perf && i < trace->count; i++)
		lost += perf_text_lost(trace->streams[i].perf);
	return lost;
}

/* Says what was seen that is not shown, or not as it was; nothing more follows. */
static void tell_counts(
	struct trace *trace, struct event_sink *sink, const struct strace_seen *seen)
{
	static const char mib_line[] = "is longer than 1 MiB: the rest was left out";
	static const char mib_lines[] = "are longer than 1 MiB: the rest was left out";
	_Static_assert(LINE_READER_MAX == 1 << 20, "the texts say how long");
	const struct {
		enum strace_note id;
		uint64_t count;
		const char *what, *one, *many; /* "1 line is", "2 lines are" */
	} counts[] = {
		{NOTE_OTHERS, seen->others, "line",
			trace->is_perf ? "is no call of perf's: output of a program, or damaged"
				       : "is not strace's: output of a program, or damaged",
			trace->is_perf ? "are no calls of perf's: output of programs, or damaged"
				       : "are not strace's: output of programs, or damaged"},
		{NOTE_CUT, seen->cut, "line", mib_line, mib_lines},
		{NOTE_FORGOTTEN, trace->shared.tasks.forgotten, "thread",
			"was forgotten: more than 16,384 were alive",
			"were forgotten: more than 16,384 were alive"},
		{NOTE_UNREADABLE, seen->unreadable, "result", "could not be read: it counts as 0",
			"could not be read: they count as 0"},
		{NOTE_LOST, count_lost(trace), "event", "was lost by perf: calls are missing",
			"were lost by perf: calls are missing"},
	};
	_Static_assert(STRACE_TASKS_MAX == 16384, "the texts say how many");
	char text[EVENT_TEXT_MAX];
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		bool is_one = counts[i].count == 1;
		snprintf(text, sizeof(text), "%" PRIu64 " %s%s %s", counts[i].count, counts[i].what,
			is_one ? "" : "s", is_one ? counts[i].one : counts[i].many);
		if (counts[i].count)
			send_note(trace, sink, counts[i].id, counts[i].count, text);
	}
}

/* Says how many stacks are known, now and then. */
static void tell_stacks(struct trace *trace, struct event_sink *sink, bool is_at_end)
{
	uint64_t taken = trace->shared.stacks.taken;
	struct event_stacks stacks = {
		.event = {.type = EVENT_STACKS, .time_ns = trace->shared.sent_ns},
		.taken = taken,
	};
	if (taken == trace->told_stacks ||
		(!is_at_end && taken - trace->told_stacks < ENOUGH_STACKS))
		return;
	trace->told_stacks = taken;
	event_send(sink, &stacks.event);
}

/* Says once what is missing; IS_AT_END: nothing more follows. */
static void tell(struct trace *trace, struct event_sink *sink, bool is_at_end)
{
	char text[EVENT_TEXT_MAX];
	if (trace->is_told || (!is_at_end && trace->has_told_times && trace->has_told_children))
		return;
	const struct strace_seen seen = seen_by_all(trace);
	/* perf has times, and follows children. */
	if (trace->is_perf)
		trace->has_told_times = trace->has_told_children = true;
	if (!trace->has_told_times && (is_at_end || seen.calls >= ENOUGH_CALLS) && seen.calls)
		tell_times(trace, sink, &seen);
	if (!trace->has_told_children && (is_at_end || (seen.births && seen.calls >= ENOUGH_CALLS)))
		tell_children(trace, sink, &seen);
	if (!is_at_end)
		return;
	trace->is_told = true;
	if (call_names_unknown(trace->shared.names, text, sizeof(text)))
		send_note(trace, sink, NOTE_UNKNOWN, 1, text);
	if (seen.frames && trace->is_perf)
		send_note(
			trace, sink, NOTE_FRAMES, seen.frames, "the stacks of perf are not shown");
	tell_counts(trace, sink, &seen);
}

/* Reading. */

/* Remembers why stream INDEX cannot be read on. Returns ERROR. */
static int fail(struct trace *trace, size_t index, int error)
{
	const char *path = trace->inputs[index].path;
	if (error == -ENOTSUP)
		snprintf(trace->error, sizeof(trace->error),
			"%s is compressed in a way that this build cannot read (see stop --version): "
			"unpack it first",
			path);
	else if (error == -EBADMSG || error == -ENODATA)
		snprintf(trace->error, sizeof(trace->error), "%s: the compressed data %s", path,
			error == -ENODATA ? "ends too early" : "is damaged");
	else
		snprintf(trace->error, sizeof(trace->error), "cannot read %s: %s", path,
			strerror(-error));
	trace->failed = error;
	return error;
}

static uint64_t first_ns(const struct trace *trace, size_t stream)
{
	return strace_queue_first(&trace->streams[stream].queue)->time_ns;
}

static bool is_before(const struct trace *trace, size_t one, size_t other)
{
	uint64_t one_ns = first_ns(trace, one), other_ns = first_ns(trace, other);
	return one_ns < other_ns || (one_ns == other_ns && one < other);
}

static void swap(size_t *one, size_t *other)
{
	size_t kept = *one;
	*one = *other;
	*other = kept;
}

/* Moves the entry AT of the heap down to where it belongs. */
static void sift_down(struct trace *trace, size_t at)
{
	size_t *heap = trace->heap;
	for (;;) {
		size_t child = 2 * at + 1;
		if (child >= trace->heap_count)
			return;
		if (child + 1 < trace->heap_count && is_before(trace, heap[child + 1], heap[child]))
			child++;
		if (!is_before(trace, heap[child], heap[at]))
			return;
		swap(&heap[child], &heap[at]);
		at = child;
	}
}

static void push(struct trace *trace, size_t stream)
{
	size_t at = trace->heap_count++;
	trace->heap[at] = stream;
	while (at && is_before(trace, trace->heap[at], trace->heap[(at - 1) / 2])) {
		swap(&trace->heap[at], &trace->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

/*
 * Reads stream INDEX until it has an event. Returns 1; 0 at its end; -EAGAIN if it grows and has
 * none for now, or another -errno.
 */
static int read_ahead(struct trace *trace, size_t index)
{
	struct strace_stream *stream = &trace->streams[index];
	while (!strace_queue_first(&stream->queue)) {
		int result = trace->is_ended[index] ? 0 : strace_stream_step(stream);
		if (result == 1)
			continue;
		if (result == -EAGAIN)
			return result;
		trace->is_ended[index] = true;
		if (result < 0)
			return fail(trace, index, result);
		return strace_queue_first(&stream->queue) != NULL;
	}
	return 1;
}

/* Has every stream an event, or its end. As read_ahead(). */
static int fill(struct trace *trace)
{
	int result = 1;
	for (size_t i = 0; i < trace->count; i++) {
		/* Those that have an event are in the heap. */
		if (strace_queue_first(&trace->streams[i].queue))
			continue;
		int ahead = read_ahead(trace, i);
		if (ahead == 1)
			push(trace, i);
		else if (ahead < 0)
			result = ahead;
	}
	return result;
}

/* Passes on the events of several streams, in the order of their times. */
static int read_merged(struct trace *trace, size_t limit, struct event_sink *sink)
{
	int result = fill(trace);
	if (result < 0 && result != -EAGAIN)
		return result;
	while (result == 1 && trace->heap_count && limit) {
		size_t index = trace->heap[0];
		struct strace_queue *queue = &trace->streams[index].queue;
		trace->shared.sent_ns = strace_queue_first(queue)->time_ns;
		event_send(sink, strace_queue_first(queue));
		strace_queue_remove_first(queue);
		limit--;
		if (!strace_queue_first(queue)) {
			result = read_ahead(trace, index);
			if (result < 0 && result != -EAGAIN)
				return result;
			if (result != 1) {
				trace->heap[0] = trace->heap[--trace->heap_count];
				result = result ? result : 1;
			}
		}
		sift_down(trace, 0);
	}
	return result == 1 && !trace->heap_count ? 0 : result;
}

/* Passes on the events of the only stream. */
static int read_single(struct trace *trace, size_t limit, struct event_sink *sink)
{
	struct strace_stream *stream = &trace->streams[0];
	int result = 1;
	stream->sink = sink;
	/* A line makes some three events. */
	for (size_t i = 0; i < limit && result == 1; i += 3)
		result = strace_stream_step(stream);
	if (result < 0 && result != -EAGAIN)
		return fail(trace, 0, result);
	return result;
}

/* Sends what is known about the trace as a whole, if that has changed. */
static void send_facts(struct trace *trace, struct event_sink *sink, bool is_final)
{
	struct strace_first *first = &trace->shared.first;
	const struct strace_session session = {
		.engine = trace->is_perf ? "perf" : "strace",
		.capabilities = CAPABILITIES,
		.is_final = is_final,
	};
	if (!first->has_changed && !is_final)
		return;
	first->has_changed = false;
	strace_send_session(first, &session, trace->shared.sent_ns, sink);
}

/* Sends the last event: all that there is has been read. */
static void send_end(struct trace *trace, struct event_sink *sink)
{
	const struct event_end end = {
		.event = {.type = EVENT_END, .time_ns = trace->shared.sent_ns}};
	if (trace->has_ended)
		return;
	trace->has_ended = true;
	send_facts(trace, sink, true);
	event_send(sink, &end.event);
}

static int read_trace(struct trace *trace, size_t limit, struct event_sink *sink)
{
	if (trace->failed)
		return trace->failed;
	trace->shared.sink = sink;
	int result = trace->count == 1 ? read_single(trace, limit, sink)
	                               : read_merged(trace, limit, sink);
	if (!trace->begin_ns)
		trace->begin_ns = trace->shared.sent_ns;
	bool is_at_end = result == 0 || (result < 0 && result != -EAGAIN);
	send_facts(trace, sink, false);
	tell(trace, sink, is_at_end);
	tell_stacks(trace, sink, is_at_end);
	if (is_at_end)
		send_end(trace, sink);
	return result;
}

static const char *error_of(const struct trace *trace)
{
	return trace->error;
}

static void facts_of(const struct trace *trace, struct trace_facts *facts)
{
	*facts = (struct trace_facts){
		.begin_ns = trace->begin_ns,
		.capabilities = CAPABILITIES,
		.pid = trace->streams[0].pid,
	};
	if (trace->streams[0].clock.times == TIMES_REAL)
		facts->begin_realtime_ns = trace->begin_ns;
	for (size_t i = 0; i < trace->count; i++) {
		struct stat status;
		facts->bytes_read += line_reader_taken(trace->streams[i].reader);
		if (fstat(trace->inputs[i].fd, &status) == 0 && S_ISREG(status.st_mode))
			facts->bytes += (uint64_t)status.st_size;
		if (trace->streams[i].event_ns > facts->end_ns)
			facts->end_ns = trace->streams[i].event_ns;
	}
}

const struct trace_format strace_format = {
	.name = "strace",
	.summary = "the output of strace, with any of its options, also compressed",
	.recognise = recognise,
	.open = open_strace,
	.read = read_trace,
	.set_interest = set_interest,
	.error = error_of,
	.facts = facts_of,
	.close = close_trace,
};

const struct trace_format perf_format = {
	.name = "perf",
	.summary = "the output of perf trace, and of perf script with events of system calls",
	.recognise = recognise_perf,
	.open = open_perf,
	.read = read_trace,
	.set_interest = set_interest,
	.error = error_of,
	.facts = facts_of,
	.close = close_trace,
};
