/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A target that makes cheap system calls in a loop and measures them.
 *
 *   caller [-c CALL] [-t BUSY] [-q QUIET] [-d DEPTH] [-s SECONDS]
 *     -c  getppid; pread, of a file; or access, of a path that does not exist (getppid)
 *     -t  number of threads that make that call as fast as they can (1)
 *     -d  number of functions that call each other before that (0)
 *     -q  number of threads that wait all the time (0)
 *     -s  duration (0.5)
 *
 * Prints the average time of a call in a thread in nanoseconds, and the progress of the slowest
 * thread relative to its fair share (1: all threads made the same number of calls).
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Calls per reading of the clock, which costs about a tenth of an untraced call. */
#define BATCH      8

/* Small: there are thousands of threads. */
#define STACK_SIZE (64 * 1024)

static void call_getppid(void)
{
	syscall(SYS_getppid);
}

static int file;

static void call_pread(void)
{
	char byte;
	syscall(SYS_pread64, file, &byte, 1, 0);
}

static void call_access(void)
{
	syscall(SYS_access, "/nonexistent/directory/of/this/benchmark", R_OK);
}

static const struct {
	const char *name;
	void (*make)(void);
} calls[] = {
	{"getppid", call_getppid},
	{"pread", call_pread},
	{"access", call_access},
};

static struct {
	pthread_barrier_t barrier;
	double seconds;
	void (*make)(void);
	int depth;
} plan = {.make = call_getppid};

/* What one busy thread got. */
struct busy {
	pthread_t thread;
	uint64_t calls, elapsed_ns;
};

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void make_calls(struct busy *busy)
{
	uint64_t start_ns = now_ns();
	uint64_t limit_ns = (uint64_t)(plan.seconds * 1e9);
	do {
		for (int i = 0; i < BATCH; i++)
			plan.make();
		busy->calls += BATCH;
		busy->elapsed_ns = now_ns() - start_ns;
	} while (busy->elapsed_ns < limit_ns);
}

/* Makes the calls DEPTH functions further down. */
__attribute__((noinline)) static void descend(struct busy *busy, int depth)
{
	if (depth > 0)
		descend(busy, depth - 1);
	else
		make_calls(busy);
	__asm__ volatile("" ::: "memory"); /* no tail call */
}

static void *call(void *argument)
{
	struct busy *busy = argument;
	pthread_barrier_wait(&plan.barrier);
	descend(busy, plan.depth);
	return NULL;
}

static void *wait(void *argument)
{
	(void)argument;
	for (;;)
		pause();
	return NULL;
}

static void start(pthread_t *thread, void *(*run)(void *), void *argument)
{
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	if (pthread_create(thread, &attributes, run, argument) != 0) {
		fprintf(stderr, "caller: cannot create more threads\n");
		exit(1);
	}
}

/* Chooses the call NAME. Returns whether there is one. */
static bool choose(const char *name)
{
	file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		if (strcmp(calls[i].name, name) != 0)
			continue;
		plan.make = calls[i].make;
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	int busy = 1, quiet = 0, option;
	plan.seconds = 0.5;
	while ((option = getopt(argc, argv, "c:t:q:d:s:")) != -1) {
		if (option == 't')
			busy = atoi(optarg);
		else if (option == 'q')
			quiet = atoi(optarg);
		else if (option == 'd')
			plan.depth = atoi(optarg);
		else if (option == 's')
			plan.seconds = atof(optarg);
		else if (option != 'c' || !choose(optarg))
			return 2;
	}
	if (busy < 1)
		return 2;
	struct busy *threads = calloc((size_t)busy, sizeof(*threads));
	if (!threads)
		return 1;
	pthread_barrier_init(&plan.barrier, NULL, (unsigned int)busy);
	/* The busy ones first: a tracer's list has the newest first, which puts them at its far
	 * end. */
	for (int i = 1; i < busy; i++)
		start(&threads[i].thread, call, &threads[i]);
	for (int i = 0; i < quiet; i++) {
		pthread_t thread;
		start(&thread, wait, NULL);
	}
	call(&threads[0]);
	for (int i = 1; i < busy; i++)
		pthread_join(threads[i].thread, NULL);
	uint64_t made = 0, elapsed_ns = 0, least = UINT64_MAX;
	for (int i = 0; i < busy; i++) {
		made += threads[i].calls;
		elapsed_ns += threads[i].elapsed_ns;
		least = threads[i].calls < least ? threads[i].calls : least;
	}
	printf("%.1f %.3f\n", (double)elapsed_ns / (double)made,
		(double)least * busy / (double)made);
	fflush(stdout);
	_exit(0);
}
