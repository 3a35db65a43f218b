/*
 * Walks that were made before: most calls come from where the last ones came from, and then it is
 * enough to compare the words that the walk has read. For the stack thread.
 */
#ifndef STOP_STACK_WALK_CACHE_H
#define STOP_STACK_WALK_CACHE_H

#include "stack/walk.h"

struct walk_cache;

/* An empty memory; freed with walk_cache_free(), which takes NULL. */
struct walk_cache *walk_cache_new(void);
void walk_cache_free(struct walk_cache *walk_cache);

/* Forgets everything: a space has changed, or is gone. */
void walk_cache_clear(struct walk_cache *walk_cache);

/* What COPY was walked to before, or NULL; of *WALK all but the frames is as it was then. */
const struct stack *walk_cache_find(
	const struct walk_cache *walk_cache, const struct stack_copy *copy, struct walk *walk);

/* Remembers that the walk WALK of COPY is STACK. */
void walk_cache_add(struct walk_cache *walk_cache, const struct stack_copy *copy,
	const struct walk *walk, const struct stack *stack);

#endif
