/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long tracees stand still; see engine/ptrace/wait/standstill.h. */
#include "config.h"

#include "engine/ptrace/wait/standstill.h"

#include <stdatomic.h>

#include "base/alloc.h"
#include "base/time.h"
#include "engine/ptrace/world/world.h"

/* A wait that takes no longer may not have been a sleep: something was found at once. */
#define SLEEP_MIN_NS  20000

/*
 * How long the tracer has waited for a CPU is read from a file: before a sleep, if the last reading
 * is older than this; and after a sleep that was longer.
 */
#define READ_EVERY_NS NS_PER_MS

void standstill_init(struct standstill *standstill, struct world *world)
{
	unsigned int cpus = world->sched->online_cpus(world);
	*standstill = (struct standstill){.world = world, .cpus = cpus ? cpus : 1};
	standstill->until_ns = xcalloc(standstill->cpus, sizeof(*standstill->until_ns));
}

void standstill_clear(struct standstill *standstill)
{
	xfree(standstill->until_ns);
	standstill->until_ns = NULL;
}

void standstill_nobody(struct standstill *standstill, uint64_t now_ns)
{
	if (now_ns > standstill->nobody_ns)
		standstill->nobody_ns = now_ns;
}

/* Reads how long the tracer has waited for a CPU. Returns by how much that has grown. */
static uint64_t read_queued_ns(struct standstill *standstill, uint64_t now_ns)
{
	uint64_t before_ns = standstill->queued_ns;
	standstill->queued_ns = standstill->world->sched->queued_ns(standstill->world);
	standstill->read_ns = now_ns;
	return standstill->queued_ns - before_ns;
}

void standstill_sleep(struct standstill *standstill, uint64_t now_ns, bool is_colocated)
{
	standstill->is_colocated = is_colocated;
	if (!is_colocated && now_ns - standstill->read_ns >= READ_EVERY_NS)
		read_queued_ns(standstill, now_ns);
}

void standstill_wake(struct standstill *standstill, uint64_t now_ns, uint64_t end_ns)
{
	uint64_t span_ns = end_ns - now_ns, delay_ns = 0;
	if (span_ns < SLEEP_MIN_NS)
		return;
	if (!standstill->is_colocated && span_ns >= READ_EVERY_NS)
		delay_ns = read_queued_ns(standstill, end_ns);
	standstill_nobody(standstill, end_ns - (delay_ns < span_ns ? delay_ns : span_ns));
}

/* The CPU for a stop that began at SINCE_NS: that which was lost last before, or else first. */
static uint64_t *find_cpu(const struct standstill *standstill, uint64_t since_ns)
{
	uint64_t *before = NULL, *earliest = standstill->until_ns;
	for (unsigned int i = 0; i < standstill->cpus; i++) {
		uint64_t *until_ns = &standstill->until_ns[i];
		if (*until_ns <= since_ns && (!before || *until_ns > *before))
			before = until_ns;
		if (*until_ns < *earliest)
			earliest = until_ns;
	}
	return before ? before : earliest;
}

void standstill_count(struct standstill *standstill, const struct standstill_stop *stop)
{
	uint64_t since_ns = stop->running_ns;
	if (since_ns < standstill->nobody_ns)
		since_ns = standstill->nobody_ns;
	if (since_ns > stop->reported_ns)
		since_ns = stop->reported_ns;
	/* It can have stopped at any time in between: on average, that was in the middle. */
	if (!stop->is_expected)
		since_ns += (stop->reported_ns - since_ns) / 2;
	if (stop->resumed_ns - since_ns <= STANDSTILL_USUAL_NS)
		return;
	uint64_t *until_ns = find_cpu(standstill, since_ns);
	uint64_t lost_ns = atomic_load_explicit(&standstill->lost_ns, memory_order_relaxed);
	uint64_t from_ns = since_ns > *until_ns ? since_ns : *until_ns;
	if (from_ns >= stop->resumed_ns)
		return;
	*until_ns = stop->resumed_ns;
	atomic_store_explicit(
		&standstill->lost_ns, lost_ns + stop->resumed_ns - from_ns, memory_order_relaxed);
}
