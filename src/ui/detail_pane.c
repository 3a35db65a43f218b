/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The details of the selected call or thread: a scrolling page of sections.
 *
 * Each section is a row of a table: its subjects, its number of lines, and how to draw one of them.
 * Only the lines on the screen are drawn. The stacks of a call have a pane of their own
 * (stacks_pane.c), in the same place.
 */
#include "config.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/names.h"
#include "base/text.h"
#include "base/units.h"
#include "out/file_column.h"
#include "out/glyph.h"
#include "ui/explanation_lines.h"
#include "ui/pane.h"
#include "ui/program_lines.h"
#include "ui/time_bar.h"
#include "ui/usage_lines.h"

/* Maximum number of a call's threads or a thread's calls that are listed. */
#define THREAD_CALLS_SHOWN 200

/* The rows of the histogram: one per power of two nanoseconds. */
#define OCTAVES            64

/* Columns before and after the bars. */
#define RANGE_WIDTH        8
#define COUNT_WIDTH        8
#define MARK_WIDTH         12

/* The histogram of the subject by powers of two. */
struct octaves {
	uint64_t count[OCTAVES]; /* of times from 2^i to 2^(i+1) - 1 ns */
	uint64_t greatest;       /* the largest of these */
	int first, last;         /* the first and last non-empty octave; first > last: none */
};

/* The octave of NS. */
static int octave_of(uint64_t ns)
{
	return ns ? 63 - __builtin_clzll(ns) : 0;
}

static struct octaves octaves_of(const struct report_detail *detail)
{
	struct octaves octaves = {.first = OCTAVES, .last = -1};
	for (size_t i = 0; i < detail->bucket_count; i++) {
		int at = octave_of(detail->buckets[i].low_ns);
		octaves.count[at] += detail->buckets[i].count;
		if (octaves.count[at] > octaves.greatest)
			octaves.greatest = octaves.count[at];
		octaves.first = at < octaves.first ? at : octaves.first;
		octaves.last = at > octaves.last ? at : octaves.last;
	}
	return octaves;
}

/* A section of the page. */
struct section {
	int subjects; /* bits (1 << kind of the subject) */
	const char *title;
	int (*rows)(const struct view *view, int columns); /* 0: it is omitted with its title */
	void (*draw)(const struct view *view, int row, struct area area);
};

static const struct report_detail *detail_of(const struct view *view)
{
	return &view->report->detail;
}

/* Labelled items, as many as fit into a line. */

struct item {
	const char *label;
	char value[CELL_MAX];
	enum style style;
};

static void draw_items(const struct item *items, size_t count, struct area area)
{
	int at = 0;
	for (size_t i = 0; i < count; i++) {
		int width = glyph_columns(items[i].label) + 1 + glyph_columns(items[i].value);
		if (at + width > area.columns && at > 0)
			return;
		at = area_put(area, 0, at, STYLE_LABEL, items[i].label) + 1;
		at = area_put(area, 0, at, items[i].style, items[i].value) + 2;
	}
}

/* The numbers of a call in several lines, so that they fit into a narrow pane too. */

static int call_rows(const struct view *view, int columns)
{
	(void)columns;
	return detail_of(view)->call.transfers ? 3 : 2;
}

static void draw_call(const struct view *view, int row, struct area area)
{
	/* Labelled like the columns, so that they are recognized. */
	static const struct {
		const char *label; /* NULL: no more */
		enum column_id id;
	} lines[3][6] = {
		{{"calls", COLUMN_CALLS}, {"calls/s", COLUMN_RATE}, {"errors", COLUMN_ERRORS},
			{"active", COLUMN_IN_PROGRESS}, {"%time", COLUMN_SHARE},
			{"class", COLUMN_CLASS}},
		{{"total", COLUMN_TOTAL}, {"avg", COLUMN_AVG}, {"min", COLUMN_MIN},
			{"max", COLUMN_MAX}, {"stddev", COLUMN_STDDEV}},
		{{"bytes", COLUMN_BYTES}, {"bytes/s", COLUMN_BYTE_RATE},
			{"average size", COLUMN_SIZE}},
	};
	const struct cell_format format = {.min_measurable_ns = report_minimum_ns(view->report)};
	struct item items[6];
	size_t count = 0;
	for (; count < 6 && lines[row][count].label; count++) {
		enum column_id id = lines[row][count].id;
		items[count] = (struct item){
			.label = lines[row][count].label, .style = STYLE_VALUE};
		cell_call(id, &detail_of(view)->call, &format, items[count].value);
		if (id == COLUMN_ERRORS && detail_of(view)->call.errors)
			items[count].style = STYLE_ERROR;
	}
	draw_items(items, count, area);
}

/* The histogram. */

static int histogram_rows(const struct view *view, int columns)
{
	struct octaves octaves = octaves_of(detail_of(view));
	(void)columns;
	return octaves.last - octaves.first + 1 > 0 ? octaves.last - octaves.first + 1 : 0;
}

/* Which percentiles, and whether the minimum measurable latency, lie in octave AT: "p50 p90". */
static void marks_of(const struct view *view, int at, char buf[CELL_MAX])
{
	const struct call_row *call = &detail_of(view)->call;
	const struct {
		uint64_t ns;
		const char *name;
	} marks[] = {
		{report_minimum_ns(view->report), "minimum"},
		{call->p50_ns, "p50"},
		{call->p90_ns, "p90"},
		{call->p99_ns, "p99"},
	};
	size_t used = 0;
	buf[0] = '\0';
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		if (marks[i].ns && octave_of(marks[i].ns) == at)
			used += (size_t)snprintf(buf + used, CELL_MAX - used, "%s%s",
				used ? " " : "", marks[i].name);
	}
}

/* Draws a bar for VALUE, scaled so that GREATEST fills AREA, in eighths of a column. */
static void draw_bar(struct area area, uint64_t value, uint64_t greatest)
{
	static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	double share = greatest ? (double)value / (double)greatest : 0;
	int eighths = (int)(share * area.columns * 8 + 0.5);
	if (value && eighths == 0)
		eighths = 1;
	for (int column = 0; column < eighths / 8; column++)
		area_put(area, 0, column, STYLE_GRAPH, "█");
	area_put(area, 0, eighths / 8, STYLE_GRAPH, parts[eighths % 8]);
}

static void draw_histogram(const struct view *view, int row, struct area area)
{
	struct octaves octaves = octaves_of(detail_of(view));
	int at = octaves.first + row;
	char text[CELL_MAX], number[UNITS_MAX];
	units_time(UINT64_C(1) << at, number);
	area_put_cell(area, 0, 0, RANGE_WIDTH, true, STYLE_LABEL, number);
	units_count(octaves.count[at], number);
	area_put_cell(area, 0, RANGE_WIDTH + 1, COUNT_WIDTH, true,
		octaves.count[at] ? STYLE_TEXT : STYLE_DIM, number);
	int bar = RANGE_WIDTH + 1 + COUNT_WIDTH + 1;
	draw_bar(area_part(area, 0, bar, 1, area.columns - bar - MARK_WIDTH - 1), octaves.count[at],
		octaves.greatest);
	marks_of(view, at, text);
	area_put(area, 0, area.columns - MARK_WIDTH, STYLE_MARK, text);
}

/* Errors by errno, with their descriptions. */

static int error_rows(const struct view *view, int columns)
{
	(void)columns;
	return (int)detail_of(view)->error_count;
}

static void draw_error(const struct view *view, int row, struct area area)
{
	const struct error_count *error = &detail_of(view)->errors[row];
	char name[ABI_NAME_MAX], number[UNITS_MAX];
	area_put_cell(
		area, 0, 0, RANGE_WIDTH, true, STYLE_ERROR, units_count(error->count, number));
	int at = area_put(area, 0, RANGE_WIDTH + 1, STYLE_VALUE, error_name(error->err, name)) + 2;
	area_put(area, 0, at < 24 ? 24 : at, STYLE_TEXT, error_text(error->err));
}

/* What the call does, and what its errors mean. */

static int does_rows(const struct view *view, int columns)
{
	return explanation_lines(view->report, EXPLAIN_CALL, columns);
}

static void draw_does(const struct view *view, int row, struct area area)
{
	explanation_lines_draw(view->report, EXPLAIN_CALL, row, area);
}

static int meaning_rows(const struct view *view, int columns)
{
	return explanation_lines(view->report, EXPLAIN_ERRORS, columns);
}

static void draw_meaning(const struct view *view, int row, struct area area)
{
	explanation_lines_draw(view->report, EXPLAIN_ERRORS, row, area);
}

static int advice_rows(const struct view *view, int columns)
{
	return explanation_lines(view->report, EXPLAIN_ADVICE, columns);
}

static void draw_advice(const struct view *view, int row, struct area area)
{
	explanation_lines_draw(view->report, EXPLAIN_ADVICE, row, area);
}

/* Threads of the call, and calls of the thread. */

static int thread_call_rows(const struct view *view, int columns)
{
	size_t count = detail_of(view)->thread_call_count;
	(void)columns;
	return (int)(count > THREAD_CALLS_SHOWN ? THREAD_CALLS_SHOWN : count);
}

/* "WHAT    1234     13     1.20s   1.23M  now". */
static void draw_thread_call(
	const struct thread_call_row *entry, const char *what, struct area area)
{
	char number[UNITS_MAX];
	int at = 0;
	at += 26;
	area_put_cell(area, 0, 0, at - 1, false, STYLE_TEXT, what);
	area_put_cell(area, 0, at, 8, true, STYLE_VALUE, units_count(entry->calls, number));
	area_put_cell(area, 0, at + 9, 8, true, entry->errors ? STYLE_ERROR : STYLE_DIM,
		units_count(entry->errors, number));
	area_put_cell(area, 0, at + 18, 8, true, STYLE_TEXT, units_time(entry->total_ns, number));
	area_put_cell(area, 0, at + 27, 8, true, entry->bytes ? STYLE_TEXT : STYLE_DIM,
		entry->transfers ? units_number((double)entry->bytes, number) : "-");
	if (entry->in_progress)
		area_put(area, 0, at + 37, STYLE_MARK, "now");
}

static void draw_thread_call_titles(struct area area, const char *what)
{
	area_put(area, 0, 0, STYLE_LABEL, what);
	area_put_cell(area, 0, 26, 8, true, STYLE_LABEL, "calls");
	area_put_cell(area, 0, 35, 8, true, STYLE_LABEL, "errors");
	area_put_cell(area, 0, 44, 8, true, STYLE_LABEL, "total");
	area_put_cell(area, 0, 53, 8, true, STYLE_LABEL, "bytes");
}

static void draw_file_part_titles(struct area area, const char *what)
{
	draw_thread_call_titles(area, what);
	area_put_cell(area, 0, 53, 8, true, STYLE_LABEL, "in");
	area_put_cell(area, 0, 62, 8, true, STYLE_LABEL, "out");
}

static void draw_thread_of_call(const struct view *view, int row, struct area area)
{
	const struct thread_call_row *entry = &detail_of(view)->thread_calls[row];
	char text[CELL_MAX], comm[CELL_MAX / 2];
	text_escape(entry->comm, sizeof(entry->comm), comm, sizeof(comm));
	snprintf(text, sizeof(text), "%7d %s%s", (int)entry->tid, comm, entry->ended ? " †" : "");
	draw_thread_call(entry, text, area);
}

static void draw_call_of_thread(const struct view *view, int row, struct area area)
{
	const struct thread_call_row *entry = &detail_of(view)->thread_calls[row];
	char text[CELL_MAX];
	text_escape(entry->name, sizeof(entry->name), text, sizeof(text));
	draw_thread_call(entry, text, area);
}

/* The thread's own lines. */

/* The lines with numbers; what the thread waits for follows, in as many lines as it needs. */
#define THREAD_LINES 2

/* The label of these. */
static const char waits_label[] = "waiting on ";

/* The columns for what the thread waits for. */
static int reason_columns(int columns)
{
	int left = columns - (int)strlen(waits_label);
	return left > 0 ? left : 1;
}

static int thread_rows(const struct view *view, int columns)
{
	const char *reason = detail_of(view)->thread.waits_for;
	int rows = THREAD_LINES;
	if (!reason)
		return rows;
	char *text = report_escaped(reason);
	const char *at = text;
	for (; *at; rows++)
		glyph_next_line(&at, reason_columns(columns));
	free(text);
	return rows;
}

/* Draws line ROW of what the thread waits for. */
static void draw_reason(const struct view *view, int row, struct area area)
{
	int columns = reason_columns(area.columns);
	char *text = report_escaped(detail_of(view)->thread.waits_for);
	const char *at = text;
	while (row-- > 0)
		glyph_next_line(&at, columns);
	const char *begin = at;
	text[begin - text + (ptrdiff_t)glyph_next_line(&at, columns)] = '\0';
	if (begin == text)
		area_put(area, 0, 0, STYLE_LABEL, waits_label);
	area_put(area, 0, (int)strlen(waits_label), STYLE_VALUE, begin);
	free(text);
}

static void draw_thread(const struct view *view, int row, struct area area)
{
	static const struct {
		enum thread_column column;
		const char *label; /* NULL: there are no more */
	} lines[THREAD_LINES][7] = {
		{{THREAD_COLUMN_PID, "pid"}, {THREAD_COLUMN_STATE, "state"},
			{THREAD_COLUMN_CALL, "call"}, {THREAD_COLUMN_FOR, "since"}},
		{{THREAD_COLUMN_CALLS, "calls"}, {THREAD_COLUMN_RATE, "calls/s"},
			{THREAD_COLUMN_ERRORS, "errors"}, {THREAD_COLUMN_TOTAL, "total"},
			{THREAD_COLUMN_CPU, "cpu%"}, {THREAD_COLUMN_BYTE_RATE, "bytes/s"},
			{THREAD_COLUMN_SIZE, "size"}},
	};
	if (row >= THREAD_LINES) {
		draw_reason(view, row - THREAD_LINES, area);
		return;
	}
	const struct cell_format format = {
		.now_ns = view->report->facts.now_ns,
	};
	struct item items[7];
	size_t count = 0;
	for (; count < 7 && lines[row][count].label; count++) {
		items[count] = (struct item){
			.style = STYLE_VALUE, .label = lines[row][count].label};
		thread_columns[lines[row][count].column].text(
			&detail_of(view)->thread, &format, items[count].value);
	}
	draw_items(items, count, area);
}

/* How the thread, and its process if it has others, spent their time over the last interval. */

/* The process of the thread if others of its threads are traced; otherwise NULL. */
static const struct process_row *process_of(const struct view *view)
{
	const struct report *report = view->report;
	for (size_t i = 0; i < report->process_count; i++) {
		const struct process_row *row = &report->processes[i];
		if (row->pid == detail_of(view)->thread.pid)
			return row->threads > 1 ? row : NULL;
	}
	return NULL;
}

static int time_rows(const struct view *view, int columns)
{
	(void)columns;
	if (detail_of(view)->thread.state == THREAD_ENDED)
		return 0;
	return process_of(view) ? 2 : 1;
}

static void draw_time(const struct view *view, int row, struct area area)
{
	const int at = 8;
	area_put(area, 0, 0, STYLE_LABEL, row ? "process" : "time");
	time_bar_draw(row ? process_of(view)->time.last_ns : detail_of(view)->thread.time.last_ns,
		area_part(area, 0, at, 1, area.columns - at));
}

/* The arguments of the call in progress, if they were collected. */

static int argument_rows(const struct view *view, int columns)
{
	const struct thread_row *thread = &detail_of(view)->thread;
	(void)columns;
	return thread->in_call && thread->has_args;
}

static void draw_arguments(const struct view *view, int row, struct area area)
{
	const struct thread_row *thread = &detail_of(view)->thread;
	const struct syscall_desc *desc = syscall_lookup(thread->call);
	size_t nargs = desc ? desc->nargs : CALL_MAX_ARGS;
	char name[CALL_NAME_MAX];
	(void)row;
	int at = area_put(area, 0, 0, STYLE_TEXT, call_name(thread->call, name));
	at = area_put(area, 0, at, STYLE_TEXT, "(");
	for (size_t i = 0; i < nargs; i++) {
		char number[32];
		snprintf(number, sizeof(number), "%s0x%llx", i ? ", " : "",
			(unsigned long long)thread->args[i]);
		at = area_put(area, 0, at, STYLE_VALUE, number);
	}
	area_put(area, 0, at, STYLE_TEXT, ")");
}

/* What the calls of the subject have used. */

static const struct usage *usage_of(const struct view *view)
{
	const struct report_detail *detail = detail_of(view);
	return detail->subject.kind == SUBJECT_CALL ? &detail->call.usage : &detail->thread.usage;
}

static const struct split *split_of(const struct view *view)
{
	const struct report_detail *detail = detail_of(view);
	return detail->subject.kind == SUBJECT_CALL ? &detail->call.split : &detail->thread.split;
}

static int usage_rows(const struct view *view, int columns)
{
	(void)columns;
	return usage_lines(usage_of(view), split_of(view));
}

static void draw_usage(const struct view *view, int row, struct area area)
{
	usage_lines_draw(usage_of(view), split_of(view), row, area);
}

/* Who has woken the thread last. */

static int waker_rows(const struct view *view, int columns)
{
	(void)columns;
	return detail_of(view)->thread.was_woken;
}

static void draw_waker(const struct view *view, int row, struct area area)
{
	const struct thread_row *thread = &detail_of(view)->thread;
	char comm[TASK_COMM_SIZE * 4], text[CELL_MAX];
	(void)row;
	text_escape(thread->waker_comm, sizeof(thread->waker_comm), comm, sizeof(comm));
	snprintf(text, sizeof(text), "%s%s (%d)",
		thread->waker_is_interrupt ? "an interrupt, on the CPU of " : "", comm,
		(int)thread->waker);
	int at = area_put(area, 0, 0, STYLE_LABEL, "woken by") + 1;
	area_put(area, 0, at, STYLE_VALUE, text);
}

/* A file or peer. */

#define FILE_LINES 4

static int file_rows(const struct view *view, int columns)
{
	(void)columns;
	return detail_of(view)->file.peer || detail_of(view)->file.user ? FILE_LINES
	                                                                : FILE_LINES - 1;
}

static void draw_file(const struct view *view, int row, struct area area)
{
	static const enum file_column lines[FILE_LINES][6] = {
		{FILE_COLUMN_KIND, FILE_COLUMN_CALLS, FILE_COLUMN_RATE, FILE_COLUMN_ERRORS,
			FILE_COLUMN_PROGRESS, FILE_COLUMN_LAST},
		{FILE_COLUMN_TOTAL, FILE_COLUMN_AVG, FILE_COLUMN_P99, FILE_COLUMN_MAX,
			FILE_COLUMN_ERROR, FILE_COLUMN_COUNT},
		{FILE_COLUMN_IN, FILE_COLUMN_OUT, FILE_COLUMN_IN_RATE, FILE_COLUMN_OUT_RATE,
			FILE_COLUMN_SIZE, FILE_COLUMN_COUNT},
		{FILE_COLUMN_USER, FILE_COLUMN_PEER, FILE_COLUMN_COUNT},
	};
	const struct cell_format format = {.now_ns = view->report->facts.now_ns};
	struct item items[6];
	size_t count = 0;
	for (; count < 6 && lines[row][count] != FILE_COLUMN_COUNT; count++) {
		const struct file_column_desc *desc = &file_columns[lines[row][count]];
		items[count] = (struct item){.style = STYLE_VALUE, .label = desc->name};
		desc->text(&detail_of(view)->file, &format, items[count].value);
	}
	draw_items(items, count, area);
}

static int file_call_rows(const struct view *view, int columns)
{
	(void)columns;
	return (int)detail_of(view)->file_call_count;
}

static int file_thread_rows(const struct view *view, int columns)
{
	size_t count = detail_of(view)->file_thread_count;
	(void)columns;
	return (int)(count > THREAD_CALLS_SHOWN ? THREAD_CALLS_SHOWN : count);
}

/* "WHAT    1234     13     1.20s   1.23M   45.6k". */
static void draw_file_part(const struct file_part_row *part, const char *what, struct area area)
{
	char number[UNITS_MAX];
	const int at = 26;
	area_put_cell(area, 0, 0, at - 1, false, STYLE_TEXT, what);
	area_put_cell(area, 0, at, 8, true, STYLE_VALUE, units_count(part->calls, number));
	area_put_cell(area, 0, at + 9, 8, true, part->errors ? STYLE_ERROR : STYLE_DIM,
		units_count(part->errors, number));
	area_put_cell(area, 0, at + 18, 8, true, STYLE_TEXT, units_time(part->total_ns, number));
	area_put_cell(area, 0, at + 27, 8, true, part->in ? STYLE_TEXT : STYLE_DIM,
		units_number((double)part->in, number));
	area_put_cell(area, 0, at + 36, 8, true, part->out ? STYLE_TEXT : STYLE_DIM,
		units_number((double)part->out, number));
}

static void draw_file_call(const struct view *view, int row, struct area area)
{
	const struct file_part_row *part = &detail_of(view)->file_calls[row];
	char text[CELL_MAX];
	text_escape(part->name[0] ? part->name : "[other]", CALL_NAME_MAX, text, sizeof(text));
	draw_file_part(part, text, area);
}

static void draw_file_thread(const struct view *view, int row, struct area area)
{
	const struct file_part_row *part = &detail_of(view)->file_threads[row];
	char text[CELL_MAX], comm[CELL_MAX / 2];
	text_escape(part->comm, sizeof(part->comm), comm, sizeof(comm));
	if (part->tid)
		snprintf(text, sizeof(text), "%7d %s", (int)part->tid, comm);
	else
		strcpy(text, "[other]");
	draw_file_part(part, text, area);
}

static int program_rows(const struct view *view, int columns)
{
	return program_lines(view->report, columns);
}

static void draw_program(const struct view *view, int row, struct area area)
{
	program_lines_draw(view->report, row, area);
}

static int command_rows(const struct view *view, int columns)
{
	return program_command_lines(view->report, columns);
}

static void draw_command(const struct view *view, int row, struct area area)
{
	program_command_lines_draw(view->report, row, area);
}

/* Longer command lines are cut. */
#define THREAD_COMMAND_MAX 8192

static int thread_command_rows(const struct view *view, int columns)
{
	char text[THREAD_COMMAND_MAX];
	int width = glyph_columns(thread_command(&detail_of(view)->thread, text, sizeof(text)));
	return columns > 0 ? (width + columns - 1) / columns : 0;
}

static void draw_thread_command(const struct view *view, int row, struct area area)
{
	char text[THREAD_COMMAND_MAX];
	thread_command(&detail_of(view)->thread, text, sizeof(text));
	area_put(area, 0, 0, STYLE_TEXT, program_skip_columns(text, row * area.columns));
}

static int class_rows(const struct view *view, int columns)
{
	(void)columns;
	return program_class_lines(view->report);
}

static void draw_class(const struct view *view, int row, struct area area)
{
	program_class_lines_draw(view->report, row, area);
}

#define OF_CALL    (1 << SUBJECT_CALL)
#define OF_FILE    (1 << SUBJECT_FILE)
#define OF_PROGRAM (1 << SUBJECT_PROGRAM)
#define OF_THREAD  (1 << SUBJECT_THREAD)

static const struct section sections[] = {
	{OF_CALL, NULL, call_rows, draw_call},
	{OF_THREAD, NULL, thread_rows, draw_thread},
	{OF_THREAD, NULL, time_rows, draw_time},
	{OF_THREAD, NULL, waker_rows, draw_waker},
	{OF_THREAD, "call in progress", argument_rows, draw_arguments},
	{OF_CALL, NULL, usage_rows, draw_usage},
	{OF_THREAD, "in its calls", usage_rows, draw_usage},
	{OF_THREAD, "command line, or title, of its process", thread_command_rows,
		draw_thread_command},
	{OF_CALL, "advice (a: dismiss the first)", advice_rows, draw_advice},
	{OF_CALL, "errors", error_rows, draw_error},
	{OF_CALL, "latency ≥", histogram_rows, draw_histogram},
	{OF_CALL, "what its errors mean", meaning_rows, draw_meaning},
	{OF_CALL, "what it does", does_rows, draw_does},
	{OF_CALL, "threads", thread_call_rows, draw_thread_of_call},
	{OF_THREAD, "calls", thread_call_rows, draw_call_of_thread},
	{OF_PROGRAM, NULL, program_rows, draw_program},
	{OF_PROGRAM, "command line", command_rows, draw_command},
	{OF_PROGRAM, "calls and their time, by class", class_rows, draw_class},
	{OF_FILE, NULL, file_rows, draw_file},
	{OF_FILE, "calls", file_call_rows, draw_file_call},
	{OF_FILE, "threads", file_thread_rows, draw_file_thread},
};

/* Draws the title of a section; lists have column titles. */
static void draw_title(const struct section *section, struct area area)
{
	if (section->rows == thread_call_rows)
		draw_thread_call_titles(area, section->title);
	else if (section->rows == file_call_rows || section->rows == file_thread_rows)
		draw_file_part_titles(area, section->title);
	else
		area_put(area, 0, 0, STYLE_LABEL, section->title);
}

/* The area of line LINE of the page; empty if it is not on the screen. */
static struct area line_of(const struct view *view, struct area page, int line)
{
	int row = line - view->detail.top;
	return area_part(page, row < 0 ? 0 : row, 0, row >= 0 && row < page.rows, page.columns);
}

/* Draws SECTION, starting at LINE of the page. Returns the line after it. */
static int draw_section(
	const struct view *view, const struct section *section, struct area page, int line)
{
	int rows = section->rows(view, page.columns);
	if (rows == 0)
		return line;
	if (section->title) {
		line++; /* a blank line */
		struct area area = line_of(view, page, line++);
		if (area.rows)
			draw_title(section, area);
	}
	for (int row = 0; row < rows; row++) {
		struct area area = line_of(view, page, line++);
		if (area.rows)
			section->draw(view, row, area);
	}
	return line;
}

/* The number of lines of all sections; if DRAWN, draws them too. */
static int page_lines(const struct view *view, struct area page, bool drawn)
{
	int line = 0;
	struct area nowhere = area_part(page, 0, 0, 0, page.columns);
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
		if (sections[i].subjects >> detail_of(view)->subject.kind & 1)
			line = draw_section(view, &sections[i], drawn ? page : nowhere, line);
	}
	return line;
}

static void title(const struct view *view, char buf[CELL_MAX])
{
	const struct report_detail *detail = view->report ? detail_of(view) : NULL;
	char name[CELL_MAX / 2];
	if (!detail || detail->subject.kind == SUBJECT_NONE) {
		strcpy(buf, "nothing is selected");
	} else if (detail->subject.kind == SUBJECT_CALL) {
		text_escape(detail->call.name, sizeof(detail->call.name), name, sizeof(name));
		snprintf(buf, CELL_MAX, "%s", name);
	} else if (detail->subject.kind == SUBJECT_PROGRAM) {
		program_command(&detail->program, true, buf, CELL_MAX);
	} else if (detail->subject.kind == SUBJECT_FILE) {
		file_columns[FILE_COLUMN_NAME].text(&detail->file, &(struct cell_format){0}, buf);
	} else {
		text_escape(detail->thread.comm, sizeof(detail->thread.comm), name, sizeof(name));
		snprintf(buf, CELL_MAX, "thread %d %s", (int)detail->thread.tid, name);
	}
}

static bool is_about_something(const struct view *view)
{
	return view->report && detail_of(view)->subject.kind != SUBJECT_NONE;
}

static void draw(struct view *view, struct area area)
{
	pane_scroll_fit(&view->detail, is_about_something(view) ? page_lines(view, area, false) : 0,
		area.rows);
	if (is_about_something(view))
		page_lines(view, area, true);
}

static int lines(const struct view *view, int columns)
{
	const struct area page = {.columns = columns};
	return is_about_something(view) ? page_lines(view, page, false) : 1;
}

static void position(const struct view *view, char buf[PANE_POSITION_MAX])
{
	pane_scroll_position(&view->detail, buf);
}

static enum ui_request handle_action(struct view *view, const struct key_binding *binding)
{
	return pane_scroll(&view->detail, binding);
}

const struct pane detail_pane = {.name = "detail",
	.number = 3,
	.title = title,
	.position = position,
	.lines = lines,
	.draw = draw,
	.handle_action = handle_action};
