/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A minimal tracer of system calls: a lower bound of the cost, to compare real tracers with.
 *
 *   minimal [-p] [-i] COMMAND…
 *     -p  poll waitpid(2) instead of sleeping in it
 *     -i  read PTRACE_GET_SYSCALL_INFO at each syscall stop
 *
 * It counts nothing and prints nothing. It exits with the status of COMMAND.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPTIONS \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
		PTRACE_O_TRACEEXEC)

static void die(const char *what)
{
	fprintf(stderr, "minimal: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Starts COMMAND, traced from its execve on. */
static pid_t start(char **command)
{
	int go[2];
	if (pipe(go) < 0)
		die("pipe");
	pid_t pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		char byte;
		close(go[1]);
		if (read(go[0], &byte, 1) != 1)
			_exit(127);
		close(go[0]);
		execvp(command[0], command);
		_exit(127);
	}
	close(go[0]);
	if (ptrace(PTRACE_SEIZE, pid, 0, OPTIONS) < 0)
		die("PTRACE_SEIZE");
	if (write(go[1], "", 1) != 1)
		die("write");
	close(go[1]);
	return pid;
}

/* Resumes TID from the stop reported by STATUS. */
static void resume(pid_t tid, int status, bool info)
{
	int signal = WSTOPSIG(status);
	int event = status >> 16;
	if (signal == (SIGTRAP | 0x80)) {
		char buf[128];
		if (info)
			syscall(SYS_ptrace, (long)PTRACE_GET_SYSCALL_INFO, tid, sizeof(buf), buf);
		signal = 0;
	} else if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
		ptrace(PTRACE_LISTEN, tid, 0, 0);
		return;
	} else if (event) {
		signal = 0;
	}
	ptrace(PTRACE_SYSCALL, tid, 0, (long)signal);
}

int main(int argc, char **argv)
{
	bool poll = false, info = false;
	int option;
	while ((option = getopt(argc, argv, "+pi")) != -1) {
		poll |= option == 'p';
		info |= option == 'i';
	}
	if (optind == argc) {
		fprintf(stderr, "usage: minimal [-p] [-i] COMMAND...\n");
		return 2;
	}
	sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP},
		NULL);
	pid_t first = start(argv + optind);
	int status, result = 0;
	for (;;) {
		pid_t tid = waitpid(-1, &status, __WALL | (poll ? WNOHANG : 0));
		if (tid < 0)
			break;
		if (tid == 0)
			continue;
		if (WIFSTOPPED(status))
			resume(tid, status, info);
		else if (tid == first)
			result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	return result;
}
