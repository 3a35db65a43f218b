/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The second page of the help; see ui/info_lines.h. */
#include "config.h"

#include "ui/info_lines.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "out/glyph.h"

/* Columns of a label and the blank after it. */
#define LABEL_COLUMNS 20

/* One line: its label, how its value is written, and what it means. */
struct item {
	const char *label;
	void (*value)(const struct report *report, char buf[REPORT_TEXT_MAX]); /* "": not shown */
	const char *meaning;                                                   /* NULL: none */
};

static void put_count(uint64_t count, char buf[REPORT_TEXT_MAX])
{
	char text[UNITS_MAX];
	snprintf(buf, REPORT_TEXT_MAX, "%s", units_count(count, text));
}

static void put_call_time(uint64_t ns, char buf[REPORT_TEXT_MAX])
{
	char text[UNITS_MAX];
	if (ns)
		snprintf(buf, REPORT_TEXT_MAX, "+%s/call", units_time(ns, text));
}

static void target(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	report_target(report, buf);
}

static void command(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	const char *text = report->facts.command;
	if (text)
		text_escape(text, strlen(text), buf, REPORT_TEXT_MAX);
}

static void elapsed(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	char text[UNITS_MAX];
	snprintf(buf, REPORT_TEXT_MAX, "%s", units_time(report_elapsed_ns(report), text));
}

static void engine(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	snprintf(buf, REPORT_TEXT_MAX, "%s", report->facts.engine ? report->facts.engine : "-");
}

static void reason(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	const char *text = report->facts.engine_reason;
	text_escape(text ? text : "", text ? strlen(text) : 0, buf, REPORT_TEXT_MAX);
}

static void slowdown(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	char text[UNITS_MAX];
	if (report->cost.share >= 0)
		snprintf(buf, REPORT_TEXT_MAX, "~%s%%", units_percent(report->cost.share, text));
}

static void overhead(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	put_call_time(report->cost.call_ns, buf);
}

static void others(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	put_call_time(report->cost.others_ns, buf);
}

static void minimum(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	char text[UNITS_MAX];
	if (report_minimum_ns(report))
		snprintf(buf, REPORT_TEXT_MAX, "%s", units_time(report_minimum_ns(report), text));
}

static void stops(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	char text[UNITS_MAX];
	if (report->cost.stop_rate > 0)
		snprintf(buf, REPORT_TEXT_MAX, "%s/s", units_number(report->cost.stop_rate, text));
}

/* As a share of one CPU. */
static void tracer(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	uint64_t elapsed_ns = report_elapsed_ns(report);
	char text[UNITS_MAX];
	if (elapsed_ns)
		snprintf(buf, REPORT_TEXT_MAX, "%s%% of a CPU",
			units_percent((double)report->cost.cpu_ns / (double)elapsed_ns, text));
}

static void lost(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	put_count(report->cost.details_lost, buf);
}

static void calls(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	char all[UNITS_MAX], now[UNITS_MAX], failed[UNITS_MAX];
	snprintf(buf, REPORT_TEXT_MAX, "%s; %s in progress; %s failed",
		units_count(report->totals.calls, all),
		units_count(report->totals.in_progress, now),
		units_count(report->totals.errors, failed));
}

static void tasks(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	char processes[UNITS_MAX], threads[UNITS_MAX], ended[UNITS_MAX];
	snprintf(buf, REPORT_TEXT_MAX, "%s with %s threads; %s have ended",
		units_count(report->totals.processes, processes),
		units_count(report->totals.threads, threads),
		units_count(report->totals.ended_threads, ended));
}

static void rings(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	if (report->totals.rings)
		put_count(report->totals.rings, buf);
}

static void workers(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	if (report->totals.workers)
		put_count(report->totals.workers, buf);
}

static void served(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	if (report->facts.served)
		snprintf(buf, REPORT_TEXT_MAX, "%s", report->facts.served);
}

static void flight(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	const struct flight_facts *facts = &report->facts.flight;
	char time[UNITS_MAX], size[UNITS_MAX];
	if (report->facts.has_flight)
		snprintf(buf, REPORT_TEXT_MAX, "the last %s, in %sB of at most %lluMiB; %u written",
			units_time(facts->kept_ns, time), units_number((double)facts->size, size),
			(unsigned long long)(facts->limit >> 20), facts->written);
}

static const struct item items[] = {
	{"target", target, NULL},
	{"command line", command, NULL},
	{"traced for", elapsed, NULL},
	{"processes", tasks, NULL},
	{"calls", calls, NULL},
	{"io_uring rings", rings, "what they do is not a call"},
	{"kernel workers", workers, "threads without calls: io_uring, vhost"},
	{"", NULL, NULL},
	{"engine", engine, NULL},
	{"why this one", reason, NULL},
	{"slowdown", slowdown, "of the target, by being traced"},
	{"overhead", overhead, "what tracing adds to each call of the target"},
	{"machine-wide", others, "and to each of every other process meanwhile"},
	{"minimum measurable", minimum, "what even an empty call shows"},
	{"stops", stops, "of the target's threads, for the tracer"},
	{"stop itself", tracer, NULL},
	{"details lost", lost, "arguments, stacks, lines; counts never are"},
	{"flight recorder", flight, NULL},
	{"served at", served, NULL},
};

#define ITEM_COUNT (sizeof(items) / sizeof(*items))

/* The lines, while they are counted or drawn. */
struct lines {
	struct area area;
	int next, top; /* number of the next line, and of the first on the screen */
};

/* The area of the next line; without rows if that is not on the screen. */
static struct area next_line(struct lines *lines)
{
	int row = lines->next++ - lines->top;
	return area_part(lines->area, row < 0 ? 0 : row, 0, row >= 0 && row < lines->area.rows,
		lines->area.columns);
}

/* Draws TEXT from column AT on, in as many lines as it needs; LINE is the first of these. */
static void draw_wrapped(struct lines *lines, struct area line, int at, const char *text)
{
	int columns = lines->area.columns - at > 1 ? lines->area.columns - at : 1;
	int width = glyph_columns(text);
	for (int from = 0; from == 0 || from < width; from += columns) {
		struct area part = area_part(line, 0, at, line.rows, columns);
		area_put(part, 0, -from, STYLE_VALUE, text);
		if (from + columns < width)
			line = next_line(lines);
	}
}

static void draw_item(struct lines *lines, const struct item *item, const char *value)
{
	struct area line = next_line(lines);
	area_put(line, 0, 0, STYLE_LABEL, item->label);
	if (!item->meaning || glyph_columns(value) > 16) {
		draw_wrapped(lines, line, LABEL_COLUMNS, value);
		return;
	}
	area_put(line, 0, LABEL_COLUMNS, STYLE_VALUE, value);
	area_put(line, 0, LABEL_COLUMNS + 18, STYLE_DIM, item->meaning);
}

static void draw_note(struct lines *lines, const struct model_note *note)
{
	char text[4 * EVENT_TEXT_MAX], count[UNITS_MAX], escaped[4 * EVENT_TEXT_MAX - 32];
	text_escape(note->text, strnlen(note->text, sizeof(note->text)), escaped, sizeof(escaped));
	snprintf(text, sizeof(text), "%s: %s", units_count(note->count, count), escaped);
	draw_wrapped(lines, next_line(lines), 0, text);
}

int info_lines_draw(const struct report *report, int top, struct area area)
{
	struct lines lines = {.area = area, .top = top};
	for (size_t i = 0; i < ITEM_COUNT; i++) {
		char value[REPORT_TEXT_MAX] = "";
		if (items[i].value)
			items[i].value(report, value);
		if (*value || !items[i].value)
			draw_item(&lines, &items[i], value);
	}
	if (report->note_count) {
		next_line(&lines);
		area_put(next_line(&lines), 0, 0, STYLE_LABEL, "notes");
	}
	for (size_t i = 0; i < report->note_count; i++)
		draw_note(&lines, &report->notes[i]);
	return lines.next;
}
