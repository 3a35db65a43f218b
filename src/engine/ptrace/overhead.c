/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measuring the overhead; see engine/ptrace/overhead.h. */
#include "config.h"

#include "engine/ptrace/overhead.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/ptrace.h>

#include "base/time.h"
#include "engine/ptrace/state/stop.h"
#include "engine/ptrace/state/syscall_view.h"
#include "engine/ptrace/wait/colocation.h"
#include "engine/ptrace/wait/poller.h"
#include "engine/ptrace/world/world.h"

#define CALLS_MAX      64 /* calls for the median */
#define CALLS_MIN      8  /* the median of fewer would be random */
#define WARM_UP        32 /* the first calls have cold caches and an unadapted poller */
#define LIMIT_NS       (4 * NS_PER_MS) /* maximum time, e.g. on a busy machine */
#define UNTRACED_CALLS 64              /* for comparison */

#define STOPS_PER_CALL 2
#define FEW            20 /* a part of the stops that is less than one in this many */

/* A measurement in progress, with the times of each call. */
struct measurement {
	struct world *world;
	pid_t child;
	struct poller poller;
	struct poller_entry entry;
	uint64_t deadline_ns;
	uint64_t entered_ns; /* when the last entry stop was resumed; 0: not at all */
	uint64_t latency_ns[CALLS_MAX + WARM_UP];
	uint64_t exited_ns[CALLS_MAX + WARM_UP];
	unsigned int calls;
};

static uint64_t now(const struct measurement *measurement)
{
	return measurement->world->clock->now_ns(measurement->world);
}

/* The duration of an untraced call. */
static uint64_t measure_untraced(const struct measurement *measurement)
{
	struct world *world = measurement->world;
	uint64_t start_ns = now(measurement);
	for (int i = 0; i < UNTRACED_CALLS; i++)
		world->process->empty_call(world);
	return (now(measurement) - start_ns) / UNTRACED_CALLS;
}

/* Handles one stop and resumes the child, like the tracer. Returns whether to continue. */
static bool take_stop(struct measurement *measurement)
{
	struct world *world = measurement->world;
	siginfo_t info;
	struct syscall_view view;
	int result = poller_next(&measurement->poller, &info);
	uint64_t now_ns = now(measurement);
	if (result != 1 || now_ns > measurement->deadline_ns)
		return false;
	bool in_call = stop_decode(&info).kind == STOP_SYSCALL &&
	               world->trace->syscall(world, measurement->child, false, &view) == 0;
	if (in_call && view.op == SYSCALL_EXIT && measurement->entered_ns) {
		measurement->latency_ns[measurement->calls] = now_ns - measurement->entered_ns;
		measurement->exited_ns[measurement->calls++] = now_ns;
	}
	measurement->entered_ns = in_call && view.op == SYSCALL_ENTRY ? now(measurement) : 0;
	if (world->trace->resume(world, measurement->child, 0) < 0)
		return false;
	poller_expect(&measurement->poller, &measurement->entry, POLLER_SOON);
	return measurement->calls < CALLS_MAX + WARM_UP;
}

static void trace_child(struct measurement *measurement)
{
	struct world *world = measurement->world;
	if (world->trace->seize(world, measurement->child, PTRACE_O_TRACESYSGOOD) < 0 ||
		world->trace->interrupt(world, measurement->child) < 0)
		return;
	poller_join(&measurement->poller, &measurement->entry, measurement->child);
	poller_expect(&measurement->poller, &measurement->entry, POLLER_SURE);
	while (take_stop(measurement))
		;
}

static int compare(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;
	return (*a > *b) - (*a < *b);
}

static uint64_t median(uint64_t *values, unsigned int count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}

static void evaluate(
	struct measurement *measurement, uint64_t untraced_ns, struct overhead *overhead)
{
	unsigned int count = measurement->calls > WARM_UP ? measurement->calls - WARM_UP : 0;
	if (count < CALLS_MIN)
		return;
	const uint64_t *exited_ns = measurement->exited_ns + WARM_UP;
	uint64_t period_ns[CALLS_MAX];
	for (unsigned int i = 0; i < count; i++)
		period_ns[i] = exited_ns[i] - exited_ns[(int)i - 1];
	uint64_t traced_ns = median(period_ns, count);
	overhead->call_ns = traced_ns > untraced_ns ? traced_ns - untraced_ns : 0;
	overhead->latency_ns = median(measurement->latency_ns + WARM_UP, count);
}

void overhead_measure(struct overhead *overhead, struct world *world, struct colocation *colocation)
{
	struct measurement measurement = {.world = world};
	*overhead = (struct overhead){0};
	uint64_t untraced_ns = measure_untraced(&measurement);
	measurement.child = world->process->start_caller(world);
	if (measurement.child < 0)
		return;
	poller_init(&measurement.poller, world);
	poller_colocate(&measurement.poller, colocation);
	measurement.deadline_ns = now(&measurement) + LIMIT_NS;
	trace_child(&measurement);
	poller_clear(&measurement.poller);
	colocation_end(colocation);
	world->process->kill(world, measurement.child);
	world->wait->reap(world, measurement.child);
	evaluate(&measurement, untraced_ns, overhead);
}

/* Whether PART is so few of ALL that it may be taken for the others. */
static bool is_few(uint64_t part, uint64_t all)
{
	return part * FEW <= all;
}

struct overhead_so_far overhead_of_stops(const struct overhead *of_others,
	const struct overhead *of_colocated, uint64_t stops, uint64_t colocated_stops)
{
	uint64_t colocated = colocated_stops < stops ? colocated_stops : stops;
	uint64_t others = stops - colocated;
	uint64_t other_ns = of_others->call_ns, colocated_ns = of_colocated->call_ns;
	bool nearly_all = stops && is_few(others, stops) && of_colocated->latency_ns;
	struct overhead_so_far so_far = {
		/* The lower one only if few calls have the other. */
		.overhead.latency_ns = nearly_all ? of_colocated->latency_ns
	                                          : of_others->latency_ns,
	};
	if (!colocated_ns && is_few(colocated, stops))
		colocated_ns = other_ns;
	if (!other_ns && stops && is_few(others, stops))
		other_ns = colocated_ns;
	if (!other_ns || !colocated_ns)
		return so_far;
	uint64_t all_ns = others * other_ns + colocated * colocated_ns;
	so_far.lost_ns = all_ns / STOPS_PER_CALL;
	so_far.overhead.call_ns = stops ? all_ns / stops : other_ns;
	return so_far;
}
