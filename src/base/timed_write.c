/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing for a limited time; see base/timed_write.h. */
#include "config.h"

#include "base/timed_write.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"

/* Interval of signals that interrupt a write: repeated, as one just before the write is lost. */
#define TICK_US (5 * 1000)

/* A pipe that is ready takes this much without blocking (PIPE_BUF). */
#define CHUNK   4096

/* What has to be restored afterwards. */
struct saved {
	struct sigaction action;
	struct itimerval timer;
	sigset_t mask;
};

static void on_tick(int signal)
{
	(void)signal; /* only interrupts a write */
}

static void start_ticks(struct saved *saved)
{
	struct sigaction action = {.sa_handler = on_tick}; /* no SA_RESTART */
	struct itimerval ticks = {.it_interval.tv_usec = TICK_US, .it_value.tv_usec = TICK_US};
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	/* A pending alarm of the program counts as a tick. */
	sigaction(SIGALRM, &action, &saved->action);
	sigprocmask(SIG_UNBLOCK, &set, &saved->mask);
	setitimer(ITIMER_REAL, &ticks, &saved->timer);
}

static void end_ticks(const struct saved *saved)
{
	setitimer(ITIMER_REAL, &saved->timer, NULL);
	sigprocmask(SIG_SETMASK, &saved->mask, NULL);
	sigaction(SIGALRM, &saved->action, NULL);
}

/* One write(2) to FD, which is ready. Returns the number of bytes, maybe 0, or -errno. */
static ssize_t write_once(int fd, const char *data, size_t size)
{
	struct saved saved;
	start_ticks(&saved);
	ssize_t done = write(fd, data, size < CHUNK ? size : CHUNK);
	int error = done < 0 ? errno : 0;
	end_ticks(&saved);
	return error == EAGAIN || error == EINTR ? 0 : error ? -error : done;
}

static int ms_until(uint64_t until_ns)
{
	uint64_t now_ns = clock_now_ns();
	return until_ns > now_ns ? (int)((until_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS) : 0;
}

int timed_write(int fd, const void *data, size_t size, int timeout_ms, size_t *done)
{
	uint64_t timeout_ns = (uint64_t)timeout_ms * NS_PER_MS;
	uint64_t until_ns = clock_now_ns() + timeout_ns;
	*done = 0;
	while (*done < size) {
		int left_ms = ms_until(until_ns);
		struct pollfd room = {.fd = fd, .events = POLLOUT};
		int ready = poll(&room, 1, left_ms);
		if (ready < 0 && errno != EINTR)
			return -errno;
		ssize_t taken = ready > 0 ? write_once(fd, (const char *)data + *done, size - *done)
		                          : 0;
		if (taken < 0)
			return (int)taken;
		*done += (size_t)taken;
		if (taken > 0)
			until_ns = clock_now_ns() + timeout_ns;
		else if (left_ms == 0)
			return -EAGAIN;
	}
	return 0;
}
