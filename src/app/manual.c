/* SPDX-License-Identifier: GPL-2.0-or-later */
/* man(1); see app/manual.h. */
#include "config.h"

#include "app/manual.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/spawn.h"

/* The signals that we have blocked or ignored are the user's again. */
static void become_man(const char *call)
{
	sigset_t none;
	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execlp("man", "man", "2", call, (char *)NULL);
	_exit(127);
}

pid_t manual_start(const char *call)
{
	pid_t pid = fork();
	if (pid == 0)
		become_man(call);
	return pid < 0 ? -errno : pid;
}

bool manual_has_ended(pid_t pid, int *status)
{
	int signal;
	if (spawn_has_ended(pid, status, &signal))
		return true;
	/* Who reaps orphans has reaped it as well. */
	*status = 0;
	return kill(pid, 0) < 0;
}

void manual_end(pid_t pid)
{
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}
