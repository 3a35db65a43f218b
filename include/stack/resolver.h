/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The resolver: turns stack copies into interned stacks. It keeps the memory maps of processes and
 * the cache of walks, has other copies unwound by a worker (stack/unwinder.h), for which it opens
 * files, and tells the engine, through the channel, which stacks need no copy and how much to copy
 * of others.
 *
 *     copy ──▶ is the walk in the cache? ──no──▶ pending ──▶ unwinder ──▶ frames ──▶ stack
 *                        └─yes──▶ stack                  ◀── which file is mapped there?
 *
 * For the stack thread.
 */
#ifndef STOP_STACK_RESOLVER_H
#define STOP_STACK_RESOLVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "event/stack_copy.h"
#include "stack/frame.h"
#include "stack/intern.h"
#include "stack/symbolizer.h"
#include "stack/worker.h"

struct resolver;

/* What a stack is the result of. */
struct resolver_subject {
	uint64_t number; /* of the copy; 0: it is of a peek, or a sample */
	bool is_sample;
	pid_t tid; /* of these: whose stack it is, and when */
	uint64_t time_ns;
	uint32_t nr;       /* of a peek: the call */
	uint64_t switches; /* of a peek: of its CPU: if they have not changed, it still waits */
};

/* Where stacks go: in any order. */
struct resolver_sink {
	void (*deliver)(
		void *context, const struct resolver_subject *subject, const struct stack *stack);
	void *context;
};

/*
 * A resolver that adds to INTERN, has copies unwound by WORKER and new frames named by SYMBOLIZER,
 * and reports to CHANNEL; all outlive it. Freed with resolver_free(), which accepts NULL.
 */
struct resolver *resolver_new(struct intern *intern, struct worker *worker,
	struct symbolizer *symbolizer, struct stack_copy_channel *channel,
	const struct resolver_sink *sink);
void resolver_free(struct resolver *resolver);

/*
 * Sets the memory map of a process; forgets process TGID, which is gone or has become another
 * program. Not while a copy is pending.
 */
void resolver_set_maps(struct resolver *resolver, const struct stack_copy_maps *maps);
void resolver_forget(struct resolver *resolver, pid_t tgid);

/*
 * Has COPY resolved, which the engine has made, or of a peek or a sample, SUBJECT: it is delivered
 * now or later. For these, the memory map of the process is reread if it may be old. Not if it is
 * full.
 */
void resolver_resolve(struct resolver *resolver, const struct stack_copy *copy,
	const struct resolver_subject *subject);

/* Whether copies are pending; whether there are as many as there may be. */
bool resolver_is_pending(const struct resolver *resolver);
bool resolver_is_full(const struct resolver *resolver);

/* Handles an answer of the worker. Returns whether there was one. */
bool resolver_take_answer(struct resolver *resolver);

/* Looks whether the worker is alive, and starts another one if not. */
void resolver_check_worker(struct resolver *resolver);

/* Number of workers that have failed. Any thread. */
uint64_t resolver_failures(const struct resolver *resolver);

#endif
