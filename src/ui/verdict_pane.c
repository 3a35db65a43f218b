/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict, below the header: what matters most, before all tables. */
#include "config.h"

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
	for (size_t i = 0; i < count && (int)i < area.rows; i++) {
		area_put(area, (int)i, 0, STYLE_MARK, i ? " " : "▶");
		area_put_cell(area, (int)i, 2, area.columns - 2, false, styles[lines[i].kind],
			lines[i].text);
	}
}

const struct pane verdict_pane = {.name = "verdict", .draw = draw};
