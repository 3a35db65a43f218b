/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unwaited ROUNDS: a parent whose children leave no status, because it ignores SIGCHLD or has said
 * so with SA_NOCLDWAIT, and one that waits for a descriptor of its child before it looks for its
 * status. Prints what it saw.
 */
#include <poll.h>
#include <sys/wait.h>

#include "tracee.h"

#define CHILD_NS 3000000

static volatile sig_atomic_t signals;

static void on_child(int signal)
{
	(void)signal;
	signals++;
}

static pid_t start_child(void)
{
	pid_t child = fork();
	if (child == 0) {
		pause_pace(CHILD_NS);
		_exit(3);
	}
	if (child < 0)
		tracee_fail("fork");
	return child;
}

/* The kernel ends the parent's wait before it forgets the child. */
static void await_forgotten(pid_t child)
{
	while (kill(child, 0) == 0)
		pause_pace(CHILD_NS / 10);
}

/* The wait ends with ECHILD when the child has exited. */
static unsigned int lose_children(unsigned int rounds)
{
	unsigned int right = 0;
	for (unsigned int i = 0; i < rounds; i++) {
		pid_t child = start_child();
		int status;
		right += waitpid(child, &status, 0) < 0 && errno == ECHILD;
		await_forgotten(child);
	}
	return right;
}

static unsigned int poll_children(unsigned int rounds)
{
	unsigned int right = 0;
	for (unsigned int i = 0; i < rounds; i++) {
		pid_t child = start_child();
		struct pollfd fd = {.fd = (int)syscall(SYS_pidfd_open, child, 0), .events = POLLIN};
		siginfo_t info = {0};
		if (fd.fd < 0 || poll(&fd, 1, -1) != 1)
			tracee_fail("pidfd");
		if (waitid(P_PID, (id_t)child, &info, WEXITED) == 0 && info.si_pid == child)
			right += info.si_status == 3;
		close(fd.fd);
	}
	return right;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_NOCLDWAIT | SA_RESTART};
	if (argc != 2)
		return 97;
	unsigned int rounds = (unsigned int)atoi(argv[1]);
	tracee_begin();
	signal(SIGCHLD, SIG_IGN);
	printf("ignored: %u of %u\n", lose_children(rounds), rounds);
	sigaction(SIGCHLD, &action, NULL);
	printf("not waited for: %u of %u", lose_children(rounds), rounds);
	printf(", %d signals\n", (int)signals);
	signal(SIGCHLD, SIG_DFL);
	printf("polled: %u of %u\n", poll_children(rounds), rounds);
	return 0;
}
