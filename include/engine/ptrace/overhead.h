/*
 * The overhead: the least that a call shows, and costs, because it is traced here and now.
 *
 * It differs by a factor of ten between machines, and by whether CPUs are idle, so it is measured:
 * on a child of our own that does nothing but a call that does nothing, by the means of the tracer
 * itself. The latency that such a call shows is the minimum measurable: none of it is the call's,
 * and a real call that shows no more may have taken no time at all.
 *
 * There is one overhead while the tracer is colocated (engine/ptrace/wait/colocation.h), and one
 * while it is not.
 *
 * Tracer only, before it has tracees.
 */
#ifndef STOP_ENGINE_PTRACE_OVERHEAD_H
#define STOP_ENGINE_PTRACE_OVERHEAD_H

#include <stdint.h>

struct colocation;
struct world;

struct overhead {
	uint64_t latency_ns; /* that a call which does nothing shows: the median; 0: unknown */
	uint64_t call_ns;    /* that it takes longer than untraced, both stops; 0: unknown */
};

/*
 * Measures *OVERHEAD with COLOCATION as the tracer has it (or NULL), which is off afterwards; takes
 * a few milliseconds at most. What cannot be found out, as where tracing is refused, is 0.
 */
void overhead_measure(
	struct overhead *overhead, struct world *world, struct colocation *colocation);

#endif
