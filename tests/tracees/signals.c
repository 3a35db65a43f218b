/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * signals HOW TIMES: a thread waits in a call and is sent TIMES signals with a handler. HOW: "end",
 * the handler ends the call, poll(2); or "restart", the handler has SA_RESTART, and the call,
 * recvfrom(2), continues after it. The handler itself makes the same call from the same
 * instruction, in a way that returns at once.
 */
#include <poll.h>
#include <sys/socket.h>

#include "tracee.h"

static int sockets[2]; /* nothing is ever sent through them */
static _Atomic pid_t waiting;
static _Atomic uint64_t handled, ended, refused;

static long poll_for(bool at_once)
{
	return syscall(SYS_poll, NULL, 0L, at_once ? 0L : -1L);
}

static long receive(bool at_once)
{
	char byte;
	long flags = at_once ? MSG_DONTWAIT : 0;
	return syscall(SYS_recvfrom, sockets[0], &byte, 1L, flags, NULL, NULL);
}

static long (*wait_in_call)(bool at_once);

static void on_signal(int signal)
{
	int error = errno;
	(void)signal;
	if (wait_in_call(true) < 0)
		refused++;
	handled++;
	errno = error;
}

static void *run(void *argument)
{
	waiting = tracee_tid();
	for (;;) {
		if (wait_in_call(false) < 0 && errno == EINTR)
			ended++;
	}
	return argument;
}

int main(int argc, char **argv)
{
	if (argc != 3 || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) < 0)
		return 97;
	tracee_begin();
	bool restart = strcmp(argv[1], "restart") == 0;
	uint64_t times = (uint64_t)atoll(argv[2]);
	long nr = restart ? SYS_recvfrom : SYS_poll;
	wait_in_call = restart ? receive : poll_for;
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = restart ? SA_RESTART : 0};
	sigaction(SIGUSR1, &action, NULL);
	tracee_thread(run, NULL);
	while (!waiting)
		sched_yield();
	for (uint64_t sent = 1; sent <= times; sent++) {
		tracee_await_call(waiting, nr);
		syscall(SYS_tgkill, getpid(), waiting, SIGUSR1);
		while (handled < sent || (!restart && ended < sent))
			sched_yield();
	}
	tracee_await_call(waiting, nr);
	/* The last call waits until the end, and then counts too. */
	if (restart)
		printf("recvfrom %llu %llu EAGAIN\n", (unsigned long long)(times + 1),
			(unsigned long long)refused);
	else
		printf("poll %llu %llu EINTR\n", (unsigned long long)(2 * times + 1),
			(unsigned long long)ended);
	return 0;
}
