/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A child process for system calls that may never return; see base/subprocess.h. */
#include "config.h"

#include "base/subprocess.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

bool subprocess_finishes(
	void (*function)(const void *argument), const void *argument, int timeout_ms)
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
		return false;
	struct pollfd end = {.fd = pidfd, .events = POLLIN};
	bool ended = poll(&end, 1, timeout_ms) == 1;
	close(pidfd);
	if (!ended)
		kill(child, SIGKILL);
	waitpid(child, NULL, __WALL | (ended ? 0 : WNOHANG));
	return ended;
}
