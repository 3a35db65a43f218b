/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crowd THREADS ROUNDS: that many threads at a time each make ROUNDS calls of some kinds. It prints
 * "ready", and waits for a byte before it creates them, and for another before the end.
 */
#include "tracee.h"

#define STACK_SIZE (64 * 1024)

static const struct {
	const char *name;
	long nr;
	bool fails;
} kinds[] = {
	{"getppid", SYS_getppid, false},
	{"getpgrp", SYS_getpgrp, false},
	{"getuid", SYS_getuid, false},
	{"getegid", SYS_getegid, false},
	{"fchdir", SYS_fchdir, true},
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))

static unsigned long rounds;
static pthread_barrier_t end;

static void *make_calls(void *argument)
{
	(void)argument;
	for (unsigned long round = 0; round < rounds; round++) {
		for (size_t kind = 0; kind < KINDS; kind++)
			syscall(kinds[kind].nr, -1);
	}
	pthread_barrier_wait(&end);
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned int threads = argc > 1 ? (unsigned int)atoi(argv[1]) : 0;
	pthread_attr_t attributes;
	rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	tracee_begin();
	tracee_ready();
	pthread_barrier_init(&end, NULL, threads + 1);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	for (unsigned int i = 0; i < threads; i++) {
		pthread_t thread;
		errno = pthread_create(&thread, &attributes, make_calls, NULL);
		if (errno)
			tracee_fail("pthread_create");
	}
	pthread_barrier_wait(&end);
	for (size_t kind = 0; kind < KINDS; kind++)
		printf("%s %lu %lu\n", kinds[kind].name, threads * rounds,
			kinds[kind].fails ? threads * rounds : 0);
	puts("done");
	tracee_await();
	return 0;
}
