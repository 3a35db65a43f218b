/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filters ACTION COUNT: makes COUNT calls of getppid under a seccomp filter that returns ACTION for
 * them, and prints the result of each, and the number of calls and errors that should be counted.
 * Calls in which the filter ends the program are announced before.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tracee.h"

#define ANSWER 4711

static volatile sig_atomic_t trapped, trapped_call;

static void on_trap(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	trapped++;
	trapped_call = info->si_syscall;
}

static int install(uint32_t action, unsigned int flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(*code), code};
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	int result = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (result < 0)
		tracee_fail("seccomp");
	return result;
}

/* The supervisor: answers every notification. */
static void *answer(void *argument)
{
	int fd = (int)(uintptr_t)argument;
	for (;;) {
		struct seccomp_notif call = {0};
		struct seccomp_notif_resp reply = {0};
		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0) {
			if (errno == EINTR || errno == ENOENT)
				continue;
			return NULL;
		}
		reply.id = call.id;
		reply.val = ANSWER;
		/* ENOENT: the caller was interrupted and makes the call again. */
		if (ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &reply) < 0 && errno != ENOENT)
			return NULL;
	}
}

static void *call_once(void *argument)
{
	syscall(SYS_getppid);
	return argument;
}

/* Each call ends the thread that makes it. */
static void kill_threads(int count)
{
	for (int i = 0; i < count; i++)
		pthread_join(tracee_thread(call_once, NULL), NULL);
	printf("getppid %d 0\n", count + 1);
}

/* The call ends a child. */
static void kill_processes(int count)
{
	for (int i = 0; i < count; i++) {
		int status;
		pid_t child = fork();
		if (child == 0) {
			install(SECCOMP_RET_KILL_PROCESS, 0);
			call_once(NULL);
			_exit(0);
		}
		waitpid(child, &status, 0);
		printf("killed by %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	}
	printf("getppid %d 0\n", count);
}

static const struct action {
	const char *name;
	uint32_t value;
	unsigned int flags;
	const char *error; /* the error that should be counted; NULL: none */
} actions[] = {
	{"allow", SECCOMP_RET_ALLOW, 0, NULL},
	{"log", SECCOMP_RET_LOG, 0, NULL},
	{"errno", SECCOMP_RET_ERRNO | EXDEV, 0, "EXDEV"},
	{"trace", SECCOMP_RET_TRACE, 0, "ENOSYS"},
	{"trap", SECCOMP_RET_TRAP, 0, NULL},
	{"notify", SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER, NULL},
	{"kill-thread", SECCOMP_RET_KILL_THREAD, 0, NULL},
	{"kill-process", 0, 0, NULL},
};

static void make_calls(const struct action *action, int count)
{
	pid_t parent = getppid();
	int fd = install(action->value, action->flags);
	if (action->value == SECCOMP_RET_USER_NOTIF)
		tracee_thread(answer, (void *)(uintptr_t)fd);
	if (action->value == SECCOMP_RET_KILL_THREAD) {
		kill_threads(count);
		return;
	}
	int right = 0;
	for (int i = 0; i < count; i++) {
		errno = 0;
		long result = syscall(SYS_getppid);
		right += action->value == SECCOMP_RET_USER_NOTIF ? result == ANSWER
		         : action->value == SECCOMP_RET_TRAP     ? trapped_call == SYS_getppid
		         : action->error                         ? result == -1
		                                                 : result == parent;
		if (action->error && strcmp(strerrorname_np(errno), action->error) != 0)
			right = -1;
	}
	printf("right %d trapped %d\n", right, (int)trapped);
	/* The C library does not cache getppid: the one call before the filter counts too. */
	printf("getppid %d %d %s\n", count + 1, action->error ? count : 0,
		action->error ? action->error : "");
}

int main(int argc, char **argv)
{
	struct sigaction trap = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
	struct rlimit none = {0};
	if (argc != 3)
		return 97;
	tracee_begin();
	setrlimit(RLIMIT_CORE, &none);
	sigaction(SIGSYS, &trap, NULL);
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		if (strcmp(actions[i].name, argv[1]) != 0)
			continue;
		if (strcmp(argv[1], "kill-process") == 0)
			kill_processes(atoi(argv[2]));
		else
			make_calls(&actions[i], atoi(argv[2]));
		fflush(stdout);
		_exit(0);
	}
	return 96;
}
