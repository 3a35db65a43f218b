/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cache of walks: most calls have a stack seen recently, and then it is enough to compare the
 * words that the walk has read. For the stack thread.
 */
#ifndef STOP_STACK_WALK_CACHE_H
#define STOP_STACK_WALK_CACHE_H

#include "stack/walk.h"

struct walk_cache;

/* An empty cache; freed with walk_cache_free(), which accepts NULL. */
struct walk_cache *walk_cache_new(void);
void walk_cache_free(struct walk_cache *walk_cache);

/* Flushes the cache: a space has changed or is gone. */
void walk_cache_clear(struct walk_cache *walk_cache);

/* The cached stack of COPY, or NULL; restores *WALK, except for its frames. */
const struct stack *walk_cache_find(
	const struct walk_cache *walk_cache, const struct stack_copy *copy, struct walk *walk);

/* Adds WALK of COPY, with result STACK. */
void walk_cache_add(struct walk_cache *walk_cache, const struct stack_copy *copy,
	const struct walk *walk, const struct stack *stack);

#endif
