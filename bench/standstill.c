/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures how long a target stands still while a tracer attaches and detaches.
 *
 *   standstill THREADS TRACER ARG…
 *
 * Creates a target of THREADS waiting threads, whose leader reads the clock all the time, and runs
 * TRACER ARG… PID on it; when the last thread is traced and the target has run for a while, TRACER
 * gets a SIGINT. Prints, in nanoseconds: the leader's longest gap during the attach; the total time
 * it stood still then, excluding the time it waited for a CPU; the same two for the detach; and the
 * time until the last thread was traced.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracer.h"

#define SETTLE      (400 * NS_PER_MS) /* the last thread is traced, but perhaps not resumed yet */
#define STILL_NOISE (2 * NS_PER_MS)   /* a target that stood still for less has settled */

/* What the target and this program share. */
struct shared {
	_Atomic int ready;      /* the threads exist */
	_Atomic pid_t last_tid; /* of the newest thread */
	_Atomic int window;     /* gaps are measured anew when it changes */
	_Atomic uint64_t gap_ns;
};

static struct shared *shared;

/* The target. */

static void *wait_forever(void *argument)
{
	(void)argument;
	shared->last_tid = (pid_t)syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

/* Reads the clock forever and keeps the longest gap of the window. */
static void watch_clock(void)
{
	int window = shared->window;
	uint64_t last_ns = now_ns();
	for (;;) {
		uint64_t time_ns = now_ns();
		uint64_t gap_ns = time_ns - last_ns;
		last_ns = time_ns;
		if (window != shared->window) {
			window = shared->window;
			shared->gap_ns = 0;
		}
		if (gap_ns > shared->gap_ns)
			shared->gap_ns = gap_ns;
	}
}

static void be_target(int threads)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	shared->last_tid = getpid();
	for (int i = 1; i < threads; i++)
		start_thread(wait_forever, NULL);
	pause_ns(50 * NS_PER_MS);
	shared->ready = 1;
	watch_clock();
}

/* The measurement. */

/* Time that the leader has run or waited for a CPU since it started, in ns. 0: unknown. */
static uint64_t active_ns(pid_t pid)
{
	char path[64];
	unsigned long long ran_ns = 0, waited_ns = 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", pid, pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%llu %llu", &ran_ns, &waited_ns) != 2)
		ran_ns = waited_ns = 0;
	fclose(file);
	return ran_ns + waited_ns;
}

/* A period of measurement. */
struct window {
	uint64_t start_ns, active_ns;
};

static struct window open_window(pid_t pid)
{
	shared->gap_ns = 0;
	shared->window++;
	return (struct window){now_ns(), active_ns(pid)};
}

/* How long the leader has neither run nor waited for a CPU since WINDOW was opened. */
static uint64_t still_ns(const struct window *window, pid_t pid)
{
	uint64_t elapsed_ns = now_ns() - window->start_ns;
	uint64_t active = active_ns(pid) - window->active_ns;
	return active < elapsed_ns ? elapsed_ns - active : 0;
}

/* Waits until the target runs as before: the last thread traced is not the last one resumed. */
static void settle(pid_t target)
{
	struct window window;
	uint64_t start_ns = now_ns();
	do {
		window = (struct window){now_ns(), active_ns(target)};
		pause_ns(SETTLE);
	} while (still_ns(&window, target) > STILL_NOISE && now_ns() - start_ns < ATTACH_MAX);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: standstill THREADS TRACER ARG...\n");
		return 2;
	}
	shared = share_memory(sizeof(*shared));
	pid_t target = fork();
	if (target < 0)
		die("fork");
	if (target == 0)
		be_target(atoi(argv[1]));
	while (!shared->ready) {
		pause_ns(CHECK_EVERY);
		if (waitpid(target, NULL, WNOHANG) == target)
			return 1;
	}
	struct window window = open_window(target);
	pid_t tracer = start_tracer(argv + 2, argc - 2, target);
	int result = 1;
	if (await_attach(target, &shared->last_tid, tracer)) {
		uint64_t attached_ns = now_ns() - window.start_ns;
		settle(target);
		uint64_t attach_gap_ns = shared->gap_ns;
		uint64_t attach_still_ns = still_ns(&window, target);
		window = open_window(target);
		kill(tracer, SIGINT);
		waitpid(tracer, NULL, 0);
		pause_ns(CHECK_EVERY); /* the leader records a gap when it ends */
		printf("%llu %llu %llu %llu %llu\n", (unsigned long long)attach_gap_ns,
			(unsigned long long)attach_still_ns, (unsigned long long)shared->gap_ns,
			(unsigned long long)still_ns(&window, target),
			(unsigned long long)attached_ns);
		result = 0;
	} else {
		kill(tracer, SIGKILL);
	}
	kill(target, SIGKILL);
	waitpid(target, NULL, 0);
	return result;
}
