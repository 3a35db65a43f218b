/* Why a process cannot be traced; see trace/refusal.h. */
#include "config.h"

#include "trace/refusal.h"

#include <errno.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "trace/proc.h"

#define YAMA_FILE "/proc/sys/kernel/yama/ptrace_scope"

/* What is wrong, and what the user can do about it. */
static const struct {
	const char *what;
	const char *remedy;
} texts[REFUSAL_COUNT] = {
	[REFUSAL_NO_PROCESS] = {"there is no such process or thread",
		"find it with `pgrep -a NAME`"},
	[REFUSAL_KERNEL_THREAD] = {"it is a kernel thread, which makes no system calls",
		"name a process that runs a program"},
	[REFUSAL_ZOMBIE] = {"it has ended already and waits for its parent to notice",
		"name a process that still runs"},
	[REFUSAL_SELF] = {"it is stop itself", "name another process"},
	[REFUSAL_TRACED] = {"it is traced already", "end that first: only one tracer is possible"},
	[REFUSAL_OTHER_USER] = {"it runs as another user", "run stop as that user, or with sudo"},
	[REFUSAL_NOT_DUMPABLE] = {"its memory is protected (set-user-id, capabilities or prctl)",
		"run stop with sudo"},
	[REFUSAL_YAMA_CHILDREN] = {"kernel.yama.ptrace_scope is 1: only descendants may be traced",
		"run stop with sudo, start the program with `stop -- COMMAND`, or "
		"`sudo sysctl kernel.yama.ptrace_scope=0`"},
	[REFUSAL_YAMA_ADMIN] = {"kernel.yama.ptrace_scope is 2: only administrators may trace",
		"run stop with sudo"},
	[REFUSAL_YAMA_OFF] = {"kernel.yama.ptrace_scope is 3: nobody may trace until the next boot",
		"set it to 2 or less in /etc/sysctl.d and boot again"},
	[REFUSAL_CONTAINER] = {"this container's root lacks CAP_SYS_PTRACE",
		"start the container with --cap-add=SYS_PTRACE, or run stop on its host"},
	[REFUSAL_USER_NAMESPACE] = {"it is in a user namespace outside of stop's own",
		"run stop in that namespace or on the host"},
	[REFUSAL_UNKNOWN] = {"the kernel refuses it (a security module may be the reason)",
		"look into `journalctl -k` for a denial; unless you are root, try sudo"},
	[REFUSAL_OLD_KERNEL] = {"this kernel is too old", "Linux 5.3 or newer is needed"},
	[REFUSAL_SYSTEM] = {"the system lacks a resource", "free some, or look at `ulimit -a`"},
};

static bool may_trace_anything(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
	return syscall(SYS_capget, &header, data) == 0 &&
	       (data[CAP_TO_INDEX(CAP_SYS_PTRACE)].effective & CAP_TO_MASK(CAP_SYS_PTRACE));
}

/* Whether PID is in another user namespace than we are; false where that cannot be seen. */
static bool is_in_other_namespace(pid_t pid)
{
	char path[64];
	struct stat ours, its;
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	return stat("/proc/self/ns/user", &ours) == 0 && stat(path, &its) == 0 &&
	       ours.st_ino != its.st_ino;
}

/* The owner of /proc/PID is the user it runs as, and root where its memory is protected (proc(5)).
 */
static bool is_protected(pid_t pid, const struct proc_status *status)
{
	char path[64];
	struct stat stats;
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return stat(path, &stats) == 0 && stats.st_uid != status->uid[1];
}

/* ptrace(2), "Ptrace access mode checking": every one of the target's ids has to be our real one.
 */
static bool is_same_user(const struct proc_status *status)
{
	uid_t uid = getuid();
	return status->uid[0] == uid && status->uid[1] == uid && status->uid[2] == uid;
}

static enum refusal_reason why_privileged(pid_t pid, int yama)
{
	if (yama == 3)
		return REFUSAL_YAMA_OFF;
	return is_in_other_namespace(pid) ? REFUSAL_USER_NAMESPACE : REFUSAL_UNKNOWN;
}

static enum refusal_reason why_unprivileged(pid_t pid, const struct proc_status *status, int yama)
{
	static const enum refusal_reason of_yama[] = {
		[1] = REFUSAL_YAMA_CHILDREN,
		[2] = REFUSAL_YAMA_ADMIN,
		[3] = REFUSAL_YAMA_OFF,
	};
	if (geteuid() == 0)
		return REFUSAL_CONTAINER;
	if (!is_same_user(status))
		return REFUSAL_OTHER_USER;
	if (is_protected(pid, status))
		return REFUSAL_NOT_DUMPABLE;
	if (yama >= 1 && yama <= 3)
		return of_yama[yama];
	return is_in_other_namespace(pid) ? REFUSAL_USER_NAMESPACE : REFUSAL_UNKNOWN;
}

static enum refusal_reason find_reason(pid_t pid, int error, const struct proc_status *status)
{
	if (error != EPERM && error != EACCES && error != ESRCH)
		return REFUSAL_SYSTEM;
	if (proc_is_kernel_thread(pid))
		return REFUSAL_KERNEL_THREAD;
	if (status->state == 'Z' || status->state == 'X')
		return REFUSAL_ZOMBIE;
	if (error == ESRCH)
		return REFUSAL_NO_PROCESS;
	if (status->tracer)
		return REFUSAL_TRACED;
	int yama = proc_number(YAMA_FILE);
	return may_trace_anything() ? why_privileged(pid, yama)
	                            : why_unprivileged(pid, status, yama);
}

void refusal_find(pid_t pid, int error, struct refusal *refusal)
{
	struct proc_status status;
	*refusal = (struct refusal){.reason = REFUSAL_NO_PROCESS, .pid = pid, .error = error};
	if (proc_status(pid, &status) < 0)
		return;
	refusal->reason = find_reason(pid, error, &status);
	refusal->owner = status.uid[0];
	refusal->tracer = status.tracer;
	if (status.tracer)
		proc_comm(status.tracer, refusal->tracer_name);
}

/* What the table cannot say: who it is. Leaves BUF empty where there is nothing to add. */
static void add_detail(const struct refusal *refusal, char *buf, size_t size)
{
	char name[64];
	buf[0] = '\0';
	if (refusal->reason == REFUSAL_TRACED) {
		text_escape(refusal->tracer_name, sizeof(refusal->tracer_name), name, sizeof(name));
		snprintf(buf, size, ", by %s (%d)", name, (int)refusal->tracer);
	} else if (refusal->reason == REFUSAL_OTHER_USER) {
		struct passwd *user = getpwuid(refusal->owner);
		snprintf(buf, size, ", %s (uid %u)", user ? user->pw_name : "unknown",
			(unsigned int)refusal->owner);
	} else if (refusal->error && refusal->reason == REFUSAL_SYSTEM) {
		snprintf(buf, size, " (%s)", strerrordesc_np(refusal->error));
	}
}

char *refusal_text(const struct refusal *refusal, char *buf, size_t size)
{
	char detail[160], subject[32] = "";
	add_detail(refusal, detail, sizeof(detail));
	if (refusal->pid)
		snprintf(subject, sizeof(subject), " %d", (int)refusal->pid);
	snprintf(buf, size, "cannot trace%s: %s%s; %s", subject, texts[refusal->reason].what,
		detail, texts[refusal->reason].remedy);
	return buf;
}
