/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a thread went to sleep, found without stopping it: the scheduler records when each task last
 * left its CPU, by that CPU's clock, which stops while an interrupt or another guest has the CPU.
 * So the time found may be late by that much, but never early. Tracer only, while it is not
 * colocated.
 */
#ifndef STOP_PROC_SLEEP_CLOCK_H
#define STOP_PROC_SLEEP_CLOCK_H

#include <sched.h>
#include <stdint.h>
#include <sys/types.h>

/* Offsets of the CPUs' clocks; initially zero, valid for some seconds. */
struct sleep_clock {
	uint64_t offset_ns[CPU_SETSIZE]; /* from the CPU's to CLOCK_MONOTONIC, modulo 2^64; 0:
	                                    unknown */
};

/*
 * The latest time, by clock_now_ns(), at which the current sleep of thread TID can have begun. 0 if
 * unknown: the kernel does not provide it (built without SCHED_DEBUG), or we may not run on the CPU
 * that it was on. Moves there briefly to measure its clock, the first time.
 */
uint64_t sleep_clock_since(struct sleep_clock *clock, pid_t tid);

#endif
