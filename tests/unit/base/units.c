/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Human-readable numbers, wherever the unit or the number of digits changes. */
#include "config.h"

#include "support/unit.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "support/random.h"

static void times_are_written_in_a_suitable_unit(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{0, "0ns"},
		{1, "1ns"},
		{417, "417ns"},
		{999, "999ns"},
		{1000, "1.00µs"},
		{1004, "1.00µs"},
		{1005, "1.00µs"}, /* the nearest double is lower */
		{1006, "1.01µs"},
		{1230, "1.23µs"},
		{9990, "9.99µs"},
		{9994, "9.99µs"},
		{9995, "10.0µs"},
		{9996, "10.0µs"},
		{45600, "45.6µs"},
		{99940, "99.9µs"},
		{99949, "99.9µs"},
		{99950, "100µs"},
		{100000, "100µs"},
		{999000, "999µs"},
		{999499, "999µs"},
		{999500, "1.00ms"},
		{1000000, "1.00ms"},
		{9995000, "10.0ms"},
		{45600000, "45.6ms"},
		{999499999, "999ms"},
		{999500000, "1.00s"},
		{1000000000, "1.00s"},
		{3210000000, "3.21s"},
		{59990000000, "60.0s"},
		{99949999999, "99.9s"},
		{99999999999, "100s"},
		{100000000000, "1m40s"},
		{123000000000, "2m03s"},
		{3599999999999, "59m59s"},
		{3600000000000, "1h00m"},
		{3720000000000, "1h02m"},
		{86399000000000, "23h59m"},
		{86400000000000, "1d00h"},
		{273600000000000, "3d04h"},
		{UINT64_MAX, "213503d23h"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char buf[UNITS_MAX];
		assert_ptr_equal(units_time(cases[i].ns, buf), buf);
		assert_string_equal(buf, cases[i].text);
	}
}

static void numbers_are_written_with_three_digits(void **state)
{
	static const struct {
		double number;
		const char *text;
	} cases[] = {
		{0, "0"},
		{0.004, "0"},
		{0.006, "0.01"},
		{0.25, "0.25"},
		{1, "1"},
		{1.5, "1.50"},
		{7, "7"},
		{9.99, "9.99"},
		{9.996, "10"},
		{10.4, "10"},
		{99.95, "100"},
		{999, "999"},
		{999.4, "999"},
		{999.5, "1.00k"},
		{1000, "1.00k"},
		{1230, "1.23k"},
		{9990, "9.99k"},
		{9996, "10.0k"},
		{45600, "45.6k"},
		{99900, "99.9k"},
		{99960, "100k"},
		{999400, "999k"},
		{999500, "1.00M"},
		{1e6, "1.00M"},
		{45.6e6, "45.6M"},
		{999.5e6, "1.00G"},
		{7.89e9, "7.89G"},
		{999.5e9, "1.00T"},
		{1.8446744073709552e19, "18446744T"},
	};
	(void)state;
	char unknown[UNITS_MAX];
	assert_string_equal(units_number(NAN, unknown), "-");
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char buf[UNITS_MAX];
		assert_ptr_equal(units_number(cases[i].number, buf), buf);
		assert_string_equal(buf, cases[i].text);
	}
}

static void counts_are_written_in_full_up_to_seven_digits(void **state)
{
	static const struct {
		uint64_t count;
		const char *text;
	} cases[] = {
		{0, "0"},
		{999, "999"},
		{1000, "1000"},
		{1234567, "1234567"},
		{9999999, "9999999"},
		{10000000, "10.0M"},
		{123456789, "123M"},
		{999500000, "1.00G"},
		{UINT64_MAX, "18446744T"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char buf[UNITS_MAX];
		assert_ptr_equal(units_count(cases[i].count, buf), buf);
		assert_string_equal(buf, cases[i].text);
	}
}

static void shares_are_written_as_percentages(void **state)
{
	static const struct {
		double share;
		const char *text;
	} cases[] = {
		{0, "0"},
		{0.00004, "0"},
		{0.00006, "0.01"},
		{0.0003, "0.03"},
		{0.012, "1.20"},
		{0.0999, "9.99"},
		{0.09996, "10.0"},
		{0.456, "45.6"},
		{0.999, "99.9"},
		{0.9994, "99.9"},
		{0.9996, "100"},
		{1, "100"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char buf[UNITS_MAX];
		assert_ptr_equal(units_percent(cases[i].share, buf), buf);
		assert_string_equal(buf, cases[i].text);
	}
}

/* Number of significant digits in TEXT. */
static unsigned int significant_digits(const char *text)
{
	unsigned int digits = 0;
	for (; isdigit((unsigned char)*text) || *text == '.'; text++)
		digits += isdigit((unsigned char)*text) && (digits || *text != '0');
	return digits;
}

/* The value of TEXT, written by units_number(). */
static double number_of(const char *text)
{
	static const char units[] = "kMGT";
	char *end;
	double number = strtod(text, &end);
	const char *unit = *end ? strchr(units, *end) : NULL;
	return unit ? number * pow(1000, (double)(unit - units) + 1) : number;
}

/* Three digits are off by at most half of the last one: 0.5 %. */
static void written_numbers_are_close_to_the_value(void **state)
{
	const uint64_t limit = 999000000000000; /* larger numbers have no unit */
	uint64_t seed = 8;
	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint64_t count = random_below(&seed, limit) >> random_below(&seed, 50);
		char buf[UNITS_MAX];
		units_number((double)count, buf);
		assert_true(fabs(number_of(buf) - (double)count) <= 0.00501 * (double)count);
		assert_true(count < 100 || significant_digits(buf) == 3);
		assert_true(strlen(buf) <= 5);
		units_time(count, buf);
		assert_true(strlen(buf) < UNITS_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_written_in_a_suitable_unit),
		cmocka_unit_test(numbers_are_written_with_three_digits),
		cmocka_unit_test(counts_are_written_in_full_up_to_seven_digits),
		cmocka_unit_test(shares_are_written_as_percentages),
		cmocka_unit_test(written_numbers_are_close_to_the_value),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
