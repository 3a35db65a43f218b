/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks as lines of text. Those of one call: as a list with one stack expanded, or as a tree from
 * the outermost callers inwards. Or the current stack of a thread: that of the call that it is
 * waiting in, below its kernel stack, or where its code was sampled last, otherwise that of its
 * last call; and in which functions of its own code it was sampled.
 *
 * For a thread, session_watch() must have been called with its tid, and the thread must be the
 * subject of the report's view; the first report after that may not have the stack yet, the next
 * one does.
 *
 * Pure; owned by the caller.
 */
#ifndef STOP_OUT_STACKLIST_H
#define STOP_OUT_STACKLIST_H

#include <stdbool.h>
#include <stddef.h>

#include "out/report.h"

struct stack_list_how {
	struct call call;           /* whose stacks, if tid is 0 */
	bool all_calls;             /* those of all calls instead */
	pid_t tid;                  /* the thread whose stack it is, or 0 */
	bool tree;                  /* for a call: a tree of callers instead of a list */
	bool modules;               /* adjacent frames of one module as one line */
	const struct stack *opened; /* in the list, the one whose frames are shown; NULL: none */
};

struct stack_line {
	char *text;                /* escaped; owned */
	const struct stack *stack; /* the stack of the line; NULL: none, or several */
	bool title;                /* the first line of a stack or branch */
};

struct stack_list {
	struct stack_line *line; /* owned */
	size_t count;
};

/* Makes the lines of REPORT's stacks, in its order. Cleared with stack_list_clear(). */
void stack_list_make(
	struct stack_list *list, const struct report *report, const struct stack_list_how *how);
void stack_list_clear(struct stack_list *list);

/*
 * The share of CALL's time, or of its calls if the stacks are sorted by these, whose stacks were
 * captured, 0 to 1: what the lines other than "[not captured]" and "[missed]" add up to. -1 if it
 * has no lines.
 */
double stack_list_captured(const struct report *report, struct call call);

/* The first of the COUNT ROWS that has frames; NULL: none. */
const struct stack *stack_rows_hottest(const struct stack_row *rows, size_t count);

/* The first stack of CALL in REPORT that has frames; NULL: none. */
const struct stack *stack_list_hottest(const struct report *report, struct call call);

#endif
