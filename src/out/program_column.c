/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of the tree of processes, and its table; see out/program_column.h. */
#include "config.h"

#include "out/program_column.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "abi/names.h"
#include "base/text.h"
#include "base/units.h"
#include "out/glyph.h"
#include "out/grid.h"
#include "out/report.h"

/* Deeper programs are drawn at this depth. */
#define DEPTH_MAX     24

/* Number of time classes that a cell shows, and the least share that is worth it. */
#define CLASSES_SHOWN 2
#define CLASSES_FULL  3
#define SHARE_MIN     0.005

/* How much of a command line is shown, before it is escaped. */
#define COMMAND_MAX   4096

/* Characters that need no quotes in a shell. */
static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			    "-_./,:=+@%^";

static bool is_other(const struct program_row *row)
{
	return row->id == 0;
}

static void put_count(uint64_t count, const struct program_format *format, char buf[CELL_MAX])
{
	if (format->full)
		snprintf(buf, CELL_MAX, "%" PRIu64, count);
	else
		units_count(count, buf);
}

/* The time at TIME_NS, since tracing began. */
static void put_since(uint64_t time_ns, const struct program_format *format, char buf[CELL_MAX])
{
	units_time(time_ns > format->start_ns ? time_ns - format->start_ns : 0, buf);
}

static void start_text(
	const struct program_row *row, const struct program_format *format, char buf[CELL_MAX])
{
	if (is_other(row))
		strcpy(buf, "-");
	else if (row->origin == PROGRAM_FOUND)
		strcpy(buf, "before");
	else
		put_since(row->start_ns, format, buf);
}

static void end_text(
	const struct program_row *row, const struct program_format *format, char buf[CELL_MAX])
{
	if (is_other(row) || row->state == PROGRAM_RUNS)
		strcpy(buf, "-");
	else
		put_since(row->end_ns, format, buf);
}

static void run_text(
	const struct program_row *row, const struct program_format *format, char buf[CELL_MAX])
{
	(void)format;
	if (is_other(row))
		strcpy(buf, "-");
	else
		units_time(row->run_ns, buf);
}

static void status_text(
	const struct program_row *row, const struct program_format *format, char buf[CELL_MAX])
{
	static const char *const states[PROGRAM_STATES] = {
		[PROGRAM_RUNS] = "runs", [PROGRAM_REPLACED] = "exec", [PROGRAM_LEFT] = "-"};
	char name[ABI_NAME_MAX];
	(void)format;
	if (row->state != PROGRAM_EXITED)
		strcpy(buf, states[row->state]);
	else if (row->exit_signal)
		snprintf(buf, CELL_MAX, "%s%s", signal_name(row->exit_signal, name),
			row->dumped_core ? " core" : "");
	else
		snprintf(buf, CELL_MAX, "exit %d", row->exit_code);
}

static void calls_text(
	const struct program_row *row, const struct program_format *format, char buf[CELL_MAX])
{
	put_count(row->counts.calls, format, buf);
}

static void errors_text(
	const struct program_row *row, const struct program_format *format, char buf[CELL_MAX])
{
	put_count(row->counts.errors, format, buf);
}

static void bytes_text(
	const struct program_row *row, const struct program_format *format, char buf[CELL_MAX])
{
	(void)format;
	units_number((double)row->counts.bytes, buf);
}

static void in_calls_text(
	const struct program_row *row, const struct program_format *format, char buf[CELL_MAX])
{
	(void)format;
	units_time(row->counts.total_ns, buf);
}

static void cpu_text(
	const struct program_row *row, const struct program_format *format, char buf[CELL_MAX])
{
	(void)format;
	units_time(row->counts.cpu_ns, buf);
}

/*
 * The time of ROW by class. Of short programs the kernel does not say whether they used the CPU in
 * user mode, so that this is not told apart here: all of it is TIME_USER.
 */
static void join_cpu(const struct program_row *row, uint64_t ns[TIME_COUNT])
{
	memcpy(ns, row->counts.time_ns, sizeof(row->counts.time_ns));
	uint64_t split_ns = ns[TIME_USER] + ns[TIME_KERNEL];
	uint64_t rest_ns = row->counts.cpu_ns > split_ns ? row->counts.cpu_ns - split_ns : 0;
	if (rest_ns > ns[TIME_UNKNOWN])
		rest_ns = ns[TIME_UNKNOWN];
	ns[TIME_UNKNOWN] -= rest_ns;
	ns[TIME_USER] = split_ns + rest_ns;
	ns[TIME_KERNEL] = 0;
}

/* The class with the greatest share, which is set to 0 for the next; TIME_COUNT: none is left. */
static enum time_class take_greatest(double share[TIME_COUNT], double *taken)
{
	enum time_class greatest = 0;
	for (enum time_class id = 1; id < TIME_COUNT; id++) {
		if (share[id] > share[greatest])
			greatest = id;
	}
	*taken = share[greatest];
	share[greatest] = 0;
	return *taken >= SHARE_MIN ? greatest : TIME_COUNT;
}

/* "wait 71% CPU 20% file 5%" */
static void time_text(
	const struct program_row *row, const struct program_format *format, char buf[CELL_MAX])
{
	double share[TIME_COUNT], taken;
	uint64_t ns[TIME_COUNT];
	size_t used = 0;
	int shown = format->full ? CLASSES_FULL : CLASSES_SHOWN;
	join_cpu(row, ns);
	model_time_shares(ns, share);
	strcpy(buf, "-");
	for (int i = 0; i < shown; i++) {
		enum time_class class = take_greatest(share, &taken);
		if (class == TIME_COUNT)
			return;
		used += (size_t)snprintf(buf + used, CELL_MAX - used, "%s%s %.0f%%",
			used ? " " : "", class == TIME_USER ? "CPU" : time_class_name(class),
			taken * 100);
	}
}

static void pid_text(
	const struct program_row *row, const struct program_format *format, char buf[CELL_MAX])
{
	(void)format;
	if (is_other(row))
		strcpy(buf, "-");
	else
		snprintf(buf, CELL_MAX, "%d", (int)row->pid);
}

/* Command lines. */

/* A text that grows, and is cut at its end. */
struct text {
	char *buf;
	size_t size, used;
};

static void add(struct text *text, const char *from, size_t size)
{
	size_t room = text->size - text->used - 1;
	size_t part = size < room ? size : room;
	memcpy(text->buf + text->used, from, part);
	text->used += part;
	text->buf[text->used] = '\0';
}

/* Adds WORD as a shell takes it: in quotes if it has to be. */
static void add_word(struct text *text, const char *word)
{
	if (*word && word[strspn(word, plain)] == '\0') {
		add(text, word, strlen(word));
		return;
	}
	add(text, "'", 1);
	for (const char *at = word; *at; at++) {
		if (*at == '\'')
			add(text, "'\\''", 4);
		else
			add(text, at, 1);
	}
	add(text, "'", 1);
}

/* The name of the file at PATH, without its directory; a text with blanks is no path. */
static const char *base_name(const char *path)
{
	const char *slash = strchr(path, ' ') ? NULL : strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

char *program_command(const struct program_row *row, bool whole, char *buf, size_t size)
{
	char command[COMMAND_MAX];
	struct text text = {command, sizeof(command), 0};
	if (is_other(row)) {
		snprintf(buf, size, "[other] %" PRIu64 " programs that have ended", row->programs);
		return buf;
	}
	command[0] = '\0';
	for (size_t at = 0; at < row->size; at += strlen(row->words + at) + 1) {
		const char *word = row->words + at;
		const char *shown = at || whole ? word : base_name(word);
		add(&text, " ", at > 0);
		/* If it is the only one, it may be a title that the program has set. */
		if (strlen(word) + 1 == row->size)
			add(&text, shown, strlen(shown));
		else
			add_word(&text, shown);
	}
	if (row->is_cut)
		add(&text, " …", strlen(" …"));
	if (!row->size) {
		add(&text, "[", 1);
		add(&text, row->comm, strnlen(row->comm, sizeof(row->comm)));
		add(&text, "]", 1);
	}
	return text_escape(command, text.used, buf, size);
}

/* The lines that connect ROW with its parent. Returns their length. */
static size_t put_rails(const struct program_row *row, char buf[CELL_MAX])
{
	int depth = row->depth < DEPTH_MAX ? row->depth : DEPTH_MAX;
	char *at = buf;
	*at = '\0';
	for (int i = 1; i < depth; i++)
		at = stpcpy(at, row->rails >> i & 1 ? "│ " : "  ");
	if (depth > 0)
		at = stpcpy(at, row->is_last ? "└ " : "├ ");
	return (size_t)(at - buf);
}

static void command_text(
	const struct program_row *row, const struct program_format *format, char buf[CELL_MAX])
{
	size_t used = format->tree ? put_rails(row, buf) : 0;
	/* It has not executed anything itself. */
	if (row->origin == PROGRAM_FORKED)
		used += strlen(strcpy(buf + used, "(fork) "));
	program_command(row, format->full, buf + used, CELL_MAX - used);
}

const struct program_column_desc program_columns[PROGRAM_COLUMN_COUNT] = {
	[PROGRAM_COLUMN_START] = {"start", "START", "when it began, since tracing did: as a tree",
		7, true, start_text},
	[PROGRAM_COLUMN_END] = {"end", "END", "when it ended", 7, true, end_text},
	[PROGRAM_COLUMN_RUN] = {"run", "RUN", "how long it ran", 7, true, run_text},
	[PROGRAM_COLUMN_STATUS] = {"status", "STATUS",
		"how it ended; exec: its process executed another", 8, false, status_text},
	[PROGRAM_COLUMN_CALLS] = {"calls", "CALLS", "completed calls", 7, true, calls_text},
	[PROGRAM_COLUMN_ERRORS] = {"errors", "ERRORS", "calls that returned an error", 6, true,
		errors_text},
	[PROGRAM_COLUMN_BYTES] = {"bytes", "BYTES", "bytes that its calls transferred", 6, true,
		bytes_text},
	[PROGRAM_COLUMN_IN_CALLS] = {"incalls", "IN CALL", "time of its completed calls", 7, true,
		in_calls_text},
	[PROGRAM_COLUMN_CPU] = {"cpu", "CPU", "CPU time", 7, true, cpu_text},
	[PROGRAM_COLUMN_TIME] = {"time", "TIME SPENT", "where its time went", 23, false, time_text},
	[PROGRAM_COLUMN_PID] = {"pid", "PID", "process", 7, true, pid_text},
	[PROGRAM_COLUMN_COMMAND] = {"command", "COMMAND", "command line, below what started it", 20,
		false, command_text},
};

/* Sorting. */

struct program_order program_order_default(enum program_column by)
{
	return (struct program_order){by, program_columns[by].right && by != PROGRAM_COLUMN_START &&
						  by != PROGRAM_COLUMN_PID};
}

bool program_order_is_tree(struct program_order order)
{
	return order.by == PROGRAM_COLUMN_START && !order.descending;
}

static uint64_t number_of(const struct program_row *row, enum program_column by)
{
	switch (by) {
	case PROGRAM_COLUMN_START:
		return row->start_ns;
	case PROGRAM_COLUMN_END:
		return row->state == PROGRAM_RUNS ? UINT64_MAX : row->end_ns;
	case PROGRAM_COLUMN_RUN:
		return row->run_ns;
	case PROGRAM_COLUMN_CALLS:
		return row->counts.calls;
	case PROGRAM_COLUMN_ERRORS:
		return row->counts.errors;
	case PROGRAM_COLUMN_BYTES:
		return row->counts.bytes;
	case PROGRAM_COLUMN_IN_CALLS:
		return row->counts.total_ns;
	case PROGRAM_COLUMN_CPU:
		return row->counts.cpu_ns;
	case PROGRAM_COLUMN_PID:
		return (uint64_t)row->pid;
	case PROGRAM_COLUMN_STATUS:
	case PROGRAM_COLUMN_TIME:
	case PROGRAM_COLUMN_COMMAND:
	case PROGRAM_COLUMN_COUNT:
		break;
	}
	return 0;
}

static int compare(const void *left, const void *right, void *argument)
{
	const struct program_row *a = left, *b = right;
	const struct program_order *order = argument;
	static const struct program_format format = {.full = true};
	char text_a[CELL_MAX], text_b[CELL_MAX];
	if (is_other(a) != is_other(b))
		return is_other(a) - is_other(b);
	uint64_t x = number_of(a, order->by), y = number_of(b, order->by);
	int result = (x > y) - (x < y);
	if (!program_columns[order->by].right) {
		program_columns[order->by].text(a, &format, text_a);
		program_columns[order->by].text(b, &format, text_b);
		result = strcmp(text_a, text_b);
	}
	if (result)
		return order->descending ? -result : result;
	return (a->id > b->id) - (a->id < b->id);
}

void program_rows_sort(struct program_row *rows, size_t count, struct program_order order)
{
	if (count && !program_order_is_tree(order))
		qsort_r(rows, count, sizeof(*rows), compare, &order);
}

/* The table. */

/* The command is last, as in other tables. */
static const enum program_column written[] = {
	PROGRAM_COLUMN_START,
	PROGRAM_COLUMN_RUN,
	PROGRAM_COLUMN_STATUS,
	PROGRAM_COLUMN_CALLS,
	PROGRAM_COLUMN_ERRORS,
	PROGRAM_COLUMN_BYTES,
	PROGRAM_COLUMN_IN_CALLS,
	PROGRAM_COLUMN_CPU,
	PROGRAM_COLUMN_TIME,
	PROGRAM_COLUMN_PID,
	PROGRAM_COLUMN_COMMAND,
};

#define WRITTEN (sizeof(written) / sizeof(*written))

void program_table_write(FILE *stream, const struct report *report, size_t limit, bool ascii)
{
	const struct program_format format = {
		.start_ns = report->totals.start_ns, .full = true, .tree = true};
	char cell[CELL_MAX];
	if (!report->view.programs || !report->program_count)
		return;
	fputc('\n', stream);
	struct grid *grid = grid_new(WRITTEN);
	size_t shown = limit && report->program_count > limit ? limit : report->program_count;
	for (size_t i = 0; i < WRITTEN; i++)
		grid_title(grid, i, program_columns[written[i]].title,
			program_columns[written[i]].right);
	grid_rule(grid);
	for (size_t row = 0; row < shown; row++) {
		for (size_t i = 0; i < WRITTEN; i++) {
			program_columns[written[i]].text(&report->programs[row], &format, cell);
			grid_cell(grid, cell);
		}
	}
	grid_write(grid, stream, 0, ascii);
	grid_free(grid);
	if (shown < report->program_count)
		fprintf(stream, "%zu more\n", report->program_count - shown);
}
