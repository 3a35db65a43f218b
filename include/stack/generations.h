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
 * those that were replaced. Results without generated code pass at once.
 *
 * A lasting number is of many calls, which arrive as sums. It is passed on as provisional: whenever
 * there were calls, the perf maps are looked at, and what is unchanged is known until then. If some
 * of its frames have another name, the calls since the last look are of one or the other, as are
 * those that follow: [replaced code]. Then the engine is asked for other numbers, of which the
 * stacks have new frames.
 *
 *     number 7:  first ──known──known──known──×──[replaced code]──▶ no more calls
 *     number 8:                                            └──▶ second ──known──known──▶
 *
 * For the stack thread.
 */
#ifndef STOP_STACK_GENERATIONS_H
#define STOP_STACK_GENERATIONS_H

#include <stdbool.h>

#include "stack/intern.h"
#include "stack/resolver.h"
#include "stack/symbolizer.h"

struct generations;
struct stack_copy_channel;

/* Where results go. */
struct generations_sink {
	/* As in struct resolver_sink. If it is not provisional but was before, from
	 * subject->time_ns on. */
	void (*deliver)(void *context, const struct resolver_subject *subject,
		const struct stack *stack, bool is_provisional);
	/* Provisional ones are known until UNTIL_NS. */
	void (*know)(void *context, uint64_t until_ns);
	void *context;
};

/* Passes results on to SINK, and asks CHANNEL's engine for other numbers; both outlive it. */
struct generations *generations_new(struct intern *intern, struct symbolizer *symbolizer,
	struct stack_copy_channel *channel, const struct generations_sink *sink);
void generations_free(struct generations *generations);

/* Takes the result that SUBJECT had STACK. */
void generations_add(struct generations *generations, const struct resolver_subject *subject,
	const struct stack *stack);

/* There were calls with lasting numbers. */
void generations_note_calls(struct generations *generations);

/* Whether any of these would have to be noted. */
bool generations_has_lasting(const struct generations *generations);

/* Does what it is time for. IS_DRAINED: all calls that have been made have been added. */
void generations_look(struct generations *generations, bool is_drained);

/* Whether results are held, or new frames have to take the place of others. */
bool generations_is_holding(const struct generations *generations);

/* Whether a look has been put off for long. */
bool generations_is_late(const struct generations *generations);

/* How long to wait until the next look, or -1: for ever. */
int generations_timeout_ms(const struct generations *generations);

#endif
