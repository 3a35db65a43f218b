/*
 * The header: what is traced, how much it asks of the kernel, and what the watching costs.
 *
 * It is a list of items, the most important first, that flow into as many lines as there are: what
 * does not fit any more is left out. An item has a least width, so that its neighbours stay where
 * they are while its number changes.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "out/glyph.h"
#include "ui/pane.h"

/* Blanks between two items. */
#define GAP 2

/* One item: what it is called, and how its value is written. */
struct item {
	const char *label; /* before the value; "": none */
	int width;         /* least width of the value */
	enum style style;  /* of the value */
	void (*value)(const struct report *report, char buf[REPORT_TEXT_MAX]); /* "": not shown */
};

static void put_number(double number, char buf[REPORT_TEXT_MAX])
{
	char text[UNITS_MAX];
	snprintf(buf, REPORT_TEXT_MAX, "%s", units_number(number, text));
}

static void target(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	report_target(report, buf);
}

static void ended(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	report_ended(report, buf);
}

static void elapsed(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	char text[UNITS_MAX];
	snprintf(buf, REPORT_TEXT_MAX, "%s", units_time(report_elapsed_ns(report), text));
}

static void call_rate(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	put_number(report->totals.call_rate, buf);
}

static void error_rate(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	put_number(report->totals.error_rate, buf);
}

static void calls(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	put_number((double)report->totals.calls, buf);
}

static void errors(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	put_number((double)report->totals.errors, buf);
}

static void in_progress(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	put_number((double)report->totals.in_progress, buf);
}

static void threads(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	put_number((double)report->totals.threads, buf);
}

static void processes(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	put_number((double)report->totals.processes, buf);
}

static void filter(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	if (!*report_filter(report, buf))
		strcpy(buf, "all calls");
}

static void engine(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	snprintf(buf, REPORT_TEXT_MAX, "%s", report->facts.engine);
}

/* The tracer's processor time as a share of one processor. */
static void tracer(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	uint64_t elapsed_ns = report_elapsed_ns(report);
	char text[UNITS_MAX];
	double cpu_ns = (double)report->facts.stats.cpu_ns;
	double share = elapsed_ns ? cpu_ns / (double)elapsed_ns : 0;
	snprintf(buf, REPORT_TEXT_MAX, "%s%% CPU", units_percent(share, text));
}

static void cost(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	char text[UNITS_MAX];
	buf[0] = '\0';
	if (report->facts.cost_share >= 0)
		snprintf(buf, REPORT_TEXT_MAX, "%s%%",
			units_percent(report->facts.cost_share, text));
}

static void call_cost(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	char text[UNITS_MAX];
	buf[0] = '\0';
	if (report->facts.stats.call_cost_ns)
		snprintf(buf, REPORT_TEXT_MAX, "%s a call",
			units_time(report->facts.stats.call_cost_ns, text));
}

static void stop_rate(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	buf[0] = '\0';
	if (report->facts.stop_rate > 0)
		put_number(report->facts.stop_rate, buf);
}

static void floor_time(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	char text[UNITS_MAX];
	buf[0] = '\0';
	if (report->facts.floor_ns)
		snprintf(buf, REPORT_TEXT_MAX, "%s", units_time(report->facts.floor_ns, text));
}

static void lost(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	buf[0] = '\0';
	if (report->facts.stats.details_lost)
		put_number((double)report->facts.stats.details_lost, buf);
}

static const struct item items[] = {
	{"", 0, STYLE_TITLE, target},
	{"", 0, STYLE_WARNING, ended},
	{"elapsed", 5, STYLE_VALUE, elapsed},
	{"calls/s", 5, STYLE_VALUE, call_rate},
	{"errors/s", 5, STYLE_VALUE, error_rate},
	{"filter", 9, STYLE_VALUE, filter},
	{"calls", 5, STYLE_VALUE, calls},
	{"errors", 5, STYLE_VALUE, errors},
	{"in progress", 3, STYLE_VALUE, in_progress},
	{"threads", 3, STYLE_VALUE, threads},
	{"processes", 2, STYLE_VALUE, processes},
	{"engine", 0, STYLE_VALUE, engine},
	{"tracer", 9, STYLE_VALUE, tracer},
	{"cost", 4, STYLE_VALUE, cost},
	{"adds", 13, STYLE_VALUE, call_cost},
	{"stops/s", 5, STYLE_VALUE, stop_rate},
	{"floor", 6, STYLE_VALUE, floor_time},
	{"details lost", 3, STYLE_WARNING, lost},
};

/* Columns that an item with VALUE takes, at most LIMIT. */
static int item_width(const struct item *item, const char *value, int limit)
{
	int label = *item->label ? glyph_columns(item->label) + 1 : 0;
	int width = glyph_columns(value);
	int wanted = label + (width > item->width ? width : item->width);
	return wanted < limit ? wanted : limit;
}

static void draw_item(struct area area, const struct item *item, const char *value)
{
	int column = 0;
	if (*item->label)
		column = area_put(area, 0, 0, STYLE_LABEL, item->label) + 1;
	area_put_cell(area, 0, column, area.columns - column, false, item->style, value);
}

static void draw(struct view *view, struct area area)
{
	int row = 0, column = 0;
	if (!view->report) {
		area_put(area, 0, 0, STYLE_TITLE, PACKAGE_NAME);
		return;
	}
	for (size_t i = 0; i < sizeof(items) / sizeof(*items); i++) {
		char value[REPORT_TEXT_MAX];
		items[i].value(view->report, value);
		if (!*value)
			continue;
		int width = item_width(&items[i], value, area.columns);
		if (column > 0 && column + width > area.columns) {
			row++;
			column = 0;
		}
		if (row == area.rows)
			return;
		draw_item(area_part(area, row, column, 1, width), &items[i], value);
		column += width + GAP;
	}
}

const struct pane header_pane = {.name = "header", .draw = draw};
