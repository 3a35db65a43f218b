/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a call does and its errors mean; see ui/explanation_lines.h. */
#include "config.h"

#include "ui/explanation_lines.h"

#include <stdio.h>

#include "abi/explain.h"
#include "abi/names.h"
#include "out/advice_text.h"
#include "out/explanation.h"
#include "out/glyph.h"

/* Errors that are explained: the most frequent. */
#define ERRORS_SHOWN 3

/* What an error means begins here. */
#define INDENT       2

/* Where lines go: only line WANTED is drawn, into AREA. */
struct page {
	struct area area;
	int line, wanted, columns;
};

/* Adds the lines of TEXT, in STYLE, after INDENT blanks. */
static void add(struct page *page, const char *text, int indent, enum style style)
{
	while (*text) {
		char line[REPORT_TEXT_MAX * 2];
		const char *begin = text;
		int columns = page->columns > indent ? page->columns - indent : 1;
		size_t size = glyph_next_line(&text, columns);
		if (page->line++ != page->wanted)
			continue;
		snprintf(line, sizeof(line), "%.*s", (int)size, begin);
		area_put(page->area, 0, indent, style, line);
	}
}

static void add_call(struct page *page, const struct call_row *row)
{
	const struct explanation *known = explain_call(row->name);
	if (!known)
		return;
	add(page, known->does, 0, STYLE_TEXT);
	add(page, known->signature, 0, STYLE_DIM);
}

static void add_errors(struct page *page, const struct report *report, const struct call_row *row)
{
	struct explanation_seen seen[ERRORS_SHOWN];
	size_t count = explanation_find(report, row, seen, ERRORS_SHOWN);
	for (size_t i = 0; i < count; i++) {
		const struct error_explanation *error = explain_error(
			explain_call(row->name), seen[i].err);
		char text[REPORT_TEXT_MAX + ABI_NAME_MAX], found[REPORT_TEXT_MAX],
			name[ABI_NAME_MAX];
		snprintf(text, sizeof(text), "%s: %s", error_name(seen[i].err, name),
			explanation_text(row, &seen[i], found));
		add(page, text, 0, STYLE_VALUE);
		add(page, explanation_means(row->name, seen[i].err), INDENT, STYLE_TEXT);
		if (error && error->normal)
			add(page, error->normal, INDENT, STYLE_DIM);
	}
}

static void add_advice(struct page *page, const struct report *report, const struct call_row *row)
{
	for (size_t i = 0; i < report->advice_count; i++) {
		const struct advice *advice = &report->advice[i];
		char text[ADVICE_TEXT_MAX];
		if (!advice_is_about(advice->kind, row->call))
			continue;
		add(page, advice_seen(advice, text), 0, STYLE_VALUE);
		add(page, advice_remedy(advice->kind), INDENT, STYLE_TEXT);
	}
}

static int walk(const struct report *report, enum explanation_part part, struct page *page)
{
	const struct call_row *row = &report->detail.call;
	if (part == EXPLAIN_CALL)
		add_call(page, row);
	else if (part == EXPLAIN_ERRORS)
		add_errors(page, report, row);
	else
		add_advice(page, report, row);
	return page->line;
}

int explanation_lines(const struct report *report, enum explanation_part part, int columns)
{
	struct page page = {.wanted = -1, .columns = columns};
	return walk(report, part, &page);
}

void explanation_lines_draw(
	const struct report *report, enum explanation_part part, int row, struct area area)
{
	struct page page = {.area = area, .wanted = row, .columns = area.columns};
	walk(report, part, &page);
}
