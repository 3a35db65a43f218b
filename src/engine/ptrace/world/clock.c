/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's clock and timers; see engine/ptrace/world/clock.h. */
#include "config.h"

#include "engine/ptrace/world/clock.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/ptrace/world/kernel.h"

static uint64_t now_ns(struct world *world)
{
	(void)world;
	return clock_now_ns();
}

static void sleep_for(struct world *world, uint64_t span_ns)
{
	const struct timespec span = {.tv_nsec = (long)span_ns};
	(void)world;
	kernel_begin_wait();
	clock_nanosleep(CLOCK_MONOTONIC, 0, &span, NULL);
	kernel_end_wait();
}

static int new_timer(struct world *world, timer_t *timer)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = kernel_kick_signal(),
	};
	(void)world;
	event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	return timer_create(CLOCK_MONOTONIC, &event, timer) < 0 ? -errno : 0;
}

static struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){
		.tv_sec = (time_t)(ns / NS_PER_S),
		.tv_nsec = (long)(ns % NS_PER_S),
	};
}

static void set_timer(struct world *world, timer_t timer, uint64_t at_ns, uint64_t every_ns)
{
	const struct itimerspec when = {
		.it_value = timespec_of(at_ns),
		.it_interval = timespec_of(every_ns),
	};
	(void)world;
	timer_settime(timer, TIMER_ABSTIME, &when, NULL);
}

static void free_timer(struct world *world, timer_t timer)
{
	(void)world;
	timer_delete(timer);
}

const struct world_clock kernel_clock = {
	.now_ns = now_ns,
	.sleep = sleep_for,
	.new_timer = new_timer,
	.set_timer = set_timer,
	.free_timer = free_timer,
};
