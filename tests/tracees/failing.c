/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * failing WAY ROUNDS: calls that fail.
 *
 *   errors   one call in many ways, ROUNDS times each
 *   refused  ROUNDS calls that a seccomp filter answers with EPERM, and as many that it answers
 * with a signal; then one for which it kills the thread
 */
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

#include "tracee.h"

/* Calls that fail, each with another error. */
static long open_long(void)
{
	char path[PATH_MAX + 1];
	memset(path, 'x', sizeof(path));
	path[PATH_MAX] = '\0';
	return syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
}

static const struct {
	int fd;
	const char *path; /* NULL: one that is too long */
	int flags;
	int error;
} ways[] = {
	{AT_FDCWD, "/nonexistent", O_RDONLY, ENOENT},
	{AT_FDCWD, "/proc/version/below", O_RDONLY, ENOTDIR},
	{AT_FDCWD, (const char *)1, O_RDONLY, EFAULT},
	{9999, "below", O_RDONLY, EBADF},
	{AT_FDCWD, "/", O_WRONLY, EISDIR},
	{AT_FDCWD, NULL, O_RDONLY, ENAMETOOLONG},
	{AT_FDCWD, "/proc/version", O_CREAT | O_EXCL, EEXIST},
	{AT_FDCWD, "/proc/self/exe", O_RDONLY | O_NOFOLLOW, ELOOP},
	{AT_FDCWD, "/proc/self/exe", O_WRONLY, ETXTBSY},
};

#define WAYS (sizeof(ways) / sizeof(*ways))

static void fail(unsigned int rounds)
{
	unsigned int failed[WAYS] = {0};
	for (unsigned int i = 0; i < rounds; i++) {
		for (size_t way = 0; way < WAYS; way++) {
			long result = ways[way].path ? syscall(SYS_openat, ways[way].fd,
							       ways[way].path, ways[way].flags, 0)
			                             : open_long();
			failed[way] += result < 0 && errno == ways[way].error;
		}
	}
	for (size_t way = 0; way < WAYS; way++)
		printf("%s %u\n", strerrorname_np(ways[way].error), failed[way]);
}

#define FOR(number, action) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, action)

static void filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		FOR(SYS_getpgrp, SECCOMP_RET_ERRNO | EPERM),
		FOR(SYS_getppid, SECCOMP_RET_TRAP),
		FOR(SYS_sync, SECCOMP_RET_KILL_THREAD),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(*code), code};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		tracee_fail("seccomp");
}

static void ignore(int signal)
{
	(void)signal;
}

static void *be_killed(void *argument)
{
	syscall(SYS_sync);
	return argument;
}

static void be_refused(unsigned int rounds)
{
	signal(SIGSYS, ignore);
	filter();
	tracee_getpgrp(rounds);
	tracee_getppid(rounds);
	pthread_join(tracee_thread(be_killed, NULL), NULL);
	printf("getpgrp %u %u EPERM\ngetppid %u 0\nsync 1 0\n", rounds, rounds, rounds);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 97;
	tracee_begin();
	if (strcmp(argv[1], "errors") == 0)
		fail((unsigned int)atoi(argv[2]));
	else
		be_refused((unsigned int)atoi(argv[2]));
	return 0;
}
