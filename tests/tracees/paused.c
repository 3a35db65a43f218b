/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * paused THREADS: so many threads wait in pause(2), each until it gets SIGUSR1, which has a
 * handler. Prints their IDs, one per line, and "ready" when all wait. Exits when all have ended,
 * after it has read a byte.
 */
#include "tracee.h"

#define THREADS_MAX 64

static _Atomic pid_t tids[THREADS_MAX];

static void on_signal(int signal)
{
	(void)signal;
}

static void *run(void *number)
{
	tids[(uintptr_t)number] = tracee_tid();
	pause();
	return NULL;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal};
	size_t count = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	pthread_t threads[THREADS_MAX];
	if (count == 0 || count > THREADS_MAX)
		return 97;
	tracee_begin();
	sigaction(SIGUSR1, &action, NULL);
	for (size_t i = 0; i < count; i++)
		threads[i] = tracee_thread(run, (void *)(uintptr_t)i);
	for (size_t i = 0; i < count; i++) {
		while (!tids[i])
			sched_yield();
		tracee_await_call(tids[i], ANY_CALL);
		printf("%d\n", (int)tids[i]);
	}
	tracee_ready();
	for (size_t i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
