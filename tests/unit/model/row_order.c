/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows stay where they were, and new ones come in where they are sorted. */
#include "config.h"

#include "support/unit.h"

#include <string.h>

#include "model/row_order.h"

static uint64_t key_of(const void *row)
{
	return (uint64_t) * (const unsigned char *)row;
}

/* What becomes of the rows SORTED after those of BEFORE were shown; a character is a row. */
static void assert_kept(const char *before, const char *sorted, const char *expected)
{
	struct row_order order = {0};
	char rows[32];
	strcpy(rows, sorted);
	row_order_take(&order, before, strlen(before), 1, key_of);
	row_order_keep(&order, rows, strlen(rows), 1, key_of);
	assert_string_equal(rows, expected);
	row_order_clear(&order);
}

static void known_rows_keep_their_order(void **state)
{
	(void)state;
	assert_kept("abc", "cba", "abc");
	assert_kept("abcdef", "fedcba", "abcdef");
}

static void rows_that_have_gone_leave_no_gap(void **state)
{
	(void)state;
	assert_kept("abcd", "db", "bd");
	assert_kept("abcd", "", "");
}

static void new_rows_come_where_they_are_sorted(void **state)
{
	(void)state;
	assert_kept("abc", "XcbYa", "XabYc");
	assert_kept("", "cab", "cab");
	assert_kept("abc", "XYZ", "XYZ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_rows_keep_their_order),
		cmocka_unit_test(rows_that_have_gone_leave_no_gap),
		cmocka_unit_test(new_rows_come_where_they_are_sorted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
