/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of the details; see ui/usage_lines.h. */
#include "config.h"

#include "ui/usage_lines.h"

#include <string.h>

#include "base/units.h"

int usage_lines(const struct usage *usage, const struct split *split)
{
	return (split->total_ns > 0) + (usage->calls > 0);
}

/* Draws "LABEL VALUE" at column AT. Returns the column after it and two blanks. */
static int draw_item(struct area area, int at, const char *label, const char *value)
{
	at = area_put(area, 0, at, STYLE_LABEL, label) + 1;
	return area_put(area, 0, at, STYLE_VALUE, value) + 2;
}

static int draw_share(struct area area, int at, const char *label, uint64_t ns, uint64_t total_ns)
{
	char text[UNITS_MAX + 2];
	units_percent((double)ns / (double)total_ns, text);
	return draw_item(area, at, label, strcat(text, "%"));
}

static void draw_split(const struct split *split, struct area area)
{
	int at = draw_share(area, 0, "on CPU", split_cpu_ns(split), split->total_ns);
	at = draw_share(area, at, "runnable", split->runnable_ns, split->total_ns);
	draw_share(area, at, "blocked", split->blocked_ns, split->total_ns);
}

static int draw_count(struct area area, int at, const char *label, uint64_t count)
{
	char text[UNITS_MAX];
	return draw_item(area, at, label, units_count(count, text));
}

static void draw_usage(const struct usage *usage, struct area area)
{
	char text[UNITS_MAX];
	int at = draw_count(area, 0, "gave up CPU", usage->voluntary);
	at = draw_count(area, at, "preempted", usage->involuntary);
	at = draw_item(area, at, "waited for CPU", units_time(usage->runnable_ns, text));
	at = draw_count(area, at, "minor faults", usage->minor_faults);
	draw_count(area, at, "major", usage->major_faults);
}

void usage_lines_draw(
	const struct usage *usage, const struct split *split, int row, struct area area)
{
	if (row == 0 && split->total_ns)
		draw_split(split, area);
	else
		draw_usage(usage, area);
}
