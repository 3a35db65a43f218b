/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strict ROUNDS: a child enters seccomp's strict mode, in which it may only read, write and exit:
 * any other call kills it. It reads ROUNDS times from a socket with a timeout, and from a pipe.
 * Prints "target" and the child's PID, and then what it saw, and how it has ended.
 */
#include <linux/seccomp.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "tracee.h"

#define TIMEOUT_US 30000

struct seen {
	unsigned int timeouts, bytes, others;
};

/* The C library's exit makes another call. */
static _Noreturn void leave(int status)
{
	for (;;)
		syscall(SYS_exit, status);
}

static _Noreturn void read_strictly(int silent, int slow, int report, unsigned int rounds)
{
	struct seen seen = {0};
	char byte;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) < 0)
		leave(77);
	for (unsigned int i = 0; i < rounds; i++) {
		if (read(silent, &byte, 1) < 0 && errno == EAGAIN)
			seen.timeouts++;
		else
			seen.others++;
		seen.bytes += read(slow, &byte, 1) == 1;
	}
	leave(write(report, &seen, sizeof(seen)) == sizeof(seen) ? 0 : 1);
}

int main(int argc, char **argv)
{
	struct timeval timeout = {.tv_usec = TIMEOUT_US};
	int silent[2], slow[2], report[2], status;
	struct seen seen = {0};
	if (argc != 2)
		return 97;
	unsigned int rounds = (unsigned int)atoi(argv[1]);
	tracee_begin();
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, silent) < 0 || pipe(slow) < 0 || pipe(report) < 0)
		tracee_fail("pipe");
	setsockopt(silent[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	pid_t child = fork();
	if (child == 0)
		read_strictly(silent[0], slow[0], report[1], rounds);
	close(report[1]);
	printf("target %d\n", (int)child);
	for (unsigned int i = 0; i < rounds; i++) {
		pause_pace(TIMEOUT_US * 1000L);
		if (write(slow[1], "b", 1) != 1)
			tracee_fail("write");
	}
	if (read(report[0], &seen, sizeof(seen)) < 0)
		tracee_fail("read");
	waitpid(child, &status, 0);
	printf("timeouts %u, bytes %u, others %u, status 0x%x\n", seen.timeouts, seen.bytes,
		seen.others, (unsigned int)status);
	return 0;
}
