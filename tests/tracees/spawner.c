/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spawner thread|process CHAINS LINKS CALLS: chains of tasks that only create the next one and
 * exit, from the start. After a byte is read, each of LINKS more tasks first makes CALLS calls.
 *
 * Threads create the next one at once. Processes do after a pause, and exit when they are traced:
 * one that exits earlier cannot be found by reading /proc. Each pause is longer than the previous
 * one, so that the tracer catches up on any machine.
 */
#include "tracee.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define PAUSE_NS 5000000 /* the first, and between two checks */

/* Shared by all tasks. */
static struct chains {
	bool processes;
	_Atomic long pause_ns; /* the next */
	uint64_t calls;
	_Atomic bool go;
	_Atomic long links;    /* tasks that still have to make calls */
	_Atomic uint64_t made; /* tasks that have made their calls */
	_Atomic int alive;
} * chains;

static void make_task(void *armed);

/* A fifth longer than the previous one: there are never many processes, however slow the attach. */
static long next_pause_ns(void)
{
	chains->pause_ns += chains->pause_ns / 5;
	return chains->pause_ns;
}

static void await_tracer(void)
{
	while (!chains->go && !tracee_is_traced())
		pause_pace(PAUSE_NS);
}

/* ARMED: it was created after the byte was read. */
static void *run(void *armed)
{
	bool looked_for = !armed && chains->processes;
	if (armed) {
		tracee_getppid(chains->calls);
		chains->made++;
	}
	if (looked_for)
		pause_pace(next_pause_ns());
	bool arm = chains->go;
	if (arm && --chains->links < 0)
		chains->alive--;
	else
		make_task(arm ? chains : NULL);
	if (looked_for)
		await_tracer();
	return NULL;
}

static void make_task(void *armed)
{
	pthread_attr_t detached;
	pthread_t next;
	if (chains->processes) {
		pid_t child = fork();
		if (child < 0)
			tracee_fail("fork");
		if (child == 0) {
			run(armed);
			_exit(0);
		}
		return;
	}
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	errno = pthread_create(&next, &detached, run, armed);
	if (errno)
		tracee_fail("pthread_create");
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 97;
	tracee_begin();
	chains = mmap(
		NULL, sizeof(*chains), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (chains == MAP_FAILED)
		tracee_fail("mmap");
	chains->processes = strcmp(argv[1], "process") == 0;
	chains->alive = atoi(argv[2]);
	chains->links = atol(argv[3]);
	chains->calls = (uint64_t)atoll(argv[4]);
	chains->pause_ns = PAUSE_NS;
	/* Processes become our children when their parents exit, and are reaped automatically. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGCHLD, SIG_IGN);
	for (int i = atoi(argv[2]); i > 0; i--)
		make_task(NULL);
	tracee_ready();
	chains->go = true;
	while (chains->alive)
		pause_poll();
	printf("getppid %llu 0\n", (unsigned long long)(chains->made * chains->calls));
	puts("done");
	tracee_await();
	return 0;
}
