/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The threads: what each is doing, since when, and what it is waiting for; as a list, or as a tree
 * of processes with their threads below them.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/time.h"
#include "ui/pane.h"
#include "ui/time_bar.h"

/* Deeper processes are drawn at this depth. */
#define DEPTH_MAX 8

/* The columns, the most important first. */
static const unsigned char importance[THREAD_COLUMN_COUNT] = {
	THREAD_COLUMN_TID,
	THREAD_COLUMN_STATE,
	THREAD_COLUMN_CALL,
	THREAD_COLUMN_FOR,
	THREAD_COLUMN_NAME,
	THREAD_COLUMN_WAITS_FOR,
	THREAD_COLUMN_STRIP,
	THREAD_COLUMN_RATE,
	THREAD_COLUMN_CPU,
	THREAD_COLUMN_COMMAND,
	THREAD_COLUMN_ERRORS,
	THREAD_COLUMN_PID,
	THREAD_COLUMN_CALLS,
	THREAD_COLUMN_TOTAL,
	THREAD_COLUMN_BYTE_RATE,
	THREAD_COLUMN_SIZE,
};

/* The first of these that is not worth it to cut what a thread waits for, or its last seconds. */
#define SPARE_FROM 7

/* Columns that can use extra space, with their maximum width. */
static const int widest[THREAD_COLUMN_COUNT] = {
	[THREAD_COLUMN_NAME] = 24,
	[THREAD_COLUMN_CALL] = 16,
	[THREAD_COLUMN_WAITS_FOR] = 120,
	[THREAD_COLUMN_STRIP] = STRIP_SECONDS,
	[THREAD_COLUMN_COMMAND] = 120,
};

static struct table_view_state *state(struct view *view)
{
	return &view->threads.table_view;
}

static struct table_view_column column(size_t id)
{
	const struct thread_column_desc *desc = &thread_columns[id];
	return (struct table_view_column){
		.title = desc->title,
		.help = desc->help,
		.width = desc->width,
		.widest = widest[id] ? widest[id] : desc->width,
		.right = desc->right,
	};
}

static size_t rows(const struct view *view)
{
	return view->threads.count;
}

static uint64_t key(const struct view *view, size_t row)
{
	return (uint64_t)view->threads.line[row].row->tid;
}

static struct cell_format format_of(const struct view *view)
{
	return (struct cell_format){.now_ns = view->report->facts.now_ns};
}

static void cell(const struct view *view, size_t row, size_t id, char buf[CELL_MAX])
{
	const struct thread_line *line = &view->threads.line[row];
	const struct cell_format format = format_of(view);
	if (id != THREAD_COLUMN_NAME || !line->depth) {
		thread_columns[id].text(line->row, &format, buf);
		return;
	}
	char text[CELL_MAX];
	thread_columns[id].text(line->row, &format, text);
	int depth = line->depth < DEPTH_MAX ? line->depth : DEPTH_MAX;
	snprintf(buf, CELL_MAX, "%*s└%.*s", depth - 1, "", CELL_MAX - DEPTH_MAX - 4, text);
}

static enum style style(const struct view *view, size_t row, size_t id, const char *text)
{
	const struct thread_row *thread = view->threads.line[row].row;
	if (thread->state == THREAD_ENDED || strcmp(text, "0") == 0 || strcmp(text, "-") == 0)
		return STYLE_DIM;
	if (id == THREAD_COLUMN_ERRORS || (id == THREAD_COLUMN_STATE && thread->deadlocked))
		return STYLE_ERROR;
	if (id == THREAD_COLUMN_STATE && thread->state == THREAD_RUNNING)
		return STYLE_GOOD;
	if (id == THREAD_COLUMN_STATE &&
		(thread->state == THREAD_STOPPED || thread->state == THREAD_FROZEN))
		return STYLE_WARNING;
	return STYLE_TEXT;
}

/* The last seconds, the newest at the right, as in every graph. */
static bool paint(const struct view *view, size_t row, size_t id, struct area area)
{
	const struct thread_row *thread = view->threads.line[row].row;
	if (id != THREAD_COLUMN_STRIP)
		return false;
	for (unsigned int age = 0; age < thread->strip_count && (int)age < area.columns; age++) {
		unsigned int class = thread->strip[age];
		if (class == TIME_UNKNOWN)
			continue;
		area_put(area, 0, area.columns - 1 - (int)age, (enum style)(STYLE_TIME + class),
			time_bar_mark(&area, (enum time_class) class));
	}
	return true;
}

/* The text to search: the names and IDs of a thread, and what it is doing. */
static void name(const struct view *view, size_t row, char buf[CELL_MAX])
{
	static const enum thread_column ids[] = {
		THREAD_COLUMN_TID, THREAD_COLUMN_NAME, THREAD_COLUMN_STATE, THREAD_COLUMN_CALL};
	const struct cell_format format = format_of(view);
	size_t used = 0;
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids) && used < CELL_MAX; i++) {
		char text[CELL_MAX];
		thread_columns[ids[i]].text(view->threads.line[row].row, &format, text);
		used += (size_t)snprintf(buf + used, CELL_MAX - used, "%s ", text);
	}
}

static const char *empty_text(const struct view *view)
{
	return view->threads.filter[0] ? "no thread has this text (\\: filter)" : "no threads";
}

static struct table_view_order order(const struct view *view)
{
	return (struct table_view_order){view->threads.order.by, view->threads.order.descending};
}

/* Building the lines. */

static int compare_to_filter(const struct view *view, size_t row)
{
	char text[CELL_MAX];
	name(view, row, text);
	return strcasestr(text, view->threads.filter) != NULL;
}

/* For this long, threads that have ended are shown. */
#define DEAD_NS (10 * NS_PER_S)

/* Whether ROW is shown; after the end of all, every one is. */
static bool is_shown(const struct view *view, const struct thread_row *row)
{
	return row->state != THREAD_ENDED || view->threads.shows_ended ||
	       view->report->totals.ended ||
	       thread_row_age_ns(row, view->report->facts.now_ns) < DEAD_NS;
}

static uint64_t key_of(const void *row)
{
	return (uint64_t)(*(const struct thread_row *const *)row)->tid;
}

/* Rows stay where they were, unless they are to be sorted. */
static void hold(struct view *view, const struct thread_row **list, size_t count)
{
	if (view->wanted.calls_were)
		row_order_keep(&view->hold.threads, list, count, sizeof(*list), key_of);
	row_order_take(&view->hold.threads, list, count, sizeof(*list), key_of);
}

static int compare_ends(const void *a, const void *b)
{
	const struct thread_row *one = *(const struct thread_row *const *)a;
	const struct thread_row *two = *(const struct thread_row *const *)b;
	return (one->since_ns < two->since_ns) - (one->since_ns > two->since_ns);
}

/* After the living, the dead, those that have ended last first. */
static void put_ended_last(const struct thread_row **list, size_t count)
{
	const struct thread_row **ended = xcalloc(count ? count : 1, sizeof(*ended));
	size_t alive = 0, dead = 0;
	for (size_t i = 0; i < count; i++) {
		if (list[i]->state == THREAD_ENDED)
			ended[dead++] = list[i];
		else
			list[alive++] = list[i];
	}
	qsort(ended, dead, sizeof(*ended), compare_ends);
	memcpy(list + alive, ended, dead * sizeof(*ended));
	free(ended);
}

/* The rows of the report that are shown, sorted, in an array of COUNT that the caller frees. */
static const struct thread_row **sorted(struct view *view, size_t *count)
{
	const struct report *report = view->report;
	const struct cell_format format = format_of(view);
	const struct thread_row **list = xcalloc(report->thread_count, sizeof(*list));
	*count = 0;
	for (size_t i = 0; i < report->thread_count; i++) {
		if (is_shown(view, &report->threads[i]))
			list[(*count)++] = &report->threads[i];
	}
	thread_rows_sort(list, *count, view->threads.order, &format);
	hold(view, list, *count);
	put_ended_last(list, *count);
	return list;
}

static void add_line(struct threads_state *threads, const struct thread_row *row, int depth)
{
	threads->line[threads->count++] = (struct thread_line){row, depth};
}

/* The state of building a tree. */
struct tree {
	struct threads_state *threads;
	const struct thread_row **list; /* sorted */
	size_t count;
	bool *done; /* by index in the list: already in the tree */
};

/* Adds process PID: its leader, its other threads below it, and its child processes. */
static void add_process(struct tree *tree, pid_t pid, int depth)
{
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < tree->count; i++) {
			const struct thread_row *row = tree->list[i];
			if (tree->done[i] || row->pid != pid || (row->tid == pid) == (pass == 1))
				continue;
			tree->done[i] = true;
			add_line(tree->threads, row, depth + pass);
		}
	}
	for (size_t i = 0; i < tree->count && depth < DEPTH_MAX; i++) {
		if (!tree->done[i] && tree->list[i]->parent == pid && tree->list[i]->pid != pid)
			add_process(tree, tree->list[i]->pid, depth + 1);
	}
}

/* Whether the parent of ROW's process is among the rows: then it is added below that. */
static bool has_parent(const struct tree *tree, const struct thread_row *row)
{
	for (size_t i = 0; i < tree->count; i++) {
		if (tree->list[i]->pid == row->parent)
			return true;
	}
	return false;
}

/* With more threads, looking up parents would take longer than a key may. */
#define TREE_MAX 3000

static void make_tree(struct threads_state *threads, const struct thread_row **list, size_t count)
{
	struct tree tree = {threads, list, count, xcalloc(count, sizeof(bool))};
	pid_t last = 0;
	for (size_t i = 0; i < count; i++) {
		if (tree.done[i] ||
			(count <= TREE_MAX && list[i]->pid != last && has_parent(&tree, list[i])))
			continue;
		last = list[i]->pid;
		add_process(&tree, list[i]->pid, 0);
	}
	/* PIDs that are reused can make cycles of parents: add those rows too. */
	for (size_t i = 0; i < count; i++) {
		if (!tree.done[i])
			add_line(threads, list[i], 0);
	}
	free(tree.done);
}

static void filter_lines(struct view *view)
{
	struct threads_state *threads = &view->threads;
	size_t kept = 0;
	for (size_t i = 0; i < threads->count; i++) {
		if (compare_to_filter(view, i))
			threads->line[kept++] = threads->line[i];
	}
	threads->count = kept;
}

static void update(struct view *view)
{
	struct threads_state *threads = &view->threads;
	size_t count;
	const struct thread_row **list = sorted(view, &count);
	free(threads->line);
	threads->line = xcalloc(count, sizeof(*threads->line));
	threads->count = 0;
	if (threads->tree)
		make_tree(threads, list, count);
	for (size_t i = 0; i < count && !threads->tree; i++)
		add_line(threads, list[i], 0);
	free(list);
	if (threads->filter[0])
		filter_lines(view);
	table_view_follow(threads_pane.table_view, view);
}

static enum ui_request sort(struct view *view, size_t id)
{
	view->threads.order = thread_order_default((enum thread_column)id);
	return UI_REQUEST_REPORT;
}

static enum ui_request invert(struct view *view)
{
	view->threads.order.descending = !view->threads.order.descending;
	return UI_REQUEST_REPORT;
}

static enum ui_request moved(struct view *view)
{
	view->subject_pane = PANE_THREADS;
	return pane_is_open(view, PANE_DETAIL) ? UI_REQUEST_REPORT : UI_REQUEST_REDRAW;
}

/* Bytes, if there are none. */
static uint32_t empty(const struct view *view)
{
	const struct report *report = view->report;
	for (size_t i = 0; report && i < report->thread_count; i++) {
		if (report->threads[i].bytes)
			return 0;
	}
	return UINT32_C(1) << THREAD_COLUMN_BYTE_RATE | UINT32_C(1) << THREAD_COLUMN_SIZE;
}

static const struct table_view table_view = {
	.empty = empty,
	.importance = importance,
	.spare_from = SPARE_FROM,
	.column_count = THREAD_COLUMN_COUNT,
	.state = state,
	.column = column,
	.rows = rows,
	.key = key,
	.cell = cell,
	.style = style,
	.paint = paint,
	.name = name,
	.empty_text = empty_text,
	.order = order,
	.sort = sort,
	.invert = invert,
	.moved = moved,
};

static enum ui_request handle_action(struct view *view, const struct key_binding *binding)
{
	return binding->action == ACTION_FILTER ? prompt_open(view, PROMPT_FILTER_THREADS)
	                                        : UI_REQUEST_NONE;
}

/* "Threads with "worker", as a tree" */
static void title(const struct view *view, char buf[CELL_MAX])
{
	char text[CELL_MAX / 2], with[CELL_MAX / 2 + 16] = "";
	const char *filter = view->threads.filter;
	text_escape(filter, strlen(filter), text, sizeof(text));
	if (*filter)
		snprintf(with, sizeof(with), " with \"%s\"", text);
	snprintf(buf, CELL_MAX, "Threads%.100s%s", with, view->threads.tree ? ", as a tree" : "");
}

const struct pane threads_pane = {.name = "threads",
	.number = 2,
	.title = title,
	.handle_action = handle_action,
	.update = update,
	.table_view = &table_view};
