/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prompts; see ui/prompt.h. */
#include "config.h"

#include "ui/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "out/glyph.h"
#include "ui/pane.h"

/* Maximum width of the error message in percent of the line. */
#define ERROR_SHARE 60

static enum ui_request retype(struct view *view)
{
	struct prompt_state *state = &view->prompt;
	state->error[0] = state->hints[0] = '\0';
	state->wrong_size = 0;
	if (state->open->suggest)
		state->open->suggest(&state->line, state->hints);
	enum ui_request request = state->open->type(view, state->line.text, state->error);
	return request == UI_REQUEST_NONE ? UI_REQUEST_REDRAW : request;
}

enum ui_request prompt_open(struct view *view, enum prompt_id id)
{
	struct prompt_state *state = &view->prompt;
	char text[EDITLINE_MAX] = "";
	state->open = &prompts[id];
	state->id = id;
	state->recalled = -1;
	state->error[0] = state->hints[0] = '\0';
	state->wrong_size = 0;
	if (state->open->begin)
		state->open->begin(view, text);
	editline_set(&state->line, text);
	return UI_REQUEST_REDRAW;
}

/* Adds TEXT as the newest, unless it already is. */
static void remember(struct prompt_recall *recall, const char *text)
{
	if (!*text || (recall->text[0] && strcmp(recall->text[0], text) == 0))
		return;
	free(recall->text[PROMPT_RECALL - 1]);
	memmove(recall->text + 1, recall->text, sizeof(recall->text) - sizeof(*recall->text));
	recall->text[0] = xstrdup(text);
}

/* Replaces the text with the one that is STEP entries older. */
static enum ui_request recall(struct view *view, int step)
{
	struct prompt_state *state = &view->prompt;
	const struct prompt_recall *texts = &state->recall[state->id];
	int wanted = state->recalled + step;
	if (wanted < -1 || wanted >= PROMPT_RECALL || (wanted >= 0 && !texts->text[wanted]))
		return UI_REQUEST_REDRAW;
	state->recalled = wanted;
	editline_set(&state->line, wanted < 0 ? "" : texts->text[wanted]);
	return retype(view);
}

static enum ui_request accept(struct view *view)
{
	struct prompt_state *state = &view->prompt;
	const struct prompt *prompt = state->open;
	/* The reason why it is not accepted is of more interest then. */
	state->hints[0] = '\0';
	if (state->error[0])
		return UI_REQUEST_REDRAW;
	remember(&state->recall[state->id], state->line.text);
	state->open = NULL;
	return prompt->accept(view, state->line.text);
}

enum ui_request prompt_key(struct view *view, uint32_t key)
{
	struct prompt_state *state = &view->prompt;
	switch (key) {
	case KEYCODE_ESCAPE:
	case KEYCODE_CTRL('G'):
		state->open = NULL;
		return UI_REQUEST_REDRAW;
	case '\r':
	case '\n':
		return accept(view);
	case '\t':
		if (!state->open->complete)
			return UI_REQUEST_REDRAW;
		state->open->complete(&state->line);
		return retype(view);
	case KEYCODE_UP:
		return recall(view, 1);
	case KEYCODE_DOWN:
		return recall(view, -1);
	}
	return editline_key(&state->line, key) ? retype(view) : UI_REQUEST_REDRAW;
}

enum ui_request prompt_paste(struct view *view, uint32_t code)
{
	/* Control characters edit, or accept. */
	if (code < ' ' || code == 0x7f)
		return UI_REQUEST_NONE;
	return prompt_key(view, code);
}

/* The column of the first character of LINE, which is negative if it is scrolled. */
static int first_column(const struct editline *line, struct area area)
{
	char before[EDITLINE_MAX];
	memcpy(before, line->text, line->cursor);
	before[line->cursor] = '\0';
	int width = glyph_columns(before);
	return width < area.columns ? 0 : area.columns - 1 - width;
}

/* Draws the text with the cursor, scrolled so that the cursor is visible. */
static void draw_line(const struct editline *line, struct area area)
{
	char before[EDITLINE_MAX], at[GLYPH_BYTES] = " ";
	memcpy(before, line->text, line->cursor);
	before[line->cursor] = '\0';
	const char *rest = line->text + line->cursor;
	if (*rest)
		glyph_encode(glyph_next(&rest), at);
	int column = first_column(line, area);
	column = area_put(area, 0, column, STYLE_TEXT, before);
	column = area_put(area, 0, column, STYLE_CURSOR, at);
	area_put(area, 0, column, STYLE_TEXT, rest);
}

/* Marks the part of STATE's text that is wrong, except the cursor. */
static void mark_wrong(const struct prompt_state *state, struct area area)
{
	const char *text = state->line.text;
	size_t at = state->wrong_at, end = at + state->wrong_size;
	char before[EDITLINE_MAX], part[EDITLINE_MAX];
	int shift = first_column(&state->line, area);
	snprintf(before, sizeof(before), "%.*s", (int)at, text);
	snprintf(part, sizeof(part), "%.*s", (int)(end - at), text + at);
	int column = glyph_columns(before) + shift;
	/* Only what is on the screen, and does not cover the cursor. */
	if (end > strlen(text) || column < 0 ||
		(state->line.cursor >= at && state->line.cursor < end))
		return;
	area_put(area, 0, column, STYLE_ERROR, part);
}

/* Whether what can be typed at the cursor of STATE is shown instead of an error: that is there. */
static bool shows_hints(const struct prompt_state *state)
{
	size_t cursor = state->line.cursor;
	bool is_there = !state->error[0] || state->wrong_at + state->wrong_size >= cursor;
	return state->hints[0] && is_there;
}

void prompt_draw(const struct view *view, struct area area)
{
	const struct prompt_state *state = &view->prompt;
	bool has_hints = shows_hints(state);
	const char *beside = has_hints ? state->hints : state->error;
	int column = area_put(area, 0, 0, STYLE_KEY_TEXT, state->open->label) + 1;
	int room = area.columns - column;
	int width = glyph_columns(beside);
	if (width > room * ERROR_SHARE / 100)
		width = room * ERROR_SHARE / 100;
	struct area line = area_part(area, 0, column, 1, room - width - (width > 0));
	draw_line(&state->line, line);
	if (state->wrong_size && !has_hints)
		mark_wrong(state, line);
	if (width)
		area_put_cell(area, 0, area.columns - width, width, true,
			has_hints ? STYLE_DIM : STYLE_ERROR, beside);
	else if (!state->line.text[0])
		area_put(area, 0, column + 2, STYLE_DIM, state->open->hint);
}

void prompt_clear(struct prompt_state *state)
{
	for (int id = 0; id < PROMPT_COUNT; id++) {
		for (int i = 0; i < PROMPT_RECALL; i++)
			free(state->recall[id].text[i]);
	}
}
