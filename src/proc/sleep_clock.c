/* Since when a thread sleeps; see proc/sleep_clock.h. */
#include "config.h"

#include "proc/sleep_clock.h"

#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "proc/proc.h"

/*
 * Compares CPU's clock with ours. To yield makes the scheduler note the time. The moment is taken
 * after that: what is told is late then, rather than early.
 */
static uint64_t measure_offset(int cpu)
{
	cpu_set_t usual, place;
	uint64_t offset_ns = 0;
	CPU_ZERO(&place);
	CPU_SET(cpu, &place);
	if (sched_getaffinity(0, sizeof(usual), &usual) < 0 ||
		sched_setaffinity(0, sizeof(place), &place) < 0)
		return 0;
	sched_yield();
	uint64_t noted_ns = proc_left_cpu_ns((pid_t)syscall(SYS_gettid));
	if (noted_ns)
		offset_ns = clock_now_ns() - noted_ns;
	sched_setaffinity(0, sizeof(usual), &usual);
	return offset_ns;
}

uint64_t sleep_clock_since(struct sleep_clock *asleep, pid_t tid)
{
	int cpu = proc_cpu(tid);
	uint64_t left_ns = proc_left_cpu_ns(tid);
	if (cpu < 0 || cpu >= CPU_SETSIZE || !left_ns)
		return 0;
	if (!asleep->offset_ns[cpu])
		asleep->offset_ns[cpu] = measure_offset(cpu);
	uint64_t since_ns = left_ns + asleep->offset_ns[cpu];
	return asleep->offset_ns[cpu] && since_ns <= clock_now_ns() ? since_ns : 0;
}
