/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * births WAY ROUNDS: creates tasks in one of several ways, ROUNDS times; each makes CALLS calls of
 * getpgrp and exits with a distinct status. Prints how many exited as expected and, if a tracer can
 * follow them, how many calls they made.
 */
#include <linux/sched.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>

#include "tracee.h"

#define CALLS      5
#define STATUS     7
#define STACK_SIZE 65536

/* Number of simultaneous threads in a storm. */
#define WAVE       100

/* A tree of forks: children per node, and depth. */
#define BREADTH    3
#define DEPTH      4

extern char **environ;

static unsigned int good;
static char stack[STACK_SIZE] __attribute__((aligned(16)));

static int work(void *argument)
{
	(void)argument;
	tracee_getpgrp(CALLS);
	return STATUS;
}

static void reap(pid_t child, int flags)
{
	int status;
	good += child > 0 && waitpid(child, &status, flags) == child && WIFEXITED(status) &&
	        WEXITSTATUS(status) == STATUS;
}

static void by_fork(void)
{
	pid_t child = fork();
	if (child == 0)
		_exit(work(NULL));
	reap(child, 0);
}

static void by_vfork(void)
{
	pid_t child = vfork();
	if (child == 0) {
		tracee_getpgrp(CALLS);
		_exit(STATUS);
	}
	reap(child, 0);
}

static void by_clone(int flags)
{
	reap(clone(work, stack + STACK_SIZE, flags | SIGCHLD, NULL), 0);
}

static void by_plain_clone(void)
{
	by_clone(0);
}

/* A child that shares memory and whose exit sends no signal. */
static void by_silent_clone(void)
{
	reap(clone(work, stack + STACK_SIZE, CLONE_VM | CLONE_FILES, NULL), __WCLONE);
}

static void by_untraced_clone(void)
{
	by_clone(CLONE_UNTRACED);
}

static void by_untraced_clone3(void)
{
	struct clone_args args = {.flags = CLONE_UNTRACED, .exit_signal = SIGCHLD};
	pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (child == 0)
		_exit(work(NULL));
	reap(child, 0);
}

static void by_namespace_clone(void)
{
	by_clone(CLONE_NEWPID);
}

/* The child creates a sibling. */
static void by_parent_clone(void)
{
	pid_t child = fork();
	if (child == 0) {
		pid_t sibling = clone(work, stack + STACK_SIZE, CLONE_PARENT | SIGCHLD, NULL);
		_exit(sibling > 0 ? 0 : 1);
	}
	int status;
	for (int i = 0; i < 2; i++) {
		if (wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == STATUS)
			good++;
	}
}

static void by_clone3(void)
{
	struct clone_args args = {.exit_signal = SIGCHLD};
	pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (child == 0)
		_exit(work(NULL));
	reap(child, 0);
}

static void by_spawn(void)
{
	static char name[] = "births", role[] = "child";
	char *const argv[] = {name, role, NULL};
	pid_t child;
	if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, argv, environ) == 0)
		reap(child, 0);
}

static void *work_as_thread(void *argument)
{
	return (void *)(uintptr_t)(work(argument) == STATUS);
}

static void by_thread(void)
{
	pthread_t threads[WAVE];
	for (int i = 0; i < WAVE; i++)
		threads[i] = tracee_thread(work_as_thread, NULL);
	for (int i = 0; i < WAVE; i++) {
		void *result;
		pthread_join(threads[i], &result);
		good += result != NULL;
	}
}

/* A node of the tree: its status is as expected if those of all its children are. */
static int grow(int depth)
{
	int right = 0;
	tracee_getpgrp(CALLS);
	for (int i = 0; depth > 0 && i < BREADTH; i++) {
		if (fork() == 0)
			_exit(grow(depth - 1));
	}
	for (int status; wait(&status) > 0;)
		right += WIFEXITED(status) && WEXITSTATUS(status) == STATUS;
	return right == (depth > 0 ? BREADTH : 0) ? STATUS : 1;
}

static void by_tree(void)
{
	pid_t child = fork();
	if (child == 0)
		_exit(grow(DEPTH));
	reap(child, 0);
}

/* Number of nodes of a tree, including its root. */
static unsigned int tree_size(void)
{
	unsigned int size = 0, row = 1;
	for (int depth = 0; depth <= DEPTH; depth++, row *= BREADTH)
		size += row;
	return size;
}

static const struct way {
	const char *name;
	void (*make)(void);
	unsigned int tasks; /* tasks per round that make calls; 0: see tree_size() */
	bool followed;
} ways[] = {
	{"fork", by_fork, 1, true},
	{"vfork", by_vfork, 1, true},
	{"clone", by_plain_clone, 1, true},
	{"silent", by_silent_clone, 1, true},
	{"clone3", by_clone3, 1, true},
	{"spawn", by_spawn, 1, true},
	{"parent", by_parent_clone, 1, true},
	{"namespace", by_namespace_clone, 1, true},
	{"untraced", by_untraced_clone, 1, false},
	{"untraced3", by_untraced_clone3, 1, false},
	{"threads", by_thread, WAVE, true},
	{"tree", by_tree, 0, true},
};

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "child") == 0)
		return work(NULL);
	if (argc != 3)
		return 97;
	tracee_begin();
	unsigned int rounds = (unsigned int)atoi(argv[2]);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		const struct way *way = &ways[i];
		if (strcmp(way->name, argv[1]) != 0)
			continue;
		for (unsigned int round = 0; round < rounds; round++)
			way->make();
		unsigned int tasks = rounds * (way->tasks ? way->tasks : tree_size());
		printf("good %u\n", good);
		if (way->followed)
			printf("getpgrp %u 0\n", tasks * CALLS);
		return 0;
	}
	return 96;
}
