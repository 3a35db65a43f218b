/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the busiest threads spent the last interval, a bar for each, and a line for all; the classes
 * of the bars are named once, in the last line.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ui/pane.h"
#include "ui/time_bar.h"

/* Columns of "16365 redis-server" and the blank after it. */
#define NAME_COLUMNS 24

/* Threads shown at most. */
#define THREADS_MAX  8

/* The part of its time that ROW did not spend waiting. */
static double busy_share(const struct thread_row *row)
{
	double share[TIME_COUNT];
	model_time_shares(row->time.last_ns, share);
	double idle = share[TIME_WAIT] + share[TIME_ASLEEP] + share[TIME_UNKNOWN];
	double sum = 0;
	for (int i = 0; i < TIME_COUNT; i++)
		sum += share[i];
	return sum > idle ? sum - idle : 0;
}

/* What counts as busy at least. */
#define BUSY_LEAST 0.005

/* The busiest threads, the busiest first, at most LIMIT. Returns their number. */
static size_t busiest(
	const struct report *report, size_t limit, const struct thread_row *rows[THREADS_MAX])
{
	double shares[THREADS_MAX];
	size_t count = 0;
	for (size_t i = 0; i < report->thread_count; i++) {
		const struct thread_row *row = &report->threads[i];
		double share = row->state == THREAD_ENDED ? 0 : busy_share(row);
		size_t at = count;
		if (share < BUSY_LEAST)
			continue;
		for (; at > 0 && shares[at - 1] < share; at--) {
			if (at < limit) {
				rows[at] = rows[at - 1];
				shares[at] = shares[at - 1];
			}
		}
		if (at >= limit)
			continue;
		rows[at] = row;
		shares[at] = share;
		count += count < limit;
	}
	return count;
}

static void draw_bar(const char *name, const uint64_t ns[TIME_COUNT], struct area area)
{
	double share[TIME_COUNT];
	area_put_cell(area, 0, 0, NAME_COLUMNS - 1, false, STYLE_TEXT, name);
	model_time_shares(ns, share);
	time_bar_draw_bar(share, area_part(area, 0, NAME_COLUMNS, 1, area.columns - NAME_COLUMNS));
}

static void draw(struct view *view, struct area area)
{
	const struct thread_row *rows[THREADS_MAX];
	if (!view->report || area.rows < 2)
		return;
	size_t room = (size_t)area.rows - 2;
	size_t count = busiest(view->report, room < THREADS_MAX ? room : THREADS_MAX, rows);
	for (size_t i = 0; i < count; i++) {
		char name[CELL_MAX], comm[CELL_MAX / 2];
		text_escape(rows[i]->comm, strnlen(rows[i]->comm, sizeof(rows[i]->comm)), comm,
			sizeof(comm));
		snprintf(name, sizeof(name), "%d %s", (int)rows[i]->tid, comm);
		draw_bar(name, rows[i]->time.last_ns, area_part(area, (int)i, 0, 1, area.columns));
	}
	if (count == 0)
		area_put(area, 0, 0, STYLE_DIM, "no thread is busy");
	double share[TIME_COUNT];
	model_time_shares(view->report->totals.time.last_ns, share);
	draw_bar("all threads", view->report->totals.time.last_ns,
		area_part(area, area.rows - 2, 0, 1, area.columns));
	time_bar_draw_legend(share, area_part(area, area.rows - 1, 0, 1, area.columns));
}

static void title(const struct view *view, char buf[CELL_MAX])
{
	(void)view;
	strcpy(buf, "Time of the busiest threads");
}

const struct pane busy_pane = {.name = "busy", .title = title, .draw = draw};
