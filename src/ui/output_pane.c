/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The output of the started command: the last lines, escaped. At the end it follows new output;
 * scrolled back it stays in place.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ui/pane.h"

/* Maximum size of an escaped line. */
#define LINE_MAX_SHOWN 2048

/* `top` counts from the end: 0 is the newest page. So new lines do not move the text being read. */

static void title_of(const struct view *view, char buf[CELL_MAX])
{
	if (!view->transcript)
		strcpy(buf, "Output: no command was started");
	else if (view->output.top > 0)
		snprintf(buf, CELL_MAX, "Output, %d lines below: End", view->output.top);
	else
		strcpy(buf, "Output");
}

static void draw(struct view *view, struct area area)
{
	const struct transcript *transcript = view->transcript;
	struct scroll_state *state = &view->output;
	int count = transcript ? (int)transcript_count(transcript) : 0;
	char text[LINE_MAX_SHOWN];
	pane_scroll_fit(state, count, area.rows);
	int first = state->hidden - state->top;
	for (int row = 0; row < area.rows && first + row < count; row++) {
		const char *line = transcript_line(transcript, (size_t)(first + row));
		text_escape(line, strlen(line), text, sizeof(text));
		area_put_cell(area, row, 0, area.columns, false, STYLE_TEXT, text);
	}
	if (count == 0 && transcript)
		area_put(area, 0, 0, STYLE_DIM, "nothing was written yet");
}

static enum ui_request handle_action(struct view *view, const struct key_binding *binding)
{
	struct scroll_state from_start = view->output;
	from_start.top = from_start.hidden - from_start.top;
	enum ui_request request = pane_scroll(&from_start, binding);
	view->output.top = from_start.hidden - from_start.top;
	return request;
}

static int lines(const struct view *view, int columns)
{
	(void)columns;
	return view->transcript ? (int)transcript_count(view->transcript) : 1;
}

const struct pane output_pane = {.name = "output",
	.number = 9,
	.title = title_of,
	.lines = lines,
	.draw = draw,
	.handle_action = handle_action};
