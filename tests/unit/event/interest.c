/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interest: bits for each kind of detail and call. */
#include "config.h"

#include "support/unit.h"

#include <string.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "event/detail.h"
#include "event/event.h"
#include "event/filter.h"
#include "event/filter_gate.h"
#include "event/interest.h"

/* Whether KIND's bits of every ABI are all WANTED. */
static void assert_all(const struct interest *interest, enum interest_kind kind, bool wanted)
{
	for (uint32_t abi = 0; abi < ABI_COUNT; abi++) {
		for (uint32_t nr = 0; nr < INTEREST_NUMBERS + 10; nr++)
			assert_int_equal(
				interest_has(interest, kind, (struct call){nr, abi}), wanted);
	}
}

static void all_or_none_applies_to_every_call_of_every_abi(void **state)
{
	static struct interest interest;
	(void)state;
	assert_all(&interest, INTEREST_ARGS, false);
	interest_set_all(&interest, INTEREST_ARGS, true);
	assert_all(&interest, INTEREST_ARGS, true);
	interest_set_all(&interest, INTEREST_ARGS, false);
	assert_all(&interest, INTEREST_ARGS, false);
}

static void each_call_has_its_own_bit(void **state)
{
	static const uint32_t numbers[] = {0, 1, 63, 64, 511, INTEREST_NUMBERS - 2};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		static struct interest interest;
		interest_set_all(&interest, INTEREST_ARGS, false);
		atomic_fetch_or(&interest.bits[INTEREST_ARGS][ABI_COMPAT][numbers[i] / 64],
			UINT64_C(1) << numbers[i] % 64);
		for (uint32_t nr = 0; nr < INTEREST_NUMBERS; nr++) {
			assert_int_equal(interest_has(&interest, INTEREST_ARGS,
						 (struct call){nr, ABI_COMPAT}),
				nr == numbers[i]);
			assert_false(interest_has(
				&interest, INTEREST_ARGS, (struct call){nr, ABI_NATIVE}));
		}
	}
}

static void numbers_out_of_range_share_the_last_bit(void **state)
{
	static const uint32_t numbers[] = {
		INTEREST_NUMBERS - 1, INTEREST_NUMBERS, 9999, 0x3fffffff, UINT32_MAX};
	static struct interest interest;
	(void)state;
	atomic_store(&interest.bits[INTEREST_ARGS][ABI_NATIVE][INTEREST_NUMBERS / 64 - 1],
		UINT64_C(1) << 63);
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		assert_true(interest_has(
			&interest, INTEREST_ARGS, (struct call){numbers[i], ABI_NATIVE}));
		assert_false(interest_has(
			&interest, INTEREST_ARGS, (struct call){numbers[i], ABI_COMPAT}));
	}
}

/* Gates. */

#define READ ((struct call){.nr = SYS_read, .abi = ABI_NATIVE})

static struct filter *parsed(const char *text)
{
	struct filter *filter = NULL;
	assert_int_equal(filter_parse(text, &filter, NULL), 0);
	return filter;
}

/* The gates that reject a read of thread TID that took NS. */
static uint16_t rejects_read(const struct interest *interest, pid_t tid, uint64_t ns)
{
	const struct event_detail detail = {
		.event = {EVENT_DETAIL, tid, 1000 + ns},
		.call = READ,
		.start_ns = 1000,
	};
	struct gate_call call = gate_call_of_detail(&detail);
	return interest_rejects(interest, READ, tid, &call);
}

static void what_no_user_has_a_use_for_is_rejected(void **state)
{
	struct interest *interest = xcalloc(1, sizeof(*interest));
	struct filter *slow = parsed("time>100ns"), *slower = parsed("time>500ns");
	const struct filter *both[] = {slow, slower};
	(void)state;
	assert_int_equal(rejects_read(interest, 1, 50), 0);
	interest_request_all(interest, INTEREST_LOG_FILE, INTEREST_DETAILS, true);
	assert_int_equal(rejects_read(interest, 1, 50), 0);
	interest_set_filters(interest, INTEREST_LOG_FILE, &both[1], 1);
	assert_int_equal(rejects_read(interest, 1, 300), interest_gates(interest));
	assert_int_not_equal(interest_gates(interest), 0);
	assert_int_equal(rejects_read(interest, 1, 501), 0);
	/* Another filter of the same user, and one that is gone. */
	interest_set_filters(interest, INTEREST_LOG_FILE, both, 2);
	assert_int_equal(rejects_read(interest, 1, 300), 0);
	assert_int_not_equal(rejects_read(interest, 1, 100), 0);
	/* Whoever requests it for all. */
	interest_request_call(interest, INTEREST_FILES, INTEREST_DETAILS, READ, true);
	assert_int_equal(rejects_read(interest, 1, 50), 0);
	interest_request_call(interest, INTEREST_FILES, INTEREST_DETAILS, READ, false);
	assert_int_not_equal(rejects_read(interest, 1, 50), 0);
	/* All of a thread. */
	interest->details_of = 7;
	assert_int_equal(rejects_read(interest, 7, 50), 0);
	assert_int_not_equal(rejects_read(interest, 1, 50), 0);
	/* While gates change, nothing is certain. */
	interest->gates_serial++;
	assert_int_equal(rejects_read(interest, 1, 50), 0);
	interest->gates_serial++;
	interest_set_filters(interest, INTEREST_LOG_FILE, NULL, 0);
	assert_int_equal(rejects_read(interest, 1, 50), 0);
	filter_free(slow);
	filter_free(slower);
	xfree(interest);
}

static void later_gates_have_later_numbers(void **state)
{
	struct interest *interest = xcalloc(1, sizeof(*interest));
	struct filter *slow = parsed("time>100ns");
	const struct filter *filter = slow;
	(void)state;
	interest_request_all(interest, INTEREST_FILTER, INTEREST_DETAILS, true);
	/* 0 is left out where they begin anew. */
	interest->gates_serial = UINT32_C(0x1fffc);
	for (int i = 0; i < 4; i++) {
		uint16_t before = interest_gates(interest);
		interest_set_filters(interest, INTEREST_FILTER, &filter, i % 2);
		interest_set_filters(interest, INTEREST_FILTER, &filter, 1);
		uint16_t now = interest_gates(interest);
		assert_int_not_equal(now, 0);
		assert_true(interest_gate_is_since(now, before));
		assert_false(interest_gate_is_since(before, now));
	}
	assert_false(interest_gate_is_since(0, 0));
	filter_free(slow);
	xfree(interest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_or_none_applies_to_every_call_of_every_abi),
		cmocka_unit_test(each_call_has_its_own_bit),
		cmocka_unit_test(numbers_out_of_range_share_the_last_bit),
		cmocka_unit_test(what_no_user_has_a_use_for_is_rejected),
		cmocka_unit_test(later_gates_have_later_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
