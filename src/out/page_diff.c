/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison as a page; see out/page.h. */
#include "config.h"

#include "out/page.h"

#include <math.h>
#include <stdlib.h>

#include "base/units.h"
#include "out/comparison_text.h"
#include "out/page_parts.h"

/* What is shown of each row, for both sides. */
static const struct {
	enum profile_measure measure;
	const char *title[COMPARISON_SIDES];
	const char *total; /* what it is of all calls */
} measures[] = {
	{PROFILE_TIME, {"TIME A", "TIME B"}, "time in calls"},
	{PROFILE_COUNT, {"CALLS A", "CALLS B"}, "calls"},
	{PROFILE_ERRORS, {"ERRORS A", "ERRORS B"}, "errors"},
	{PROFILE_BYTES, {"BYTES A", "BYTES B"}, "bytes"},
};

#define MEASURES (sizeof(measures) / sizeof(*measures))

/* The tables, by their parts. */
static const struct {
	const char *title, *column;
	size_t measures; /* stacks have no bytes */
	bool has_latencies;
} tables[PROFILE_PARTS] = {
	[PROFILE_CALLS] = {"Calls", "CALL", MEASURES, true},
	[PROFILE_FILES] = {"Files and peers", "FILE OR PEER", MEASURES, false},
	[PROFILE_STACKS] = {"Stacks", "STACK (CALL < CALLERS)", MEASURES - 1, false},
};

static void put_side(struct page *page, const struct comparison *comparison, size_t side)
{
	const struct comparison_input *input = &comparison->input[side];
	page_put(page, "<p class=\"w\"><strong>%c</strong> ", side ? 'B' : 'A');
	page_put_text(page, input->profile[0]->target);
	page_put(page, " <span class=\"dim\">(");
	page_put_text(page, input->profile[0]->engine);
	if (input->count > 1)
		page_put(page, "; %zu runs, medians", input->count);
	page_put(page, ")</span></p>");
}

/* A cell that needs no room. */
static void put_word(struct page *page, const char *text)
{
	page_put(page, "<td>");
	page_put_text(page, text);
	page_put(page, "</td>");
}

static void put_values(
	struct page *page, enum profile_measure measure, const struct comparison_value *value)
{
	char text[COMPARISON_TEXT_MAX];
	for (size_t side = 0; side < COMPARISON_SIDES; side++)
		page_put_cell(page, true, comparison_number(measure, value->side[side], text));
}

static void put_total(struct page *page, const char *name, enum profile_measure measure,
	const struct comparison_value *value, const char *sure)
{
	page_put(page, "<tr><th scope=\"row\">%s</th>", name);
	put_values(page, measure, value);
	put_word(page, sure);
	page_put(page, "</tr>\n");
}

static void put_totals(struct page *page, const struct comparison *comparison)
{
	bool per_second = comparison->per_second;
	page_begin_table(page, "totals", "In all", "totals");
	page_put(page, "%s.", per_second ? "Per second" : "Per run");
	page_begin_titles(page);
	page_put_title(page, false, "OF ALL CALLS");
	page_put_title(page, true, "A");
	page_put_title(page, true, "B");
	page_put_title(page, false, "SURE");
	page_begin_rows(page);
	put_total(page, per_second ? "counted for" : "run time", PROFILE_TIME, &comparison->run_ns,
		per_second ? "" : comparison_sure(&comparison->run_ns));
	for (size_t i = 0; i < MEASURES; i++) {
		const struct comparison_value *value = &comparison->total[measures[i].measure];
		put_total(page, measures[i].total, measures[i].measure, value,
			comparison_sure(value));
	}
	page_end_table(page, 0, 0);
}

static void put_row(struct page *page, enum profile_part part, const struct comparison *comparison,
	const struct comparison_row *row)
{
	static const char *const changes[] = {
		[COMPARISON_BOTH] = "", [COMPARISON_CAME] = "new", [COMPARISON_WENT] = "gone"};
	const struct hist *const latency[] = {
		&row->latency[COMPARISON_A], &row->latency[COMPARISON_B]};
	char percent[UNITS_MAX], text[COMPARISON_TEXT_MAX];
	char *name = comparison_name(part, row);
	page_put(page, "<tr><th scope=\"row\" class=\"w\">");
	page_put_text(page, name);
	page_put(page, "</th>");
	free(name);
	snprintf(text, sizeof(text), "%s%s",
		row->explains < 0   ? "-"
		: row->explains > 0 ? "+"
				    : "",
		units_percent(fabs(row->explains), percent));
	page_put_cell(page, true, text);
	for (size_t i = 0; i < tables[part].measures; i++)
		put_values(page, measures[i].measure, &row->value[measures[i].measure]);
	put_word(page, comparison_row_sure(comparison, row));
	put_word(page, changes[row->change]);
	if (tables[part].has_latencies)
		page_put_histograms(page, latency, COMPARISON_SIDES);
	page_put(page, "</tr>\n");
}

static void put_list(struct page *page, enum profile_part part, const struct comparison *comparison)
{
	const struct comparison_list *list = &comparison->list[part];
	const char *name = profile_part_name(part);
	size_t begin = page->size, row = 0;
	if (!list->is_known || !list->count)
		return;
	page_begin_table(page, name, tables[part].title, name);
	page_put(page, "Those that explain most of the difference first%s.",
		tables[part].has_latencies ? "; latencies by powers of two" : "");
	page_begin_titles(page);
	page_put_title(page, false, tables[part].column);
	page_put_title(page, true, "%DIFF");
	for (size_t i = 0; i < tables[part].measures; i++) {
		for (size_t side = 0; side < COMPARISON_SIDES; side++)
			page_put_title(page, true, measures[i].title[side]);
	}
	page_put_title(page, false, "SURE");
	page_put_title(page, false, "CHANGE");
	for (size_t side = 0; tables[part].has_latencies && side < COMPARISON_SIDES; side++)
		page_put_title(page, false, side ? "LATENCIES B" : "LATENCIES A");
	page_begin_rows(page);
	for (; row < list->count && page->size - begin < PAGE_TABLE_MAX; row++)
		put_row(page, part, comparison, &list->row[row]);
	page_end_table(page, row, list->count);
}

static void put_cautions(struct page *page, const struct comparison *comparison)
{
	char text[COMPARISON_TEXT_MAX];
	if (!comparison_caution(comparison, 0, text))
		return;
	page_put(page, "<section aria-label=\"Cautions\"><ul>");
	for (size_t i = 0; comparison_caution(comparison, i, text); i++) {
		page_put(page, "<li>");
		page_put_text(page, text);
		page_put(page, "</li>");
	}
	page_put(page, "</ul></section>\n");
}

void page_write_comparison(FILE *stream, const struct comparison *comparison)
{
	struct page page = {.stream = stream};
	page_put_head(&page, "Comparison of system calls");
	page_put(&page, "<header><h1>Comparison of system calls</h1>");
	for (size_t side = 0; side < COMPARISON_SIDES; side++)
		put_side(&page, comparison, side);
	page_put(&page, "</header>\n<main>\n");
	put_cautions(&page, comparison);
	put_totals(&page, comparison);
	for (enum profile_part part = 0; part < PROFILE_PARTS; part++)
		put_list(&page, part, comparison);
	page_put(&page, "</main>");
	page_put_end(&page);
}
