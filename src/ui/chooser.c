/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process chooser; see ui/chooser.h. */
#include "config.h"

#include "ui/chooser.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "base/units.h"
#include "ui/keys.h"

/* Lines above the rows: the title, the filter, the titles of the columns; and below: the keys. */
#define HEAD_ROWS 3
#define FOOT_ROWS 1

/* The columns but for the last, which takes the rest. */
static const struct {
	const char *title;
	int width;
	bool right;
} columns[] = {{"PID", 8, true}, {"CPU%", 6, true}, {"THR", 5, true}, {"NAME", 16, false}};

enum { COLUMN_PID, COLUMN_CPU, COLUMN_THREADS, COLUMN_NAME, COLUMN_COMMAND };

void chooser_clear(struct chooser *chooser)
{
	free(chooser->process);
	free(chooser->shown);
	free(chooser->marked);
	*chooser = (struct chooser){0};
}

/* Rows. */

static bool matches(const struct chooser *chooser, const struct chooser_process *process)
{
	char pid[16];
	const char *text = chooser->filter.text;
	snprintf(pid, sizeof(pid), "%d", (int)process->pid);
	return strcasestr(process->name, text) || strcasestr(process->command, text) ||
	       strstr(pid, text);
}

/* Finds out which processes are shown, and where the selected one is. */
static void filter(struct chooser *chooser)
{
	chooser->shown_count = 0;
	size_t position = chooser->position;
	bool is_found = false;
	for (size_t i = 0; i < chooser->count; i++) {
		if (!matches(chooser, &chooser->process[i]))
			continue;
		if (chooser->selected && chooser->process[i].pid == chooser->selected) {
			position = chooser->shown_count;
			is_found = true;
		}
		chooser->shown[chooser->shown_count++] = i;
	}
	if (!is_found && !chooser->selected)
		position = 0;
	if (position >= chooser->shown_count)
		position = chooser->shown_count ? chooser->shown_count - 1 : 0;
	chooser->position = position;
}

static const struct chooser_process *row(const struct chooser *chooser, size_t at)
{
	return &chooser->process[chooser->shown[at]];
}

/* By rank; then by CPU time, the busiest first; then the newest first. */
static int compare(const void *a, const void *b)
{
	const struct chooser_process *one = a, *other = b;
	double one_cpu = isnan(one->cpu) ? 0 : one->cpu;
	double other_cpu = isnan(other->cpu) ? 0 : other->cpu;
	if (one->rank != other->rank)
		return one->rank < other->rank ? -1 : 1;
	if (one_cpu != other_cpu)
		return one_cpu < other_cpu ? 1 : -1;
	return (one->pid < other->pid) - (one->pid > other->pid);
}

/* Ranks the COUNT processes of LIST as they are shown now, and new ones after these. */
static void keep_order(const struct chooser *chooser, struct chooser_process *list, size_t count)
{
	struct map shown = {0};
	for (size_t i = 0; i < chooser->count; i++)
		map_put(&shown, (uint64_t)chooser->process[i].pid, &chooser->process[i]);
	for (size_t i = 0; i < count; i++) {
		const struct chooser_process *before = map_get(&shown, (uint64_t)list[i].pid);
		list[i].rank = before ? (size_t)(before - chooser->process) : chooser->count;
	}
	map_clear(&shown);
}

static bool is_there(const struct chooser *chooser, pid_t pid)
{
	for (size_t i = 0; i < chooser->count; i++) {
		if (chooser->process[i].pid == pid)
			return true;
	}
	return false;
}

/* Forgets the marks of processes that have ended. */
static void keep_marks(struct chooser *chooser)
{
	size_t kept = 0;
	for (size_t i = 0; i < chooser->marked_count; i++) {
		if (is_there(chooser, chooser->marked[i]))
			chooser->marked[kept++] = chooser->marked[i];
	}
	chooser->marked_count = kept;
}

void chooser_set(struct chooser *chooser, struct chooser_process *list, size_t count)
{
	if (chooser->keeps_order)
		keep_order(chooser, list, count);
	if (count)
		qsort(list, count, sizeof(*list), compare);
	free(chooser->process);
	chooser->process = list;
	chooser->count = count;
	chooser->shown = xreallocarray(chooser->shown, count + 1, sizeof(*chooser->shown));
	keep_marks(chooser);
	filter(chooser);
}

/* Marks. */

static size_t find_mark(const struct chooser *chooser, pid_t pid)
{
	size_t at = 0;
	while (at < chooser->marked_count && chooser->marked[at] != pid)
		at++;
	return at;
}

static bool is_marked(const struct chooser *chooser, pid_t pid)
{
	return find_mark(chooser, pid) < chooser->marked_count;
}

static void toggle_mark(struct chooser *chooser)
{
	if (!chooser->shown_count)
		return;
	pid_t pid = row(chooser, chooser->position)->pid;
	size_t at = find_mark(chooser, pid);
	if (at < chooser->marked_count) {
		chooser->marked[at] = chooser->marked[--chooser->marked_count];
		return;
	}
	chooser->marked = xreallocarray(
		chooser->marked, chooser->marked_count + 1, sizeof(*chooser->marked));
	chooser->marked[chooser->marked_count++] = pid;
}

size_t chooser_chosen(const struct chooser *chooser, pid_t *pids, size_t max)
{
	size_t count = 0;
	if (!chooser->marked_count && chooser->shown_count && max)
		pids[count++] = row(chooser, chooser->position)->pid;
	for (size_t i = 0; i < chooser->count && count < max; i++) {
		if (is_marked(chooser, chooser->process[i].pid))
			pids[count++] = chooser->process[i].pid;
	}
	return count;
}

/* Drawing. */

static void cell_text(const struct chooser_process *process, int column, char *buf, size_t size)
{
	char number[UNITS_MAX] = "-";
	if (column == COLUMN_CPU && !isnan(process->cpu))
		units_percent(process->cpu, number);
	if (column == COLUMN_PID)
		snprintf(buf, size, "%d", (int)process->pid);
	else if (column == COLUMN_CPU)
		snprintf(buf, size, "%s", number);
	else if (column == COLUMN_THREADS)
		snprintf(buf, size, "%u", process->threads);
	else
		snprintf(buf, size, "%s", column == COLUMN_NAME ? process->name : process->command);
}

/* Draws the line of PROCESS (NULL: the titles) into ROW of AREA. */
static void draw_line(
	struct area area, int at, const struct chooser_process *process, enum style style)
{
	char text[CHOOSER_COMMAND_MAX];
	int column = 2;
	for (int i = 0; i < COLUMN_COMMAND; i++) {
		if (process)
			cell_text(process, i, text, sizeof(text));
		area_put_cell(area, at, column, columns[i].width, columns[i].right, style,
			process ? text : columns[i].title);
		column += columns[i].width + 2;
	}
	if (process)
		cell_text(process, COLUMN_COMMAND, text, sizeof(text));
	if (column < area.columns)
		area_put_cell(area, at, column, area.columns - column, false, style,
			process ? text : "COMMAND");
}

static void draw_rows(struct chooser *chooser, struct area area)
{
	chooser->page = (size_t)area.rows;
	if (chooser->position < chooser->top)
		chooser->top = chooser->position;
	if (chooser->page && chooser->position >= chooser->top + chooser->page)
		chooser->top = chooser->position - chooser->page + 1;
	if (chooser->top + chooser->page > chooser->shown_count)
		chooser->top = chooser->shown_count > chooser->page
		                       ? chooser->shown_count - chooser->page
		                       : 0;
	for (int i = 0; i < area.rows && chooser->top + (size_t)i < chooser->shown_count; i++) {
		size_t at = chooser->top + (size_t)i;
		const struct chooser_process *process = row(chooser, at);
		bool marked = is_marked(chooser, process->pid);
		draw_line(area, i, process, marked ? STYLE_VALUE : STYLE_TEXT);
		if (marked)
			area_put(area, i, 0, STYLE_VALUE, "*");
		if (at == chooser->position)
			area_restyle(area, i, STYLE_SELECTED);
	}
}

static void draw_filter(const struct chooser *chooser, struct area area)
{
	char count[96];
	int column = area_put(area, 0, 0, STYLE_LABEL, "Filter: ");
	column = area_put(area, 0, column, STYLE_VALUE, chooser->filter.text);
	area_put(area, 0, column, STYLE_CURSOR, " ");
	int length = snprintf(
		count, sizeof(count), "%zu of %zu", chooser->shown_count, chooser->count);
	if (chooser->marked_count)
		length += snprintf(count + length, sizeof(count) - (size_t)length, ", %zu marked",
			chooser->marked_count);
	if (area.columns - length > column + 2)
		area_put(area, 0, area.columns - length, STYLE_DIM, count);
}

static void draw_keys(const struct chooser *chooser, struct area area)
{
	static const struct {
		const char *key, *label;
	} keys[] = {{"Enter", "Attach"}, {"Space", "Mark"}, {"Esc", "Clear filter, quit"}};
	int column = 0;
	if (chooser->message[0]) {
		area_put_cell(area, 0, 0, area.columns, false, STYLE_ERROR, chooser->message);
		return;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		column = area_put(area, 0, column, STYLE_KEY, keys[i].key) + 1;
		column = area_put(area, 0, column, STYLE_KEY_TEXT, keys[i].label) + 2;
	}
	area_put(area, 0, column, STYLE_DIM, "or type to filter");
}

void chooser_draw(struct chooser *chooser, struct area area)
{
	area_fill(area_part(area, 0, 0, 1, area.columns), STYLE_TITLE);
	area_put(area, 0, 0, STYLE_TITLE, chooser->title);
	draw_filter(chooser, area_part(area, 1, 0, 1, area.columns));
	area_fill(area_part(area, 2, 0, 1, area.columns), STYLE_COLUMN);
	draw_line(area, 2, NULL, STYLE_COLUMN);
	int rows = area.rows - HEAD_ROWS - FOOT_ROWS;
	if (rows > 0)
		draw_rows(chooser, area_part(area, HEAD_ROWS, 0, rows, area.columns));
	draw_keys(chooser, area_part(area, area.rows - 1, 0, 1, area.columns));
}

/* Keys. */

/* By how many rows KEY moves; 0: it does not. */
static long step_of(const struct chooser *chooser, uint32_t key)
{
	long page = chooser->page ? (long)chooser->page : 1;
	const struct {
		uint32_t key;
		long step;
	} steps[] = {
		{KEYCODE_UP, -1},
		{KEYCODE_DOWN, 1},
		{KEYCODE_PAGE_UP, -page},
		{KEYCODE_PAGE_DOWN, page},
		{KEYCODE_HOME, -(long)chooser->count},
		{KEYCODE_END, (long)chooser->count},
		{KEYCODE_WHEEL_UP, -3},
		{KEYCODE_WHEEL_DOWN, 3},
	};
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		if (steps[i].key == key)
			return steps[i].step;
	}
	return 0;
}

static void move(struct chooser *chooser, long step)
{
	long last = chooser->shown_count ? (long)chooser->shown_count - 1 : 0;
	long to = (long)chooser->position + step;
	chooser->position = (size_t)(to < 0 ? 0 : to > last ? last : to);
	chooser->selected = chooser->shown_count ? row(chooser, chooser->position)->pid : 0;
	chooser->keeps_order = true;
}

static void change_filter(struct chooser *chooser, uint32_t key)
{
	if (!editline_key(&chooser->filter, key))
		return;
	/* What matches is what is meant: the first of them. */
	chooser->selected = 0;
	filter(chooser);
}

/* Clears the filter, or leaves if there is none. */
static enum chooser_answer go_back(struct chooser *chooser)
{
	if (!chooser->filter.text[0])
		return CHOOSER_QUIT;
	editline_set(&chooser->filter, "");
	chooser->selected = 0;
	filter(chooser);
	return CHOOSER_OPEN;
}

enum chooser_answer chooser_key(struct chooser *chooser, uint32_t key)
{
	chooser->message[0] = '\0';
	if (key & KEYCODE_PASTED) {
		change_filter(chooser, key & ~KEYCODE_PASTED);
		return CHOOSER_OPEN;
	}
	long step = step_of(chooser, key);
	if (step) {
		move(chooser, step);
	} else if (key == '\r' || key == '\n') {
		return chooser->marked_count || chooser->shown_count ? CHOOSER_CHOSEN
		                                                     : CHOOSER_OPEN;
	} else if (key == ' ') {
		toggle_mark(chooser);
		move(chooser, 1);
	} else if (key == KEYCODE_ESCAPE) {
		return go_back(chooser);
	} else if (key == KEYCODE_F1 + 9 || key == KEYCODE_CTRL('C')) {
		return CHOOSER_QUIT;
	} else if (key == KEYCODE_CTRL('Z')) {
		return CHOOSER_SUSPEND;
	} else {
		change_filter(chooser, key);
	}
	return CHOOSER_OPEN;
}
