/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree DEPTH CALLS: a process, its child, its grandchild and so on, which exist before it prints
 * "ready". After a byte each of them makes CALLS calls and exits, the first one after another byte.
 */
#include <sys/wait.h>

#include "tracee.h"

static int go[2];    /* closed by the first process as the signal to go */
static int there[2]; /* each process writes its number when it exists */
static uint64_t calls;

/* Runs in process number DEPTH, counted from the bottom. */
static void live(int depth)
{
	char byte;
	pid_t me = getpid(), child = depth > 1 ? fork() : -1;
	if (child == 0) {
		live(depth - 1);
		_exit(0);
	}
	close(go[1]);
	if (write(there[1], &me, sizeof(me)) != sizeof(me) || read(go[0], &byte, 1) != 0)
		tracee_fail("the word to go");
	tracee_getpgrp(calls);
	if (child > 0)
		waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
	pid_t descendant;
	if (argc != 3 || pipe(go) < 0 || pipe(there) < 0)
		return 97;
	tracee_begin();
	int depth = atoi(argv[1]);
	calls = (uint64_t)atoll(argv[2]);
	pid_t child = fork();
	if (child == 0) {
		live(depth - 1);
		_exit(0);
	}
	for (int i = 1; i < depth; i++) {
		if (read(there[0], &descendant, sizeof(descendant)) != sizeof(descendant))
			tracee_fail("read");
		tracee_await_call(descendant, SYS_read);
	}
	tracee_ready();
	close(go[1]);
	tracee_getpgrp(calls);
	waitpid(child, NULL, 0);
	puts("done");
	tracee_await();
	return 0;
}
