/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks as lines; see out/stacklist.h. */
#include "config.h"

#include "out/stacklist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/units.h"
#include "out/frames.h"
#include "out/sampled.h"

#define INDENT    2

/* Maximum depth of a tree; deeper frames are in its last line. */
#define DEPTH_MAX 64

/* The state of building a list. */
struct maker {
	struct stack_list *list;
	const struct report *report;
	const struct stack_list_how *how;
};

static void add_line(struct maker *maker, const struct stack *stack, bool title, char *text)
{
	struct stack_list *list = maker->list;
	if (list->count % 64 == 0)
		list->line = xreallocarray(list->line, list->count + 64, sizeof(*list->line));
	list->line[list->count++] = (struct stack_line){text, stack, title};
}

static bool is_shown(const struct maker *maker, const struct stack_row *row)
{
	return maker->how->all_calls || call_equal(row->call, maker->how->call);
}

static double share_of(const struct maker *maker, const struct stack_row *row)
{
	return maker->report->view.stacks_by_calls ? row->call_share : row->share;
}

/* Frames, the innermost first. */

static void add_function(struct maker *maker, const struct stack *stack, size_t frame, size_t at)
{
	char text[FRAME_TEXT_MAX];
	frame_line(stack->frame[frame], at, stack_is_guessed(stack, frame), text);
	add_line(maker, stack, false, xasprintf("%*s%s", 4 * INDENT, "", text));
}

/* The name of MODULE, and why it could not be read. Returns BUF. */
static char *module_text(const struct module *module, char *buf, size_t size)
{
	const char *problem = module_problem(module);
	text_escape(module->name, strlen(module->name), buf, size);
	size_t used = strlen(buf);
	if (problem)
		snprintf(buf + used, size - used, " [unreadable symbols: %s]", problem);
	return buf;
}

/* Adds the frames from FIRST that are in one module as one line. Returns the next frame. */
static size_t add_module(struct maker *maker, const struct stack *stack, size_t first)
{
	const struct module *module = stack->frame[first]->module;
	char name[256], outer[FRAME_TEXT_MAX], inner[FRAME_TEXT_MAX];
	size_t last = first;
	while (last + 1 < stack->count && stack->frame[last + 1]->module == module)
		last++;
	const struct frame *end = stack->frame[last];
	module_text(module, name, sizeof(name));
	frame_function(stack->frame[first], 0, inner);
	frame_function(end, frame_functions(end) - 1, outer);
	if (first == last)
		add_line(maker, stack, false, xasprintf("%*s%s: %s", 4 * INDENT, "", name, inner));
	else
		add_line(maker, stack, false,
			xasprintf("%*s%s: %s, %zu frames, called by %s", 4 * INDENT, "", name,
				inner, last - first + 1, outer));
	return last + 1;
}

/* The kernel stack of one of the threads that are in the call from STACK. */
static const char *kernel_names(const struct maker *maker, const struct stack *stack)
{
	const char *names = NULL;
	for (size_t i = 0; i < maker->report->thread_count && !names; i++) {
		if (maker->report->threads[i].stack == stack)
			names = maker->report->threads[i].kernel;
	}
	return names;
}

/* Adds NAMES, one per line; NULL: none. */
static void add_kernel(struct maker *maker, const struct stack *stack, const char *names)
{
	for (size_t length; names && *names; names += length + 1) {
		char text[128];
		length = strcspn(names, "\n");
		text_escape(names, length, text, sizeof(text));
		add_line(maker, stack, false, xasprintf("%*s%s [kernel]", 4 * INDENT, "", text));
	}
}

static void add_frames(struct maker *maker, const struct stack *stack)
{
	for (size_t i = 0; i < stack->count;) {
		if (maker->how->modules) {
			i = add_module(maker, stack, i);
			continue;
		}
		for (size_t at = 0; at < frame_functions(stack->frame[i]); at++)
			add_function(maker, stack, i, at);
		i++;
	}
	if (stack->count && stack->end != STACK_WHOLE)
		add_line(maker, stack, false,
			xasprintf("%*s[%s]", 4 * INDENT, "", stack_end_text(stack->end)));
}

/* The list. */

/* A short name for STACK: its first function that is not in the C library. */
static char *nickname(const struct stack *stack, char buf[FRAME_TEXT_MAX])
{
	if (stack->count == 0) {
		snprintf(buf, FRAME_TEXT_MAX, "[%s]", stack_end_text(stack->end));
		return buf;
	}
	const struct module *innermost = stack->frame[0]->module;
	size_t i = 0;
	while (i + 1 < stack->count && stack->frame[i]->module == innermost)
		i++;
	return frame_function(stack->frame[i], 0, buf);
}

static void add_stack(struct maker *maker, const struct stack_row *row)
{
	char percent[UNITS_MAX], calls[UNITS_MAX], total[UNITS_MAX], average[UNITS_MAX],
		max[UNITS_MAX], name[FRAME_TEXT_MAX], now[32] = "";
	if (row->in_progress)
		snprintf(now, sizeof(now), " +%llu now", (unsigned long long)row->in_progress);
	add_line(maker, row->stack, true,
		xasprintf("%5s%% %7s%s  total %s  avg %s  max %s  %s%s%s",
			units_percent(share_of(maker, row), percent),
			units_count(row->calls, calls), now, units_time(row->total_ns, total),
			units_time((uint64_t)row->avg_ns, average),
			row->stack->end == STACK_NONE || !row->max_ns
				? "-"
				: units_time(row->max_ns, max),
			maker->how->all_calls ? row->name : "", maker->how->all_calls ? ", " : "",
			nickname(row->stack, name)));
	if (row->stack == maker->how->opened) {
		add_kernel(maker, row->stack, kernel_names(maker, row->stack));
		add_frames(maker, row->stack);
	}
}

static void make_list(struct maker *maker)
{
	for (size_t i = 0; i < maker->report->stack_count; i++) {
		if (is_shown(maker, &maker->report->stacks[i]))
			add_stack(maker, &maker->report->stacks[i]);
	}
}

/* A thread. */

/* The last sample of the thread of ROW, if it is running its own code; or NULL. */
static const struct stack *sample_of(const struct maker *maker, const struct thread_row *row)
{
	const struct report_detail *detail = &maker->report->detail;
	bool is_of_row = detail->subject.kind == SUBJECT_THREAD && detail->subject.tid == row->tid;
	return is_of_row && !row->in_call && row->state == THREAD_RUNNING ? detail->sample : NULL;
}

/* "is running in user space; sampled 12ms ago in" */
static char *describe_sample(const struct maker *maker)
{
	char time[UNITS_MAX];
	uint64_t now_ns = maker->report->facts.now_ns, at_ns = maker->report->detail.sample_ns;
	return xasprintf("is running in user space; sampled %s ago in",
		units_time(now_ns > at_ns ? now_ns - at_ns : 0, time));
}

/* What the thread of ROW is doing, as the title of its frames. */
static char *describe(const struct maker *maker, const struct thread_row *row)
{
	char name[CALL_NAME_MAX], last[CALL_NAME_MAX], time[UNITS_MAX];
	uint64_t now_ns = maker->report->facts.now_ns;
	units_time(thread_row_age_ns(row, now_ns), time);
	if (row->in_call)
		return xasprintf("in %s for %s%s", call_name(row->call, name), time,
			row->stack ? ", called from" : "; user stack unavailable");
	if (row->state == THREAD_WORKER)
		return xstrdup("is a kernel worker, and makes no calls");
	if (sample_of(maker, row))
		return describe_sample(maker);
	const char *state = row->state == THREAD_ENDED     ? "has ended"
	                    : row->state == THREAD_STOPPED ? "is stopped"
	                    : row->state == THREAD_FROZEN  ? "is frozen"
	                    : row->state == THREAD_ASLEEP  ? "sleeps outside of calls"
	                    : row->state == THREAD_EXITING ? "is about to end"
	                                                   : "is running in user space";
	if (!row->last)
		return xasprintf("%s; no call of it was captured yet", state);
	return xasprintf("%s; its last captured call, %s, was made from", state,
		call_name(row->last_call, last));
}

/* Maximum number of functions that are listed. */
#define FUNCTIONS_MAX 20

/* Adds in which functions the thread was sampled, or why it was not. */
static void add_samples(struct maker *maker)
{
	const struct report_detail *detail = &maker->report->detail;
	const char *reason = maker->report->facts.stacks.unsampled;
	struct sampled sampled;
	char text[UNITS_MAX];
	if (*reason)
		add_line(maker, NULL, false,
			xasprintf("its own code cannot be sampled: %s", reason));
	sampled_make(&sampled, detail->samples, detail->sample_count);
	if (sampled.samples)
		add_line(maker, NULL, true,
			xasprintf("in user space, by function; %s samples in the last seconds",
				units_count(sampled.samples, text)));
	for (size_t i = 0; i < sampled.count && i < FUNCTIONS_MAX; i++)
		add_line(maker, sampled.function[i].stack, false,
			xasprintf("%5s%% %s", units_percent(sampled.function[i].share, text),
				sampled.function[i].name));
	sampled_clear(&sampled);
}

static void make_thread(struct maker *maker)
{
	const struct report *report = maker->report;
	for (size_t i = 0; i < report->thread_count; i++) {
		const struct thread_row *row = &report->threads[i];
		const struct stack *sample = sample_of(maker, row);
		const struct stack *stack = row->in_call ? row->stack : sample ? sample : row->last;
		if (row->tid != maker->how->tid)
			continue;
		add_line(maker, stack, true, describe(maker, row));
		add_kernel(maker, stack, row->kernel);
		if (stack && stack->count == 0)
			add_line(maker, stack, false,
				xasprintf("%*s[%s]", 4 * INDENT, "", stack_end_text(stack->end)));
		else if (stack)
			add_frames(maker, stack);
		add_samples(maker);
		return;
	}
}

/* The tree. */

/* The frame at DEPTH, counted from the outermost, or NULL. */
static const struct frame *frame_from_root(const struct stack *stack, size_t depth)
{
	return depth < stack->count ? stack->frame[stack->count - 1 - depth] : NULL;
}

/* The function of a branch: addresses in the same function are one branch. */
static char *branch_name(const struct stack *stack, size_t depth, char buf[FRAME_TEXT_MAX])
{
	const struct frame *frame = frame_from_root(stack, depth);
	if (!frame) {
		snprintf(buf, FRAME_TEXT_MAX, "[%s]", stack_end_text(stack->end));
		return buf;
	}
	return frame_function(frame, frame_functions(frame) - 1, buf);
}

/* Adds the branches at DEPTH of the COUNT ROWS, recursively. */
static void add_branches(
	struct maker *maker, const struct stack_row **rows, size_t count, size_t depth)
{
	bool *done = xcalloc(count, sizeof(*done));
	const struct stack_row **same = xcalloc(count, sizeof(const struct stack_row *));
	for (size_t i = 0; i < count; i++) {
		char name[FRAME_TEXT_MAX], other[FRAME_TEXT_MAX], percent[UNITS_MAX];
		const struct stack *stack = rows[i]->stack;
		size_t found = 0;
		double share = 0;
		if (done[i] || (depth && !frame_from_root(stack, depth)))
			continue;
		branch_name(stack, depth, name);
		for (size_t j = i; j < count; j++) {
			if (!done[j] && (!depth || frame_from_root(rows[j]->stack, depth)) &&
				strcmp(branch_name(rows[j]->stack, depth, other), name) == 0) {
				done[j] = true;
				same[found++] = rows[j];
				share += share_of(maker, rows[j]);
			}
		}
		add_line(maker, found == 1 ? stack : NULL, true,
			xasprintf("%5s%% %*s%s", units_percent(share, percent), (int)depth, "",
				name));
		if (depth + 1 < DEPTH_MAX)
			add_branches(maker, same, found, depth + 1);
	}
	free(same);
	free(done);
}

static void make_tree(struct maker *maker)
{
	const struct report *report = maker->report;
	const struct stack_row **rows = xcalloc(
		report->stack_count + 1, sizeof(const struct stack_row *));
	size_t count = 0;
	for (size_t i = 0; i < report->stack_count; i++) {
		if (is_shown(maker, &report->stacks[i]))
			rows[count++] = &report->stacks[i];
	}
	add_branches(maker, rows, count, 0);
	free(rows);
}

void stack_list_make(
	struct stack_list *list, const struct report *report, const struct stack_list_how *how)
{
	struct maker maker = {.list = list, .report = report, .how = how};
	*list = (struct stack_list){0};
	if (how->tid)
		make_thread(&maker);
	else if (how->tree)
		make_tree(&maker);
	else
		make_list(&maker);
}

void stack_list_clear(struct stack_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->line[i].text);
	free(list->line);
	*list = (struct stack_list){0};
}

double stack_list_captured(const struct report *report, struct call call)
{
	const struct stack_list_how how = {.call = call};
	const struct maker maker = {.report = report, .how = &how};
	double captured = 0;
	bool is_any = false;
	for (size_t i = 0; i < report->stack_count; i++) {
		const struct stack_row *row = &report->stacks[i];
		enum stack_end end = row->stack->end;
		if (!is_shown(&maker, row))
			continue;
		is_any = true;
		if (end != STACK_NONE && end != STACK_MISSED)
			captured += share_of(&maker, row);
	}
	return is_any ? captured : -1;
}

const struct stack *stack_rows_hottest(const struct stack_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].stack->count)
			return rows[i].stack;
	}
	return NULL;
}

const struct stack *stack_list_hottest(const struct report *report, struct call call)
{
	for (size_t i = 0; i < report->stack_count; i++) {
		const struct stack_row *row = &report->stacks[i];
		if (call_equal(row->call, call) && row->stack->count)
			return row->stack;
	}
	return NULL;
}
