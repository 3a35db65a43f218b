/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics of the calls of one thread; see model/thread_calls.h. */
#include "config.h"

#include "model/thread_calls.h"

#include <stdlib.h>

#include "base/alloc.h"

#define CAPACITY_FIRST 4

static struct thread_call *find(struct thread_calls *calls, struct call call)
{
	for (size_t i = 0; i < calls->count; i++) {
		if (!call_equal(calls->entry[i].call, call))
			continue;
		if (i == 0)
			return &calls->entry[0];
		/* Move it one step to the front: frequent calls are found quickly. */
		struct thread_call met = calls->entry[i];
		calls->entry[i] = calls->entry[i - 1];
		calls->entry[i - 1] = met;
		return &calls->entry[i - 1];
	}
	return NULL;
}

static struct thread_call *add(struct thread_calls *calls, struct call call)
{
	if (calls->count == calls->capacity) {
		calls->capacity = calls->capacity ? calls->capacity * 2 : CAPACITY_FIRST;
		calls->entry = xreallocarray(calls->entry, calls->capacity, sizeof(*calls->entry));
	}
	struct thread_call *entry = &calls->entry[calls->count++];
	*entry = (struct thread_call){.call = call};
	return entry;
}

struct thread_call *thread_calls_of(struct thread_calls *calls, struct call call)
{
	const struct call other = {.nr = THREAD_CALLS_OTHER};
	struct thread_call *entry = find(calls, call);
	if (!entry && calls->count >= THREAD_CALLS_MAX) {
		call = other;
		entry = find(calls, call);
	}
	return entry ? entry : add(calls, call);
}

void thread_calls_reset(struct thread_calls *calls, enum span span)
{
	for (size_t i = 0; i < calls->count; i++)
		calls->entry[i].sums[span] = (struct sums){0};
}

void thread_calls_clear(struct thread_calls *calls)
{
	xfree(calls->entry);
	*calls = (struct thread_calls){0};
}
