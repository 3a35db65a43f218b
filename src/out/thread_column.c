/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of thread columns; see out/thread_column.h. */
#include "config.h"

#include "out/thread_column.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/names.h"
#include "base/text.h"
#include "base/time.h"
#include "base/units.h"

/* The states of /proc/TID/stat of interruptible and uninterruptible waits, and on a CPU. */
#define ASLEEP      'S'
#define UNDISTURBED 'D'
#define ON_CPU      'R'

static void put_count(uint64_t count, const struct cell_format *format, char buf[CELL_MAX])
{
	if (format->full)
		snprintf(buf, CELL_MAX, "%llu", (unsigned long long)count);
	else
		units_count(count, buf);
}

static void pid_text(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	snprintf(buf, CELL_MAX, "%d", (int)row->pid);
}

static void tid_text(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	snprintf(buf, CELL_MAX, "%d", (int)row->tid);
}

/* How much of a command line is shown, before it is escaped. */
#define COMMAND_MAX 2048

char *thread_command(const struct thread_row *row, char *buf, size_t size)
{
	char words[COMMAND_MAX];
	size_t used = row->words_size < sizeof(words) ? row->words_size : sizeof(words);
	buf[0] = '\0';
	if (!row->words)
		return buf;
	memcpy(words, row->words, used);
	while (used && (!words[used - 1] || words[used - 1] == ' '))
		used--;
	for (size_t i = 0; i < used; i++) {
		if (!words[i])
			words[i] = ' ';
	}
	return text_escape(words, used, buf, size);
}

/*
 * What ROW's process calls itself, if that is a title: "checkpointer" of the one word "postgres:
 * checkpointer", as the name of the program is what all of its processes have. NULL: it has none.
 */
static const char *title_of(const struct thread_row *row, size_t *size)
{
	size_t first = row->words ? strnlen(row->words, row->words_size) : 0, used = first;
	const char *colon = first ? memmem(row->words, first, ": ", 2) : NULL;
	if (!colon || memchr(row->words, ' ', (size_t)(colon - row->words)) ||
		memchr(row->words, '/', (size_t)(colon - row->words)))
		return NULL;
	while (used && row->words[used - 1] == ' ')
		used--;
	const char *title = colon + 2;
	if (title >= row->words + used)
		return NULL;
	*size = (size_t)(row->words + used - title);
	return title;
}

static void name_text(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	size_t size;
	const char *title = title_of(row, &size);
	(void)format;
	if (title)
		text_escape(title, size, buf, CELL_MAX);
	else
		text_escape(row->comm, sizeof(row->comm), buf, CELL_MAX);
}

static void command_text(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	thread_command(row, buf, CELL_MAX);
}

/* In shorter calls, what /proc said about a thread is probably out of date. */
#define LONG_NS (100 * NS_PER_MS)

/* The state of a thread in a call: whether it is waiting is known from /proc, otherwise from the
 * call. */
static const char *call_state(const struct thread_row *row, uint64_t so_far_ns)
{
	bool is_long = so_far_ns >= LONG_NS;
	if (is_long && row->deadlocked)
		return "deadlock";
	if (is_long && row->proc_state == UNDISTURBED)
		return "waiting D";
	if (is_long && row->proc_state == ON_CPU)
		return "in call";
	if ((is_long && row->proc_state == ASLEEP) || time_class_of_call(row->call) == TIME_WAIT)
		return "waiting";
	return "in call";
}

static uint64_t age_ns(const struct thread_row *row, const struct cell_format *format)
{
	return thread_row_age_ns(row, format->now_ns);
}

static void state_text(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	static const char *const states[] = {
		[THREAD_RUNNING] = "running",
		[THREAD_ASLEEP] = "asleep",
		[THREAD_FROZEN] = "frozen",
		[THREAD_STOPPED] = "stopped",
		[THREAD_EXITING] = "exiting",
		[THREAD_ENDED] = "ended",
		[THREAD_WORKER] = "worker",
	};
	char signal[ABI_NAME_MAX];
	if (row->state == THREAD_ENDED && row->exit_signal)
		snprintf(buf, CELL_MAX, "by %s", signal_name(row->exit_signal, signal));
	else if (row->state == THREAD_ENDED && row->exit_code >= 0)
		snprintf(buf, CELL_MAX, "exited %d", row->exit_code);
	else if (row->state == THREAD_IN_CALL)
		strcpy(buf, call_state(row, age_ns(row, format)));
	else if (row->state == THREAD_ASLEEP && row->proc_state != ASLEEP)
		snprintf(buf, CELL_MAX, "asleep %c", row->proc_state);
	else
		strcpy(buf, states[row->state]);
}

static void cpu_text(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	if (row->has_cpu)
		units_percent(row->cpu_share, buf);
	else
		strcpy(buf, "-");
}

static void rate_text(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	units_number(row->rate, buf);
}

static void call_text(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	if (row->in_call)
		call_name(row->call, buf);
	else
		strcpy(buf, "-");
}

static void for_text(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	char text[UNITS_MAX];
	bool is_partial = row->state == THREAD_WORKER || (row->in_call && row->partial);
	snprintf(buf, CELL_MAX, "%s%s", is_partial ? "~" : "",
		units_time(age_ns(row, format), text));
}

static void calls_text(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	put_count(row->calls, format, buf);
}

static void errors_text(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	put_count(row->errors, format, buf);
}

static void total_text(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	units_time(row->total_ns, buf);
}

static void byte_rate_text(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	units_number(row->byte_rate, buf);
}

static void size_text(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	if (isnan(row->size))
		strcpy(buf, "-");
	else
		units_number(row->size, buf);
}

static void waits_for_text(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	buf[0] = '\0';
	if (row->waits_for)
		text_escape(row->waits_for, strlen(row->waits_for), buf, CELL_MAX);
}

/* It is drawn, in colours. */
static void strip_text(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)row;
	(void)format;
	buf[0] = '\0';
}

static double pid_value(const struct thread_row *row, const struct cell_format *format)
{
	(void)format;
	return (double)row->pid;
}

static double tid_value(const struct thread_row *row, const struct cell_format *format)
{
	(void)format;
	return (double)row->tid;
}

static double cpu_value(const struct thread_row *row, const struct cell_format *format)
{
	(void)format;
	return row->has_cpu ? row->cpu_share : -1;
}

static double rate_value(const struct thread_row *row, const struct cell_format *format)
{
	(void)format;
	return row->rate;
}

/* Ended threads come after all others. */
static double for_value(const struct thread_row *row, const struct cell_format *format)
{
	return row->state == THREAD_ENDED ? -1 : (double)age_ns(row, format);
}

static double calls_value(const struct thread_row *row, const struct cell_format *format)
{
	(void)format;
	return (double)row->calls;
}

static double errors_value(const struct thread_row *row, const struct cell_format *format)
{
	(void)format;
	return (double)row->errors;
}

static double total_value(const struct thread_row *row, const struct cell_format *format)
{
	(void)format;
	return (double)row->total_ns;
}

static double byte_rate_value(const struct thread_row *row, const struct cell_format *format)
{
	(void)format;
	return row->byte_rate;
}

static double size_value(const struct thread_row *row, const struct cell_format *format)
{
	(void)format;
	return isnan(row->size) ? -1 : row->size;
}

const struct thread_column_desc thread_columns[THREAD_COLUMN_COUNT] = {
	[THREAD_COLUMN_PID] = {"pid", "PID", "process ID", 7, true, pid_text, pid_value},
	[THREAD_COLUMN_TID] = {"tid", "TID", "thread ID", 7, true, tid_text, tid_value},
	[THREAD_COLUMN_NAME] = {"name", "NAME", "name of the thread", 10, false, name_text, NULL},
	[THREAD_COLUMN_STATE] = {"state", "STATE", "what it is doing, or how it ended", 10, false,
		state_text, NULL},
	[THREAD_COLUMN_CPU] = {"cpu", "CPU%", "share of one CPU in the last interval", 5, true,
		cpu_text, cpu_value},
	[THREAD_COLUMN_RATE] = {"rate", "CALLS/s", "calls per second in the last interval", 7, true,
		rate_text, rate_value},
	[THREAD_COLUMN_CALL] = {"call", "CALL", "current call", 15, false, call_text, NULL},
	[THREAD_COLUMN_FOR] = {"for", "SINCE", "time in this call or state", 7, true, for_text,
		for_value},
	[THREAD_COLUMN_CALLS] = {"calls", "CALLS", "completed calls", 7, true, calls_text,
		calls_value},
	[THREAD_COLUMN_ERRORS] = {"errors", "ERRORS", "calls that returned an error", 7, true,
		errors_text, errors_value},
	[THREAD_COLUMN_TOTAL] = {"total", "TOTAL", "time in calls, including the current one", 7,
		true, total_text, total_value},
	[THREAD_COLUMN_BYTE_RATE] = {"byterate", "BYTES/s", "bytes per second in the last interval",
		7, true, byte_rate_text, byte_rate_value},
	[THREAD_COLUMN_SIZE] = {"size", "SIZE", "average bytes of a call that transfers", 7, true,
		size_text, size_value},
	[THREAD_COLUMN_WAITS_FOR] = {"waits", "WAITING ON", "a lock's owner, a child, a file, …",
		20, false, waits_for_text, NULL},
	[THREAD_COLUMN_COMMAND] = {"command", "COMMAND", "command line or title of its process", 20,
		false, command_text, NULL},
	[THREAD_COLUMN_STRIP] = {"strip", "LAST 40 s", "what it did in each second", 12, false,
		strip_text, NULL},
};

enum thread_column thread_column_by_name(const char *name)
{
	int id = 0;
	while (id < THREAD_COLUMN_COUNT && strcmp(thread_columns[id].name, name) != 0)
		id++;
	return (enum thread_column)id;
}

struct thread_order thread_order_default(enum thread_column by)
{
	bool is_number = by == THREAD_COLUMN_PID || by == THREAD_COLUMN_TID;
	return (struct thread_order){by, thread_columns[by].right && !is_number};
}

/* The context of compare(). */
struct comparison {
	const struct thread_column_desc *column;
	const struct cell_format *format;
	bool descending;
};

static int compare_ids(const struct thread_row *a, const struct thread_row *b)
{
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return (a->tid > b->tid) - (a->tid < b->tid);
}

static int compare_texts(
	const struct thread_row *a, const struct thread_row *b, const struct comparison *comparison)
{
	char left[CELL_MAX], right[CELL_MAX];
	comparison->column->text(a, comparison->format, left);
	comparison->column->text(b, comparison->format, right);
	return strcmp(left, right);
}

static int compare(const void *left, const void *right, void *context)
{
	const struct thread_row *a = *(const struct thread_row *const *)left;
	const struct thread_row *b = *(const struct thread_row *const *)right;
	const struct comparison *comparison = context;
	int result;
	if (comparison->column->value) {
		double x = comparison->column->value(a, comparison->format);
		double y = comparison->column->value(b, comparison->format);
		result = (x > y) - (x < y);
	} else {
		result = compare_texts(a, b, comparison);
	}
	if (result == 0)
		return compare_ids(a, b);
	return comparison->descending ? -result : result;
}

void thread_rows_sort(const struct thread_row **rows, size_t count, struct thread_order order,
	const struct cell_format *format)
{
	struct comparison comparison = {&thread_columns[order.by], format, order.descending};
	if (count)
		qsort_r(rows, count, sizeof(*rows), compare, &comparison);
}
