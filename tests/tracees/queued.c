/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * queued COUNT: a child is sent COUNT numbered real-time signals, half of them SIGRTMIN and half
 * SIGRTMIN+1, and checks that none is lost, duplicated or reordered, and the rest of their siginfo.
 * First prints "target" and the child's PID.
 */
#include <sys/wait.h>

#include "tracee.h"

#define KINDS      2

/* A user's signal queue is limited: the sender has to pause. */
#define REST_NS    200000
#define BURST      20

/* Limit on the delivery of all signals, in seconds. */
#define PATIENCE_S 1000 /* also where it is starved */

static volatile sig_atomic_t arrived[KINDS], wrong;
static pid_t parent;

static void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)context;
	int kind = signal - SIGRTMIN;
	if (info->si_value.sival_int != arrived[kind] || info->si_code != SI_QUEUE ||
		info->si_pid != parent || info->si_uid != getuid())
		wrong++;
	arrived[kind] = info->si_value.sival_int + 1;
}

static int receive(int count, int ready)
{
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
	sigset_t all, none;
	sigfillset(&all);
	sigfillset(&action.sa_mask);
	sigemptyset(&none);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (int kind = 0; kind < KINDS; kind++)
		sigaction(SIGRTMIN + kind, &action, NULL);
	signal(SIGALRM, SIG_DFL);
	sigdelset(&all, SIGALRM);
	alarm(TRACEE_LIFE_S);
	if (write(ready, "r", 1) != 1)
		return 95;
	while (arrived[0] < count / KINDS || arrived[1] < count / KINDS)
		sigsuspend(&none);
	printf("arrived %d %d, wrong %d\n", (int)arrived[0], (int)arrived[1], (int)wrong);
	return wrong != 0;
}

static void send(pid_t child, int number)
{
	union sigval value = {.sival_int = number / KINDS};
	while (sigqueue(child, SIGRTMIN + number % KINDS, value) < 0) {
		if (errno != EAGAIN)
			tracee_fail("sigqueue");
		pause_pace(REST_NS);
	}
	if (number % BURST == 0)
		pause_pace(REST_NS);
}

/* Waits for CHILD to exit, which it does not if a signal was lost. */
static int await_end(pid_t child)
{
	int status;
	for (int i = 0; i < PATIENCE_S * 2000; i++) {
		if (waitpid(child, &status, WNOHANG) == child)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 94;
		pause_poll();
	}
	puts("some are lost");
	kill(child, SIGKILL);
	return 93;
}

int main(int argc, char **argv)
{
	int ready[2];
	char byte;
	if (argc != 2)
		return 97;
	tracee_begin();
	parent = getpid();
	if (pipe(ready) < 0)
		tracee_fail("pipe");
	int count = atoi(argv[1]) / KINDS * KINDS;
	pid_t child = fork();
	if (child == 0)
		return receive(count, ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		tracee_fail("read");
	printf("target %d\n", (int)child);
	for (int number = 0; number < count; number++)
		send(child, number);
	return await_end(child);
}
