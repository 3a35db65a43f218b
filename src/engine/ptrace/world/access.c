/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Access rights, from the kernel; see engine/ptrace/world/access.h. */
#include "config.h"

#include "engine/ptrace/world/access.h"

#include <errno.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "engine/ptrace/world/kernel.h"
#include "proc/stat.h"
#include "proc/system.h"
#include "proc/users.h"

/* The initial user namespace (the kernel's PROC_USER_INIT_INO). */
#define FIRST_USER_NAMESPACE 0xEFFFFFFDU

static bool kernel_version(struct world *world, int *major, int *minor)
{
	struct utsname name;
	(void)world;
	return uname(&name) == 0 && sscanf(name.release, "%d.%d", major, minor) == 2;
}

static uint64_t our_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
	if (syscall(SYS_capget, &header, data) < 0)
		return 0;
	return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

static void credentials(struct world *world, struct world_credentials *credentials)
{
	(void)world;
	*credentials = (struct world_credentials){
		.uid = getuid(),
		.effective = geteuid(),
		.capabilities = our_capabilities(),
	};
}

static bool exists(struct world *world, pid_t pid)
{
	(void)world;
	return kill(pid, 0) == 0 || errno == EPERM;
}

static bool is_kernel_thread(struct world *world, pid_t pid)
{
	(void)world;
	return proc_is_kernel_thread(pid);
}

static int yama_scope(struct world *world)
{
	(void)world;
	/* Documentation/admin-guide/LSM/Yama.rst of the kernel. */
	return proc_setting("kernel/yama/ptrace_scope");
}

static bool is_outside(struct world *world, pid_t pid, uid_t uid, bool may_trace)
{
	uint64_t ours, its;
	(void)world;
	if (proc_user_namespace(0, &ours) < 0 || ours == FIRST_USER_NAMESPACE)
		return false;
	/*
	 * We cannot read the namespace of a process outside ours, nor that of a process that we may
	 * not trace. But if we MAY_TRACE everything in our namespace and below, we can read all
	 * namespaces there. And users outside have no uid here.
	 */
	return !proc_has_user(uid) || (may_trace && proc_user_namespace(pid, &its) == -EACCES);
}

static bool is_protected(struct world *world, pid_t pid, uid_t uid)
{
	uid_t owner;
	(void)world;
	/* Then the files in /proc/PID do not belong to its user. */
	return proc_files_owner(pid, &owner) == 0 && owner != uid;
}

static void user_name(struct world *world, uid_t uid, char *name, size_t size)
{
	const struct passwd *user = getpwuid(uid);
	(void)world;
	snprintf(name, size, "%s", user ? user->pw_name : "unknown");
}

const struct world_access kernel_access = {
	.kernel_version = kernel_version,
	.credentials = credentials,
	.exists = exists,
	.is_kernel_thread = is_kernel_thread,
	.yama_scope = yama_scope,
	.is_outside = is_outside,
	.is_protected = is_protected,
	.user_name = user_name,
};
