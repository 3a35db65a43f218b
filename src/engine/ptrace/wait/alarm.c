/* A timer that kicks one thread; see engine/ptrace/wait/alarm.h. */
#include "config.h"

#include "engine/ptrace/wait/alarm.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/ptrace/world/pt.h"

int alarm_init(struct alarm *alarm)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = pt_kick_signal(),
	};
	event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	alarm->deadline_ns = 0;
	return timer_create(CLOCK_MONOTONIC, &event, &alarm->timer) < 0 ? -errno : 0;
}

void alarm_clear(struct alarm *alarm)
{
	timer_delete(alarm->timer);
}

static struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){
		.tv_sec = (time_t)(ns / NS_PER_S),
		.tv_nsec = (long)(ns % NS_PER_S),
	};
}

void alarm_set(struct alarm *alarm, uint64_t deadline_ns, uint64_t every_ns)
{
	struct itimerspec when = {
		.it_value = timespec_of(deadline_ns),
		.it_interval = timespec_of(every_ns),
	};
	alarm->deadline_ns = deadline_ns;
	timer_settime(alarm->timer, TIMER_ABSTIME, &when, NULL);
}
