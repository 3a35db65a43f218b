/*
 * Whose stacks are wanted in a session, and what became of them: the stack thread, what the engine
 * is to capture for it, and what it tells the model.
 *
 *     keys, options ──▶ stackwatch ──interest──▶ engine ──copies──▶ stack thread
 *                           ▲                                            │
 *     sink ◀──EVENT_STACK───┴──────────────── stacks ◀───────────────────┘
 *
 * For the main thread. The zero value is one without stacks: every function copes with it.
 */
#ifndef STOP_APP_STACKWATCH_H
#define STOP_APP_STACKWATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "abi/callset.h"
#include "event/interest.h"
#include "event/sink.h"
#include "model/model.h"
#include "stack/stacks.h"

struct stackwatch {
	struct stacks *stacks;       /* owned; NULL: none are ever wanted */
	struct interest *interest;   /* not owned */
	const struct callset *calls; /* whose stacks are always wanted, or NULL; not owned */
	bool has_call;               /* `call` is watched beside these */
	struct call call;
	pid_t tid; /* the task that is watched, or 0 */
};

/*
 * Starts the stack thread, has the stacks of CALLS captured (NULL: of none yet), each up to LIMIT
 * bytes. INTEREST and CALLS outlive WATCH. 0 or -errno.
 */
int stackwatch_start(struct stackwatch *watch, struct interest *interest,
	const struct callset *calls, size_t limit);

/* Frees what WATCH owns: after the engine's end, and after the model's. */
void stackwatch_clear(struct stackwatch *watch);

/* Where the engine puts its copies; NULL: it makes none. */
struct stack_copy_channel *stackwatch_channel(const struct stackwatch *watch);

/* What session_watch() says. */
void stackwatch_set(struct stackwatch *watch, const struct call *call, pid_t tid);

/* Who knows the stacks that its events name; as long as WATCH. */
struct stack_lookup stackwatch_lookup(const struct stackwatch *watch);

/* Sends the stacks that have become known to SINK, as EVENT_STACK. */
void stackwatch_pump(struct stackwatch *watch, struct event_sink *sink);

/*
 * The engine has ended: waits, not for ever, until what was captured is known and named, where
 * stacks are what was asked for; from the screen one can leave at once.
 */
void stackwatch_finish(struct stackwatch *watch, struct event_sink *sink);

/* How the captures stand; zeros where there are none. */
void stackwatch_stats(const struct stackwatch *watch, struct stacks_stats *stats);

/*
 * Looks at the threads of MODEL that wait: sends where in the kernel they do to SINK, as
 * EVENT_KERNEL_STACK, for the thread that is watched and, where stacks are SHOWN, those whose
 * stacks are known. And has the stacks read of those that wait in a call whose stacks are wanted,
 * but of which there is no copy: stackwatch_pump() will know.
 */
void stackwatch_observe(
	struct stackwatch *watch, const struct model *model, bool shown, struct event_sink *sink);

#endif
