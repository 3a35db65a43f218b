/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers with three significant digits; see base/units.h. */
#include "config.h"

#include "base/units.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

struct unit {
	double size; /* of one, in the smallest unit */
	const char *name;
};

/* NUMBER with three significant digits, at most two of them after the point. */
static void three_digits(double number, const char *unit, char buf[UNITS_MAX])
{
	int decimals = number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
	snprintf(buf, UNITS_MAX, "%.*f%s", decimals, number, unit);
}

/* The largest of COUNT units, smallest first, in which NUMBER does not round to 0 or 1000. */
static const struct unit *fitting(double number, const struct unit *units, size_t count)
{
	size_t i = 0;
	while (i + 1 < count && number / units[i].size >= 999.5)
		i++;
	return &units[i];
}

/* Times of minutes and more, as two numbers: "2m03s". */
static void long_time(uint64_t seconds, char buf[UNITS_MAX])
{
	static const struct {
		uint64_t large, small; /* seconds in each of the two units */
		const char *format;
	} scales[] = {
		{86400, 3600, "%llud%02lluh"},
		{3600, 60, "%lluh%02llum"},
		{60, 1, "%llum%02llus"},
	};
	size_t i = 0;
	while (i < 2 && seconds < scales[i].large)
		i++;
	unsigned long long large = seconds / scales[i].large;
	unsigned long long small = seconds % scales[i].large / scales[i].small;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* one of the three literals above */
	snprintf(buf, UNITS_MAX, scales[i].format, large, small);
#pragma GCC diagnostic pop
}

char *units_time(uint64_t ns, char buf[UNITS_MAX])
{
	static const struct unit units[] = {{1, "ns"}, {1e3, "µs"}, {1e6, "ms"}, {1e9, "s"}};
	if (ns >= 100 * NS_PER_S) {
		long_time(ns / NS_PER_S, buf);
	} else if (ns < 1000) {
		snprintf(buf, UNITS_MAX, "%uns", (unsigned int)ns);
	} else {
		const struct unit *unit = fitting((double)ns, units, 4);
		three_digits((double)ns / unit->size, unit->name, buf);
	}
	return buf;
}

char *units_number(double number, char buf[UNITS_MAX])
{
	if (isnan(number))
		return strcpy(buf, "-");
	static const struct unit units[] = {
		{1, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "G"}, {1e12, "T"}};
	const struct unit *unit = fitting(number, units, 5);
	double scaled = number / unit->size;
	if (unit->size == 1 && (number == (double)(uint64_t)number || number >= 9.995))
		snprintf(buf, UNITS_MAX, "%.0f", number);
	else if (number < 0.005)
		snprintf(buf, UNITS_MAX, "0");
	else
		three_digits(scaled, unit->name, buf);
	return buf;
}

char *units_count(uint64_t count, char buf[UNITS_MAX])
{
	if (count >= 10000000)
		return units_number((double)count, buf);
	snprintf(buf, UNITS_MAX, "%u", (unsigned int)count);
	return buf;
}

char *units_grouped(uint64_t count, char buf[UNITS_MAX])
{
	char digits[UNITS_MAX];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, count);
	char *end = buf;
	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			*end++ = ',';
		*end++ = digits[i];
	}
	*end = '\0';
	return buf;
}

char *units_percent(double share, char buf[UNITS_MAX])
{
	double percent = share * 100;
	if (percent < 0.005)
		snprintf(buf, UNITS_MAX, "0");
	else if (percent >= 99.95)
		snprintf(buf, UNITS_MAX, "%.0f", percent);
	else
		snprintf(buf, UNITS_MAX, "%.*f", percent < 9.995 ? 2 : 1, percent);
	return buf;
}
