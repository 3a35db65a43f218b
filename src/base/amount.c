/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Amounts as users write them; see base/amount.h. */
#include "config.h"

#include "base/amount.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"

/* Two to the 64th: what no amount reaches. */
#define TOO_MUCH 18446744073709551616.0

struct unit {
	const char *name;
	double factor;
};

/* Parses TEXT by UNITS, which end with a NULL. */
static bool parse(const char *text, const struct unit *units, uint64_t *out)
{
	size_t digits = strspn(text, "0123456789.");
	char *end;
	/* No sign, exponent or "inf", which strtod(3) would accept. */
	double amount = digits ? strtod(text, &end) : 0;
	if (!digits || end != text + digits)
		return false;
	while (units->name && strcmp(units->name, end) != 0)
		units++;
	/* Nothing needs no unit. */
	if (!units->name && (*end || amount != 0))
		return false;
	amount = units->name ? round(amount * units->factor) : 0;
	if (amount >= TOO_MUCH)
		return false;
	*out = (uint64_t)amount;
	return true;
}

bool amount_time(const char *text, uint64_t *ns)
{
	static const struct unit units[] = {
		{"ns", 1},
		{"us", NS_PER_US},
		{"µs", NS_PER_US},
		{"ms", NS_PER_MS},
		{"s", NS_PER_S},
		{"m", 60.0 * NS_PER_S},
		{"h", 3600.0 * NS_PER_S},
		{NULL, 0},
	};
	return parse(text, units, ns);
}

bool amount_bytes(const char *text, uint64_t *bytes)
{
	static const struct unit units[] = {
		{"", 1},
		{"k", 1 << 10},
		{"K", 1 << 10},
		{"M", 1 << 20},
		{"G", 1 << 30},
		{"T", (double)(1 << 30) * (1 << 10)},
		{NULL, 0},
	};
	return parse(text, units, bytes);
}
