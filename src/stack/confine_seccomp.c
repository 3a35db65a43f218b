/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits system calls by libseccomp; see stack/confine.h. */
#include "config.h"

#include "stack/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/mman.h>

/*
 * What allocation, libelf, libdw and our own loop need of descriptors that they have. Those that
 * take a path are not among them, but for newfstatat, which fstat(3) uses: it tells of a file, and
 * opens none.
 */
static const int allowed[] = {
	SCMP_SYS(brk), SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(close),
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(fstat), SCMP_SYS(futex), SCMP_SYS(getrandom),
	SCMP_SYS(gettid), SCMP_SYS(lseek), SCMP_SYS(madvise), SCMP_SYS(mremap), SCMP_SYS(munmap),
	SCMP_SYS(nanosleep), SCMP_SYS(newfstatat), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(pread64), SCMP_SYS(preadv), SCMP_SYS(read), SCMP_SYS(recvmsg),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sched_yield), SCMP_SYS(write),
#if defined(__SANITIZE_ADDRESS__)
	SCMP_SYS(sigaltstack), /* where a function does not return */
#endif
};

/* Allowed with these values of one argument: no descriptor becomes blocking, no memory code. */
static const struct {
	int call;
	struct scmp_arg_cmp argument;
} allowed_if[] = {
	{SCMP_SYS(fcntl), {1, SCMP_CMP_EQ, F_DUPFD_CLOEXEC, 0}},
	{SCMP_SYS(fcntl), {1, SCMP_CMP_EQ, F_GETFL, 0}},
	{SCMP_SYS(fcntl), {1, SCMP_CMP_EQ, F_GETFD, 0}},
	{SCMP_SYS(mmap), {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}},
	{SCMP_SYS(mprotect), {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}},
};

int confine_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int result = filter ? 0 : -ENOMEM;
	for (size_t i = 0; result == 0 && i < sizeof(allowed) / sizeof(*allowed); i++)
		result = seccomp_rule_add_exact(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; result == 0 && i < sizeof(allowed_if) / sizeof(*allowed_if); i++)
		result = seccomp_rule_add_exact_array(
			filter, SCMP_ACT_ALLOW, allowed_if[i].call, 1, &allowed_if[i].argument);
	if (result == 0)
		result = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return result;
}

const char *confine_library(void)
{
	static char text[32];
	const struct scmp_version *version = seccomp_version();
	if (!text[0])
		snprintf(text, sizeof(text), "libseccomp %u.%u.%u", version->major, version->minor,
			version->micro);
	return text;
}
