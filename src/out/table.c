/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text tables of a report; see out/table.h. */
#include "config.h"

#include "out/table.h"

#include <stdlib.h>
#include <string.h>

#include "abi/names.h"
#include "base/alloc.h"
#include "base/text.h"
#include "base/units.h"
#include "out/advice_text.h"
#include "out/cell.h"
#include "out/file_column.h"
#include "out/frames.h"
#include "out/glyph.h"
#include "out/grid.h"
#include "out/thread_column.h"

#define INDENT 2 /* of lines below a title */

/* The parts of each kind of table. The last column of calls is the name, as in strace -c. */
static const struct layout {
	bool date;          /* the first line has the date, not only the time of day */
	bool frame;         /* an empty line ends it */
	bool total;         /* a total line under the calls */
	bool errors;        /* errors by name */
	bool all_threads;   /* every thread, not only those in a call */
	bool threads;       /* threads at all */
	size_t max_threads; /* 0: no limit */
	size_t max_stacks;  /* likewise, and of programs */
	size_t max_files;
	size_t column_count;
	enum column_id columns[COLUMN_COUNT];
} layouts[EXPORT_KINDS] = {
	[EXPORT_SUMMARY] =
		{
			.date = true,
			.total = true,
			.errors = true,
			.threads = true,
			.max_threads = TABLE_FRAME_THREADS,
			.max_files = TABLE_SUMMARY_FILES,
			.column_count = 15,
			.columns = {COLUMN_SHARE, COLUMN_TOTAL, COLUMN_AVG, COLUMN_ON_CPU,
				COLUMN_RUNNABLE, COLUMN_BLOCKED, COLUMN_CALLS, COLUMN_ERRORS,
				COLUMN_IN_PROGRESS, COLUMN_BYTES, COLUMN_P50, COLUMN_P90,
				COLUMN_P99, COLUMN_MAX, COLUMN_CALL},
		},
	[EXPORT_FRAME] =
		{
			.frame = true,
			.errors = true,
			.threads = true,
			.max_threads = TABLE_FRAME_THREADS,
			.max_stacks = TABLE_FRAME_THREADS,
			.max_files = TABLE_FRAME_FILES,
			.column_count = 16,
			.columns = {COLUMN_SHARE, COLUMN_TOTAL, COLUMN_AVG, COLUMN_ON_CPU,
				COLUMN_RUNNABLE, COLUMN_BLOCKED, COLUMN_CALLS, COLUMN_RATE,
				COLUMN_ERRORS, COLUMN_IN_PROGRESS, COLUMN_BYTE_RATE, COLUMN_P50,
				COLUMN_P90, COLUMN_P99, COLUMN_MAX, COLUMN_CALL},
		},
	[EXPORT_SNAPSHOT] =
		{
			.date = true,
			.total = true,
			.errors = true,
			.threads = true,
			.all_threads = true,
			.column_count = 23,
			.columns = {COLUMN_SHARE, COLUMN_TOTAL, COLUMN_AVG, COLUMN_ON_CPU,
				COLUMN_RUNNABLE, COLUMN_BLOCKED, COLUMN_CALLS, COLUMN_RATE,
				COLUMN_ERRORS, COLUMN_IN_PROGRESS, COLUMN_BYTES, COLUMN_BYTE_RATE,
				COLUMN_SIZE, COLUMN_SWITCHES, COLUMN_FAULTS, COLUMN_MIN, COLUMN_P50,
				COLUMN_P90, COLUMN_P99, COLUMN_MAX, COLUMN_STDDEV, COLUMN_CLASS,
				COLUMN_CALL},
		},
};

/* The arguments of table_write(), for every part below. */
struct writer {
	FILE *stream;
	const struct report *report;
	const struct layout *layout;
	struct cell_format format;
	bool ascii;
};

static void put(const struct writer *writer, const char *text)
{
	glyph_write(writer->stream, text, writer->ascii);
}

/* "1 call", "2 calls". */
static void put_count(
	const struct writer *writer, uint64_t count, const char *one, const char *many)
{
	fprintf(writer->stream, "%llu %s", (unsigned long long)count, count == 1 ? one : many);
}

/* The same after something else. */
static void put_other(
	const struct writer *writer, uint64_t count, const char *one, const char *many)
{
	put(writer, ", ");
	put_count(writer, count, one, many);
}

static void put_rate(const struct writer *writer, double rate)
{
	char number[UNITS_MAX];
	fprintf(writer->stream, ", %s/s; ", units_number(rate, number));
}

static void put_time(const struct writer *writer, uint64_t ns, const char *what)
{
	char time[UNITS_MAX];
	put(writer, units_time(ns, time));
	put(writer, what);
}

/* "14:03:59 redis-server (1234), ptrace, 12.3s" */
static void write_title(const struct writer *writer)
{
	const struct report *report = writer->report;
	char text[REPORT_TEXT_MAX];
	put(writer, report_when(report, writer->layout->date ? REPORT_DATE : REPORT_TIME, text));
	put(writer, *text ? " " : "");
	put(writer, report_target(report, text));
	put(writer, ", ");
	put(writer, report_engine(report, text));
	put(writer, ", ");
	put_time(writer, report_elapsed_ns(report), "");
	if (*report_ended(report, text)) {
		put(writer, ", ");
		put(writer, text);
	}
	put(writer, "\n");
}

/* Writes the totals, regardless of the filter. */
static void write_totals(const struct writer *writer)
{
	const struct model_totals *totals = &writer->report->totals;
	put_count(writer, totals->calls, "call", "calls");
	put_rate(writer, totals->call_rate);
	put_count(writer, totals->errors, "error", "errors");
	put_rate(writer, totals->error_rate);
	put_count(writer, totals->in_progress, "in progress; ", "in progress; ");
	put_count(writer, totals->threads, "thread, ", "threads, ");
	if (totals->ended_threads)
		put_count(writer, totals->ended_threads, "ended, ", "ended, ");
	put_count(writer, totals->processes, "process", "processes");
	if (totals->workers)
		put_other(writer, totals->workers, "kernel worker", "kernel workers");
	if (totals->requests)
		put_other(writer, totals->requests, "request", "requests");
	if (totals->rings)
		put_other(writer, totals->rings, "io_uring", "io_urings");
	put(writer, "\n");
}

/* Writes how the threads have spent their time, in the last interval or, in a summary, in all. */
static void write_time(const struct writer *writer)
{
	const struct time_spent *time = &writer->report->totals.time;
	double share[TIME_COUNT];
	size_t written = 0;
	model_time_shares(writer->layout->frame ? time->last_ns : time->ns, share);
	for (enum time_class id = 0; id < TIME_COUNT; id++) {
		char text[UNITS_MAX];
		if (share[id] < 0.0005)
			continue;
		put(writer, written++ ? ", " : "time: ");
		put(writer, time_class_name(id));
		put(writer, " ");
		put(writer, units_percent(share[id], text));
		put(writer, " %");
	}
	if (written)
		put(writer, "\n");
}

/* Writes the cost of tracing, and lost details. */
static void write_cost(const struct writer *writer)
{
	const struct model_cost *cost = &writer->report->cost;
	/* A trace of another tool does not say. */
	if (!cost->user[0] && !cost->stops && !cost->cpu_ns)
		return;
	put_count(writer, cost->stops, "stop, ", "stops, ");
	put_time(writer, cost->cpu_ns, " of processor time in ");
	put(writer, cost->user);
	if (cost->call_ns) {
		put(writer, "; it adds at least ");
		put_time(writer, cost->call_ns, " to a call");
	}
	if (cost->others_ns) {
		put(writer, ", ");
		put_time(writer, cost->others_ns, " to one of any other process");
	}
	if (cost->share >= 0) {
		char share[UNITS_MAX];
		put(writer, ", ");
		put(writer, units_percent(cost->share, share));
		put(writer, " % of the target's time");
	}
	if (cost->minimum == MINIMUM_KNOWN) {
		put(writer, "; latencies up to ");
		put_time(writer, cost->minimum_ns, " are the tracing's own");
	}
	if (cost->details_lost) {
		put(writer, "; ");
		put_count(writer, cost->details_lost, "detail lost, no call",
			"details lost, no call");
	}
	put(writer, "\n");
}

/* Writes the notes, one per line. */
static void write_notes(const struct writer *writer)
{
	const struct report *report = writer->report;
	for (size_t i = 0; i < report->note_count; i++) {
		put(writer, "note: ");
		put(writer, report->notes[i].text);
		put(writer, "\n");
	}
}

/* Writes what the log lacks. */
static void write_log(const struct writer *writer)
{
	const struct report_facts *facts = &writer->report->facts;
	char number[UNITS_MAX];
	if (facts->not_logged) {
		put(writer, units_grouped(facts->not_logged, number));
		put(writer, facts->not_logged == 1 ? " call not logged\n" : " calls not logged\n");
	}
	if (facts->not_selected) {
		put(writer, units_grouped(facts->not_selected, number));
		put(writer,
			facts->not_selected == 1
				? " call not logged: it is not known whether the filter selects it\n"
				: " calls not logged: it is not known whether the filter selects "
				  "them\n");
	}
}

/* Writes since when calls are counted, if that is not the start. */
static void write_mark(const struct writer *writer)
{
	const struct report *report = writer->report;
	uint64_t mark_ns = report->totals.mark_ns;
	if (!mark_ns)
		return;
	uint64_t now_ns = report->facts.now_ns;
	put(writer, "counted for the last ");
	put_time(writer, now_ns > mark_ns ? now_ns - mark_ns : 0, "\n");
}

static void write_filter(const struct writer *writer)
{
	char text[REPORT_TEXT_MAX];
	if (!*report_filter(writer->report, text))
		return;
	put(writer, "only ");
	put(writer, text);
	if (*report_selection(writer->report, text)) {
		put(writer, ", counted ");
		put(writer, text);
	}
	put(writer, "\n");
}

/* The columns that can be summed over all calls. */
static const bool summable[COLUMN_COUNT] = {
	[COLUMN_CALL] = true,
	[COLUMN_CALLS] = true,
	[COLUMN_RATE] = true,
	[COLUMN_ERRORS] = true,
	[COLUMN_IN_PROGRESS] = true,
	[COLUMN_SHARE] = true,
	[COLUMN_TOTAL] = true,
	[COLUMN_AVG] = true,
	[COLUMN_BYTES] = true,
	[COLUMN_BYTE_RATE] = true,
	[COLUMN_ON_CPU] = true,
	[COLUMN_RUNNABLE] = true,
	[COLUMN_BLOCKED] = true,
	[COLUMN_SWITCHES] = true,
	[COLUMN_FAULTS] = true,
};

/* The cell of COLUMN in the total line. */
static const char *sum_cell(const struct writer *writer, enum column_id column, char buf[CELL_MAX])
{
	struct call_row sum = {.name = "total", .share = 1, .work_share = 1, .transfers = true};
	for (size_t i = 0; i < writer->report->call_count; i++) {
		const struct call_row *row = &writer->report->calls[i];
		if (call_is_request(row->call))
			continue;
		sum.calls += row->calls;
		sum.errors += row->errors;
		sum.in_progress += row->in_progress;
		sum.total_ns += row->total_ns;
		sum.rate += row->rate;
		sum.bytes += row->bytes;
		usage_add(&sum.usage, &row->usage);
		split_add(&sum.split, &row->split);
		sum.byte_rate += row->byte_rate;
		sum.marked = sum.marked || row->marked;
	}
	uint64_t counted = sum.calls + sum.in_progress;
	sum.avg_ns = counted ? (double)sum.total_ns / (double)counted : 0;
	if (!summable[column])
		return "";
	return cell_call(column, &sum, &writer->format, buf);
}

/* Stores the columns of calls in COLUMNS; returns their number. */
static size_t choose_call_columns(const struct writer *writer, enum column_id columns[COLUMN_COUNT])
{
	const struct layout *layout = writer->layout;
	size_t count = 0;
	for (size_t i = 0; i < layout->column_count; i++) {
		enum column_id id = layout->columns[i];
		if (!column_is_empty(id, writer->report->calls, writer->report->call_count))
			columns[count++] = id;
	}
	return count;
}

static void write_calls(const struct writer *writer)
{
	const struct report *report = writer->report;
	enum column_id columns[COLUMN_COUNT];
	char cell[CELL_MAX];
	if (report->call_count == 0) {
		put(writer, "\nno calls\n");
		return;
	}
	size_t count = choose_call_columns(writer, columns);
	struct grid *grid = grid_new(count);
	for (size_t i = 0; i < count; i++)
		grid_title(grid, i, call_columns[columns[i]].title, cell_is_right(columns[i]));
	grid_rule(grid);
	for (size_t row = 0; row < report->call_count; row++) {
		for (size_t i = 0; i < count; i++)
			grid_cell(grid,
				cell_call(columns[i], &report->calls[row], &writer->format, cell));
	}
	if (writer->layout->total) {
		grid_rule(grid);
		for (size_t i = 0; i < count; i++)
			grid_cell(grid, sum_cell(writer, columns[i], cell));
	}
	put(writer, "\n");
	grid_write(grid, writer->stream, 0, writer->ascii);
	grid_free(grid);
}

static bool has_errors(const struct call_row *row)
{
	return row->tally && row->tally->error_kinds > 0;
}

/* "ENOENT 12  EACCES 1", the most frequent first. The caller frees it. */
static char *error_list(const struct tally *tally)
{
	char *list = xstrdup("");
	bool *done = xcalloc(tally->error_kinds, sizeof(*done));
	for (size_t n = 0; n < tally->error_kinds; n++) {
		size_t best = SIZE_MAX;
		for (size_t i = 0; i < tally->error_kinds; i++) {
			if (!done[i] && (best == SIZE_MAX ||
						tally->error[i].count > tally->error[best].count))
				best = i;
		}
		char name[ABI_NAME_MAX];
		char *longer = xasprintf("%s%s%s %llu", list, n ? "  " : "",
			error_name(tally->error[best].err, name),
			(unsigned long long)tally->error[best].count);
		free(list);
		list = longer;
		done[best] = true;
	}
	free(done);
	return list;
}

static void write_errors(const struct writer *writer)
{
	const struct report *report = writer->report;
	struct grid *grid = grid_new(2);
	size_t lines = 0;
	grid_title(grid, 0, "ERRORS", false);
	char cell[CELL_MAX];
	for (size_t i = 0; i < report->call_count; i++) {
		if (!has_errors(&report->calls[i]))
			continue;
		char *list = error_list(report->calls[i].tally);
		grid_cell(grid, cell_call(COLUMN_CALL, &report->calls[i], &writer->format, cell));
		grid_cell(grid, list);
		free(list);
		lines++;
	}
	if (lines) {
		put(writer, "\n");
		grid_write(grid, writer->stream, 0, writer->ascii);
	}
	grid_free(grid);
}

/* Writes what people can do something about, each in a paragraph. */
static void write_advice(const struct writer *writer)
{
	const struct report *report = writer->report;
	char text[ADVICE_TEXT_MAX];
	for (size_t i = 0; i < report->advice_count; i++) {
		put(writer, i ? "advice: " : "\nadvice: ");
		put(writer, advice_seen(&report->advice[i], text));
		fprintf(writer->stream, "\n%*s", INDENT, "");
		put(writer, advice_remedy(report->advice[i].kind));
		put(writer, "\n");
	}
}

/* Threads that have been in their call the longest come first. */
static int by_since(const void *a, const void *b)
{
	const struct thread_row *one = *(const struct thread_row *const *)a;
	const struct thread_row *two = *(const struct thread_row *const *)b;
	uint64_t begun = one->since_ns - one->before_ns, other = two->since_ns - two->before_ns;
	if (begun != other)
		return begun < other ? -1 : 1;
	return (one->tid > two->tid) - (one->tid < two->tid);
}

/* Whether a frame lists the thread of ROW: it is in a call of the filter, or held up elsewhere. */
static bool is_listed(const struct report *report, const struct thread_row *row)
{
	const struct call_filter *filter = &report->view.filter;
	bool is_held = row->state == THREAD_FROZEN || row->state == THREAD_ASLEEP ||
	               row->state == THREAD_STOPPED || row->state == THREAD_WORKER;
	bool is_filtered = filter->set || filter->classes || filter->errors;
	if (row->in_call)
		return call_filter_has(filter, row->call) && !row->is_left_out;
	return is_held && !is_filtered && !report->selected_ns;
}

/* The threads in the layout, in its order, in an array that the caller frees. */
static const struct thread_row **select_threads(const struct writer *writer, size_t *count)
{
	const struct report *report = writer->report;
	const struct thread_row **rows = xcalloc(report->thread_count, sizeof(*rows));
	*count = 0;
	for (size_t i = 0; i < report->thread_count; i++) {
		const struct thread_row *row = &report->threads[i];
		if (writer->layout->all_threads || is_listed(report, row))
			rows[(*count)++] = row;
	}
	if (!writer->layout->all_threads)
		qsort(rows, *count, sizeof(*rows), by_since);
	return rows;
}

/* Stores the non-empty columns of threads in COLUMNS; returns their number. */
static size_t choose_columns(
	const struct writer *writer, enum thread_column columns[THREAD_COLUMN_COUNT])
{
	static const bool observed[THREAD_COLUMN_COUNT] = {
		[THREAD_COLUMN_CPU] = true,
		[THREAD_COLUMN_WAITS_FOR] = true,
	};
	bool is_observed = false, has_bytes = false;
	size_t count = 0;
	for (size_t i = 0; i < writer->report->thread_count; i++) {
		is_observed |= writer->report->threads[i].is_observed;
		has_bytes |= writer->report->threads[i].bytes > 0;
	}
	for (enum thread_column id = 0; id < THREAD_COLUMN_COUNT; id++) {
		bool is_of_bytes = id == THREAD_COLUMN_BYTE_RATE || id == THREAD_COLUMN_SIZE;
		if (id != THREAD_COLUMN_STRIP && id != THREAD_COLUMN_COMMAND &&
			(is_of_bytes ? has_bytes : is_observed || !observed[id]))
			columns[count++] = id;
	}
	return count;
}

static void write_threads(const struct writer *writer)
{
	size_t count, shown;
	const struct thread_row **rows = select_threads(writer, &count);
	size_t limit = writer->layout->max_threads;
	enum thread_column columns[THREAD_COLUMN_COUNT];
	size_t column_count = choose_columns(writer, columns);
	shown = limit && count > limit ? limit : count;
	struct grid *grid = grid_new(column_count);
	for (size_t i = 0; i < column_count; i++)
		grid_title(grid, i, thread_columns[columns[i]].title,
			thread_columns[columns[i]].right);
	for (size_t row = 0; row < shown; row++) {
		for (size_t i = 0; i < column_count; i++) {
			char cell[CELL_MAX];
			thread_columns[columns[i]].text(rows[row], &writer->format, cell);
			grid_cell(grid, cell);
		}
	}
	if (shown) {
		put(writer, "\n");
		grid_write(grid, writer->stream, 0, writer->ascii);
	}
	if (shown < count)
		put_count(writer, count - shown, "more thread is in a call or held up\n",
			"more threads are in a call or held up\n");
	grid_free(grid);
	free(rows);
}

/* Writes TEXT of the target as the rest of a line. */
static void write_line(const struct writer *writer, const char *text)
{
	char *escaped = report_escaped(text);
	put(writer, escaped);
	put(writer, "\n");
	free(escaped);
}

static void write_frames(const struct writer *writer, const struct stack *stack)
{
	char text[FRAME_TEXT_MAX];
	for (size_t i = 0; i < stack->count; i++) {
		for (size_t at = 0; at < frame_functions(stack->frame[i]); at++) {
			fprintf(writer->stream, "%*s", INDENT, "");
			put(writer,
				frame_line(stack->frame[i], at, stack_is_guessed(stack, i), text));
			put(writer, "\n");
		}
	}
	if (stack->end != STACK_WHOLE)
		fprintf(writer->stream, "%*s[%s]\n", INDENT, "", stack_end_text(stack->end));
}

static void write_stack(const struct writer *writer, const struct stack_row *row)
{
	const struct stack *stack = row->stack;
	char name[CALL_NAME_MAX * 2], share[UNITS_MAX];
	put(writer, "\n");
	put(writer, text_escape(row->name, sizeof(row->name), name, sizeof(name)));
	put(writer, ": ");
	put_count(writer, row->calls, "call", "calls");
	if (row->in_progress) {
		put(writer, ", ");
		put_count(writer, row->in_progress, "in progress", "in progress");
	}
	put(writer, ", ");
	put_time(writer, row->total_ns, " (");
	put(writer, units_percent(row->share, share));
	put(writer, "% of it), average ");
	put_time(writer, (uint64_t)row->avg_ns, "");
	if (stack->end != STACK_NONE) {
		put(writer, ", maximum ");
		put_time(writer, row->max_ns, "");
	}
	put(writer, "\n");
	write_frames(writer, stack);
}

/* Writes the kernel's functions in NAMES, one per line. */
static void write_kernel(const struct writer *writer, const char *names)
{
	for (size_t length; *names; names += length + (names[length] == '\n')) {
		char text[FRAME_TEXT_MAX];
		length = strcspn(names, "\n");
		fprintf(writer->stream, "%*s", INDENT, "");
		put(writer, text_escape(names, length, text, sizeof(text)));
		put(writer, " [kernel]\n");
	}
}

/* Writes the whole stacks of threads in state D: what these hang on is in the kernel. */
static void write_uninterruptible(const struct writer *writer)
{
	const struct report *report = writer->report;
	for (size_t i = 0; i < report->thread_count; i++) {
		const struct thread_row *row = &report->threads[i];
		char comm[TASK_COMM_SIZE * 4], name[CALL_NAME_MAX];
		if (row->state != THREAD_IN_CALL || row->proc_state != 'D' || !row->kernel)
			continue;
		text_escape(row->comm, sizeof(row->comm), comm, sizeof(comm));
		fprintf(writer->stream, "\nthread %d ", (int)row->tid);
		put(writer, comm);
		put(writer, ", in state D in ");
		put(writer, call_name(row->call, name));
		put(writer, row->waits_for ? ", waiting on " : "\n");
		if (row->waits_for)
			write_line(writer, row->waits_for);
		write_kernel(writer, row->kernel);
		if (row->stack)
			write_frames(writer, row->stack);
	}
}

/* Writes "STACKS 1234 captured, 5 missed", then each stack. */
static void write_stacks(const struct writer *writer)
{
	const struct report *report = writer->report;
	const struct stacks_stats *stats = &report->facts.stacks;
	size_t limit = writer->layout->max_stacks;
	if (!report->view.stacks)
		return;
	write_uninterruptible(writer);
	put(writer, "\nSTACKS ");
	put_count(writer, stats->taken, "captured, ", "captured, ");
	put_count(writer, stats->missed, "missed\n", "missed\n");
	for (size_t i = 0; i < report->stack_count && (!limit || i < limit); i++)
		write_stack(writer, &report->stacks[i]);
	if (limit && report->stack_count > limit)
		put_count(writer, report->stack_count - limit, "more stack\n", "more stacks\n");
}

void table_write(FILE *stream, const struct report *report, enum export_kind kind, bool ascii)
{
	const struct writer writer = {
		.stream = stream,
		.report = report,
		.layout = &layouts[kind],
		.format = {.now_ns = report->facts.now_ns,
			.min_measurable_ns = report_minimum_ns(report),
			.full = true},
		.ascii = ascii,
	};
	write_title(&writer);
	write_totals(&writer);
	write_time(&writer);
	write_cost(&writer);
	write_notes(&writer);
	write_log(&writer);
	write_mark(&writer);
	write_filter(&writer);
	write_calls(&writer);
	if (writer.layout->errors)
		write_errors(&writer);
	write_advice(&writer);
	file_table_write(stream, report, writer.layout->max_files, ascii);
	program_table_write(stream, report, writer.layout->max_stacks, ascii);
	if (writer.layout->threads)
		write_threads(&writer);
	write_stacks(&writer);
	if (writer.layout->frame)
		put(&writer, "\n");
}
