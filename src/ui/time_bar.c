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

const char *time_bar_mark(const struct area *area, enum time_class class)
{
	/* What waits stays quiet. */
	bool is_solid = area->canvas->has_colours && class != TIME_WAIT;
	return is_solid ? "█" : time_marks[class];
}

/* The drawing order: work, what delays it, then waiting. */
static const enum time_class time_order[TIME_COUNT] = {TIME_USER, TIME_KERNEL, TIME_RUNNABLE,
	TIME_TRACED, TIME_FILE, TIME_DESC, TIME_NETWORK, TIME_MEMORY, TIME_PROCESS, TIME_OTHER,
	TIME_STOPPED, TIME_FROZEN, TIME_ASLEEP, TIME_UNKNOWN, TIME_WAIT};

/* Percent of the line for the bar, at most and at least; the rest is the legend. */
#define TIME_BAR_SHARE 45
#define BAR_LEAST      20

void time_bar_draw_bar(const double share[TIME_COUNT], struct area area)
{
	double end = 0;
	int column = 0;
	for (int i = 0; i < TIME_COUNT; i++) {
		enum time_class id = time_order[i];
		end += share[id] * area.columns;
		for (; column < (int)(end + 0.5); column++)
			area_put(area, 0, column, (enum style)(STYLE_TIME + (int)id),
				time_bar_mark(&area, id));
	}
}

/* The length of an entry of the legend. */
enum entry {
	ENTRY_NONE,
	ENTRY_SHORT, /* "█12%" */
	ENTRY_LONG,  /* "█ user 12%" */
};

/* The text of an entry after the mark. Returns its width with the mark. */
static int entry_text(enum time_class id, enum entry entry, double share, char text[48])
{
	if (entry == ENTRY_LONG)
		snprintf(text, 48, " %s %.0f%%", time_class_name(id), share * 100);
	else
		snprintf(text, 48, "%.0f%%", share * 100);
	return 1 + glyph_columns(text);
}

/* Columns of the legend with ENTRIES. */
static int legend_columns(const double share[TIME_COUNT], const enum entry entries[TIME_COUNT])
{
	int width = -GAP;
	char text[48];
	for (enum time_class id = 0; id < TIME_COUNT; id++) {
		if (entries[id])
			width += entry_text(id, entries[id], share[id], text) + GAP;
	}
	return width > 0 ? width : 0;
}

/* The smallest of the shares whose entry is ENTRY, or TIME_COUNT. */
static enum time_class smallest(
	const double share[TIME_COUNT], const enum entry entries[TIME_COUNT], enum entry entry)
{
	enum time_class found = TIME_COUNT;
	for (enum time_class id = 0; id < TIME_COUNT; id++) {
		if (entries[id] == entry && (found == TIME_COUNT || share[id] < share[found]))
			found = id;
	}
	return found;
}

/*
 * Chooses entries for the shares of one percent or more. If not all fit into COLUMNS, the smallest
 * become short; they are left out only if even that is not enough.
 */
static void choose_entries(
	const double share[TIME_COUNT], int columns, enum entry entries[TIME_COUNT])
{
	for (enum time_class id = 0; id < TIME_COUNT; id++)
		entries[id] = share[id] >= 0.005 ? ENTRY_LONG : ENTRY_NONE;
	for (enum entry entry = ENTRY_LONG; entry > ENTRY_NONE; entry--) {
		enum time_class id;
		while (legend_columns(share, entries) > columns &&
			(id = smallest(share, entries, entry)) != TIME_COUNT)
			entries[id] = entry - 1;
	}
}

void time_bar_draw_legend(const double share[TIME_COUNT], struct area area)
{
	enum entry entries[TIME_COUNT];
	int column = 0;
	choose_entries(share, area.columns, entries);
	for (int i = 0; i < TIME_COUNT; i++) {
		enum time_class id = time_order[i];
		char text[48];
		if (!entries[id])
			continue;
		entry_text(id, entries[id], share[id], text);
		area_put(area, 0, column, (enum style)(STYLE_TIME + (int)id), time_marks[id]);
		column = area_put(area, 0, column + 1, STYLE_TEXT, text) + GAP;
	}
}

void time_bar_draw(const uint64_t ns[TIME_COUNT], struct area area)
{
	double share[TIME_COUNT];
	enum entry entries[TIME_COUNT];
	model_time_shares(ns, share);
	/* The legend gets what it needs, up to most of the line. */
	choose_entries(share, area.columns - area.columns * BAR_LEAST / 100 - 1, entries);
	int width = area.columns * TIME_BAR_SHARE / 100;
	int left = area.columns - legend_columns(share, entries) - 1;
	width = left < width ? left : width;
	time_bar_draw_bar(share, area_part(area, 0, 0, 1, width));
	time_bar_draw_legend(share, area_part(area, 0, width + 1, 1, area.columns - width - 1));
}
