/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A format of traces that can be replayed: a row of the table in src/engine/replay/formats.c.
 *
 *     inputs ──▶ recognise() ──▶ open() ──▶ read() ──▶ events ──▶ replay engine
 *
 * A format reads forwards, as fast as it is asked to. When the events are shown, and going back, is
 * up to the engine: it opens the inputs again.
 *
 * What is read is hostile: an invalid trace is an error, with bounded time and memory, and whatever
 * a trace says about sizes, numbers and times is checked before it is used. What a trace lacks is
 * sent as an EVENT_NOTE, once.
 *
 * One thread at a time.
 */
#ifndef STOP_ENGINE_REPLAY_FORMAT_H
#define STOP_ENGINE_REPLAY_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "event/engine.h"
#include "proc/comm.h"

struct event_sink;
struct interest;

/* An opened input: a file, the directory of a recording, or standard input. */
struct trace_input {
	const char *path; /* as the user has given it, "-" for standard input: for messages */
	int fd;           /* open for reading; of the engine, and closed after close() */
	bool is_directory;
	bool grows; /* a pipe, or a file that is still being written: its end is not that of the
	               trace */
};

/* How much of an input recognise() gets to see. */
#define TRACE_HEAD_MAX    4096

/* Size of the command line in struct trace_facts, including the final NUL. */
#define TRACE_COMMAND_MAX 4096

/* What is known of a trace, for the screen and for reports; 0, "" if unknown. */
struct trace_facts {
	uint64_t begin_ns, end_ns;       /* of the times of its events; end_ns may be unknown yet */
	uint64_t begin_realtime_ns;      /* CLOCK_REALTIME at begin_ns, since 1970 */
	uint64_t bytes_read, bytes;      /* of the input */
	pid_t pid;                       /* the first target */
	char name[TASK_COMM_SIZE];       /* its name, not escaped */
	char command[TRACE_COMMAND_MAX]; /* its command line, likewise */
	uint32_t capabilities;           /* what the trace has: bits of enum engine_capability */
};

struct trace;

struct trace_format {
	const char *name;    /* "ctf", "strace", … */
	const char *summary; /* one line */

	/*
	 * Whether INPUT is such a trace, whose first SIZE bytes, up to TRACE_HEAD_MAX, are HEAD:
	 * unpacked, if it is compressed. Of a directory there are none. Must not move the position
	 * of its descriptor.
	 */
	bool (*recognise)(const struct trace_input *input, const unsigned char *head, size_t size);

	/*
	 * Opens the COUNT INPUTS, one or more, all of this format, as one trace. They stay valid
	 * until close(), and their descriptors are at their beginnings. Returns 0 with *OUT, or
	 * -errno with one line in ERROR.
	 */
	int (*open)(const struct trace_input *inputs, size_t count, struct trace **out,
		char error[ENGINE_ERROR_MAX]);

	/*
	 * Passes events to SINK, about LIMIT of them, in the order of their times, which are
	 * nanoseconds since an origin of the trace's choice, and greater than 0. Returns 1 if there
	 * are more; 0 at the end; -EAGAIN if an input that grows has none for now; or another
	 * -errno if it could not be read on: what was passed before is valid. Never waits for an
	 * input that grows.
	 */
	int (*read)(struct trace *trace, size_t limit, struct event_sink *sink);

	/*
	 * Goes back to the beginning, so that read() passes everything again. Returns false if the
	 * inputs have to be opened again for that, and nothing was done. NULL: the same.
	 */
	bool (*rewind)(struct trace *trace);

	/*
	 * From now on, only details that INTEREST requests have to be passed; NULL: all, as at
	 * first. It outlives TRACE. NULL instead of a function: it passes all that there are.
	 */
	void (*set_interest)(struct trace *trace, const struct interest *interest);

	/* One line about what read() has returned an error for; "" before. */
	const char *(*error)(const struct trace *trace);

	/* What is known by now. */
	void (*facts)(const struct trace *trace, struct trace_facts *facts);

	void (*close)(struct trace *trace); /* NULL is allowed */
};

#endif
