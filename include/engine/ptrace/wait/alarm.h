/*
 * An alarm: makes the calling thread return from a wait, or jump out of a guarded request, at a
 * time to come, by pt_kick_signal() to that thread alone. One thread.
 */
#ifndef STOP_ENGINE_PTRACE_WAIT_ALARM_H
#define STOP_ENGINE_PTRACE_WAIT_ALARM_H

#include <stdint.h>
#include <time.h>

struct alarm {
	timer_t timer;
	uint64_t deadline_ns; /* when it rings; 0: never */
};

/* Makes ALARM ready for the calling thread. 0 or -errno. */
int alarm_init(struct alarm *alarm);
void alarm_clear(struct alarm *alarm);

/*
 * Has it ring at DUE_NS (CLOCK_MONOTONIC; 0: never) and every EVERY_NS after that (0: once). A ring
 * can come while nobody waits and be lost; a repeated one is only late then.
 */
void alarm_set(struct alarm *alarm, uint64_t deadline_ns, uint64_t every_ns);

#endif
