/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A child process for system calls that may never return; see base/subprocess.h. */
#include "config.h"

#include "base/subprocess.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

int subprocess_start(
	struct subprocess *subprocess, void (*function)(const void *argument), const void *argument)
{
	int pidfd = -1;
	/* Without an exit signal: the tracer would mistake a SIGCHLD for that of a tracee. */
	pid_t child = (pid_t)syscall(SYS_clone, CLONE_PIDFD, NULL, &pidfd, NULL, 0L);
	if (child == 0) {
		/* It may outlive us and must not keep a pipe or terminal open. */
		syscall(SYS_close_range, 0, ~0U, 0);
		function(argument);
		syscall(SYS_exit_group, 0);
	}
	if (child < 0)
		return -errno;
	*subprocess = (struct subprocess){child, pidfd};
	return 0;
}

bool subprocess_has_ended(const struct subprocess *subprocess, int timeout_ms)
{
	struct pollfd end = {.fd = subprocess->fd, .events = POLLIN};
	return poll(&end, 1, timeout_ms) == 1;
}

void subprocess_end(struct subprocess *subprocess)
{
	bool ended = subprocess_has_ended(subprocess, 0);
	close(subprocess->fd);
	if (!ended)
		kill(subprocess->pid, SIGKILL);
	waitpid(subprocess->pid, NULL, __WALL | (ended ? 0 : WNOHANG));
}

bool subprocess_finishes(
	void (*function)(const void *argument), const void *argument, int timeout_ms)
{
	struct subprocess subprocess;
	if (subprocess_start(&subprocess, function, argument) < 0)
		return false;
	bool ended = subprocess_has_ended(&subprocess, timeout_ms);
	subprocess_end(&subprocess);
	return ended;
}
