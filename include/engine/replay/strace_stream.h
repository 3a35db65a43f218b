/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One output of strace, or of perf, on its way to events; for src/engine/replay/strace_*.c only.
 *
 *     line_reader ──▶ (perf_text ──▶) strace_line_parse() ──▶ stream: pieces of lines put together
 *                                                │ begin, end, signal, exit
 *                                                ▼
 *             strace_calls: what each task is in the middle of ──▶ strace_detail: arguments
 *                                                │ events
 *                                                ▼
 *                                     sink, or the queue that several streams are merged from
 *
 * Without -T, a call has ended before the next line was begun: its end waits for that.
 */
#ifndef STOP_ENGINE_REPLAY_STRACE_STREAM_H
#define STOP_ENGINE_REPLAY_STRACE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/replay/call_names.h"
#include "engine/replay/line_reader.h"
#include "engine/replay/perf_text.h"
#include "engine/replay/strace_clock.h"
#include "engine/replay/strace_detail.h"
#include "engine/replay/strace_line.h"
#include "engine/replay/strace_stacks.h"
#include "engine/replay/strace_task.h"
#include "event/event.h"
#include "event/object.h"

struct event_sink;
struct interest;

/* Maximum size of a command line. */
#define STRACE_COMMAND_MAX 4096

/* Descriptors of which it is remembered what -y has said. */
#define STRACE_KNOWN_MAX   4096

struct strace_known {
	uint64_t key;  /* process and number */
	uint64_t hash; /* of the name */
};

/* The first task of a trace, which reports name. */
struct strace_first {
	pid_t tid;
	char comm[TASK_COMM_SIZE];
	char command[STRACE_COMMAND_MAX]; /* its words, with blanks between them; "": unknown */
	int exit_code, exit_signal;       /* as in struct event_gone */
	bool is_started;                  /* by strace: its first call is an execve */
	bool has_changed;
};

/* What all streams of a trace share. */
struct strace_shared {
	struct strace_known known[STRACE_KNOWN_MAX];
	struct call_names *names; /* owned */
	struct strace_tasks tasks;
	struct strace_decoder *decoder; /* owned */
	struct strace_first first;
	struct strace_stacks stacks;
	struct event_sink *sink;         /* where events of all streams go, while they are read */
	uint64_t sent_ns;                /* the time of the last one */
	const struct interest *interest; /* which details are wanted; NULL: all */
};

/* What has been seen in a stream. */
struct strace_seen {
	uint64_t calls;      /* that have ended */
	uint64_t timed;      /* of these, with -T */
	uint64_t pids;       /* lines with one */
	uint64_t births;     /* tasks that were made … */
	uint64_t born;       /* … and had lines of their own, or a message */
	uint64_t others;     /* lines that are not strace's */
	uint64_t frames;     /* lines of stacks */
	uint64_t cut;        /* calls that something else was written into */
	uint64_t unreadable; /* results that cannot be read */
};

/* Events that have not been taken yet, in order. */
struct strace_queue {
	unsigned char *bytes; /* owned */
	size_t begin, end, capacity;
};

/* What -y says of a descriptor, with room for its name. */
union strace_described {
	struct event_descriptor record;
	unsigned char bytes[sizeof(struct event_descriptor) + EVENT_DESCRIPTOR_NAME_MAX];
};

/* A call that has ended at a time that is not known yet. */
struct strace_waiting {
	bool is_there;
	struct event_exit exit;
	struct event_detail *detail; /* of the decoder, or `kept`; NULL: none */
	struct event_detail *kept;   /* a copy, as several streams share the decoder; owned */
	size_t kept_size;            /* its capacity */
	bool has_made; /* it has made a descriptor of which -y says something: `made` */
	union strace_described made;
};

struct strace_stream {
	struct strace_shared *shared; /* not owned */
	struct line_reader *reader;   /* owned */
	struct perf_text *perf;       /* it is perf's text; NULL: strace's. Owned */
	struct strace_clock clock;
	struct strace_seen seen;
	struct event_sink *sink; /* where events go; NULL: into the queue */
	struct strace_queue queue;
	struct strace_waiting waiting;
	struct strace_pending pending;
	pid_t pid;                   /* of lines without one; 0: not known yet */
	bool is_single;              /* it is the only stream, and so may have several processes */
	bool is_in_table;            /* of -c */
	bool is_raw;                 /* arguments and results are registers and memory: their text
	                                is not what strace would write */
	bool knows_births;           /* who makes whom is known from other events than calls */
	uint64_t event_ns;           /* time of the last event */
	uint64_t cut_length;         /* lines that may be what was written into a call */
	bool is_cut;                 /* the last call was cut off: `cut_line` */
	struct strace_kept cut_text; /* its arguments so far */
	struct strace_line cut_line; /* its other parts; name and comm are in `cut_name` */
	char cut_name[CALL_NAME_MAX];
};

/* strace_stream.c */

/* FD is not owned; NAME is that of the file, which may end in a PID. IS_PERF: it is perf's text. */
void strace_stream_init(struct strace_stream *stream, struct strace_shared *shared, int fd,
	bool grows, const char *name, bool is_single, bool is_perf);
void strace_stream_clear(struct strace_stream *stream);

/* Reads and handles one line. Returns 1; 0 at the end, when all has been sent; or -errno. */
int strace_stream_step(struct strace_stream *stream);

/* Forgets the task that has not been heard of for the longest time, if there are too many. */
void strace_forget_surplus(struct strace_stream *stream, uint64_t now_ns);

/* What an EVENT_SESSION says that is not in struct strace_first. */
struct strace_session {
	const char *name;   /* instead of that of the first task; NULL: that */
	const char *scope;  /* "": there is none */
	const char *engine; /* what has written the trace */
	uint32_t capabilities;
	bool is_final;
};

/* Sends what is known about a trace as a whole to SINK, at NOW_NS. */
void strace_send_session(const struct strace_first *first, const struct strace_session *session,
	uint64_t now_ns, struct event_sink *sink);

/* The first event in the queue, or NULL; removes it. */
const struct event *strace_queue_first(const struct strace_queue *queue);
void strace_queue_remove_first(struct strace_queue *queue);

/* Sends EVENT, whose time is no earlier than that of the last one. */
void strace_stream_send(struct strace_stream *stream, struct event *event);

/* --- strace_calls.c */

/* The task PID at NOW_NS, which is announced if it is new. */
struct strace_task *strace_task_at(struct strace_stream *stream, pid_t pid, uint64_t now_ns);

/* Announces TASK, or what has changed. */
void strace_announce(struct strace_stream *stream, const struct strace_task *task, bool is_new,
	bool has_executed);

/* TASK is called COMM, as its line says. */
void strace_rename(struct strace_stream *stream, struct strace_task *task, struct span comm);

/* What is in the line of a call that begins. */
enum strace_beginning {
	STRACE_IS_WHOLE,     /* all of it */
	STRACE_BEGINS,       /* its beginning */
	STRACE_BEGAN_BEFORE, /* its end: it has begun before */
};

/* A call of TASK begins. ARGS: as far as they are written. */
void strace_begin(struct strace_stream *stream, struct strace_task *task, struct call call,
	uint64_t now_ns, enum strace_beginning beginning, struct span args);

/* Descriptor FD of TASK is what NAME says, as -y writes it, at NOW_NS. */
void strace_descriptor_is(struct strace_stream *stream, const struct strace_task *task, int fd,
	struct span name, uint64_t now_ns);

/* Whether CALL makes a task. */
bool strace_makes_task(struct call call);

/* Whether CALL ends its task, and so has been counted when it began. */
bool strace_never_returns(struct call call);

/*
 * The call of TASK that LINE is about has returned; ARGS are all of its arguments. IS_AT_END: the
 * line was written when it did, not when it began.
 */
void strace_end(struct strace_stream *stream, struct strace_task *task,
	const struct strace_line *line, struct span args, uint64_t now_ns, bool is_at_end);

/* A signal reaches TASK. */
void strace_signal(struct strace_stream *stream, struct strace_task *task,
	const struct strace_line *line, uint64_t now_ns);

/* TASK is gone: it has exited with CODE, or was killed by SIGNAL, or (-1, 0) was left. */
void strace_gone(struct strace_stream *stream, struct strace_task *task, int code, int signal,
	bool dumped_core, uint64_t now_ns);

/* TASK goes on as the leader of its process, because it has executed a program. */
void strace_supersede(
	struct strace_stream *stream, struct strace_task *leader, pid_t by, uint64_t now_ns);

/* TASK is stopped by job control, or runs again. */
void strace_stopped(
	struct strace_stream *stream, struct strace_task *task, bool is_stopped, uint64_t now_ns);

/* The end of the call that waits is NOW_NS; 0: it never gets known. */
void strace_flush(struct strace_stream *stream, uint64_t now_ns);

#endif
