/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interest: bits for each kind of detail and call. */
#include "config.h"

#include "support/unit.h"

#include <string.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_or_none_applies_to_every_call_of_every_abi),
		cmocka_unit_test(each_call_has_its_own_bit),
		cmocka_unit_test(numbers_out_of_range_share_the_last_bit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
