/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds the rows of all tables where they are while what they are sorted by changes: until the user
 * sorts by something else or asks for it, or has pressed no key for a while.
 *
 *   row_hold_wants() ─▶ the next report, sorted or as before ─▶ row_hold_take()
 *
 * One thread.
 */
#ifndef STOP_UI_ROW_HOLD_H
#define STOP_UI_ROW_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "model/row_order.h"
#include "out/report.h"
#include "out/thread_column.h"

/* What decides about the order, and which rows there are: if it changes, rows are sorted. */
struct row_choice {
	struct call_order calls;
	struct file_order files;
	enum file_grouping grouping;
	struct program_order programs;
	struct thread_order threads;
	bool tree, shows_ended, folds_idle, errors;
	uint32_t classes;
	const void *filter;
};

struct row_hold {
	struct row_order calls, files, programs, threads; /* as shown last; owned */
	struct row_choice choice;                         /* for which they were sorted */
	bool sorts;                                       /* the next report is sorted */
	uint64_t due_ns;                                  /* when they are sorted at the latest */
};

/* A key was pressed while NOW_NS was on the screen: rows stay for a while. */
void row_hold_touch(struct row_hold *hold, uint64_t now_ns);

/* Sorts at the next report. */
void row_hold_sort(struct row_hold *hold);

/* Whether the rows of the next report are to stay where they are, for CHOICE. */
bool row_hold_keeps(struct row_hold *hold, const struct row_choice *choice);

/* Remembers the rows of REPORT, which was made for CHOICE. */
void row_hold_take(
	struct row_hold *hold, const struct report *report, const struct row_choice *choice);

void row_hold_clear(struct row_hold *hold);

#endif
