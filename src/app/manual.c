/* SPDX-License-Identifier: GPL-2.0-or-later */
/* man(1); see app/manual.h. */
#include "config.h"

#include "app/manual.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long its processes get to restore the terminal before they are killed, in steps. */
#define END_STEP_US (10 * 1000)
#define END_STEPS   100

/* Gives the terminal to process group GROUP, as a shell does for a job. */
static void give_terminal(pid_t group)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	sigset_t set, before;
	sigemptyset(&set);
	sigaddset(&set, SIGTTOU);
	sigprocmask(SIG_BLOCK, &set, &before);
	if (fd >= 0) {
		tcsetpgrp(fd, group);
		close(fd);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* The signals that we have blocked or ignored are the user's again. */
static void become_man(const char *call)
{
	sigset_t none;
	setpgid(0, 0);
	give_terminal(getpid());
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
	if (pid > 0)
		setpgid(pid, pid);
	return pid < 0 ? -errno : pid;
}

/*
 * Ends GROUP, whose leader is our child and may have ended: its pager has the terminal in a mode of
 * its own. The leader is reaped if that was not done.
 */
static void end_group(pid_t group)
{
	kill(-group, SIGTERM);
	kill(-group, SIGCONT);
	for (int step = 0; step < END_STEPS; step++) {
		waitpid(group, NULL, WNOHANG);
		if (kill(-group, 0) < 0)
			return;
		usleep(END_STEP_US);
	}
	kill(-group, SIGKILL);
	waitpid(group, NULL, WNOHANG);
}

bool manual_has_ended(pid_t pid, int *status)
{
	int state;
	pid_t changed = waitpid(pid, &state, WNOHANG | WUNTRACED);
	if (changed == 0)
		return false;
	/* Who reaps orphans has reaped it as well, if there is none. */
	*status = changed > 0 && WIFEXITED(state) ? WEXITSTATUS(state) : 0;
	/* Nor can the terminal be left to a job that is stopped. */
	manual_end(pid);
	return true;
}

void manual_end(pid_t pid)
{
	end_group(pid);
	give_terminal(getpgrp());
}
