/*
 * Whose stacks are wanted in a session, and what became of them: the stack thread, what the engine
 * is to capture for it, and what it tells the model.
 *
 *     keys, options ──▶ stackwatch ──interest──▶ engine ──copies──▶ stack thread
 *                           ▲                                            │
 *       model, report ◀─────┴──────────────── stacks ◀───────────────────┘
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
#include "model/model.h"
#include "out/report.h"
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

/* Gives MODEL the stacks that have become known. */
void stackwatch_pump(struct stackwatch *watch, struct model *model);

/*
 * The engine has ended: waits, not for ever, until what was captured is known and named, where
 * stacks are what was asked for; from the screen one can leave at once.
 */
void stackwatch_finish(struct stackwatch *watch, struct model *model);

/* How the captures stand; zeros where there are none. */
void stackwatch_stats(const struct stackwatch *watch, struct stacks_stats *stats);

/*
 * Adds to REPORT where in the kernel threads wait whose stacks are shown; and has those looked at
 * that wait in a call that somebody looks at, but whose stack nobody knows: the next report may.
 */
void stackwatch_report(const struct stackwatch *watch, struct report *report);

#endif
