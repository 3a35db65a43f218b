/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The channel of stack copies: records, their numbers, sizes, and waking the reader. */
#include "config.h"

#include "support/unit.h"

#include <string.h>

#include "base/ring.h"
#include "event/stack_copy.h"

static void a_record_begins_with_its_thread(void **state)
{
	(void)state;
	struct stack_copy_channel channel;
	assert_int_equal(stack_copy_channel_init(&channel, STACK_COPY_LIMIT), 0);
	assert_non_null(stack_copy_reserve(
		&channel, STACK_COPY_GONE, 8, 7, sizeof(struct stack_copy_record)));
	stack_copy_commit(&channel);
	const struct stack_copy_record *record = ring_peek(channel.ring);
	assert_non_null(record);
	assert_int_equal(record->type, STACK_COPY_GONE);
	assert_int_equal(record->tid, 8);
	assert_int_equal(record->tgid, 7);
	stack_copy_channel_clear(&channel);
}

static void the_reader_has_to_be_woken_as_the_ring_fills_up(void **state)
{
	(void)state;
	struct stack_copy_channel channel;
	size_t size = 64 << 10;
	assert_int_equal(stack_copy_channel_init(&channel, STACK_COPY_LIMIT), 0);
	do {
		assert_non_null(stack_copy_reserve(&channel, STACK_COPY_STACK, 8, 7, size));
	} while (!stack_copy_commit(&channel));
	assert_true(ring_used(channel.ring) > ring_capacity(channel.ring) / 4);
	assert_true(ring_used(channel.ring) < ring_capacity(channel.ring) / 2);
	while (stack_copy_reserve(&channel, STACK_COPY_STACK, 8, 7, size))
		stack_copy_commit(&channel);
	stack_copy_channel_clear(&channel);
}

static void numbers_skip_reserved_values(void **state)
{
	(void)state;
	struct stack_copy_channel channel = {.last_number = 0};
	assert_int_equal(stack_copy_next_number(&channel), 1);
	assert_int_equal(stack_copy_next_number(&channel), 2);
	channel.last_number = STACK_COPY_LASTING - 2;
	assert_int_equal(stack_copy_next_number(&channel), STACK_COPY_LASTING - 1);
	assert_int_equal(stack_copy_next_number(&channel), 1);
}

static void a_size_is_kept_per_place(void **state)
{
	(void)state;
	static struct stack_copy_channel channel = {.limit = 8192};
	assert_int_equal(stack_copy_size(&channel, 7, 0x1000), 8192);
	stack_copy_set_size(&channel, 7, 0x1000, 3000);
	assert_int_equal(stack_copy_size(&channel, 7, 0x1000), 3000);
	assert_int_equal(stack_copy_size(&channel, 7, 0x1002), 8192);
	stack_copy_set_size(&channel, 7, 0x1000, 9000);
	assert_int_equal(stack_copy_size(&channel, 7, 0x1000), 8192);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_begins_with_its_thread),
		cmocka_unit_test(the_reader_has_to_be_woken_as_the_ring_fills_up),
		cmocka_unit_test(numbers_skip_reserved_values),
		cmocka_unit_test(a_size_is_kept_per_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
