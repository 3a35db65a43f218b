/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bar of how time was spent; see ui/time_bar.h. */
#include "config.h"

#include "ui/time_bar.h"

#include <stdbool.h>
#include <stdio.h>

#include "out/glyph.h"

/* Blanks between two entries of the legend. */
#define GAP 2

/* The character of each class, so that they can be distinguished without colours. */
static const char *const time_marks[TIME_COUNT] = {
	[TIME_USER] = "█",
	[TIME_KERNEL] = "▓",
	[TIME_RUNNABLE] = "r",
	[TIME_TRACED] = "t",
	[TIME_WAIT] = "·",
	[TIME_FILE] = "F",
	[TIME_DESC] = "D",
	[TIME_NETWORK] = "N",
	[TIME_MEMORY] = "M",
	[TIME_PROCESS] = "P",
	[TIME_OTHER] = "o",
	[TIME_STOPPED] = "S",
	[TIME_FROZEN] = "Z",
	[TIME_ASLEEP] = "p",
	[TIME_UNKNOWN] = "?",
};

const char *time_bar_mark(enum time_class class)
{
	return time_marks[class];
}

/* The drawing order: work, what delays it, then waiting. */
static const enum time_class time_order[TIME_COUNT] = {TIME_USER, TIME_KERNEL, TIME_RUNNABLE,
	TIME_TRACED, TIME_FILE, TIME_DESC, TIME_NETWORK, TIME_MEMORY, TIME_PROCESS, TIME_OTHER,
	TIME_STOPPED, TIME_FROZEN, TIME_ASLEEP, TIME_UNKNOWN, TIME_WAIT};

#define TIME_BAR_SHARE 45 /* percent of the line; the rest is the legend */

static void draw_time_bar(const double share[TIME_COUNT], struct area area)
{
	double end = 0;
	int column = 0;
	for (int i = 0; i < TIME_COUNT; i++) {
		enum time_class id = time_order[i];
		end += share[id] * area.columns;
		for (; column < (int)(end + 0.5); column++)
			area_put(area, 0, column, (enum style)(STYLE_TIME + (int)id),
				time_marks[id]);
	}
}

/* An entry of the legend, "█ user 12%": its text after the mark. Returns its width with the mark.
 */
static int legend_entry(enum time_class id, double share, char text[48])
{
	snprintf(text, 48, " %s %.0f%%", time_class_name(id), share * 100);
	return 1 + glyph_columns(text);
}

/* The smallest of the shares that are SHOWN, or TIME_COUNT. */
static enum time_class smallest(const double share[TIME_COUNT], const bool shown[TIME_COUNT])
{
	enum time_class found = TIME_COUNT;
	for (enum time_class id = 0; id < TIME_COUNT; id++) {
		if (shown[id] && (found == TIME_COUNT || share[id] < share[found]))
			found = id;
	}
	return found;
}

/* Chooses those of one percent or more; if not all fit into COLUMNS, the largest. */
static void choose_entries(const double share[TIME_COUNT], int columns, bool shown[TIME_COUNT])
{
	int width = -GAP;
	char text[48];
	for (enum time_class id = 0; id < TIME_COUNT; id++) {
		shown[id] = share[id] >= 0.005;
		if (shown[id])
			width += legend_entry(id, share[id], text) + GAP;
	}
	for (enum time_class id; width > columns && (id = smallest(share, shown)) != TIME_COUNT;) {
		shown[id] = false;
		width -= legend_entry(id, share[id], text) + GAP;
	}
}

static void draw_time_legend(const double share[TIME_COUNT], struct area area)
{
	bool shown[TIME_COUNT];
	int column = 0;
	choose_entries(share, area.columns, shown);
	for (int i = 0; i < TIME_COUNT; i++) {
		enum time_class id = time_order[i];
		char text[48];
		if (!shown[id])
			continue;
		legend_entry(id, share[id], text);
		area_put(area, 0, column, (enum style)(STYLE_TIME + (int)id), time_marks[id]);
		column = area_put(area, 0, column + 1, STYLE_TEXT, text) + GAP;
	}
}

void time_bar_draw(const uint64_t ns[TIME_COUNT], struct area area)
{
	double share[TIME_COUNT];
	model_time_shares(ns, share);
	int width = area.columns * TIME_BAR_SHARE / 100;
	draw_time_bar(share, area_part(area, 0, 0, 1, width));
	draw_time_legend(share, area_part(area, 0, width + 1, 1, area.columns - width - 1));
}
