/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The overhead that tracing adds to a call, on this machine, at present.
 *
 * It varies by a factor of ten between machines, and depends on whether CPUs are idle, so it is
 * measured: on a child that makes empty calls, with the code of the tracer itself. The measured
 * latency of an empty call is the minimum measurable: all of it is overhead, and a real call that
 * shows no more may have taken no time at all.
 *
 * There is one overhead while the tracer is colocated (engine/ptrace/wait/colocation.h), and
 * another while it is not.
 *
 * Tracer only, before it has tracees.
 */
#ifndef STOP_ENGINE_PTRACE_OVERHEAD_H
#define STOP_ENGINE_PTRACE_OVERHEAD_H

#include <stdint.h>

struct colocation;
struct world;

struct overhead {
	uint64_t latency_ns; /* measured latency of an empty call, the median; 0: unknown */
	uint64_t call_ns;    /* additional time of an empty call, for both stops; 0: unknown */
};

/*
 * Measures *OVERHEAD with the tracer's COLOCATION (or NULL), which is off afterwards; takes at most
 * a few milliseconds. Values that cannot be measured, for example because tracing is refused, are
 * 0.
 */
void overhead_measure(
	struct overhead *overhead, struct world *world, struct colocation *colocation);

/* The overhead of all stops so far. */
struct overhead_so_far {
	struct overhead overhead; /* the latency that few calls were below; the average of a call */
	uint64_t lost_ns;         /* the sum over all calls; 0: unknown, as is the average */
};

/*
 * The overhead of STOPS, of which COLOCATED_STOPS were handled by a colocated tracer, from the
 * overhead OF_OTHERS and OF_COLOCATED. What could not be measured stays unknown, unless it concerns
 * few of the stops. Pure; any thread.
 */
struct overhead_so_far overhead_of_stops(const struct overhead *of_others,
	const struct overhead *of_colocated, uint64_t stops, uint64_t colocated_stops);

#endif
