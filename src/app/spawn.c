/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting the command; see app/spawn.h. */
#include "config.h"

#include "app/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/user.h"

/* Waits for the byte sent after the tracer has attached. */
static void await_go(int fd)
{
	char byte;
	ssize_t got;
	do {
		got = read(fd, &byte, 1);
	} while (got < 0 && errno == EINTR);
	if (got != 1)
		_exit(127);
}

/* Runs in the child. Errors are reported through STATUS_FD. */
static void become_command(const struct spawn_how *how, int go_fd, int status_fd)
{
	bool ready = true;
	int user_error = 0;
	for (int fd = 0; fd < 3; fd++) {
		if (how->stdio[fd] >= 0)
			ready &= dup2(how->stdio[fd], fd) == fd;
	}
	if (how->new_session)
		setsid();
	if (how->before_exec)
		how->before_exec();
	if (how->user)
		user_error = user_become(how->user);
	/*
	 * With kernel.yama.ptrace_scope 1 only an ancestor may trace it. The tracer is a child of
	 * our parent, which this permits: the process named and its descendants (Yama.rst).
	 */
	prctl(PR_SET_PTRACER, getppid());
	/* No error yet: from here on, it only waits. */
	const int none = 0;
	if (write(status_fd, &none, sizeof(none)) != sizeof(none))
		_exit(127);
	await_go(go_fd);
	if (ready && !user_error)
		execvp(how->argv[0], how->argv);
	int error = user_error ? -user_error : errno;
	/* If the write fails, the reader gets end of file, as for a command that started. */
	if (write(status_fd, &error, sizeof(error)) != sizeof(error))
		_exit(127);
	_exit(error == ENOENT ? 127 : 126);
}

int spawn_start(const struct spawn_how *how, struct spawn *spawn)
{
	int go[2], status[2];
	if (pipe2(go, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(status, O_CLOEXEC) < 0) {
		int error = errno;
		close(go[0]);
		close(go[1]);
		return -error;
	}
	pid_t pid = fork();
	int error = errno;
	if (pid == 0) {
		/* Its own copy of the write end would prevent end of file. */
		close(go[1]);
		become_command(how, go[0], status[1]);
	}
	close(go[0]);
	close(status[1]);
	if (pid < 0) {
		close(go[1]);
		close(status[0]);
		return -error;
	}
	*spawn = (struct spawn){.pid = pid, .go_fd = go[1], .status_fd = status[0]};
	return 0;
}

/* The next error that the child reports: 0 as well if there is none. */
static int read_error(const struct spawn *spawn)
{
	int error = 0;
	ssize_t got;
	do {
		got = read(spawn->status_fd, &error, sizeof(error));
	} while (got < 0 && errno == EINTR);
	return got == sizeof(error) ? error : 0;
}

void spawn_await(struct spawn *spawn)
{
	if (!spawn->is_waiting)
		read_error(spawn);
	spawn->is_waiting = true;
}

int spawn_finish(struct spawn *spawn)
{
	spawn_await(spawn);
	int error = read_error(spawn);
	close(spawn->go_fd);
	close(spawn->status_fd);
	return -error;
}

pid_t spawn_any_ended(void)
{
	siginfo_t info = {0};
	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return 0;
	return info.si_pid;
}

pid_t spawn_reap(pid_t pid, int *exit_code, int *exit_signal)
{
	int status;
	pid_t ended = waitpid(pid, &status, WNOHANG);
	if (ended <= 0)
		return 0;
	*exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	*exit_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	return ended;
}

bool spawn_has_ended(pid_t pid, int *exit_code, int *exit_signal)
{
	return spawn_reap(pid, exit_code, exit_signal) == pid;
}

void spawn_cancel(struct spawn *spawn)
{
	close(spawn->go_fd);
	close(spawn->status_fd);
	/* It may already have been started, and run for a long time. */
	kill(spawn->pid, SIGKILL);
	waitpid(spawn->pid, NULL, 0);
}

bool spawn_adopts_orphans(void)
{
	int is_subreaper = 0;
	return getpid() == 1 ||
	       (prctl(PR_GET_CHILD_SUBREAPER, &is_subreaper, 0, 0, 0) == 0 && is_subreaper);
}
