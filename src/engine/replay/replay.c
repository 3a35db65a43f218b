/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plays traces; see engine/replay/replay.h. */
#include "config.h"

#include "engine/replay/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ring.h"
#include "base/text.h"
#include "base/time.h"
#include "engine/replay/formats.h"
#include "engine/replay/unpack.h"
#include "event/event.h"
#include "event/sink.h"

/* Events that are read at once. */
#define READ_EVENTS   256

/* As much as is necessary to unpack the beginning: zstd's blocks have up to 128 KiB. */
#define PACKED_HEAD   ((size_t)256 << 10)

/* How long the rest of a pipe's first line is waited for: 200 ms. */
#define LINE_TRIES    20
#define LINE_PAUSE_NS (10 * NS_PER_MS)

/* The greatest number of inputs. */
#define INPUTS_MAX    1024

struct replay {
	struct event_sink sink; /* first member; takes what was read, into `queue` */
	const struct trace_format *format;
	struct trace_input *inputs; /* owned, with their descriptors */
	size_t input_count;
	struct trace *trace; /* owned */

	/* Events that were read and not passed on yet, each at a multiple of 8. */
	unsigned char *queue; /* owned */
	size_t capacity, from, to;

	uint64_t until_ns;   /* how far it is played */
	uint64_t reached_ns; /* how far it was before, by replay_now() */
	uint64_t now_ns;     /* the time of the latest event that was passed on */
	bool has_end;        /* that was an EVENT_END … */
	bool is_read;        /* the trace has no more events */
	bool is_waiting;     /* the trace had none for now, when it was read last */
	bool is_at_end;      /* all of them were passed on */
	bool is_damaged;     /* it could not be read on */
};

struct engine {
	struct replay *replay;
	const struct engine_links *links;
	bool has_left;
	bool has_sent_end; /* when it was left in the middle */
};

/* Opening. */

/* Opens PATH as *INPUT. Returns 0 or -errno. */
static int open_input(const char *path, struct trace_input *input)
{
	struct stat status;
	bool is_stdin = strcmp(path, "-") == 0;
	/* A pipe without a writer is opened, and read, without a wait. */
	int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
	                  : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0) {
		int error = errno;
		close(fd);
		return -error;
	}
	*input = (struct trace_input){
		.path = path,
		.fd = fd,
		.is_directory = S_ISDIR(status.st_mode),
		.grows = S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode),
	};
	return 0;
}

/* Reads what is in the pipe FD without taking it out. As read(2). */
static ssize_t copy_pipe(int fd, unsigned char *head, size_t size)
{
	int copy[2];
	if (pipe2(copy, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	ssize_t got = tee(fd, copy[1], size, SPLICE_F_NONBLOCK);
	if (got > 0)
		got = read(copy[0], head, (size_t)got);
	close(copy[0]);
	close(copy[1]);
	return got;
}

/*
 * The same, and waits until there is something, and for the rest of the first line: perf writes it
 * in pieces, and strace as far as it knows it.
 */
static ssize_t peek_pipe(int fd, unsigned char *head, size_t size)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	ssize_t got;
	if (poll(&poll_fd, 1, -1) < 0)
		return -1;
	for (int i = 0; (got = copy_pipe(fd, head, size)) > 0 && !memchr(head, '\n', (size_t)got) &&
			(size_t)got < size && !(poll_fd.revents & POLLHUP) && i < LINE_TRIES;
		i++) {
		nanosleep(&(struct timespec){.tv_nsec = LINE_PAUSE_NS}, NULL);
		if (poll(&poll_fd, 1, 0) < 0)
			return -1;
	}
	return got;
}

/* Reads the beginning of INPUT, which keeps its position, and unpacks it. */
static size_t read_head(const struct trace_input *input, unsigned char head[TRACE_HEAD_MAX])
{
	if (input->is_directory)
		return 0;
	unsigned char *raw = xcalloc(1, PACKED_HEAD);
	ssize_t got = input->grows ? peek_pipe(input->fd, raw, PACKED_HEAD)
	                           : pread(input->fd, raw, PACKED_HEAD, 0);
	size_t size = got > 0 ? (size_t)got : 0;
	if (unpack_find(raw, size)) {
		size = unpack_head(raw, size, head, TRACE_HEAD_MAX);
	} else {
		size = size < TRACE_HEAD_MAX ? size : TRACE_HEAD_MAX;
		memcpy(head, raw, size);
	}
	xfree(raw);
	return size;
}

/* The format of INPUT, or NULL. */
static const struct trace_format *format_of(const struct trace_input *input)
{
	unsigned char head[TRACE_HEAD_MAX];
	size_t size = read_head(input, head);
	for (size_t i = 0; trace_formats[i]; i++) {
		if (trace_formats[i]->recognise(input, head, size))
			return trace_formats[i];
	}
	return NULL;
}

/* How INPUT is packed, if this build cannot unpack it; or NULL. */
static const struct unpack_codec *absent_codec(const struct trace_input *input)
{
	unsigned char head[16];
	if (input->is_directory || input->grows)
		return NULL;
	ssize_t size = pread(input->fd, head, sizeof(head), 0);
	const struct unpack_codec *codec = size > 0 ? unpack_find(head, (size_t)size) : NULL;
	return codec && !codec->open ? codec : NULL;
}

bool replay_recognises(const char *path)
{
	struct trace_input input;
	if (strcmp(path, "-") == 0 || open_input(path, &input) < 0)
		return false;
	bool is_trace = !input.grows && (format_of(&input) || absent_codec(&input));
	close(input.fd);
	return is_trace;
}

/* Opens PATH as the next input of REPLAY, whose format has to be that of the others. */
static int add_input(struct replay *replay, const char *path, char error[ENGINE_ERROR_MAX])
{
	char shown[128];
	struct trace_input *input = &replay->inputs[replay->input_count];
	text_escape(path, strlen(path), shown, sizeof(shown));
	int result = open_input(path, input);
	if (result < 0) {
		snprintf(error, ENGINE_ERROR_MAX, "cannot open %s: %s", shown,
			strerrordesc_np(-result));
		return result;
	}
	replay->input_count++;
	const struct trace_format *format = format_of(input);
	const struct unpack_codec *absent = format ? NULL : absent_codec(input);
	if (absent) {
		snprintf(error, ENGINE_ERROR_MAX,
			"%s is packed by %s, which this build cannot read: it has no %s", shown,
			absent->name, absent->library);
		return -ENOTSUP;
	}
	if (!format) {
		snprintf(error, ENGINE_ERROR_MAX, "%s is no trace that stop can read", shown);
		return -EINVAL;
	}
	if (replay->format && replay->format != format) {
		snprintf(error, ENGINE_ERROR_MAX,
			"%s is a trace of another format (%s) than the others (%s)", shown,
			format->name, replay->format->name);
		return -EINVAL;
	}
	replay->format = format;
	return 0;
}

static void take(struct event_sink *sink, const struct event *event);

int replay_open(
	const char *const *paths, size_t count, struct replay **out, char error[ENGINE_ERROR_MAX])
{
	struct replay *replay = xcalloc(1, sizeof(*replay));
	int result = 0;
	replay->sink.take = take;
	replay->inputs = xcalloc(INPUTS_MAX, sizeof(*replay->inputs));
	if (count > INPUTS_MAX) {
		snprintf(error, ENGINE_ERROR_MAX, "%zu traces are too many: at most %d", count,
			INPUTS_MAX);
		result = -E2BIG;
	}
	for (size_t i = 0; i < count && result == 0; i++)
		result = add_input(replay, paths[i], error);
	if (result == 0)
		result = replay->format->open(
			replay->inputs, replay->input_count, &replay->trace, error);
	if (result < 0) {
		replay_close(replay);
		return result;
	}
	struct trace_facts facts;
	replay_facts(replay, &facts);
	replay->now_ns = facts.begin_ns;
	*out = replay;
	return 0;
}

void replay_close(struct replay *replay)
{
	if (!replay)
		return;
	if (replay->format)
		replay->format->close(replay->trace);
	for (size_t i = 0; i < replay->input_count; i++)
		close(replay->inputs[i].fd);
	xfree(replay->inputs);
	xfree(replay->queue);
	xfree(replay);
}

void replay_facts(const struct replay *replay, struct trace_facts *facts)
{
	*facts = (struct trace_facts){0};
	replay->format->facts(replay->trace, facts);
}

void replay_play_until(struct replay *replay, uint64_t until_ns)
{
	replay->reached_ns = replay_now(replay);
	replay->until_ns = until_ns;
}

uint64_t replay_now(const struct replay *replay)
{
	uint64_t now_ns = replay->now_ns > replay->reached_ns ? replay->now_ns : replay->reached_ns;
	bool has_none = replay->from == replay->to && replay->is_waiting;
	bool is_there = replay->until_ns != UINT64_MAX && (has_none || replay_is_due(replay));
	return is_there && replay->until_ns > now_ns ? replay->until_ns : now_ns;
}

uint64_t replay_next_ns(const struct replay *replay)
{
	const struct event *next = (const struct event *)(replay->queue + replay->from);
	return replay->from < replay->to ? next->time_ns : 0;
}

int replay_scan(struct replay *replay, size_t limit, struct event_sink *sink)
{
	return replay->format->read(replay->trace, limit, sink);
}

/* Opens the trace again, instead of the one that there is. Returns 0 or -errno. */
static int reopen(struct replay *replay, char error[ENGINE_ERROR_MAX])
{
	for (size_t i = 0; i < replay->input_count; i++) {
		const struct trace_input *input = &replay->inputs[i];
		if (!input->is_directory && lseek(input->fd, 0, SEEK_SET) < 0) {
			snprintf(error, ENGINE_ERROR_MAX, "a pipe cannot be read again");
			return -ESPIPE;
		}
	}
	struct trace *trace;
	int result = replay->format->open(replay->inputs, replay->input_count, &trace, error);
	if (result < 0)
		return result;
	replay->format->close(replay->trace);
	replay->trace = trace;
	return 0;
}

int replay_rewind(struct replay *replay, char error[ENGINE_ERROR_MAX])
{
	const struct trace_format *format = replay->format;
	bool is_back = format->rewind && format->rewind(replay->trace);
	int result = is_back ? 0 : reopen(replay, error);
	if (result < 0)
		return result;
	replay->from = replay->to = 0;
	replay->has_end = replay->is_read = replay->is_waiting = false;
	replay->is_at_end = replay->is_damaged = false;
	struct trace_facts facts;
	replay_facts(replay, &facts);
	replay->now_ns = replay->reached_ns = facts.begin_ns;
	replay->until_ns = 0;
	return 0;
}

bool replay_is_due(const struct replay *replay)
{
	const struct event *next = (const struct event *)(replay->queue + replay->from);
	return replay->from < replay->to && next->time_ns > replay->until_ns;
}

bool replay_is_at_end(const struct replay *replay)
{
	return replay->is_at_end;
}

const char *replay_error(const struct replay *replay)
{
	return replay->is_damaged ? replay->format->error(replay->trace) : NULL;
}

/* The queue. */

static size_t aligned(size_t size)
{
	return (size + 7) / 8 * 8;
}

static void take(struct event_sink *sink, const struct event *event)
{
	struct replay *replay = (struct replay *)sink;
	size_t size = event_size(event), room = aligned(size);
	if (replay->to + room > replay->capacity) {
		replay->capacity = 2 * (replay->to + room);
		replay->queue = xreallocarray(replay->queue, replay->capacity, 1);
	}
	memcpy(replay->queue + replay->to, event, size);
	replay->to += room;
}

/* Adds a note of the engine. */
static void take_note(struct replay *replay, enum replay_note id, const char *text)
{
	struct event_note note = {
		.event = {.type = EVENT_NOTE, .time_ns = replay->now_ns},
		.id = id,
		.count = 1,
	};
	snprintf(note.text, sizeof(note.text), "%s", text);
	take(&replay->sink, &note.event);
}

/* Adds the end of a trace that has none: tracing has not ended when it was cut. */
static void take_end(struct replay *replay, int error)
{
	struct event_end end = {.event = {.type = EVENT_END, .time_ns = replay->now_ns}};
	if (replay->has_end)
		return;
	if (error)
		take_note(replay, REPLAY_NOTE_DAMAGED, replay->format->error(replay->trace));
	else
		take_note(replay, REPLAY_NOTE_CUT,
			"the recording has no end: stop was killed, or is still recording");
	take(&replay->sink, &end.event);
}

/* Reads more events into the queue, which is empty. Returns whether there may be some now. */
static bool read_more(struct replay *replay)
{
	replay->from = replay->to = 0;
	if (replay->is_read) {
		take_end(replay, replay->is_damaged);
		replay->is_at_end = replay->to == 0;
		return !replay->is_at_end;
	}
	int result = replay->format->read(replay->trace, READ_EVENTS, &replay->sink);
	replay->is_waiting = result == -EAGAIN;
	if (result == -EAGAIN)
		return replay->to > 0;
	replay->is_read = result <= 0;
	replay->is_damaged = result < 0;
	return true;
}

/* The next event; NULL: there is none, or none for now. */
static const struct event *peek(struct replay *replay)
{
	while (replay->from == replay->to) {
		if (replay->is_at_end || !read_more(replay))
			return NULL;
	}
	return (const struct event *)(replay->queue + replay->from);
}

static void pop(struct replay *replay, const struct event *event)
{
	if (event->time_ns > replay->now_ns)
		replay->now_ns = event->time_ns;
	if (event->type == EVENT_END || event->type == EVENT_RESUMED)
		replay->has_end = event->type == EVENT_END;
	replay->from += aligned(event_size(event));
}

/* The engine. */

/* Fills the ring. Returns whether anything was put there. */
static bool fill(struct engine *engine)
{
	struct replay *replay = engine->replay;
	struct ring *ring = engine->links->ring;
	const struct event *event;
	bool is_new = false;
	while ((event = peek(replay)) != NULL && event->time_ns <= replay->until_ns) {
		if (!ring_push(ring, event, event_size(event)))
			break;
		is_new = true;
		pop(replay, event);
	}
	return is_new;
}

static void nudge(struct engine *engine)
{
	static const uint64_t one = 1;
	/* Its reader is to come again at once. */
	if (!engine->has_left && fill(engine) &&
		write(engine->links->wake_fd, &one, sizeof(one)) < 0)
		return;
}

static int start(const struct engine_request *request, const struct engine_links *links,
	struct engine **out, char error[ENGINE_ERROR_MAX])
{
	(void)error;
	struct engine *engine = xcalloc(1, sizeof(*engine));
	*engine = (struct engine){.replay = request->replay, .links = links};
	const struct trace_format *format = request->replay->format;
	if (format->set_interest)
		format->set_interest(request->replay->trace, links->interest);
	nudge(engine);
	*out = engine;
	return 0;
}

/* Everything is in the recording: sums, costs and notes, too. */
static void collect(struct engine *engine, uint64_t now_ns, struct event_sink *sink)
{
	(void)engine, (void)now_ns, (void)sink;
}

static uint64_t divide(struct engine *engine, struct event_sink *sink)
{
	(void)sink;
	return replay_now(engine->replay);
}

static enum engine_state state(const struct engine *engine)
{
	return engine->has_left || engine->replay->is_at_end ? ENGINE_ENDED : ENGINE_RUNNING;
}

static void leave(struct engine *engine)
{
	engine->has_left = true;
}

static bool remains(const struct engine *engine, char *text, size_t size)
{
	(void)engine, (void)text, (void)size;
	return false;
}

/* The reader leaves in the middle: what follows is not played. */
static int drain(struct engine *engine)
{
	struct replay *replay = engine->replay;
	struct event_end end = {.event = {.type = EVENT_END, .time_ns = replay_now(replay)}};
	if (replay->has_end || engine->has_sent_end)
		return 0;
	engine->has_sent_end = ring_push(engine->links->ring, &end, sizeof(end));
	return 1;
}

static void free_engine(struct engine *engine)
{
	xfree(engine);
}

const struct engine_class replay_engine = {
	.name = "replay",
	.summary = "plays what was recorded",
	.start = start,
	.nudge = nudge,
	.collect = collect,
	.divide = divide,
	.state = state,
	.leave = leave,
	.remains = remains,
	.drain = drain,
	.free = free_engine,
};
