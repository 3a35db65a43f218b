/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Amounts as users write them, and what is none. */
#include "config.h"

#include "support/unit.h"

#include "base/amount.h"

static void times_have_a_unit(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} cases[] = {{"0", 0}, {"7ns", 7}, {"1.5us", 1500}, {"2µs", 2000}, {"10ms", 10000000},
		{"0.25s", 250000000}, {"2m", UINT64_C(120000000000)},
		{"1h", UINT64_C(3600000000000)}, {"0.4ns", 0}, {".5s", 500000000}};
	static const char *const wrong[] = {"", "5", "ms", "-1s", "1e3s", "1.2.3s", "infs", "1 s",
		"1sec", "99999999999h", ".", "0x1s", "nan"};
	uint64_t ns;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		ns = 99;
		if (!amount_time(cases[i].text, &ns) || ns != cases[i].ns)
			fail_msg("\"%s\": %llu", cases[i].text, (unsigned long long)ns);
	}
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		ns = 99;
		if (amount_time(wrong[i], &ns) || ns != 99)
			fail_msg("\"%s\" is accepted", wrong[i]);
	}
}

static void bytes_may_have_a_unit(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} cases[] = {{"0", 0}, {"17", 17}, {"4k", 4096}, {"1.5K", 1536}, {"2M", 2 << 20},
		{"3G", UINT64_C(3) << 30}, {"1T", UINT64_C(1) << 40}};
	static const char *const wrong[] = {"", "k", "4q", "4kB", "-4", "99999999T", "1k5"};
	uint64_t bytes;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		bytes = 99;
		if (!amount_bytes(cases[i].text, &bytes) || bytes != cases[i].bytes)
			fail_msg("\"%s\": %llu", cases[i].text, (unsigned long long)bytes);
	}
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		bytes = 99;
		if (amount_bytes(wrong[i], &bytes) || bytes != 99)
			fail_msg("\"%s\" is accepted", wrong[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_have_a_unit),
		cmocka_unit_test(bytes_may_have_a_unit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
