/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Generations of generated code: programs recompile code, and reuse its memory for other code. A
 * stack has the addresses; which code was there at the time of a call, only the perf map tells, and
 * not when it was written.
 *
 *     results ──▶ held ──every 10 ms: how large is the perf map?──▶ unchanged: passed on
 *                             └──▶ larger: have its frames other names now?
 *                                      ├──▶ no: passed on
 *                                      └──▶ yes: the call is of one or the other: [replaced code]
 *
 * Once no call is on its way that was made before the change was seen, new frames take the place of
 * those that were replaced. Results without generated code pass at once. For the stack thread.
 */
#ifndef STOP_STACK_GENERATIONS_H
#define STOP_STACK_GENERATIONS_H

#include <stdbool.h>

#include "stack/intern.h"
#include "stack/resolver.h"
#include "stack/symbolizer.h"

struct generations;

/* Passes results on to SINK. */
struct generations *generations_new(
	struct intern *intern, struct symbolizer *symbolizer, const struct resolver_sink *sink);
void generations_free(struct generations *generations);

/* Takes the result that SUBJECT had STACK. */
void generations_add(struct generations *generations, const struct resolver_subject *subject,
	const struct stack *stack);

/*
 * Call this when there are no more calls: what has a lasting number was passed on once, and may
 * have been replaced since. Marks such frames as ambiguous.
 */
void generations_review(struct generations *generations);

/* Does what it is time for. IS_DRAINED: all calls that have been made have been added. */
void generations_look(struct generations *generations, bool is_drained);

/* Whether results are held, or new frames have to take the place of others. */
bool generations_is_holding(const struct generations *generations);

/* How long to wait until the next look, or -1: for ever. */
int generations_timeout_ms(const struct generations *generations);

#endif
