/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict and advice, below the header: what matters most, before all tables. */
#include "config.h"

#include "out/advice_text.h"
#include "out/verdict_text.h"
#include "ui/pane.h"

static const enum style styles[VERDICT_KINDS] = {
	[VERDICT_DEADLOCK] = STYLE_ERROR,
	[VERDICT_HELD] = STYLE_WARNING,
	[VERDICT_DISK] = STYLE_WARNING,
	[VERDICT_CONNECT] = STYLE_WARNING,
	[VERDICT_STOPPED] = STYLE_WARNING,
	[VERDICT_BUSY] = STYLE_VALUE,
	[VERDICT_WAIT] = STYLE_VALUE,
	[VERDICT_IDLE] = STYLE_DIM,
};

static void draw(struct view *view, struct area area)
{
	struct verdict_line lines[VERDICT_MAX];
	size_t count = view->report ? verdict_lines(view->report, lines) : 0;
	size_t advice = view->report ? view->report->advice_count : 0;
	int most = area.rows - ((int)advice < area.rows / 2 ? (int)advice : area.rows / 2);
	for (size_t i = 0; i < count && (int)i < most; i++) {
		area_put(area, (int)i, 0, STYLE_MARK, i ? " " : "▶");
		area_put_cell(area, (int)i, 2, area.columns - 2, false, styles[lines[i].kind],
			lines[i].text);
	}
	int at = (int)count < most ? (int)count : most;
	for (int i = 0; at + i < area.rows && i < (int)advice; i++) {
		char text[ADVICE_TEXT_MAX];
		area_put(area, at + i, 0, STYLE_MARK, "!");
		area_put_cell(area, at + i, 2, area.columns - 2, false, STYLE_VALUE,
			advice_seen(&view->report->advice[i], text));
	}
}

const struct pane verdict_pane = {.name = "verdict", .draw = draw};
