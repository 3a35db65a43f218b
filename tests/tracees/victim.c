/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * victim [wait] THREADS CALLS: each thread makes its calls and then waits in pause(2); when all do,
 * the process kills itself. With "wait" it first prints "ready" and waits for a byte.
 */
#include "tracee.h"

static uint64_t calls;
static pthread_barrier_t start;
static _Atomic pid_t *tids;

static void *run(void *argument)
{
	pthread_barrier_wait(&start);
	tracee_getppid(calls);
	*(_Atomic pid_t *)argument = tracee_tid();
	for (;;)
		syscall(SYS_pause);
	return NULL;
}

int main(int argc, char **argv)
{
	bool wait = argc == 4 && strcmp(argv[1], "wait") == 0;
	if (argc != 3 + wait)
		return 97;
	tracee_begin();
	unsigned int count = (unsigned int)atoi(argv[1 + wait]);
	calls = (uint64_t)atoll(argv[2 + wait]);
	tids = calloc(count, sizeof(*tids));
	pthread_barrier_init(&start, NULL, count + 1);
	for (unsigned int i = 0; i < count; i++)
		tracee_thread(run, &tids[i]);
	if (wait)
		tracee_ready();
	pthread_barrier_wait(&start);
	for (unsigned int i = 0; i < count; i++) {
		while (!tids[i])
			sched_yield();
		tracee_await_call(tids[i], SYS_pause);
	}
	printf("getppid %llu 0\n", (unsigned long long)(count * calls));
	printf("pause %u 0\n", count);
	kill(getpid(), SIGKILL);
	return 96;
}
