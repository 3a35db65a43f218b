/*
 * Walks that were made before: most calls come from where the last ones came from, and then it is
 * enough to compare the words that the walk has read. For the stack thread.
 */
#ifndef STOP_STACK_MEMO_H
#define STOP_STACK_MEMO_H

#include "stack/walk.h"

struct memo;

/* An empty memory; freed with memo_free(), which takes NULL. */
struct memo *memo_new(void);
void memo_free(struct memo *memo);

/* Forgets everything: a space has changed, or is gone. */
void memo_clear(struct memo *memo);

/* What COPY was walked to before, or NULL; of *WALK all but the frames is as it was then. */
const struct stack *memo_find(
	const struct memo *memo, const struct capture_stack *copy, struct walk *walk);

/* Remembers that the walk WALK of COPY is STACK. */
void memo_add(struct memo *memo, const struct capture_stack *copy, const struct walk *walk,
	const struct stack *stack);

#endif
