/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loop [wait] THREADS CALLS: each thread makes CALLS calls, every tenth of which fails. With "wait"
 * it prints "ready" when all threads exist, and waits for a byte before their first call and
 * another one before the end.
 */
#include "tracee.h"

static uint64_t calls;
static pthread_barrier_t start;
static _Atomic uint64_t succeeded, failed;

static void *run(void *argument)
{
	uint64_t errors = 0;
	(void)argument;
	pthread_barrier_wait(&start);
	for (uint64_t i = 1; i <= calls; i++) {
		if (i % 10)
			syscall(SYS_getppid);
		else
			errors += syscall(SYS_dup, -1) < 0 && errno == EBADF;
	}
	succeeded += calls - errors;
	failed += errors;
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
	pthread_t *threads = calloc(count, sizeof(*threads));
	pthread_barrier_init(&start, NULL, count + 1);
	for (unsigned int i = 0; i < count; i++)
		threads[i] = tracee_thread(run, NULL);
	if (wait)
		tracee_ready();
	pthread_barrier_wait(&start);
	for (unsigned int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	printf("getppid %llu 0\n", (unsigned long long)succeeded);
	printf("dup %llu %llu EBADF\n", (unsigned long long)failed, (unsigned long long)failed);
	puts("done");
	if (wait)
		tracee_await();
	free(threads);
	return 0;
}
