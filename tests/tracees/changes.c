/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * changes: what others can change about a task. A thread makes no calls but waits; after the first
 * byte it is renamed "worker", and the process "boss", by writing to /proc. Two processes are made
 * whose parent is not their creator: "sibling PID PPID", with CLONE_PARENT, and "orphan PID PPID",
 * whose creator has exited. After the second byte this process becomes "sleep 1000".
 */
#include <sched.h>
#include <sys/wait.h>

#include "tracee.h"

static _Atomic pid_t worker;

static void *wait_for_ever(void *argument)
{
	(void)argument;
	worker = tracee_tid();
	for (;;)
		pause();
	return NULL;
}

static void write_name(pid_t tid, const char *name)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", (int)tid);
	int fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, name, strlen(name)) < 0)
		tracee_fail(path);
	close(fd);
}

/* Prints what this process is once MIDDLE is not its parent, and waits for its own end. */
static void stay(const char *what, pid_t middle)
{
	while (getppid() == middle)
		pause_poll();
	printf("%s %d %d\n", what, (int)getpid(), (int)getppid());
	for (;;)
		pause();
}

static void make_relatives(void)
{
	pid_t middle = fork();
	if (middle == 0) {
		middle = getpid();
		if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0)
			stay("sibling", middle);
		if (fork() == 0)
			stay("orphan", middle);
		_exit(0);
	}
	waitpid(middle, NULL, 0);
}

int main(void)
{
	tracee_begin();
	tracee_thread(wait_for_ever, NULL);
	while (!worker)
		pause_poll();
	printf("thread %d\n", (int)worker);
	tracee_ready();
	write_name(worker, "worker");
	write_name(getpid(), "boss");
	make_relatives();
	tracee_await();
	execlp("sleep", "sleep", "1000", (char *)NULL);
	tracee_fail("sleep");
}
