/*
 * Stacks as lines to read. Those of one call: as a list with one stack opened, or as a tree from
 * the outermost callers in. Or the one stack that a thread has now: of the call that it waits in,
 * below what it does in the kernel there, else of its last call.
 *
 * For a thread session_watch() has to be told its tid, and the report's view to have the thread as
 * its subject; the first report after that may not know the stack yet, the next one does.
 *
 * Pure; owned by who made it.
 */
#ifndef STOP_OUT_STACKLIST_H
#define STOP_OUT_STACKLIST_H

#include <stdbool.h>
#include <stddef.h>

#include "out/report.h"

struct stack_list_how {
	struct call call;           /* whose stacks; where tid is 0 */
	pid_t tid;                  /* the thread whose stack it is, or 0 */
	bool tree;                  /* of a call: callers at the root, instead of a list */
	bool modules;               /* frames of one module that follow each other are one line */
	const struct stack *opened; /* of the list, the one whose frames are shown; NULL: none */
};

struct stack_line {
	char *text;                /* escaped; owned */
	const struct stack *stack; /* that the line is about; NULL: none, or several */
	bool title;                /* it begins a stack, or a branch */
};

struct stack_list {
	struct stack_line *line; /* owned */
	size_t count;
};

/* The lines of REPORT's stacks, in its order. Cleared with stack_list_clear(). */
void stack_list_make(
	struct stack_list *list, const struct report *report, const struct stack_list_how *how);
void stack_list_clear(struct stack_list *list);

/* The share of CALL's captures that there was room for, 0 to 1. */
double stack_list_seen(const struct report *report, struct call call);

/* The first stack of CALL in REPORT that has frames; NULL: there is none. */
const struct stack *stack_list_hottest(const struct report *report, struct call call);

#endif
