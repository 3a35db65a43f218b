/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a thread did in the last seconds; see model/strip.h. */
#include "config.h"

#include "model/strip.h"

#include <string.h>

#include "base/time.h"

/* With less than this percentage of anything else, a second is one of waiting. */
#define WORK_PERCENT 5

static enum time_class class_of(const uint64_t ns[TIME_COUNT])
{
	uint64_t sum_ns = 0;
	enum time_class most = TIME_UNKNOWN;
	for (enum time_class id = 0; id < TIME_COUNT; id++) {
		sum_ns += ns[id];
		if (id != TIME_WAIT && id != TIME_UNKNOWN && ns[id] > ns[most])
			most = id;
	}
	if (sum_ns == 0)
		return TIME_UNKNOWN;
	return ns[TIME_WAIT] && ns[most] * 100 < sum_ns * WORK_PERCENT ? TIME_WAIT : most;
}

static void push(struct strip *strip, enum time_class class)
{
	strip->class[strip->next] = (unsigned char)class;
	strip->next = (unsigned char)((strip->next + 1) % STRIP_SECONDS);
	if (strip->count < STRIP_SECONDS)
		strip->count++;
}

void strip_add(struct strip *strip, uint64_t now_ns, const uint64_t ns[TIME_COUNT])
{
	if (!strip->from_ns)
		strip->from_ns = now_ns;
	for (enum time_class id = 0; id < TIME_COUNT; id++)
		strip->ns[id] += ns[id];
	uint64_t seconds = now_ns > strip->from_ns ? (now_ns - strip->from_ns) / NS_PER_S : 0;
	if (seconds == 0)
		return;
	/* Of a longer interval, each second is alike. */
	enum time_class class = class_of(strip->ns);
	for (uint64_t i = 0; i < seconds && i < STRIP_SECONDS; i++)
		push(strip, class);
	memset(strip->ns, 0, sizeof(strip->ns));
	strip->from_ns += seconds * NS_PER_S;
}

unsigned int strip_classes(const struct strip *strip, unsigned char class[STRIP_SECONDS])
{
	for (unsigned int age = 0; age < strip->count; age++)
		class[age] = strip->class[(strip->next + STRIP_SECONDS - 1U - age) % STRIP_SECONDS];
	return strip->count;
}
