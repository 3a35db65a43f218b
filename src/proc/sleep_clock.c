/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When threads went to sleep; see proc/sleep_clock.h. */
#include "config.h"

#include "proc/sleep_clock.h"

#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "proc/sched.h"
#include "proc/stat.h"

/*
 * Compares CPU's clock with ours. Yielding makes the scheduler record the time. Our clock is read
 * after that, so that results are late rather than early.
 */
static uint64_t measure_offset(int cpu)
{
	cpu_set_t usual, place;
	uint64_t offset_ns = 0;
	CPU_ZERO(&place);
	CPU_SET(cpu, &place);
	/* Not where the user does not want us, even for that moment. */
	if (sched_getaffinity(0, sizeof(usual), &usual) < 0 || !CPU_ISSET(cpu, &usual) ||
		sched_setaffinity(0, sizeof(place), &place) < 0)
		return 0;
	sched_yield();
	uint64_t recorded_ns = proc_left_cpu_ns((pid_t)syscall(SYS_gettid));
	if (recorded_ns)
		offset_ns = clock_now_ns() - recorded_ns;
	sched_setaffinity(0, sizeof(usual), &usual);
	return offset_ns;
}

uint64_t sleep_clock_since(struct sleep_clock *clock, pid_t tid)
{
	int cpu = proc_cpu(tid);
	uint64_t left_ns = proc_left_cpu_ns(tid);
	if (cpu < 0 || cpu >= CPU_SETSIZE || !left_ns)
		return 0;
	if (!clock->offset_ns[cpu])
		clock->offset_ns[cpu] = measure_offset(cpu);
	uint64_t since_ns = left_ns + clock->offset_ns[cpu];
	return clock->offset_ns[cpu] && since_ns <= clock_now_ns() ? since_ns : 0;
}
