/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * children HOW CALLS: after reading a byte, creates a child by "fork", "vfork", "spawn"
 * (posix_spawn) or "thread" (a fork by a thread). The child makes CALLS calls of getpgrp, the
 * parent CALLS of getppid. The child prints "traced" or "untraced", according to its own /proc
 * file.
 */
#include <spawn.h>
#include <sys/wait.h>

#include "tracee.h"

static char *program;
static char *calls_text;
static uint64_t calls;

static void be_child(void)
{
	puts(tracee_is_traced() ? "traced" : "untraced");
	tracee_getpgrp(calls);
	printf("getpgrp %llu 0\n", (unsigned long long)calls);
	fflush(stdout);
	_exit(0);
}

static char child_word[] = "child";

static pid_t start_by_fork(void)
{
	fflush(stdout);
	pid_t child = fork();
	if (child == 0)
		be_child();
	return child;
}

static pid_t start_by_vfork(void)
{
	char *const argv[] = {program, child_word, calls_text, NULL};
	pid_t child = vfork();
	if (child == 0) {
		execv("/proc/self/exe", argv);
		_exit(95);
	}
	return child;
}

static pid_t start_by_spawn(void)
{
	char *const argv[] = {program, child_word, calls_text, NULL};
	pid_t child;
	errno = posix_spawn(&child, "/proc/self/exe", NULL, NULL, argv, environ);
	if (errno)
		tracee_fail("posix_spawn");
	return child;
}

static void *fork_and_tell(void *argument)
{
	*(pid_t *)argument = start_by_fork();
	return NULL;
}

static pid_t start_by_thread(void)
{
	pid_t child;
	pthread_join(tracee_thread(fork_and_tell, &child), NULL);
	return child;
}

static const struct {
	const char *name;
	pid_t (*start)(void);
} ways[] = {
	{"fork", start_by_fork},
	{"vfork", start_by_vfork},
	{"spawn", start_by_spawn},
	{"thread", start_by_thread},
};

int main(int argc, char **argv)
{
	if (argc != 3)
		return 97;
	tracee_begin();
	program = argv[0];
	calls_text = argv[2];
	calls = (uint64_t)atoll(argv[2]);
	if (strcmp(argv[1], child_word) == 0)
		be_child();
	size_t way = 0;
	while (strcmp(ways[way].name, argv[1]) != 0) {
		if (++way == sizeof(ways) / sizeof(*ways))
			return 97;
	}
	tracee_ready();
	pid_t child = ways[way].start();
	tracee_getppid(calls);
	int status;
	if (waitpid(child, &status, 0) != child || status != 0)
		tracee_fail("waitpid");
	printf("getppid %llu 0\n", (unsigned long long)calls);
	puts("done");
	tracee_await();
	return 0;
}
