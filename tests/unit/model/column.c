/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns: their names, and sorting by them. */
#include "config.h"

#include "support/unit.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "model/column.h"
#include "support/random.h"

/* The position of each column's value in a row. */
static const struct {
	enum column_id id;
	size_t offset;
	bool is_double;
} fields[] = {
	{COLUMN_CALLS, offsetof(struct call_row, calls), false},
	{COLUMN_RATE, offsetof(struct call_row, rate), true},
	{COLUMN_ERRORS, offsetof(struct call_row, errors), false},
	{COLUMN_IN_PROGRESS, offsetof(struct call_row, in_progress), false},
	{COLUMN_SHARE, offsetof(struct call_row, work_share), true},
	{COLUMN_TOTAL, offsetof(struct call_row, total_ns), false},
	{COLUMN_AVG, offsetof(struct call_row, avg_ns), true},
	{COLUMN_MIN, offsetof(struct call_row, min_ns), false},
	{COLUMN_P50, offsetof(struct call_row, p50_ns), false},
	{COLUMN_P90, offsetof(struct call_row, p90_ns), false},
	{COLUMN_P99, offsetof(struct call_row, p99_ns), false},
	{COLUMN_MAX, offsetof(struct call_row, max_ns), false},
	{COLUMN_STDDEV, offsetof(struct call_row, stddev_ns), true},
	{COLUMN_TREND, offsetof(struct call_row, rate), true},
	{COLUMN_BYTES, offsetof(struct call_row, bytes), false},
	{COLUMN_BYTE_RATE, offsetof(struct call_row, byte_rate), true},
	{COLUMN_SIZE, offsetof(struct call_row, size), true},
	{COLUMN_RUNNABLE, offsetof(struct call_row, split.runnable_ns), false},
	{COLUMN_BLOCKED, offsetof(struct call_row, split.blocked_ns), false},
	{COLUMN_SWITCHES, offsetof(struct call_row, usage.involuntary), false},
	{COLUMN_FAULTS, offsetof(struct call_row, usage.major_faults), false},
};

_Static_assert(sizeof(fields) / sizeof(*fields) == COLUMN_COUNT - 3,
	"all but the two of text, and what is left of the split");

static void set(struct call_row *row, size_t field, unsigned int value)
{
	char *at = (char *)row + fields[field].offset;
	double real = value;
	uint64_t whole = value;
	if (fields[field].is_double)
		memcpy(at, &real, sizeof(real));
	else
		memcpy(at, &whole, sizeof(whole));
}

static struct call_row named(const char *name)
{
	struct call_row row = {
		.timed = 1,
		.transfers = true,
		.usage = {.calls = 1},
		.split = {.calls = 1, .total_ns = 10},
	};
	snprintf(row.name, sizeof(row.name), "%s", name);
	return row;
}

static void assert_order(const struct call_row *rows, size_t count, const char *names)
{
	char got[256] = "";
	for (size_t i = 0; i < count; i++) {
		strcat(got, i ? " " : "");
		strcat(got, rows[i].name);
	}
	assert_string_equal(got, names);
}

static void every_numeric_column_sorts_and_ties_are_sorted_by_name(void **state)
{
	static const struct {
		const char *name;
		unsigned int value;
	} start[] = {{"d", 2}, {"b", 7}, {"e", 0}, {"a", 2}, {"c", 2}};
	(void)state;
	for (size_t field = 0; field < COUNT_OF(fields); field++) {
		for (int descending = 0; descending < 2; descending++) {
			struct call_row rows[COUNT_OF(start)];
			for (size_t i = 0; i < COUNT_OF(start); i++) {
				rows[i] = named(start[i].name);
				set(&rows[i], field, start[i].value);
			}
			call_rows_sort(rows, COUNT_OF(rows),
				(struct call_order){fields[field].id, descending});
			assert_order(rows, COUNT_OF(rows), descending ? "b a c d e" : "e a c d b");
		}
	}
}

static void names_sort_in_either_direction(void **state)
{
	struct call_row rows[] = {named("read"), named("close"), named("readv"), named("open")};
	(void)state;
	call_rows_sort(rows, COUNT_OF(rows), (struct call_order){COLUMN_CALL, false});
	assert_order(rows, COUNT_OF(rows), "close open read readv");
	call_rows_sort(rows, COUNT_OF(rows), (struct call_order){COLUMN_CALL, true});
	assert_order(rows, COUNT_OF(rows), "readv read open close");
}

static void classes_sort_by_the_first_of_each_row(void **state)
{
	struct call_row rows[] = {named("sync"), named("write"), named("open"), named("read"),
		named("chdir"), named("futex")};
	(void)state;
	rows[1].classes = rows[3].classes = 1U << CLASS_DESC;
	rows[2].classes = 1U << CLASS_DESC | 1U << CLASS_FILE;
	rows[4].classes = 1U << CLASS_FILE;
	call_rows_sort(rows, COUNT_OF(rows), (struct call_order){COLUMN_CLASS, false});
	assert_order(rows, COUNT_OF(rows), "chdir open read write futex sync");
	call_rows_sort(rows, COUNT_OF(rows), (struct call_order){COLUMN_CLASS, true});
	assert_order(rows, COUNT_OF(rows), "futex sync read write chdir open");
}

static void sorting_keeps_all_rows(void **state)
{
	enum { ROWS = 300 };
	static struct call_row rows[ROWS];
	uint64_t seed = 20, before = 0, after = 0;
	(void)state;
	for (unsigned int i = 0; i < ROWS; i++) {
		snprintf(rows[i].name, sizeof(rows[i].name), "call%03u", i);
		rows[i].total_ns = random_below(&seed, 50);
		rows[i].calls = UINT64_C(1) << i % 50;
		before += rows[i].calls;
	}
	call_rows_sort(rows, ROWS, (struct call_order){COLUMN_TOTAL, true});
	for (size_t i = 0; i < ROWS; i++) {
		after += rows[i].calls;
		if (i == 0)
			continue;
		assert_true(rows[i - 1].total_ns >= rows[i].total_ns);
		assert_true(rows[i - 1].total_ns > rows[i].total_ns ||
			    strcmp(rows[i - 1].name, rows[i].name) < 0);
	}
	assert_int_equal(before, after);
}

static void unknown_values_are_less_than_all_others(void **state)
{
	struct call_row rows[] = {named("read"), named("open"), named("write")};
	(void)state;
	rows[0].bytes = 0;
	rows[1].transfers = false;
	rows[2].bytes = 5;
	call_rows_sort(rows, COUNT_OF(rows), (struct call_order){COLUMN_BYTES, true});
	assert_order(rows, COUNT_OF(rows), "write read open");
	call_rows_sort(rows, COUNT_OF(rows), (struct call_order){COLUMN_BYTES, false});
	assert_order(rows, COUNT_OF(rows), "open read write");
}

static void time_on_a_cpu_is_what_is_left(void **state)
{
	struct call_row rows[] = {named("read"), named("open"), named("write")};
	(void)state;
	rows[0].split.blocked_ns = 10;
	rows[1].split.runnable_ns = 2;
	rows[1].split.blocked_ns = 3;
	call_rows_sort(rows, COUNT_OF(rows), (struct call_order){COLUMN_ON_CPU, true});
	assert_order(rows, COUNT_OF(rows), "write open read");
}

static void columns_without_values_are_empty(void **state)
{
	struct call_row rows[] = {named("read"), named("open")};
	(void)state;
	assert_true(column_is_empty(COLUMN_BYTES, rows, COUNT_OF(rows)));
	assert_false(column_is_empty(COLUMN_BLOCKED, rows, COUNT_OF(rows)));
	assert_false(column_is_empty(COLUMN_FAULTS, rows, COUNT_OF(rows)));
	assert_false(column_is_empty(COLUMN_ERRORS, rows, COUNT_OF(rows)));
	rows[0].split = rows[1].split = (struct split){0};
	rows[0].usage = rows[1].usage = (struct usage){0};
	rows[1].bytes = 1;
	assert_false(column_is_empty(COLUMN_BYTES, rows, COUNT_OF(rows)));
	assert_true(column_is_empty(COLUMN_BLOCKED, rows, COUNT_OF(rows)));
	assert_true(column_is_empty(COLUMN_FAULTS, rows, COUNT_OF(rows)));
}

static void an_empty_table_can_be_sorted(void **state)
{
	(void)state;
	call_rows_sort(NULL, 0, (struct call_order){COLUMN_TOTAL, true});
}

static void columns_are_found_by_name(void **state)
{
	static const char *const none[] = {"", "tota", "totals", "TOTAL", "total ", "%time"};
	(void)state;
	for (int id = 0; id < COLUMN_COUNT; id++)
		assert_int_equal(column_by_name(call_columns[id].name), id);
	for (size_t i = 0; i < COUNT_OF(none); i++)
		assert_int_equal(column_by_name(none[i]), COLUMN_COUNT);
	assert_int_equal(column_by_name("total"), COLUMN_TOTAL);
}

static void the_table_is_complete(void **state)
{
	(void)state;
	for (int id = 0; id < COLUMN_COUNT; id++) {
		const struct column *column = &call_columns[id];
		assert_in_range(strlen(column->name), 1, 16);
		assert_in_range(strlen(column->title), 1, 8);
		assert_true(strlen(column->help) > 8);
		assert_int_equal(column->value == NULL, column->kind == COLUMN_TEXT);
		for (const char *at = column->name; *at; at++)
			assert_true(islower((unsigned char)*at) || isdigit((unsigned char)*at));
	}
}

static void numbers_sort_descending_and_names_ascending_by_default(void **state)
{
	(void)state;
	for (int id = 0; id < COLUMN_COUNT; id++) {
		struct call_order order = call_order_default((enum column_id)id);
		assert_int_equal(order.by, id);
		assert_int_equal(order.descending, id != COLUMN_CALL && id != COLUMN_CLASS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_numeric_column_sorts_and_ties_are_sorted_by_name),
		cmocka_unit_test(names_sort_in_either_direction),
		cmocka_unit_test(classes_sort_by_the_first_of_each_row),
		cmocka_unit_test(sorting_keeps_all_rows),
		cmocka_unit_test(unknown_values_are_less_than_all_others),
		cmocka_unit_test(time_on_a_cpu_is_what_is_left),
		cmocka_unit_test(columns_without_values_are_empty),
		cmocka_unit_test(an_empty_table_can_be_sorted),
		cmocka_unit_test(columns_are_found_by_name),
		cmocka_unit_test(the_table_is_complete),
		cmocka_unit_test(numbers_sort_descending_and_names_ascending_by_default),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
