/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stacks requested in a session: controls what the engine copies, runs the stack thread, and
 * sends its results to the model.
 *
 *     keys, options ──▶ stackwatch ──interest──▶ engine ──copies──▶ stack thread
 *                           ▲                                            │
 *     sink ◀──EVENT_STACK───┴──────────────── stacks ◀───────────────────┘
 *
 * In a replay, there are the stacks that were recorded, and nothing is requested.
 *
 * For the main thread. The zero value has no stacks: every function accepts it.
 */
#ifndef STOP_APP_STACKWATCH_H
#define STOP_APP_STACKWATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "abi/callset.h"
#include "event/event.h"
#include "event/interest.h"
#include "event/sink.h"
#include "model/model.h"
#include "stack/recorded.h"
#include "stack/stacks.h"

/* Maximum number of calls that are watched together. */
#define STACKWATCH_CALLS_MAX 16

struct stackwatch {
	struct stacks *stacks;            /* owned; NULL: none are ever requested */
	struct recorded_stacks *recorded; /* those of a replay; owned; NULL: it is none */
	struct interest *interest;        /* not owned */
	const struct callset *calls; /* whose stacks are always requested, or NULL; not owned */
	struct call watched[STACKWATCH_CALLS_MAX]; /* whose stacks are requested as well */
	size_t watched_count;
	bool is_recorded;         /* the stacks of all calls are requested, for a recording */
	struct event_stacks sent; /* what was said about stacks last, for that */
	pid_t tid;                /* the watched task, or 0 */
	bool has_ended;           /* the tracing, for whose cost … */
	uint64_t cpu_ns;          /* … the stack thread has used this */
};

/*
 * Starts the stack thread, and requests the stacks of CALLS (NULL: none yet), made as CONFIG says.
 * INTEREST, CALLS and CONFIG must outlive WATCH. Returns 0 or -errno.
 */
int stackwatch_start(struct stackwatch *watch, struct interest *interest,
	const struct callset *calls, const struct stacks_config *config);

/*
 * Instead, in a replay: the stacks of the recording, whose names may take MEMORY bytes. Takes the
 * events that say what they are from SINKS. What is known already stays.
 */
void stackwatch_replay(struct stackwatch *watch, size_t memory, struct event_sinks *sinks);

/* Whether the stacks of all calls are requested, for a recording, from now on. */
void stackwatch_record(struct stackwatch *watch, bool wanted);

/* Whether stacks are played, and the recording has none. */
bool stackwatch_lacks_stacks(const struct stackwatch *watch);

/* As stacks_reap(). */
bool stackwatch_reap(struct stackwatch *watch, pid_t pid);

/* Frees what WATCH owns. Call this after the engine and the model have been freed. */
void stackwatch_clear(struct stackwatch *watch);

/* The channel for the engine's copies; NULL: it makes none. */
struct stack_copy_channel *stackwatch_channel(const struct stackwatch *watch);

/* See session_watch() and session_watch_calls(). */
void stackwatch_set(struct stackwatch *watch, const struct call *calls, size_t count, pid_t tid);

/* See session_sample(). */
void stackwatch_sample(
	struct stackwatch *watch, const struct samples_thread *threads, size_t count);

/* Resolves the stack IDs in its events; valid as long as WATCH. */
struct stack_lookup stackwatch_lookup(const struct stackwatch *watch);

/* Sends new stacks to SINK, as EVENT_STACK, and samples, as EVENT_SAMPLE. */
void stackwatch_pump(struct stackwatch *watch, struct event_sink *sink);

/*
 * Call this after the engine has ended, until it returns true: then all copies are unwound and
 * named, if stacks were requested by an option. Sends new stacks as stackwatch_pump() does.
 */
bool stackwatch_finish(struct stackwatch *watch, struct event_sink *sink);

/* Tracing has begun, or has ended: its cost then stands still. */
void stackwatch_begin(struct stackwatch *watch);
void stackwatch_end(struct stackwatch *watch);

/* The state of the copies, or what was recorded of it; zero if there are none. */
void stackwatch_stats(const struct stackwatch *watch, struct stacks_stats *stats);

/* Sends SINK what reports say of STATS, if stacks are recorded and it has changed: EVENT_STACKS. */
void stackwatch_send_stats(struct stackwatch *watch, const struct stacks_stats *stats,
	uint64_t now_ns, struct event_sink *sink);

/* Sends SINK, at NOW_NS, what was said of them last. */
void stackwatch_repeat_stats(
	const struct stackwatch *watch, uint64_t now_ns, struct event_sink *sink);

/* Sends SINK notes about stacks and names that are missing. */
void stackwatch_send_notes(
	const struct stackwatch *watch, uint64_t now_ns, struct event_sink *sink);

/*
 * Observes the waiting threads of MODEL at NOW_NS: sends the kernel stacks of the watched thread
 * and, if stacks are SHOWN, of threads whose stacks are known to SINK, as EVENT_KERNEL_STACK. Also
 * requests the stacks of threads that wait in a watched call of which there is no copy:
 * stackwatch_pump() sends them.
 */
void stackwatch_observe(struct stackwatch *watch, const struct model *model, bool shown,
	uint64_t now_ns, struct event_sink *sink);

#endif
