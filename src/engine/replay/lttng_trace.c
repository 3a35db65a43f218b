/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The format "lttng"; see engine/replay/lttng_trace.h. */
#include "config.h"

#include "engine/replay/lttng_trace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "engine/replay/babeltrace.h"
#include "engine/replay/lttng_events.h"
#include "engine/replay/lttng_line.h"
#include "engine/replay/replay.h"
#include "engine/replay/strace_stream.h"
#include "engine/replay/trace_process.h"
#include "event/recording.h"
#include "event/sink.h"

/* Where an LTTng session has the trace of the kernel. */
#define KERNEL_DIRECTORY "kernel"

/* How much of the metadata tells who has written it. */
#define METADATA_HEAD    65536

/* The first bytes of metadata in packets, in either order; of text; and of CTF 2. */
#define PACKET_MAGIC     0x75d11d57
#define TEXT_MAGIC       "/* CTF 1."
#define CTF2_MAGIC       0x1e

/* How long more of the trace is waited for, and how often until the first line: a minute. */
#define WAIT_MS          50
#define FIRST_WAITS      1200

/* How LTTng is to be run so that nothing is missing. */
#define ADVICE \
	"record with: lttng enable-event -k --syscall -a; lttng enable-event -k " \
	"sched_switch,sched_waking,sched_process_*"

/* What such traces have. */
#define CAPABILITIES (ENGINE_READS_ARGS | ENGINE_SENDS_DETAILS | ENGINE_SENDS_EXITS)

/* Numbers of the notes. */
enum lttng_note {
	NOTE_CALLS = REPLAY_NOTE_FORMAT,
	NOTE_UNOWNED,
	NOTE_NAMELESS,
	NOTE_PROCESSES,
	NOTE_DISCARDED,
	NOTE_UNKNOWN,
	NOTE_FORGOTTEN,
	NOTE_INVALID,
};

struct trace {
	struct strace_shared shared;
	struct strace_stream stream;
	struct lttng_events *events;     /* owned */
	struct trace_process process;    /* that reads it */
	const struct trace_input *input; /* not owned */
	uint64_t begin_ns;
	uint64_t invalid;  /* lines that are none */
	bool has_session;  /* EVENT_SESSION was sent */
	bool has_ended;    /* the last events were sent */
	int failed;        /* -errno */
	struct span ahead; /* the first line, which was read to find the beginning */
	char error[ENGINE_ERROR_MAX];
};

/* Recognising. */

/* Whether the SIZE bytes HEAD begin the metadata of a trace that is not a recording of ours. */
static bool is_foreign(const char *head, size_t size)
{
	uint32_t magic = 0;
	if (size < sizeof(magic))
		return false;
	memcpy(&magic, head, sizeof(magic));
	if (magic == PACKET_MAGIC || magic == __builtin_bswap32(PACKET_MAGIC) ||
		*head == CTF2_MAGIC)
		return true;
	const struct span text = {head, size};
	return span_begins(text, TEXT_MAGIC) && !span_has(text, "tracer_name = \"stop\"");
}

/* Whether DIRECTORY has the metadata of such a trace. */
static bool has_foreign(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	bool is_there = false;
	if (fd < 0)
		return false;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
		char *head = xcalloc(1, METADATA_HEAD);
		ssize_t got = pread(fd, head, METADATA_HEAD, 0);
		is_there = got > 0 && is_foreign(head, (size_t)got);
		xfree(head);
	}
	close(fd);
	return is_there;
}

static bool recognise(const struct trace_input *input, const unsigned char *head, size_t size)
{
	(void)head, (void)size;
	return input->is_directory &&
	       (has_foreign(input->fd, RECORDING_METADATA) ||
		       has_foreign(input->fd, KERNEL_DIRECTORY "/" RECORDING_METADATA));
}

/* Errors. */

/* Says why TRACE cannot be read: TEXT, which is not escaped. Returns RESULT. */
static int fail(struct trace *trace, int result, struct span text)
{
	char path[128], shown[256];
	text_escape(trace->input->path, strlen(trace->input->path), path, sizeof(path));
	text_escape(text.start, text.size, shown, sizeof(shown));
	snprintf(trace->error, sizeof(trace->error), "%s cannot be read: %s", path, shown);
	trace->failed = result;
	return result;
}

static int fail_text(struct trace *trace, int result, const char *text)
{
	return fail(trace, result, (struct span){text, strlen(text)});
}

/* Reading lines. */

/* Handles TEXT, a line of the process. Returns 1, 0 at the end, or -errno. */
static int take_line(struct trace *trace, struct span text)
{
	struct lttng_line line;
	uint64_t end_ns;
	if (span_take(&text, BABELTRACE_END)) {
		/* Later events may have been of no interest here. */
		if (span_take_number(&text, &end_ns) && end_ns > trace->stream.event_ns)
			trace->stream.event_ns = end_ns;
		return 0;
	}
	if (span_take(&text, BABELTRACE_ERROR))
		return fail(trace, -EINVAL,
			text.size ? text : (struct span){"libbabeltrace2 has failed", 25});
	if (lttng_line_parse(text, &line))
		lttng_events_take(trace->events, &line);
	else
		trace->invalid++;
	return 1;
}

/* Takes the next line. Returns 1, 0 at the end, -EAGAIN if there is none for now, or -errno. */
static int step(struct trace *trace)
{
	struct span text = trace->ahead;
	trace->ahead = (struct span){NULL, 0};
	int result = text.start ? 1 : line_reader_next(trace->stream.reader, &text);
	if (result == 1)
		return take_line(trace, text);
	if (result < 0)
		return result == -EAGAIN ? result
		                         : fail_text(trace, result, strerrordesc_np(-result));
	return fail_text(trace, -EBADMSG,
		"the process that reads it has crashed, or needs more memory than it may have: "
		"the trace is damaged, or too large");
}

/* Opening. */

/* The directory of the trace, which the caller closes; or -errno. */
static int open_directory(const struct trace_input *input)
{
	bool is_session = !has_foreign(input->fd, RECORDING_METADATA);
	return openat(
		input->fd, is_session ? KERNEL_DIRECTORY : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Starts to read the trace. Returns 0 or -errno. */
static int start(struct trace *trace)
{
	static const struct trace_process_work work = {babeltrace_load, babeltrace_write};
	int directory = open_directory(trace->input);
	if (directory < 0)
		return -errno;
	int result = trace_process_start(&trace->process, directory, &work);
	close(directory);
	return result;
}

/* Reads the first line, which says when the trace begins. Returns 0, or -errno with an error. */
static int read_first(struct trace *trace)
{
	struct lttng_line line;
	struct span text;
	int result = -EAGAIN;
	for (int i = 0; i < FIRST_WAITS && result == -EAGAIN; i++) {
		trace_process_wait(&trace->process, WAIT_MS);
		result = line_reader_next(trace->stream.reader, &text);
	}
	if (result != 1)
		return result == -EAGAIN
		               ? fail_text(trace, -ETIMEDOUT, "nothing was found in a minute")
		               : step(trace);
	trace->ahead = text;
	if (span_begins(text, BABELTRACE_ERROR))
		return step(trace);
	if (lttng_line_parse(text, &line))
		trace->begin_ns = trace->stream.event_ns = line.time_ns;
	return 0;
}

static void close_trace(struct trace *trace)
{
	if (!trace)
		return;
	if (trace->stream.reader)
		trace_process_end(&trace->process);
	lttng_events_free(trace->events);
	strace_stream_clear(&trace->stream);
	strace_tasks_clear(&trace->shared.tasks);
	strace_decoder_free(trace->shared.decoder);
	call_names_free(trace->shared.names);
	free(trace);
}

static int open_trace(const struct trace_input *inputs, size_t count, struct trace **out,
	char error[ENGINE_ERROR_MAX])
{
	char path[128];
	text_escape(inputs->path, strlen(inputs->path), path, sizeof(path));
	if (count > 1) {
		snprintf(error, ENGINE_ERROR_MAX,
			"several traces of LTTng cannot be played at once: give one of them");
		return -E2BIG;
	}
	if (!babeltrace_library()) {
		snprintf(error, ENGINE_ERROR_MAX,
			"%s is a CTF trace of another tool, which this build cannot read: install "
			"libbabeltrace2 (Debian: libbabeltrace2-dev), and build stop again",
			path);
		return -ENOTSUP;
	}
	struct trace *trace = xcalloc(1, sizeof(*trace));
	trace->input = inputs;
	trace->shared.names = call_names_new();
	trace->shared.first.exit_code = -1;
	trace->shared.decoder = strace_decoder_new(trace->shared.names);
	int result = start(trace);
	if (result < 0) {
		snprintf(error, ENGINE_ERROR_MAX, "cannot read %s: %s", path,
			strerrordesc_np(-result));
	} else {
		strace_stream_init(&trace->stream, &trace->shared, trace->process.out, true,
			inputs->path, true, false);
		trace->events = lttng_events_new(&trace->stream);
		result = read_first(trace);
		snprintf(error, ENGINE_ERROR_MAX, "%s", trace->error);
	}
	if (result < 0) {
		close_trace(trace);
		return result;
	}
	*out = trace;
	return 0;
}

static void set_interest(struct trace *trace, const struct interest *interest)
{
	trace->shared.interest = interest;
}

/* Notes. */

static void send_note(struct trace *trace, struct event_sink *sink, enum lttng_note id,
	uint64_t count, const char *text)
{
	struct event_note note = {
		.event = {.type = EVENT_NOTE, .time_ns = trace->stream.event_ns},
		.id = id,
		.transient = id >= NOTE_UNKNOWN,
		.count = count,
	};
	snprintf(note.text, sizeof(note.text), "%s", text);
	event_send(sink, &note.event);
}

/* Says what the trace lacks; nothing more follows. */
static void send_notes(struct trace *trace, struct event_sink *sink)
{
	const struct lttng_seen *seen = lttng_events_seen(trace->events);
	const struct {
		enum lttng_note id;
		uint64_t count;
		const char *noun; /* what is counted; NULL: the text says it */
		const char *text;
	} notes[] = {
		{NOTE_CALLS, !seen->calls, NULL, "the trace has no system calls; " ADVICE},
		{NOTE_UNOWNED, seen->unowned, "call",
			" without a known thread and latency; " ADVICE},
		{NOTE_NAMELESS, seen->nameless, "end",
			" of calls not counted, whose beginning was not seen: LTTng before 2.5 "
			"does not name them"},
		{NOTE_PROCESSES, seen->calls && !seen->births, NULL,
			"which threads are of one process is unknown; " ADVICE},
		{NOTE_DISCARDED, seen->discarded, "event",
			" discarded by LTTng: calls are missing; record with larger buffers: "
			"lttng enable-channel -k --subbuf-size=4M NAME"},
		{NOTE_FORGOTTEN, trace->shared.tasks.forgotten, "thread",
			" forgotten: more than 16,384 were alive"},
		{NOTE_INVALID, seen->invalid + trace->invalid, "event", " incomplete"},
	};
	_Static_assert(STRACE_TASKS_MAX == 16384, "the text says how many");
	char text[EVENT_TEXT_MAX];
	for (size_t i = 0; i < sizeof(notes) / sizeof(*notes); i++) {
		uint64_t count = notes[i].count;
		if (notes[i].noun)
			snprintf(text, sizeof(text), "%" PRIu64 " %s%s%s", count, notes[i].noun,
				count == 1 ? "" : "s", notes[i].text);
		else
			snprintf(text, sizeof(text), "%s", notes[i].text);
		if (count)
			send_note(trace, sink, notes[i].id, count, text);
	}
	if (call_names_unknown(trace->shared.names, text, sizeof(text)))
		send_note(trace, sink, NOTE_UNKNOWN, 1, text);
}

/* Reading. */

static void send_session(struct trace *trace, struct event_sink *sink, bool is_final)
{
	const struct strace_session session = {
		.name = "kernel trace",
		.scope = "all",
		.engine = "lttng",
		.capabilities = CAPABILITIES,
		.is_final = is_final,
	};
	strace_send_session(&trace->shared.first, &session, trace->stream.event_ns, sink);
}

static void send_end(struct trace *trace, struct event_sink *sink)
{
	const struct event_end end = {
		.event = {.type = EVENT_END, .time_ns = trace->stream.event_ns}};
	if (trace->has_ended)
		return;
	trace->has_ended = true;
	send_notes(trace, sink);
	send_session(trace, sink, true);
	event_send(sink, &end.event);
}

static int read_trace(struct trace *trace, size_t limit, struct event_sink *sink)
{
	int result = trace->failed ? trace->failed : 1;
	size_t taken = 0;
	if (!trace->has_session)
		send_session(trace, sink, false);
	trace->has_session = true;
	trace->stream.sink = sink;
	/* A line makes some three events. */
	for (; taken < limit && result == 1; taken += result == 1 ? 3 : 0)
		result = step(trace);
	/* The process may only be slower: a wait of the caller's would be longer. */
	if (result == -EAGAIN && (taken || trace_process_wait(&trace->process, WAIT_MS)))
		return 1;
	if (result == 0 || (result < 0 && result != -EAGAIN))
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
		.begin_realtime_ns = trace->begin_ns,
		.end_ns = trace->has_ended ? trace->stream.event_ns : 0,
		.name = "kernel trace",
		.capabilities = CAPABILITIES,
	};
}

const struct trace_format lttng_format = {
	.name = "lttng",
	.summary = "kernel traces of LTTng, and others in the Common Trace Format",
	.recognise = recognise,
	.open = open_trace,
	.read = read_trace,
	.set_interest = set_interest,
	.error = error_of,
	.facts = facts_of,
	.close = close_trace,
};
