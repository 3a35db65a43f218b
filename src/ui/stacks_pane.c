/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stacks of the selected call or thread; replaces the detail. */
#include "config.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "out/file_column.h"
#include "out/stacklist.h"
#include "ui/pane.h"

/* Sets whose stacks are shown: those of the detail's call or thread. False if there is none. */
static bool set_subject(const struct view *view, struct stack_list_how *how)
{
	const struct report_subject *subject = &view->wanted.subject;
	if (!view->report || subject->kind == SUBJECT_NONE)
		return false;
	how->call = subject->call;
	how->all_calls = subject->kind == SUBJECT_FILE;
	how->tid = subject->kind == SUBJECT_THREAD ? subject->tid : 0;
	return true;
}

/* The report of VIEW, with the stacks of the subject. Its arrays are those of the report. */
static struct report report_of(const struct view *view)
{
	struct report report = *view->report;
	if (view->wanted.subject.kind == SUBJECT_FILE) {
		report.stacks = report.detail.stacks;
		report.stack_count = report.detail.stack_count;
	}
	return report;
}

/* The stack that is open if the user has chosen none. */
static const struct stack *hottest(const struct view *view, const struct stack_list_how *how)
{
	const struct report report = report_of(view);
	return how->all_calls ? stack_rows_hottest(report.stacks, report.stack_count)
	                      : stack_list_hottest(&report, how->call);
}

/* Makes the lines of VIEW, which the caller clears. */
static void make_lines(struct view *view, struct stack_list *list)
{
	struct stacks_state *state = &view->stacks;
	struct stack_list_how how = {.tree = state->tree, .modules = state->modules};
	*list = (struct stack_list){0};
	if (!set_subject(view, &how))
		return;
	how.opened = state->chosen ? state->opened : hottest(view, &how);
	const struct report report = report_of(view);
	stack_list_make(list, &report, &how);
	if (state->position >= list->count)
		state->position = list->count ? list->count - 1 : 0;
}

static void scroll(struct stacks_state *state, size_t count, size_t page)
{
	size_t last_top = count > page ? count - page : 0;
	if (state->position < state->top)
		state->top = state->position;
	if (page && state->position >= state->top + page)
		state->top = state->position - page + 1;
	if (state->top > last_top)
		state->top = last_top;
}

/* "Stack of thread 123 worker, now" */
static void put_thread_title(const struct view *view, char *buf, size_t size)
{
	const struct thread_row *thread = &view->report->detail.thread;
	bool is_known = view->report->detail.subject.kind == SUBJECT_THREAD;
	char comm[64] = "";
	if (is_known)
		text_escape(thread->comm, strnlen(thread->comm, sizeof(thread->comm)), comm,
			sizeof(comm));
	bool is_sampled = is_known && thread->state == THREAD_RUNNING &&
	                  view->report->detail.sample;
	snprintf(buf, size, "Stack of thread %d %s, %s%s", (int)view->wanted.subject.tid, comm,
		is_known && thread->in_call ? "now"
		: is_sampled                ? "sampled"
					    : "of its last call",
		view->stacks.modules ? ", by module" : "");
}

/* The share below 1 that is shown at most: otherwise "100%" would stand above "[not captured]". */
#define NEARLY_ALL 0.999

/* "Stacks of read, by time, each; 98.7% captured" */
static void put_call_title(const struct view *view, struct call call, char *buf, size_t size)
{
	char percent[UNITS_MAX], name[CALL_NAME_MAX];
	double captured = stack_list_captured(view->report, call);
	int used = snprintf(buf, size, "Stacks of %s, by %s, %s", call_name(call, name),
		view->wanted.stacks_by_calls ? "calls" : "time",
		view->stacks.tree      ? "callers first"
		: view->stacks.modules ? "by module"
				       : "each");
	if (captured < 0)
		return;
	units_percent(captured < 1 ? fmin(captured, NEARLY_ALL) : 1, percent);
	snprintf(buf + used, size - (size_t)used, "; %s%% captured", percent);
}

/* "Stacks of /etc/passwd, by time, each" */
static void put_file_title(const struct view *view, char *buf, size_t size)
{
	const struct report_detail *detail = &view->report->detail;
	char name[CELL_MAX] = "";
	if (detail->subject.kind == SUBJECT_FILE)
		file_columns[FILE_COLUMN_NAME].text(&detail->file, &(struct cell_format){0}, name);
	snprintf(buf, size, "Stacks of %.100s, by %s", name,
		view->wanted.stacks_by_calls ? "calls" : "time");
}

static void title(const struct view *view, char buf[CELL_MAX])
{
	struct stack_list_how how;
	strcpy(buf, "Stacks");
	if (set_subject(view, &how) && how.all_calls)
		put_file_title(view, buf, CELL_MAX);
	else if (set_subject(view, &how) && how.tid)
		put_thread_title(view, buf, CELL_MAX);
	else if (set_subject(view, &how))
		put_call_title(view, how.call, buf, CELL_MAX);
}

/* The message if there are no lines. */
static const char *empty_text(const struct view *view)
{
	struct stack_list_how how;
	if (!set_subject(view, &how))
		return "select a call or a thread: where it comes from is shown here";
	if (view->timeline)
		return "no stack until here: the recording has none, or there was no such call yet";
	return how.tid ? "no stack yet: it is captured at the thread's next call"
	               : "no stack yet: they are captured from now on";
}

static void draw(struct view *view, struct area area)
{
	struct stacks_state *state = &view->stacks;
	struct area body = area;
	struct stack_list list;
	make_lines(view, &list);
	state->page = (size_t)(body.rows > 0 ? body.rows : 0);
	if (list.count == 0)
		area_put(body, 0, 0, STYLE_DIM, empty_text(view));
	scroll(state, list.count, state->page);
	state->count = list.count;
	for (size_t i = 0; i < state->page && state->top + i < list.count; i++) {
		const struct stack_line *line = &list.line[state->top + i];
		area_put(body, (int)i, 0, line->title ? STYLE_TEXT : STYLE_DIM, line->text);
		if (state->top + i == state->position)
			area_restyle(body, (int)i,
				pane_has_focus(view, PANE_STACKS) ? STYLE_SELECTED
								  : STYLE_SELECTED_OFF);
	}
	stack_list_clear(&list);
}

static enum ui_request move(struct view *view, int step)
{
	struct stacks_state *state = &view->stacks;
	struct stack_list list;
	make_lines(view, &list);
	long last = (long)list.count - 1, position = (long)state->position + step;
	stack_list_clear(&list);
	position = position > last ? last : position;
	state->position = position < 0 ? 0 : (size_t)position;
	return UI_REQUEST_REDRAW;
}

static enum ui_request move_pages(struct view *view, int pages)
{
	return move(view, pages * (int)(view->stacks.page > 1 ? view->stacks.page : 1));
}

/* Opens the stack of the selected line, or closes it. */
static enum ui_request open_stack(struct view *view, int unused)
{
	(void)unused;
	struct stacks_state *state = &view->stacks;
	struct stack_list list;
	make_lines(view, &list);
	const struct stack *stack = state->position < list.count ? list.line[state->position].stack
	                                                         : NULL;
	struct stack_list_how how;
	if (!set_subject(view, &how) || how.tid) {
		stack_list_clear(&list);
		return UI_REQUEST_NONE; /* the one stack of a thread is always open */
	}
	bool is_open = stack && stack == (state->chosen ? state->opened : hottest(view, &how));
	state->opened = is_open ? NULL : stack;
	state->chosen = true;
	/* A stack above may have been closed: the selection stays with its stack. */
	stack_list_clear(&list);
	make_lines(view, &list);
	for (size_t i = 0; i < list.count; i++) {
		if (list.line[i].stack == stack && list.line[i].title) {
			state->position = i;
			break;
		}
	}
	stack_list_clear(&list);
	return UI_REQUEST_REDRAW;
}

enum ui_request stacks_pane_click(struct view *view, int row)
{
	struct stacks_state *state = &view->stacks;
	struct stack_list list;
	size_t at = state->top + (size_t)row;
	make_lines(view, &list);
	bool is_title = at < list.count && list.line[at].title;
	if (at < list.count)
		state->position = at;
	stack_list_clear(&list);
	return is_title ? open_stack(view, 0) : UI_REQUEST_REDRAW;
}

static enum ui_request toggle_tree(struct view *view, int unused)
{
	(void)unused;
	view->stacks.tree = !view->stacks.tree;
	view->stacks.position = view->stacks.top = 0;
	return UI_REQUEST_REDRAW;
}

static enum ui_request toggle_modules(struct view *view, int unused)
{
	(void)unused;
	view->stacks.modules = !view->stacks.modules;
	return UI_REQUEST_REDRAW;
}

static enum ui_request toggle_weight(struct view *view, int unused)
{
	(void)unused;
	view->wanted.stacks_by_calls = !view->wanted.stacks_by_calls;
	return UI_REQUEST_REPORT;
}

static enum ui_request save(struct view *view, int unused)
{
	(void)view, (void)unused;
	return UI_REQUEST_SAVE_STACKS;
}

/* What the actions do here. */
static const struct {
	enum ui_request (*handle)(struct view *view, int argument); /* NULL: nothing */
	int argument;
} handlers[ACTION_COUNT] = {
	[ACTION_UP] = {move, -1},
	[ACTION_DOWN] = {move, 1},
	[ACTION_PAGE_UP] = {move_pages, -1},
	[ACTION_PAGE_DOWN] = {move_pages, 1},
	[ACTION_HOME] = {move, -(INT_MAX / 2)},
	[ACTION_END] = {move, INT_MAX / 2},
	[ACTION_OPEN] = {open_stack, 0},
	[ACTION_TREE] = {toggle_tree, 0},
	[ACTION_MODULES] = {toggle_modules, 0},
	[ACTION_WEIGHT] = {toggle_weight, 0},
	[ACTION_SAVE_STACKS] = {save, 0},
};

static enum ui_request handle_action(struct view *view, const struct key_binding *binding)
{
	if (!handlers[binding->action].handle)
		return UI_REQUEST_NONE;
	return handlers[binding->action].handle(view, handlers[binding->action].argument);
}

static void position(const struct view *view, char buf[PANE_POSITION_MAX])
{
	pane_put_position(view->stacks.top, view->stacks.page, view->stacks.count, buf);
}

/* Few, until there are some. */
static int lines(const struct view *view, int columns)
{
	(void)columns;
	return view->stacks.count ? (int)view->stacks.count : 1;
}

const struct pane stacks_pane = {.name = "stacks",
	.number = 4,
	.title = title,
	.position = position,
	.lines = lines,
	.draw = draw,
	.handle_action = handle_action};

bool stacks_pane_watches(const struct view *view, struct report_subject *subject)
{
	struct stack_list_how how;
	*subject = view->wanted.subject;
	return layout_has(&view->layout, PANE_STACKS) && set_subject(view, &how);
}

void stacks_pane_write(const struct view *view, FILE *stream)
{
	struct stack_list_how how = {.tree = view->stacks.tree, .modules = view->stacks.modules};
	if (!set_subject(view, &how))
		return;
	const struct report whole = report_of(view), *report = &whole;
	/* In a file all are open: a list of each. */
	bool is_one = how.tree || how.tid;
	for (size_t i = 0; i < (is_one ? 1 : report->stack_count); i++) {
		struct report one = *report;
		struct stack_list list;
		one.stacks = is_one ? report->stacks : &report->stacks[i];
		one.stack_count = is_one ? report->stack_count : 1;
		how.opened = is_one ? NULL : report->stacks[i].stack;
		stack_list_make(&list, &one, &how);
		for (size_t line = 0; line < list.count; line++)
			fprintf(stream, "%s\n", list.line[line].text);
		stack_list_clear(&list);
	}
}
