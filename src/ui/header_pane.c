/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The header, one line: the target, and at the right edge values in fixed slots, which never move;
 * where there is no room for all, the least important are left out.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "base/units.h"
#include "out/glyph.h"
#include "ui/pane.h"

/* Blanks between two slots. */
#define GAP              2

/* The target has at least as many columns, but on a narrow screen. */
#define TARGET_COLUMNS   18
#define TARGET_NARROWEST 12

/* And its name, before the PID is left out. */
#define TARGET_NAME      4

/* From as many columns on, the slots of wide screens are shown. */
#define WIDE             120

#define SLOTS_MAX        12

/* One slot. */
struct slot {
	int width;
	int importance; /* those with the smallest are left out first */
	void (*text)(const struct report *report, char buf[REPORT_TEXT_MAX]);
	/* Whether it is there now; NULL: always. The others do not move, as they are to its right.
	 */
	bool (*is_there)(const struct report *report);
};

static void put_number(double number, const char *unit, char buf[REPORT_TEXT_MAX])
{
	char text[UNITS_MAX];
	snprintf(buf, REPORT_TEXT_MAX, "%5s %s", units_number(number, text), unit);
}

static void call_rate(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	put_number(report->totals.call_rate, "calls/s", buf);
}

static void error_rate(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	put_number(report->totals.error_rate, "err/s", buf);
}

/* With their rate: "errors 13 (0.5/s)". */
static void errors(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	char count[UNITS_MAX], rate[UNITS_MAX];
	snprintf(buf, REPORT_TEXT_MAX, "errors %s (%s/s)",
		units_number((double)report->totals.errors, count),
		units_number(report->totals.error_rate, rate));
}

static void calls(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	put_number((double)report->totals.calls, "calls", buf);
}

static void threads(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	char count[UNITS_MAX], text[UNITS_MAX];
	snprintf(buf, REPORT_TEXT_MAX, "%s proc %s thr",
		units_count(report->totals.processes, count),
		units_count(report->totals.threads, text));
}

static void slowdown(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	char text[UNITS_MAX];
	if (report->cost.share >= 0)
		snprintf(buf, REPORT_TEXT_MAX, "slowdown ~%s%%",
			units_percent(report->cost.share, text));
}

/* One word. Why it is this one is said elsewhere (F1). */
static void engine(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	snprintf(buf, REPORT_TEXT_MAX, "%s", report->facts.engine ? report->facts.engine : "");
}

static void elapsed(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	unsigned long long s = report_elapsed_ns(report) / NS_PER_S;
	snprintf(buf, REPORT_TEXT_MAX, "%02llu:%02llu:%02llu", s / 3600, s / 60 % 60, s % 60);
}

/* How much is recorded: "rec 12M". */
static void recorded(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	char size[UNITS_MAX];
	if (report->facts.has_record_failed)
		snprintf(buf, REPORT_TEXT_MAX, "rec failed");
	else
		snprintf(buf, REPORT_TEXT_MAX, "rec %sB",
			units_number((double)report->facts.recorded, size));
}

static bool records(const struct report *report)
{
	return report->facts.records;
}

/* What the flight recorder keeps: "flight 58.2s 12MB". */
static void flight(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	char time[UNITS_MAX], size[UNITS_MAX];
	const struct flight_facts *facts = &report->facts.flight;
	snprintf(buf, REPORT_TEXT_MAX, "flight %s %sB", units_time(facts->kept_ns, time),
		units_number((double)facts->size, size));
}

static bool has_flight(const struct report *report)
{
	return report->facts.has_flight;
}

/* From the left to the right. */
static const struct slot narrow[] = {
	{10, 7, recorded, records},
	{19, 7, flight, has_flight},
	{13, 9, call_rate, NULL},
	{11, 5, error_rate, NULL},
	{15, 4, slowdown, NULL},
	{6, 6, engine, NULL},
	{8, 8, elapsed, NULL},
	{0, 0, NULL, NULL},
};

static const struct slot wide[] = {
	{10, 7, recorded, records},
	{19, 7, flight, has_flight},
	{16, 3, threads, NULL},
	{13, 9, call_rate, NULL},
	{11, 2, calls, NULL},
	{20, 5, errors, NULL},
	{15, 4, slowdown, NULL},
	{6, 6, engine, NULL},
	{8, 8, elapsed, NULL},
	{0, 0, NULL, NULL},
};

/* Chooses the slots that fit into COLUMNS beside the target. Returns their columns. */
static int choose(
	const struct report *report, const struct slot *slots, int columns, bool shown[SLOTS_MAX])
{
	int width = 0;
	for (size_t i = 0; slots[i].text; i++) {
		shown[i] = !slots[i].is_there || slots[i].is_there(report);
		width += shown[i] ? slots[i].width + GAP : 0;
	}
	while (width > columns) {
		size_t least = SLOTS_MAX;
		for (size_t i = 0; slots[i].text; i++) {
			if (shown[i] && (least == SLOTS_MAX ||
						slots[i].importance < slots[least].importance))
				least = i;
		}
		if (least == SLOTS_MAX)
			break;
		shown[least] = false;
		width -= slots[least].width + GAP;
	}
	return width;
}

static void draw_slots(const struct report *report, const struct slot *slots,
	const bool shown[SLOTS_MAX], struct area area)
{
	int column = 0;
	for (size_t i = 0; slots[i].text; i++) {
		char text[REPORT_TEXT_MAX] = "";
		if (!shown[i])
			continue;
		slots[i].text(report, text);
		column += GAP;
		area_put_cell(area, 0, column, slots[i].width, slots[i].text == elapsed,
			STYLE_VALUE, text);
		column += slots[i].width;
	}
}

/* The name is cut, not the PID. */
static void draw_target(const struct report *report, struct area area)
{
	char name[REPORT_TEXT_MAX];
	report_target(report, name);
	char *id = strstr(name, " (");
	int tail = id ? glyph_columns(id) : 0, head = area.columns - tail;
	if (glyph_columns(name) <= area.columns || head < TARGET_NAME) {
		area_put_cell(area, 0, 0, area.columns, false, STYLE_TITLE, name);
		return;
	}
	area_put(area, 0, head, STYLE_TITLE, id);
	*id = '\0';
	area_put_cell(area, 0, 0, head, false, STYLE_TITLE, name);
}

static void draw(struct view *view, struct area area)
{
	const struct slot *slots = area.columns >= WIDE ? wide : narrow;
	int least = area.columns < 60 ? TARGET_NARROWEST : TARGET_COLUMNS;
	bool shown[SLOTS_MAX];
	if (!view->report) {
		area_put(area, 0, 0, STYLE_TITLE, PACKAGE_NAME);
		return;
	}
	int width = choose(view->report, slots, area.columns - least, shown);
	draw_slots(view->report, slots, shown, area_part(area, 0, area.columns - width, 1, width));
	draw_target(view->report, area_part(area, 0, 0, 1, area.columns - width));
}

const struct pane header_pane = {.name = "header", .draw = draw};
