/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The resolver: turns stack copies into interned stacks. It keeps the memory maps of processes and
 * the cache of walks, and tells the engine, through the channel, which stacks need no copy and how
 * much to copy of others. For the stack thread.
 */
#ifndef STOP_STACK_RESOLVER_H
#define STOP_STACK_RESOLVER_H

#include <sys/types.h>

#include "event/stack_copy.h"
#include "stack/frame.h"
#include "stack/intern.h"
#include "stack/symbolizer.h"

struct resolver;

/*
 * A resolver that adds to INTERN, has new frames named by SYMBOLIZER, and reports to CHANNEL; all
 * outlive it. Freed with resolver_free(), which accepts NULL.
 */
struct resolver *resolver_new(
	struct intern *intern, struct symbolizer *symbolizer, struct stack_copy_channel *channel);
void resolver_free(struct resolver *resolver);

/* Sets the memory map of a process. */
void resolver_set_maps(struct resolver *resolver, const struct stack_copy_maps *maps);

/* Forgets process TGID, which is gone or has become another program. */
void resolver_forget(struct resolver *resolver, pid_t tgid);

/* The stack that the engine has copied as COPY. Never NULL. */
const struct stack *resolver_resolve(struct resolver *resolver, const struct stack_copy *copy);

/*
 * The stack of COPY, which was taken with peek_take(): the memory map of its process is reread if
 * it may be old. Never NULL.
 */
const struct stack *resolver_resolve_peek(struct resolver *resolver, const struct stack_copy *copy);

#endif
