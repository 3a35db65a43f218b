/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracer's alarm: kicks the tracer's thread at a given time, which ends a wait or interrupts a
 * PTRACE_SEIZE. Tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_WAIT_ALARM_H
#define STOP_ENGINE_PTRACE_WAIT_ALARM_H

#include <stdint.h>
#include <time.h>

struct world;

struct alarm {
	struct world *world;
	timer_t timer;
	uint64_t deadline_ns; /* time set; 0: never */
};

/* Initializes ALARM, for the calling thread. Returns 0 or -errno. */
int alarm_init(struct alarm *alarm, struct world *world);
void alarm_clear(struct alarm *alarm);

/*
 * Sets it to go off at DEADLINE_NS (CLOCK_MONOTONIC; 0: never) and every EVERY_NS after that (0:
 * once). Between two waits a kick is lost; with a repetition it is only delayed.
 */
void alarm_set(struct alarm *alarm, uint64_t deadline_ns, uint64_t every_ns);

#endif
