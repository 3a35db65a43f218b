/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exec WHO HOW CALLS: makes CALLS calls, then execve, and CALLS more as the new program. WHO calls
 * execve: "leader", without other threads; or "thread", one of several, while the others and the
 * leader wait. HOW: "wait" for a byte before the calls and before the end, or "at-once".
 */
#include "tracee.h"

static uint64_t calls;
static char **arguments;
static _Atomic pid_t sleepers[3];

static void become_new(void)
{
	static char new[] = "new";
	char *const argv[] = {arguments[0], new, arguments[2], arguments[3], NULL};
	tracee_getppid(calls);
	execv("/proc/self/exe", argv);
	tracee_fail("execv");
}

static void *sleep_forever(void *argument)
{
	*(_Atomic pid_t *)argument = tracee_tid();
	for (;;)
		syscall(SYS_pause);
	return NULL;
}

/* The leader's call counts, too. */
static void *run(void *argument)
{
	tracee_await_call(getpid(), SYS_pause);
	become_new();
	return argument;
}

static void exec_from_thread(void)
{
	for (size_t i = 0; i < sizeof(sleepers) / sizeof(*sleepers); i++) {
		tracee_thread(sleep_forever, &sleepers[i]);
		while (!sleepers[i])
			sched_yield();
		tracee_await_call(sleepers[i], SYS_pause);
	}
	tracee_thread(run, NULL);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 97;
	tracee_begin();
	bool wait = strcmp(argv[2], "wait") == 0;
	arguments = argv;
	calls = (uint64_t)atoll(argv[3]);
	if (strcmp(argv[1], "new") == 0) {
		tracee_getppid(calls);
		printf("getppid %llu 0\n", (unsigned long long)(2 * calls));
		puts("done");
		if (wait)
			tracee_await();
		return 0;
	}
	if (wait)
		tracee_ready();
	if (strcmp(argv[1], "thread") == 0)
		exec_from_thread();
	become_new();
	return 96;
}
