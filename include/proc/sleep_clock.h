/*
 * Since when a thread sleeps, told without stopping it: the scheduler keeps when each task last
 * left its CPU, by that CPU's clock, which stands still where an interrupt or another guest has the
 * CPU. So what is told is late by as much as that was, but never early. Tracer only, while it does
 * not colocation.
 */
#ifndef STOP_PROC_SLEEP_CLOCK_H
#define STOP_PROC_SLEEP_CLOCK_H

#include <sched.h>
#include <stdint.h>
#include <sys/types.h>

/* What is known of the clocks of CPUs; zero at first, and good for some seconds. */
struct sleep_clock {
	uint64_t offset_ns[CPU_SETSIZE]; /* from the CPU's to CLOCK_MONOTONIC, modulo 2^64; 0:
	                                    unknown */
};

/*
 * The last moment, as of clock_now_ns(), at which the sleep that thread TID is in can have begun. 0
 * where that is not known: the kernel does not tell (it was built without SCHED_DEBUG), or we may
 * not run on the CPU that it was on. Goes there for a moment where that has not been done before.
 */
uint64_t sleep_clock_since(struct sleep_clock *asleep, pid_t tid);

#endif
