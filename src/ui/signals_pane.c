/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals: how many each thread has got and sent, from whom; and what the threads block, ignore and
 * handle.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "abi/names.h"
#include "base/text.h"
#include "base/units.h"
#include "decode/signal_text.h"
#include "model/signals.h"
#include "ui/pane.h"

/* Size of a line. */
#define LINE_SIZE 512

/* Draws lines into AREA, those from the top of the view's state on. */
struct drawing {
	struct area area;
	int line, top; /* number of the next line, and of the first on the screen */
};

static void put_line(struct drawing *drawing, enum style style, const char *text)
{
	int row = drawing->line++ - drawing->top;
	if (row >= 0 && row < drawing->area.rows)
		area_put_cell(drawing->area, row, 0, drawing->area.columns, false, style, text);
}

/* "handled, blocked" */
static const char *state_of(const struct signals *signals, const struct signal_row *row)
{
	static const char *const states[2][3] = {
		{"default", "ignored", "handled"},
		{"default, blocked", "ignored, blocked", "handled, blocked"},
	};
	uint64_t bit = UINT64_C(1) << (row->signal - 1);
	const struct signal_masks *masks;
	for (size_t i = 0; (masks = signals_masks(signals, i)) != NULL; i++) {
		if (masks->tid != row->tid)
			continue;
		return states[(masks->blocked & bit) != 0][masks->ignored & bit   ? 1
							   : masks->handled & bit ? 2
										  : 0];
	}
	return "";
}

/* "1234 sleep, CLD_EXITED" */
static void put_sender(const struct signal_row *row, char *buf, size_t size)
{
	char code[ABI_NAME_MAX], comm[4 * TASK_COMM_SIZE];
	signal_text_code(row->signal, row->code, code, sizeof(code));
	text_escape(row->comm, strnlen(row->comm, sizeof(row->comm)), comm, sizeof(comm));
	if (!row->delivered)
		buf[0] = '\0';
	else if (row->sender)
		snprintf(buf, size, "%d %s, %s", (int)row->sender, comm, code);
	else
		snprintf(buf, size, "%s", code);
}

static void draw_row(
	struct drawing *drawing, const struct signals *signals, const struct signal_row *row)
{
	char text[LINE_SIZE], name[ABI_NAME_MAX], got[UNITS_MAX], sent[UNITS_MAX], by[128];
	signal_text_name(row->signal, name, sizeof(name));
	put_sender(row, by, sizeof(by));
	snprintf(text, sizeof(text), "%-10s %8d %9s %9s  %-17s %s", name, (int)row->tid,
		units_count(row->delivered, got), units_count(row->sent, sent),
		state_of(signals, row), by);
	put_line(drawing, STYLE_TEXT, text);
}

/* Appends "LABEL: SIGINT SIGTERM" for the signals in MASK to BUF. */
static void add_mask(char *buf, size_t size, const char *label, uint64_t mask)
{
	size_t used = strlen(buf);
	char name[ABI_NAME_MAX];
	if (!mask)
		return;
	used += (size_t)snprintf(buf + used, size - used, "  %s:", label);
	/* The C library's threads block all signals for a moment: no list of 64. */
	if (mask == UINT64_MAX || __builtin_popcountll(mask) > 56) {
		snprintf(buf + used, size - used, " all");
		return;
	}
	for (int signal = 1; signal <= 64 && used < size; signal++) {
		if (!(mask >> (signal - 1) & 1))
			continue;
		signal_text_name(signal, name, sizeof(name));
		/* Without "SIG". */
		used += (size_t)snprintf(buf + used, size - used, " %s", name + 3);
	}
}

static void draw_masks(struct drawing *drawing, const struct signal_masks *masks)
{
	char text[LINE_SIZE];
	snprintf(text, sizeof(text), "thread %d", (int)masks->tid);
	add_mask(text, sizeof(text), "blocks", masks->blocked);
	add_mask(text, sizeof(text), "pending", masks->pending);
	add_mask(text, sizeof(text), "ignores", masks->ignored);
	add_mask(text, sizeof(text), "handles", masks->handled);
	put_line(drawing, STYLE_DIM, text);
}

/* Whether thread TID is shown: all are, or the selected one. */
static bool is_shown(const struct view *view, pid_t tid)
{
	return !view->signals.tid || view->signals.tid == tid;
}

static void title(const struct view *view, char buf[CELL_MAX])
{
	char whose[48] = "", lost[UNITS_MAX], more[64] = "";
	uint64_t missing = signals_lost(view->signal_table) + signals_other(view->signal_table);
	if (view->signals.tid)
		snprintf(whose, sizeof(whose), " of thread %d", (int)view->signals.tid);
	if (missing)
		snprintf(more, sizeof(more), "; at most %s more were not seen",
			units_count(missing, lost));
	snprintf(buf, CELL_MAX, "Signals%s%s", whose, more);
}

static void draw(struct view *view, struct area area)
{
	const struct signals *signals = view->signal_table;
	struct scroll_state *scroll = &view->signals.scroll;
	struct drawing drawing = {.area = area, .top = scroll->top};
	const struct signal_row *row;
	const struct signal_masks *masks;
	put_line(&drawing, STYLE_DIM,
		"SIGNAL       THREAD DELIVERED      SENT  HERE              LAST FROM");
	for (size_t i = 0; (row = signals_row(signals, i)) != NULL; i++) {
		if (is_shown(view, row->tid))
			draw_row(&drawing, signals, row);
	}
	put_line(&drawing, STYLE_TEXT, "");
	for (size_t i = 0; (masks = signals_masks(signals, i)) != NULL; i++) {
		if (is_shown(view, masks->tid))
			draw_masks(&drawing, masks);
	}
	pane_scroll_fit(scroll, drawing.line, area.rows);
}

static enum ui_request handle_action(struct view *view, const struct key_binding *binding)
{
	return pane_scroll(&view->signals.scroll, binding);
}

static void position(const struct view *view, char buf[PANE_POSITION_MAX])
{
	pane_scroll_position(&view->signals.scroll, buf);
}

const struct pane signals_pane = {.name = "signals",
	.number = 8,
	.title = title,
	.position = position,
	.draw = draw,
	.handle_action = handle_action};
