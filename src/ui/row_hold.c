/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows that stay where they are; see ui/row_hold.h. */
#include "config.h"

#include "ui/row_hold.h"

#include "base/time.h"

/* Rows stay for as long after they were sorted, and after a key. */
#define HOLD_NS  (5 * NS_PER_S)

/* At first everything is new: rows are sorted in each report. */
#define START_NS (3 * NS_PER_S)

void row_hold_touch(struct row_hold *hold, uint64_t now_ns)
{
	if (now_ns + HOLD_NS > hold->due_ns)
		hold->due_ns = now_ns + HOLD_NS;
}

void row_hold_sort(struct row_hold *hold)
{
	hold->sorts = true;
}

static bool is_same_choice(const struct row_choice *a, const struct row_choice *b)
{
	return a->calls.by == b->calls.by && a->calls.descending == b->calls.descending &&
	       a->files.by == b->files.by && a->files.descending == b->files.descending &&
	       a->grouping == b->grouping && a->programs.by == b->programs.by &&
	       a->programs.descending == b->programs.descending && a->threads.by == b->threads.by &&
	       a->threads.descending == b->threads.descending && a->tree == b->tree &&
	       a->shows_ended == b->shows_ended && a->folds_idle == b->folds_idle &&
	       a->errors == b->errors && a->classes == b->classes && a->filter == b->filter;
}

bool row_hold_keeps(struct row_hold *hold, const struct row_choice *choice)
{
	if (!is_same_choice(&hold->choice, choice))
		hold->sorts = true;
	return !hold->sorts;
}

void row_hold_take(
	struct row_hold *hold, const struct report *report, const struct row_choice *choice)
{
	uint64_t now_ns = report->facts.now_ns;
	row_order_take(&hold->calls, report->calls, report->call_count, sizeof(*report->calls),
		report_call_key);
	row_order_take(&hold->files, report->files, report->file_count, sizeof(*report->files),
		report_file_key);
	row_order_take(&hold->programs, report->programs, report->program_count,
		sizeof(*report->programs), report_program_key);
	if (hold->sorts || !is_same_choice(&hold->choice, choice))
		row_hold_touch(hold, now_ns);
	hold->choice = *choice;
	hold->sorts = now_ns >= hold->due_ns || report_elapsed_ns(report) < START_NS;
}

void row_hold_clear(struct row_hold *hold)
{
	row_order_clear(&hold->calls);
	row_order_clear(&hold->files);
	row_order_clear(&hold->programs);
	row_order_clear(&hold->threads);
}
