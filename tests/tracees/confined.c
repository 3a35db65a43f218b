/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confined WAY COMMAND...: executes the command in a sandbox or under another scheduler, which it
 * inherits.
 * Exits with 77 if the machine does not permit it.
 *
 *   landlock     may write only to directories that it knows
 *   user         in a user namespace of its own
 *   one-cpu      on the first processor alone
 *   fifo         at a real-time priority
 *   oom          as what the kernel kills first when memory is short
 *   deny         with a seccomp filter that does not allow ptrace(2) and process_vm_readv(2)
 *   no-restart   with one that does not allow restart_syscall(2), which kills
 *   no-restart-error  the same, which makes it fail
 *   restart      with two that know of restart_syscall(2), and allow it
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>

#include "tracee.h"

#define UNABLE 77

static bool enter_landlock(void)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = LANDLOCK_ACCESS_FS_MAKE_BLOCK};
	int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	return rules >= 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       syscall(SYS_landlock_restrict_self, rules, 0) == 0;
}

static bool enter_user_namespace(void)
{
	return unshare(CLONE_NEWUSER) == 0;
}

static bool use_one_cpu(void)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return sched_setaffinity(0, sizeof(set), &set) == 0;
}

static bool become_real_time(void)
{
	struct sched_param param = {.sched_priority = 10};
	return sched_setscheduler(0, SCHED_FIFO, &param) == 0;
}

static bool be_killed_first(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, "987", 3) == 3;
	if (fd >= 0)
		close(fd);
	return written;
}

static bool add_filter(struct sock_filter *code, size_t count)
{
	struct sock_fprog filter = {(unsigned short)count, code};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))

static bool deny_tracing(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	return add_filter(code, COUNT_OF(code));
}

/* The number of restart_syscall in 32-bit programs. */
#define RESTART_I386 0

/* Restarts get ACTION. */
static bool answer_restarts(uint32_t action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RESTART_I386, 2, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_restart_syscall, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	return add_filter(code, COUNT_OF(code));
}

static bool deny_restarts(void)
{
	return answer_restarts(SECCOMP_RET_KILL_PROCESS);
}

static bool fail_restarts(void)
{
	return answer_restarts(SECCOMP_RET_ERRNO | EACCES);
}

static bool allow_restarts(void)
{
	return answer_restarts(SECCOMP_RET_LOG) && answer_restarts(SECCOMP_RET_ALLOW);
}

static const struct {
	const char *name;
	bool (*enter)(void);
} ways[] = {
	{"landlock", enter_landlock},
	{"user", enter_user_namespace},
	{"one-cpu", use_one_cpu},
	{"fifo", become_real_time},
	{"oom", be_killed_first},
	{"deny", deny_tracing},
	{"no-restart", deny_restarts},
	{"no-restart-error", fail_restarts},
	{"restart", allow_restarts},
};

int main(int argc, char **argv)
{
	if (argc < 3)
		return 97;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		if (strcmp(argv[1], ways[i].name) != 0)
			continue;
		if (!ways[i].enter())
			return UNABLE;
		execvp(argv[2], argv + 2);
		tracee_fail(argv[2]);
	}
	return 97;
}
