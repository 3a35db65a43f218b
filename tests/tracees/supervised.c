/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * supervised COUNT: starts a target whose COUNT calls of mkdir are answered by this process, the
 * supervisor of a seccomp filter. First prints "target" and its PID. For each notification prints
 * "asked", and answers after a byte on standard input. At the end prints the number of
 * notifications, and how many callers were gone when they were answered; the exit status is the
 * number of wrong results. Without support by the kernel the first line is "skip".
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "tracee.h"

#define ANSWER 4711

static int install(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdir, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(*code), code};
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return (int)syscall(
		SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static int be_target(int count)
{
	int wrong = 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	alarm(TRACEE_LIFE_S);
	for (int i = 0; i < count; i++)
		wrong += syscall(SYS_mkdir, "/nonexistent/folder", 0700) != ANSWER;
	return wrong;
}

static void supervise(int listener, pid_t target)
{
	int asked = 0, gone = 0;
	struct pollfd fds[] = {
		{.fd = listener, .events = POLLIN},
		{.fd = (int)syscall(SYS_pidfd_open, target, 0), .events = POLLIN},
	};
	while (poll(fds, 2, -1) >= 0 && !fds[1].revents) {
		struct seccomp_notif call = {0};
		struct seccomp_notif_resp reply = {.val = ANSWER};
		if (!fds[0].revents || ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
			continue;
		asked++;
		puts("asked");
		tracee_await();
		reply.id = call.id;
		gone += ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply) < 0;
	}
	printf("notifications %d gone %d\n", asked, gone);
}

int main(int argc, char **argv)
{
	int status;
	tracee_begin();
	int listener = install();
	if (argc != 2 || listener < 0) {
		puts("skip");
		return 0;
	}
	pid_t target = fork();
	if (target == 0) {
		close(listener);
		_exit(be_target(atoi(argv[1])));
	}
	printf("target %d\n", (int)target);
	supervise(listener, target);
	return waitpid(target, &status, 0) == target && WIFEXITED(status) ? WEXITSTATUS(status)
	                                                                  : 94;
}
