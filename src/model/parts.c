/* One thread's part of each call; see model/parts.h. */
#include "config.h"

#include "model/parts.h"

#include <stdlib.h>

#include "base/alloc.h"

#define CAPACITY_FIRST 4

static struct part *find(struct parts *parts, struct call call)
{
	for (size_t i = 0; i < parts->count; i++) {
		if (!call_equal(parts->part[i].call, call))
			continue;
		if (i == 0)
			return &parts->part[0];
		/* One step to the front each time: what is met often is found soon. */
		struct part met = parts->part[i];
		parts->part[i] = parts->part[i - 1];
		parts->part[i - 1] = met;
		return &parts->part[i - 1];
	}
	return NULL;
}

static struct part *add(struct parts *parts, struct call call)
{
	if (parts->count == parts->capacity) {
		parts->capacity = parts->capacity ? parts->capacity * 2 : CAPACITY_FIRST;
		parts->part = xreallocarray(parts->part, parts->capacity, sizeof(*parts->part));
	}
	struct part *part = &parts->part[parts->count++];
	*part = (struct part){.call = call};
	return part;
}

struct part *parts_of(struct parts *parts, struct call call)
{
	const struct call other = {.nr = PARTS_OTHER};
	struct part *part = find(parts, call);
	if (!part && parts->count >= PARTS_MAX) {
		call = other;
		part = find(parts, call);
	}
	return part ? part : add(parts, call);
}

void parts_reset(struct parts *parts, enum span span)
{
	for (size_t i = 0; i < parts->count; i++)
		parts->part[i].sums[span] = (struct sums){0};
}

void parts_clear(struct parts *parts)
{
	free(parts->part);
	*parts = (struct parts){0};
}
