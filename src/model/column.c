/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of columns; see model/column.h. */
#include "config.h"

#include "model/column.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define VALUE(field) \
	static double field##_of(const struct call_row *row) \
	{ \
		return (double)row->field; \
	}

VALUE(calls)
VALUE(rate)
VALUE(errors)
VALUE(in_progress)
VALUE(work_share)
VALUE(total_ns)
VALUE(avg_ns)
VALUE(min_ns)
VALUE(p50_ns)
VALUE(p90_ns)
VALUE(p99_ns)
VALUE(max_ns)
VALUE(stddev_ns)
VALUE(bytes)
VALUE(byte_rate)
VALUE(size)

static bool is_timed(const struct call_row *row)
{
	return row->timed > 0;
}

/* Requests of io_uring are no part of the time of calls, and those in progress are not known. */
static bool is_call(const struct call_row *row)
{
	return !call_is_request(row->call);
}

static bool transfers(const struct call_row *row)
{
	return row->transfers;
}

static bool is_split(const struct call_row *row)
{
	return row->split.total_ns > 0;
}

static bool is_metered(const struct call_row *row)
{
	return row->usage.calls > 0;
}

static double of_split(const struct call_row *row, uint64_t ns)
{
	return row->split.total_ns ? (double)ns / (double)row->split.total_ns : 0;
}

static double on_cpu_of(const struct call_row *row)
{
	return of_split(row, split_cpu_ns(&row->split));
}

static double runnable_of(const struct call_row *row)
{
	return of_split(row, row->split.runnable_ns);
}

static double blocked_of(const struct call_row *row)
{
	return of_split(row, row->split.blocked_ns);
}

static double switches_of(const struct call_row *row)
{
	return (double)(row->usage.voluntary + row->usage.involuntary);
}

static double faults_of(const struct call_row *row)
{
	return (double)(row->usage.minor_faults + row->usage.major_faults);
}

const struct column call_columns[COLUMN_COUNT] = {
	[COLUMN_CALL] = {"call", "CALL", "name of the system call", COLUMN_TEXT, NULL, NULL},
	[COLUMN_CLASS] = {"class", "CLASS", "classes of the system call", COLUMN_TEXT, NULL, NULL},
	[COLUMN_CALLS] = {"calls", "CALLS", "completed calls", COLUMN_NUMBER, NULL, calls_of},
	[COLUMN_RATE] = {"rate", "CALLS/s", "calls per second in the last interval", COLUMN_PER_S,
		NULL, rate_of},
	[COLUMN_ERRORS] = {"errors", "ERRORS", "calls that returned an error", COLUMN_NUMBER, NULL,
		errors_of},
	[COLUMN_IN_PROGRESS] = {"progress", "ACTIVE", "threads currently in it", COLUMN_NUMBER,
		is_call, in_progress_of},
	[COLUMN_SHARE] = {"share", "%TIME", "share of the time of calls, without idle waits",
		COLUMN_SHARE_OF, is_call, work_share_of},
	[COLUMN_TOTAL] = {"total", "TOTAL", "total time, including calls in progress", COLUMN_TIME,
		NULL, total_ns_of},
	[COLUMN_AVG] = {"avg", "AVG", "average time of a call", COLUMN_TIME, NULL, avg_ns_of},
	[COLUMN_MIN] = {"min", "MIN", "shortest time", COLUMN_TIME, is_timed, min_ns_of},
	[COLUMN_P50] = {"p50", "P50", "median time", COLUMN_TIME, is_timed, p50_ns_of},
	[COLUMN_P90] = {"p90", "P90", "90th percentile of the times", COLUMN_TIME, is_timed,
		p90_ns_of},
	[COLUMN_P99] = {"p99", "P99", "99th percentile of the times", COLUMN_TIME, is_timed,
		p99_ns_of},
	[COLUMN_MAX] = {"max", "MAX", "longest time, including calls in progress", COLUMN_TIME,
		NULL, max_ns_of},
	[COLUMN_STDDEV] = {"stddev", "STDDEV", "standard deviation of the times", COLUMN_TIME,
		is_timed, stddev_ns_of},
	[COLUMN_TREND] = {"trend", "TREND", "calls per second in the last intervals, as a graph",
		COLUMN_GRAPH, NULL, rate_of},
	[COLUMN_BYTES] = {"bytes", "BYTES", "bytes transferred", COLUMN_AMOUNT, transfers,
		bytes_of},
	[COLUMN_BYTE_RATE] = {"byterate", "BYTES/s", "bytes per second in the last interval",
		COLUMN_AMOUNT, transfers, byte_rate_of},
	[COLUMN_SIZE] = {"size", "SIZE", "average bytes of a call that succeeded", COLUMN_AMOUNT,
		transfers, size_of},
	[COLUMN_ON_CPU] = {"oncpu", "%CPU", "share of its time on a CPU; key o", COLUMN_SHARE_OF,
		is_split, on_cpu_of},
	[COLUMN_RUNNABLE] = {"runnable", "%RUNQ", "share of its time waiting for a CPU; key o",
		COLUMN_SHARE_OF, is_split, runnable_of},
	[COLUMN_BLOCKED] = {"blocked", "%BLOCK", "share of its time blocked; key o",
		COLUMN_SHARE_OF, is_split, blocked_of},
	[COLUMN_SWITCHES] = {"switches", "SWITCHES", "context switches in it", COLUMN_NUMBER,
		is_metered, switches_of},
	[COLUMN_FAULTS] = {"faults", "FAULTS", "page faults in it", COLUMN_NUMBER, is_metered,
		faults_of},
};

bool column_is_empty(enum column_id id, const struct call_row *rows, size_t count)
{
	static const bool optional[COLUMN_COUNT] = {
		[COLUMN_BYTES] = true,
		[COLUMN_BYTE_RATE] = true,
		[COLUMN_SIZE] = true,
		[COLUMN_ON_CPU] = true,
		[COLUMN_RUNNABLE] = true,
		[COLUMN_BLOCKED] = true,
		[COLUMN_SWITCHES] = true,
		[COLUMN_FAULTS] = true,
	};
	const struct column *column = &call_columns[id];
	for (size_t i = 0; i < count && optional[id]; i++) {
		if (column->is_known(&rows[i]) &&
			(column->kind != COLUMN_AMOUNT || column->value(&rows[i]) > 0))
			return false;
	}
	return optional[id];
}

enum column_id column_by_name(const char *name)
{
	int id = 0;
	while (id < COLUMN_COUNT && strcmp(call_columns[id].name, name) != 0)
		id++;
	return (enum column_id)id;
}

struct call_order call_order_default(enum column_id by)
{
	return (struct call_order){.by = by, .descending = call_columns[by].kind != COLUMN_TEXT};
}

/* Calls are sorted by the first of their classes, in the order of the table of classes. */
static unsigned int first_class(const struct call_row *row)
{
	return row->classes ? (unsigned int)__builtin_ctz(row->classes) : CLASS_COUNT;
}

static int compare_texts(const struct call_row *a, const struct call_row *b, enum column_id by)
{
	unsigned int left = first_class(a), right = first_class(b);
	return by == COLUMN_CLASS ? (left > right) - (left < right) : strcmp(a->name, b->name);
}

/* The value of ROW; an unknown one is less than all others. */
static double value_of(const struct call_row *row, const struct column *column)
{
	double value = column->is_known && !column->is_known(row) ? NAN : column->value(row);
	return isnan(value) ? -1 : value;
}

static int compare_values(const struct call_row *a, const struct call_row *b, enum column_id by)
{
	double left = value_of(a, &call_columns[by]), right = value_of(b, &call_columns[by]);
	if (by == COLUMN_SHARE && left == right)
		return (a->total_ns > b->total_ns) - (a->total_ns < b->total_ns);
	return (left > right) - (left < right);
}

static int compare(const void *left, const void *right, void *context)
{
	const struct call_row *a = left, *b = right;
	const struct call_order *order = context;
	int result = call_columns[order->by].kind == COLUMN_TEXT ? compare_texts(a, b, order->by)
	                                                         : compare_values(a, b, order->by);
	if (result == 0)
		return strcmp(a->name, b->name);
	return order->descending ? -result : result;
}

void call_rows_sort(struct call_row *rows, size_t count, struct call_order order)
{
	if (count)
		qsort_r(rows, count, sizeof(*rows), compare, &order);
}
