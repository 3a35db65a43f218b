/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is unusual about what is shown; see ui/notices.h. */
#include "config.h"

#include "ui/notices.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "ui/pane.h"

static void paused(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	strcpy(buf, view->paused ? "PAUSED, p to resume" : "");
}

/* What has become of the target. */
static void ended(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	report_ended(view->report, buf);
}

/* Threads that wait for each other, among those that were observed. */
static void deadlock(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	const struct report *report = view->report;
	size_t count = 0;
	/* Then it is the verdict. */
	if (layout_has(&view->layout, PANE_VERDICT))
		return;
	for (size_t i = 0; i < report->thread_count; i++)
		count += report->threads[i].deadlocked;
	if (count)
		snprintf(buf, REPORT_TEXT_MAX, "DEADLOCK of %zu thread%s (H)", count,
			count == 1 ? "" : "s");
}

/* Since when calls are counted, if that is not the start. */
static void counted(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	const struct report *report = view->report;
	uint64_t mark_ns = report->totals.mark_ns, now_ns = report->facts.now_ns;
	char text[UNITS_MAX];
	if (mark_ns)
		snprintf(buf, REPORT_TEXT_MAX, "since reset %s (z: all)",
			units_time(now_ns > mark_ns ? now_ns - mark_ns : 0, text));
}

static void filter(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	char text[REPORT_TEXT_MAX];
	if (*report_filter(view->report, text))
		snprintf(buf, REPORT_TEXT_MAX, "filter %.*s", REPORT_TEXT_MAX - 8, text);
}

/* What a filter on details has counted, and whether that may be all. */
static void selection(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	char text[REPORT_TEXT_MAX];
	if (*report_selection(view->report, text))
		snprintf(buf, REPORT_TEXT_MAX, "filtered %.*s", REPORT_TEXT_MAX - 10, text);
}

static void lost(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	char text[UNITS_MAX];
	uint64_t count = view->report->cost.details_lost;
	if (count)
		snprintf(buf, REPORT_TEXT_MAX, "details lost %s", units_count(count, text));
}

/* Calls are not all that a target with these does. */
static void rings(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	if (view->report->totals.rings)
		snprintf(buf, REPORT_TEXT_MAX, "io_uring %zu", view->report->totals.rings);
}

/* The most important first. */
static void (*const notices[])(const struct view *view, char buf[REPORT_TEXT_MAX]) = {
	paused, ended, deadlock, counted, filter, selection, lost, rings};

void notices_text(const struct view *view, char buf[CELL_MAX])
{
	size_t used = 0;
	buf[0] = '\0';
	for (size_t i = 0; view->report && i < sizeof(notices) / sizeof(*notices); i++) {
		char text[REPORT_TEXT_MAX] = "";
		notices[i](view, text);
		if (*text && used < CELL_MAX)
			used += (size_t)snprintf(
				buf + used, CELL_MAX - used, "%s%s", used ? " · " : "", text);
	}
}
