/* One thread's part of each call; see model/thread_calls.h. */
#include "config.h"

#include "model/thread_calls.h"

#include <stdlib.h>

#include "base/alloc.h"

#define CAPACITY_FIRST 4

static struct thread_call *find(struct thread_calls *parts, struct call call)
{
	for (size_t i = 0; i < parts->count; i++) {
		if (!call_equal(parts->part[i].call, call))
			continue;
		if (i == 0)
			return &parts->part[0];
		/* One step to the front each time: what is met often is found soon. */
		struct thread_call met = parts->part[i];
		parts->part[i] = parts->part[i - 1];
		parts->part[i - 1] = met;
		return &parts->part[i - 1];
	}
	return NULL;
}

static struct thread_call *add(struct thread_calls *parts, struct call call)
{
	if (parts->count == parts->capacity) {
		parts->capacity = parts->capacity ? parts->capacity * 2 : CAPACITY_FIRST;
		parts->part = xreallocarray(parts->part, parts->capacity, sizeof(*parts->part));
	}
	struct thread_call *part = &parts->part[parts->count++];
	*part = (struct thread_call){.call = call};
	return part;
}

struct thread_call *thread_calls_of(struct thread_calls *parts, struct call call)
{
	const struct call other = {.nr = THREAD_CALLS_OTHER};
	struct thread_call *part = find(parts, call);
	if (!part && parts->count >= THREAD_CALLS_MAX) {
		call = other;
		part = find(parts, call);
	}
	return part ? part : add(parts, call);
}

void thread_calls_reset(struct thread_calls *parts, enum span span)
{
	for (size_t i = 0; i < parts->count; i++)
		parts->part[i].sums[span] = (struct sums){0};
}

void thread_calls_clear(struct thread_calls *parts)
{
	free(parts->part);
	*parts = (struct thread_calls){0};
}
