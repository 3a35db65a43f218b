/* The stacks that the selected call is made from, in the place of the detail. */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "out/stacklist.h"
#include "ui/pane.h"

/* The call that the detail is about. False: it is about none. */
static bool selected_call(const struct view *view, struct call *call)
{
	const struct report_subject *subject = &view->wanted.subject;
	if (!view->report || subject->kind != SUBJECT_CALL)
		return false;
	*call = subject->call;
	return true;
}

/* The lines of VIEW, which the caller clears. */
static void make_lines(struct view *view, struct stack_list *list)
{
	struct stacks_state *state = &view->stacks;
	struct stack_list_how how = {.tree = state->tree, .modules = state->modules};
	*list = (struct stack_list){0};
	if (!selected_call(view, &how.call))
		return;
	how.opened = state->chosen ? state->opened : stack_list_hottest(view->report, how.call);
	stack_list_make(list, view->report, &how);
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

/* "STACKS of read  by time  list   98.7% seen" */
static void draw_title(const struct view *view, struct area area)
{
	char text[160], percent[UNITS_MAX], name[CALL_NAME_MAX] = "-";
	const struct stacks_stats *stats = view->report ? &view->report->facts.stacks : NULL;
	struct call call;
	double seen = 1;
	if (selected_call(view, &call))
		call_name(call, name);
	if (stats && stats->missed)
		seen = (double)stats->taken / (double)(stats->taken + stats->missed);
	snprintf(text, sizeof(text), "STACKS of %s, by %s, %s; %s%% of the calls seen", name,
		view->wanted.stacks_by_calls ? "calls" : "time",
		view->stacks.tree      ? "callers first"
		: view->stacks.modules ? "by module"
				       : "each",
		units_percent(seen, percent));
	area_fill(area, STYLE_COLUMN);
	area_put(area, 0, 0, STYLE_COLUMN, text);
}

static void draw(struct view *view, struct area area)
{
	struct stacks_state *state = &view->stacks;
	struct area body = area_part(area, 1, 0, area.rows - 1, area.columns);
	struct stack_list list;
	struct call call;
	bool selected = selected_call(view, &call);
	draw_title(view, area_part(area, 0, 0, 1, area.columns));
	make_lines(view, &list);
	state->page = (size_t)(body.rows > 0 ? body.rows : 0);
	if (list.count == 0)
		area_put(body, 0, 0, STYLE_DIM,
			selected ? "no stack yet: they are captured from now on"
				 : "select a call: its stacks are shown here");
	scroll(state, list.count, state->page);
	for (size_t i = 0; i < state->page && state->top + i < list.count; i++) {
		const struct stack_line *line = &list.line[state->top + i];
		area_put(body, (int)i, 0, line->title ? STYLE_TEXT : STYLE_DIM, line->text);
		if (state->top + i == state->position)
			area_restyle(body, (int)i, STYLE_SELECTED);
	}
	stack_list_clear(&list);
}

static enum verdict move(struct view *view, int step)
{
	struct stacks_state *state = &view->stacks;
	struct stack_list list;
	make_lines(view, &list);
	long last = (long)list.count - 1, position = (long)state->position + step;
	stack_list_clear(&list);
	position = position > last ? last : position;
	state->position = position < 0 ? 0 : (size_t)position;
	return VERDICT_REDRAW;
}

static enum verdict move_pages(struct view *view, int pages)
{
	return move(view, pages * (int)(view->stacks.page > 1 ? view->stacks.page : 1));
}

/* Opens the stack of the selected line, or closes it. */
static enum verdict open_stack(struct view *view, int unused)
{
	(void)unused;
	struct stacks_state *state = &view->stacks;
	struct stack_list list;
	make_lines(view, &list);
	const struct stack *stack = state->position < list.count ? list.line[state->position].stack
	                                                         : NULL;
	struct call call;
	bool is_open = stack && selected_call(view, &call) &&
	               stack == (state->chosen ? state->opened
					       : stack_list_hottest(view->report, call));
	state->opened = is_open ? NULL : stack;
	state->chosen = true;
	/* What was opened above may have closed: the selection stays with its stack. */
	stack_list_clear(&list);
	make_lines(view, &list);
	for (size_t i = 0; i < list.count; i++) {
		if (list.line[i].stack == stack && list.line[i].title) {
			state->position = i;
			break;
		}
	}
	stack_list_clear(&list);
	return VERDICT_REDRAW;
}

static enum verdict toggle_tree(struct view *view, int unused)
{
	(void)unused;
	view->stacks.tree = !view->stacks.tree;
	view->stacks.position = view->stacks.top = 0;
	return VERDICT_REDRAW;
}

static enum verdict toggle_modules(struct view *view, int unused)
{
	(void)unused;
	view->stacks.modules = !view->stacks.modules;
	return VERDICT_REDRAW;
}

static enum verdict toggle_weight(struct view *view, int unused)
{
	(void)unused;
	view->wanted.stacks_by_calls = !view->wanted.stacks_by_calls;
	return VERDICT_REPORT;
}

static enum verdict save(struct view *view, int unused)
{
	(void)view, (void)unused;
	return VERDICT_SAVE_STACKS;
}

/* What the actions do here. */
static const struct {
	enum verdict (*act)(struct view *view, int argument); /* NULL: nothing */
	int argument;
} acts[ACTION_COUNT] = {
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

static enum verdict act(struct view *view, const struct key_binding *binding)
{
	if (!acts[binding->action].act)
		return VERDICT_NONE;
	return acts[binding->action].act(view, acts[binding->action].argument);
}

const struct pane stacks_pane = {.name = "stacks", .draw = draw, .act = act};

bool stacks_pane_watches(const struct view *view, struct call *call)
{
	return layout_has(&view->layout, PANE_STACKS) && selected_call(view, call);
}

void stacks_pane_write(const struct view *view, FILE *stream)
{
	struct stack_list_how how = {.tree = view->stacks.tree, .modules = view->stacks.modules};
	const struct report *report = view->report;
	if (!selected_call(view, &how.call))
		return;
	/* On paper all are opened: a list of each. */
	for (size_t i = 0; i < (how.tree ? 1 : report->stack_count); i++) {
		struct report one = *report;
		struct stack_list list;
		one.stacks = how.tree ? report->stacks : &report->stacks[i];
		one.stack_count = how.tree ? report->stack_count : 1;
		how.opened = report->stacks[i].stack;
		stack_list_make(&list, &one, &how);
		for (size_t line = 0; line < list.count; line++)
			fprintf(stream, "%s\n", list.line[line].text);
		stack_list_clear(&list);
	}
}
