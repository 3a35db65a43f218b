/*
 * The tracing floor: the least that a call shows, and costs, because it is traced here and now.
 *
 * It differs by a factor of ten between machines, and by whether CPUs are free, so it is measured:
 * on a child of stop's own that does nothing but a call that does nothing, with the means of the
 * tracer itself. The latency that such a call shows is none of the call's: what a real call shows
 * up to it says nothing about that call.
 *
 * There is one for a tracer that rides (trace/colocation.h) and another for one that does not.
 *
 * Tracer only, before it has tracees.
 */
#ifndef STOP_ENGINE_PTRACE_OVERHEAD_H
#define STOP_ENGINE_PTRACE_OVERHEAD_H

#include <stdint.h>

struct overhead {
	uint64_t latency_ns; /* that a call which does nothing shows: the median; 0: unknown */
	uint64_t call_ns;    /* that it takes longer than untraced, both stops; 0: unknown */
};

struct colocation;

/*
 * Measures the floor, with RIDE as the tracer has it (or NULL), which is off afterwards; takes a
 * few milliseconds at most. What cannot be found out, as where tracing is refused, is 0.
 */
void overhead_measure(struct overhead *floor, struct colocation *colocation);

#endif
