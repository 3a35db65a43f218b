/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log: calls as they end, signals and ends of tasks, with those in progress at the bottom. It
 * follows new lines while the last one is selected; scrolled back, it stays in place.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "abi/syscall.h"
#include "base/text.h"
#include "base/units.h"
#include "event/detail.h"
#include "out/log_tail.h"
#include "ui/pane.h"

/* Calls in progress take at most this share of the pane: one in RUNNING_SHARE rows. */
#define RUNNING_SHARE 3

/* Lines. */

/* Whether the filter of the screen selects calls. */
static bool has_filter(const struct view *view)
{
	const struct report_view *wanted = &view->wanted;
	return wanted->set_text || wanted->filter.classes || wanted->filter.errors;
}

/* Whether the filter of the screen does not select LINE, a call. */
static bool is_filtered(const struct view *view, const struct log_tail_line *line)
{
	const struct call_filter *filter = &view->wanted.filter;
	if (!call_filter_has(filter, line->call) || (filter->errors && !line->failed))
		return true;
	return view->wanted.set_text && !filter->set && line->number &&
	       !log_tail_is_selected(view->log_tail, line);
}

static bool is_hidden(const struct view *view, const struct log_tail_line *line)
{
	const struct log_state *state = &view->log;
	if (!line->is_call)
		return state->has_only || has_filter(view);
	if (is_filtered(view, line))
		return true;
	if (state->has_only)
		return !call_equal(line->call, state->only);
	for (size_t i = 0; i < state->hidden_count; i++) {
		if (call_equal(line->call, state->hidden[i]))
			return true;
	}
	return false;
}

/* The end of the lines that are shown: a paused screen shows no new ones. */
static uint64_t end_of(const struct view *view)
{
	uint64_t end = log_tail_end(view->log_tail);
	return view->paused && view->log.paused_end < end ? view->log.paused_end : end;
}

/* The nearest line that is shown from NUMBER on in the direction of STEP; 0: none. */
static uint64_t find_line(const struct view *view, uint64_t number, int step)
{
	uint64_t first = log_tail_first(view->log_tail), end = end_of(view);
	if (number < first)
		number = step > 0 ? first : 0;
	for (; number >= first && number < end; number += (uint64_t)step) {
		if (!is_hidden(view, log_tail_line(view->log_tail, number)))
			return number;
	}
	return 0;
}

/* The line COUNT lines before or after NUMBER, or the last one in that direction. */
static uint64_t move_from(const struct view *view, uint64_t number, long count)
{
	int step = count < 0 ? -1 : 1;
	for (long left = count < 0 ? -count : count; left; left--) {
		uint64_t next = find_line(view, number + (uint64_t)step, step);
		if (!next)
			break;
		number = next;
	}
	return number;
}

/* The selected line; NULL: there is none. */
static const struct log_tail_line *selected(const struct view *view)
{
	uint64_t last = find_line(view, end_of(view) - 1, -1);
	uint64_t number = view->log.follows ? last : find_line(view, view->log.position, 1);
	return number || last ? log_tail_line(view->log_tail, number ? number : last) : NULL;
}

/* Drawing. */

/* "read,futex" */
static void put_hidden(const struct log_state *state, char *buf, size_t size)
{
	char name[CALL_NAME_MAX];
	size_t used = 0;
	buf[0] = '\0';
	for (size_t i = 0; i < state->hidden_count && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s", i ? "," : ", without ",
			call_name(state->hidden[i], name));
	if (state->has_only)
		snprintf(buf, size, ", only %s", call_name(state->only, name));
}

static void put_subject(const struct log_subject *subject, char *buf, size_t size)
{
	char name[CALL_NAME_MAX];
	if (subject->scope == LOG_CALL)
		snprintf(buf, size, "Log of %s", call_name(subject->call, name));
	else if (subject->scope == LOG_THREAD)
		snprintf(buf, size, "Log of thread %d", (int)subject->tid);
	else if (subject->scope == LOG_PROCESS)
		snprintf(buf, size, "Log of process %d", (int)subject->tid);
	else if (subject->scope == LOG_FILE)
		snprintf(buf, size, "Log of %s", subject->name);
	else
		snprintf(buf, size, "Log of all calls");
}

/* What the filter of the screen leaves out, or may. */
static void put_filter(const struct view *view, char *buf, size_t size)
{
	char number[UNITS_MAX];
	uint64_t unknown = log_tail_unknown(view->log_tail);
	bool is_of_details = view->wanted.set_text && !view->wanted.filter.set;
	if (!has_filter(view))
		return;
	if (is_of_details && unknown)
		snprintf(buf, size, ", filtered; of %s calls it is not known",
			units_count(unknown, number));
	else
		snprintf(buf, size, ", filtered");
}

static void title(const struct view *view, char buf[CELL_MAX])
{
	char text[2 * CELL_MAX], subject[LOG_NAME_MAX + 16], hidden[128], percent[UNITS_MAX];
	char share[48] = "", filter[128] = "";
	double shown = log_tail_share(view->log_tail);
	put_subject(&view->log.subject, subject, sizeof(subject));
	put_hidden(&view->log, hidden, sizeof(hidden));
	/* Not "100%" while something is missing. */
	if (shown < 1)
		snprintf(share, sizeof(share), "; %s%% arrived in time",
			units_percent(shown > 0.999 ? 0.999 : shown, percent));
	put_filter(view, filter, sizeof(filter));
	snprintf(text, sizeof(text), "%s%s%s%s%s", subject, hidden, filter, share,
		view->log.follows ? "" : "; G follows");
	snprintf(buf, CELL_MAX, "%.*s", CELL_MAX - 1, text);
}

/* Whether the call of ROW is one of those that the log is about. */
static bool is_running(const struct view *view, const struct thread_row *row)
{
	const struct log_subject *subject = &view->log.subject;
	const struct log_tail_line as_line = {.is_call = true, .call = row->call};
	if (!row->in_call || row->is_left_out || is_hidden(view, &as_line))
		return false;
	return subject->scope == LOG_ALL ||
	       (subject->scope == LOG_THREAD && row->tid == subject->tid) ||
	       (subject->scope == LOG_PROCESS && row->pid == subject->tid) ||
	       (subject->scope == LOG_CALL && call_equal(row->call, subject->call));
}

static void draw_running_call(
	const struct view *view, const struct thread_row *row, struct area area, int at)
{
	char text[LOG_TAIL_LINE];
	struct event_detail detail = {
		.event = {.type = EVENT_DETAIL, .tid = row->tid, .time_ns = row->since_ns},
		.call = row->call,
		.tgid = row->pid,
		.end = DETAIL_IN_PROGRESS,
		.start_ns = row->since_ns,
		.partial = row->partial,
	};
	memcpy(detail.args, row->args, sizeof(detail.args));
	size_t size = log_tail_format(view->log_tail, &detail, text, sizeof(text));
	text[size ? size - 1 : 0] = '\0';
	area_put_cell(area, at, 0, area.columns, false, STYLE_DIM, text);
}

/* Draws the calls in progress at the bottom of AREA. Returns their number. */
static int draw_running(const struct view *view, struct area area)
{
	const struct report *report = view->report;
	int count = 0, most = area.rows / RUNNING_SHARE, at = 0;
	for (size_t i = 0; report && i < report->thread_count && count < most; i++)
		count += is_running(view, &report->threads[i]);
	for (size_t i = 0; at < count; i++) {
		if (is_running(view, &report->threads[i]))
			draw_running_call(
				view, &report->threads[i], area, area.rows - count + at++);
	}
	return count;
}

static void draw_line(const struct view *view, const struct log_tail_line *line, bool is_selected,
	struct area area, int row)
{
	enum style style = !line->is_call ? STYLE_DIM : line->failed ? STYLE_WARNING : STYLE_TEXT;
	area_put_cell(area, row, 0, area.columns, false, style, line->text);
	if (is_selected)
		area_restyle(area, row,
			pane_has_focus(view, PANE_LOG) ? STYLE_SELECTED : STYLE_SELECTED_OFF);
}

/* Scrolls so that the selected line NUMBER is on the page. */
static void scroll_to(struct view *view, uint64_t number, int rows)
{
	struct log_state *state = &view->log;
	uint64_t lowest = move_from(view, number, 1 - rows);
	uint64_t last_page = move_from(view, find_line(view, end_of(view) - 1, -1), 1 - rows);
	if (state->top < lowest)
		state->top = lowest;
	if (state->top > number)
		state->top = number;
	if (state->follows || state->top > last_page)
		state->top = last_page;
}

/* The whole of LINE in as many rows as it needs, at the bottom of AREA. Returns their number. */
static int draw_opened(const struct log_tail_line *line, struct area area)
{
	int columns = area.columns > 1 ? area.columns : 1;
	int rows = (int)(line->length / (size_t)columns) + 1;
	if (rows > area.rows)
		rows = area.rows;
	for (int row = 0; row < rows; row++)
		area_put(area_part(area, area.rows - rows + row, 0, 1, columns), 0, -row * columns,
			STYLE_MENU, line->text);
	return rows;
}

static void draw_lines(struct view *view, struct area body)
{
	struct log_state *state = &view->log;
	const struct log_tail_line *line = selected(view);
	state->page = body.rows;
	if (!line || body.rows <= 0)
		return;
	uint64_t position = line->number;
	scroll_to(view, position, body.rows);
	uint64_t number = find_line(view, state->top, 1);
	for (int row = 0; row < body.rows && number; row++) {
		draw_line(
			view, log_tail_line(view->log_tail, number), number == position, body, row);
		number = find_line(view, number + 1, 1);
	}
}

static void draw(struct view *view, struct area area)
{
	struct area body = area;
	if (!selected(view))
		area_put(body, 0, 0, STYLE_DIM,
			has_filter(view) ? "no call yet that the filter (\\) selects"
					 : "no call has ended yet: they are logged from now on");
	if (view->log.follows)
		body.rows -= draw_running(view, body);
	if (view->log.is_opened && selected(view))
		body.rows -= draw_opened(selected(view), body);
	draw_lines(view, body);
}

/* Keys. */

/* Selects line NUMBER; the last one is followed. */
static enum ui_request select_line(struct view *view, uint64_t number)
{
	view->log.position = number;
	view->log.follows = !find_line(view, number + 1, 1);
	return UI_REQUEST_REDRAW;
}

static enum ui_request move(struct view *view, long lines)
{
	const struct log_tail_line *line = selected(view);
	return line ? select_line(view, move_from(view, line->number, lines)) : UI_REQUEST_REDRAW;
}

static enum ui_request move_pages(struct view *view, long pages)
{
	return move(view, pages * (view->log.page > 1 ? view->log.page : 1));
}

/* The selected line, if it is a call; otherwise says so. */
static const struct log_tail_line *selected_call(struct view *view)
{
	const struct log_tail_line *line = selected(view);
	if (line && line->is_call)
		return line;
	pane_message(view, true, "this line is no call");
	return NULL;
}

static enum ui_request hide_call(struct view *view, long unused)
{
	struct log_state *state = &view->log;
	const struct log_tail_line *line = selected_call(view);
	(void)unused;
	if (!line || state->hidden_count == LOG_HIDDEN_MAX)
		return UI_REQUEST_REDRAW;
	state->hidden[state->hidden_count++] = line->call;
	/* What it was on is gone: the line before it, if there is one. */
	uint64_t number = find_line(view, line->number, -1);
	return number ? select_line(view, number) : UI_REQUEST_REDRAW;
}

static enum ui_request keep_call(struct view *view, long unused)
{
	const struct log_tail_line *line = selected_call(view);
	(void)unused;
	if (!line)
		return UI_REQUEST_REDRAW;
	view->log.only = line->call;
	view->log.has_only = true;
	return UI_REQUEST_REDRAW;
}

/* Shows the hidden calls again; then, the calls of the whole target. */
static enum ui_request show_all(struct view *view, long unused)
{
	struct log_state *state = &view->log;
	bool was_filtered = state->hidden_count || state->has_only;
	(void)unused;
	state->hidden_count = 0;
	state->has_only = false;
	if (was_filtered)
		return UI_REQUEST_REDRAW;
	state->subject = (struct log_subject){.scope = LOG_ALL};
	state->follows = true;
	return UI_REQUEST_REPORT;
}

/* The nearest line from NUMBER on in the direction of STEP that USES descriptor FD of TGID. */
static uint64_t find_use(
	const struct view *view, uint64_t number, int step, pid_t tgid, int fd, enum log_use uses)
{
	while ((number = find_line(view, number, step)) != 0) {
		if (log_tail_uses(log_tail_line(view->log_tail, number), tgid, fd) & uses)
			return number;
		number += (uint64_t)step;
	}
	return 0;
}

/* From a line to where its descriptor is closed; from there to where it was opened. */
static enum ui_request jump_along(struct view *view, long unused)
{
	const struct log_tail_line *line = selected(view);
	int fd = line ? log_tail_descriptor(line) : -1;
	char text[VIEW_MESSAGE_MAX];
	(void)unused;
	if (fd < 0) {
		pane_message(view, true, "this line is about no descriptor");
		return UI_REQUEST_REDRAW;
	}
	bool is_back = log_tail_uses(line, line->tgid, fd) & LOG_CLOSES;
	int step = is_back ? -1 : 1;
	uint64_t number = find_use(view, line->number + (uint64_t)step, step, line->tgid, fd,
		is_back ? LOG_MAKES : LOG_CLOSES);
	if (number)
		return select_line(view, number);
	snprintf(text, sizeof(text), "descriptor %d of process %d is %s here", fd, (int)line->tgid,
		is_back ? "not opened" : "not closed");
	pane_message(view, true, text);
	return UI_REQUEST_REDRAW;
}

static enum ui_request open_line(struct view *view, long unused)
{
	(void)unused;
	view->log.is_opened = !view->log.is_opened;
	return UI_REQUEST_REDRAW;
}

static enum ui_request copy_line(struct view *view, long unused)
{
	const struct log_tail_line *line = selected(view);
	(void)unused;
	if (!line)
		return UI_REQUEST_REDRAW;
	snprintf(view->copied, sizeof(view->copied), "%s", line->text);
	return UI_REQUEST_COPY;
}

/* What the actions do here. */
static const struct {
	enum ui_request (*handle)(struct view *view, long argument); /* NULL: nothing */
	long argument;
} handlers[ACTION_COUNT] = {
	[ACTION_UP] = {move, -1},
	[ACTION_DOWN] = {move, 1},
	[ACTION_WHEEL_UP] = {move, -3},
	[ACTION_WHEEL_DOWN] = {move, 3},
	[ACTION_PAGE_UP] = {move_pages, -1},
	[ACTION_PAGE_DOWN] = {move_pages, 1},
	[ACTION_HOME] = {move, -LOG_TAIL_LINES},
	[ACTION_END] = {move, LOG_TAIL_LINES},
	[ACTION_OPEN] = {open_line, 0},
	[ACTION_HIDE] = {hide_call, 0},
	[ACTION_KEEP] = {keep_call, 0},
	[ACTION_SHOW_ALL] = {show_all, 0},
	[ACTION_MATCH] = {jump_along, 0},
	[ACTION_COPY] = {copy_line, 0},
};

static enum ui_request handle_action(struct view *view, const struct key_binding *binding)
{
	if (!handlers[binding->action].handle || !view->log_tail)
		return UI_REQUEST_NONE;
	return handlers[binding->action].handle(view, handlers[binding->action].argument);
}

const struct pane log_pane = {
	.name = "log", .number = 7, .title = title, .draw = draw, .handle_action = handle_action};

/* The nearest line from NUMBER on in the direction of STEP that contains TEXT; 0: none. */
static uint64_t find_text(const struct view *view, uint64_t number, int step, const char *text)
{
	while ((number = find_line(view, number, step)) != 0) {
		if (strcasestr(log_tail_line(view->log_tail, number)->text, text))
			return number;
		number += (uint64_t)step;
	}
	return 0;
}

bool log_pane_search(struct view *view, const char *text, int step)
{
	const struct log_tail_line *line = selected(view);
	int direction = step < 0 ? -1 : 1;
	if (!line)
		return false;
	uint64_t number = find_text(view, line->number + (uint64_t)step, direction, text);
	/* It goes on at the other end. */
	if (!number)
		number = find_text(view,
			direction > 0 ? log_tail_first(view->log_tail) : end_of(view) - 1,
			direction, text);
	if (number)
		select_line(view, number);
	return number != 0;
}

bool log_pane_call(const struct view *view, struct call *call)
{
	const struct log_tail_line *line = view->log_tail ? selected(view) : NULL;
	if (line && line->is_call)
		*call = line->call;
	return line && line->is_call;
}
