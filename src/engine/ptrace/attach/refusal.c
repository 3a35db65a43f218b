/* Why a process cannot be traced; see engine/ptrace/attach/refusal.h. */
#include "config.h"

#include "engine/ptrace/attach/refusal.h"

#include <errno.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "engine/ptrace/world/pt.h"
#include "proc/comm.h"
#include "proc/stat.h"
#include "proc/status.h"
#include "proc/system.h"
#include "proc/users.h"

/* Documentation/admin-guide/LSM/Yama.rst of the kernel. */
#define YAMA_SETTING         "kernel/yama/ptrace_scope"
#define YAMA_CHILDREN        1
#define YAMA_ADMIN           2
#define YAMA_OFF             3

/* The inode of the user namespace that the system begins with (PROC_USER_INIT_INO of the kernel).
 */
#define FIRST_USER_NAMESPACE 0xEFFFFFFDU

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
	[REFUSAL_OUR_TRACER] = {"it traces stop itself, and each would wait for the other",
		"start stop where nobody traces it"},
	[REFUSAL_HIDDEN] =
		{"it exists, but /proc does not show it (mounted with hidepid, or not at all)",
			"run stop with sudo, or where /proc is mounted"},
	[REFUSAL_TRACED] = {"it is traced already", "end that first: only one tracer is possible"},
	[REFUSAL_OTHER_USER] = {"it runs as another user", "run stop as that user, or with sudo"},
	[REFUSAL_NOT_DUMPABLE] = {"its memory is protected (set-user-id, capabilities or prctl)",
		"run stop with sudo"},
	[REFUSAL_CAPABILITIES] = {"it has capabilities that stop has not", "run stop with sudo"},
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
	[REFUSAL_UNKNOWN] =
		{"the kernel refuses it (a security module, a seccomp filter, or a tracer "
		 "outside of this container may be the reason)",
			"look into `journalctl -k` for a denial; unless you are root, try sudo"},
	[REFUSAL_OLD_KERNEL] = {"this kernel is too old", "Linux 5.3 or newer is needed"},
	[REFUSAL_KILLED] = {"the tracer was killed", "start stop again"},
	[REFUSAL_SYSTEM] = {"the system lacks a resource", "free some, or look at `ulimit -a`"},
};

static uint64_t our_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
	if (syscall(SYS_capget, &header, data) < 0)
		return 0;
	return (uint64_t)data[1].permitted << 32 | data[0].permitted;
}

/*
 * Whether PID is in a user namespace outside of ours. Its own is not shown to us then; nor is that
 * of any process which we may not look into, but those are foreign: to whoever MAY_TRACE what is in
 * our namespace or below, nothing there is hidden. And of those outside no user has a number here.
 */
static bool is_outside(pid_t pid, const struct proc_status *status, bool may_trace)
{
	uint64_t ours, its;
	if (proc_user_namespace(0, &ours) < 0 || ours == FIRST_USER_NAMESPACE)
		return false;
	return !proc_has_user(status->uid[0]) ||
	       (may_trace && proc_user_namespace(pid, &its) == -EACCES);
}

/* Whether PID's memory is protected: then the files in /proc/PID are not its user's. */
static bool is_protected(pid_t pid, const struct proc_status *status)
{
	uid_t owner;
	return proc_files_owner(pid, &owner) == 0 && owner != status->uid[1];
}

/* ptrace(2), "Ptrace access mode checking": every one of the target's ids has to be our real one.
 */
static bool is_same_user(const struct proc_status *status)
{
	uid_t uid = getuid();
	return status->uid[0] == uid && status->uid[1] == uid && status->uid[2] == uid;
}

/* Whether PID is there after all: kill(2) finds also what /proc does not show. */
static bool is_there(pid_t pid)
{
	return kill(pid, 0) == 0 || errno == EPERM;
}

static void look(pid_t pid, int error, const struct proc_status *status, struct refusal_facts *out)
{
	uint64_t ours = our_capabilities();
	bool may_trace = ours & UINT64_C(1) << CAP_SYS_PTRACE;
	*out = (struct refusal_facts){
		.error = error,
		.kernel_thread = proc_is_kernel_thread(pid),
		.ended = status->state == 'Z' || status->state == 'X',
		.tracer = status->tracer,
		.yama = proc_setting(YAMA_SETTING),
		.outside = is_outside(pid, status, may_trace),
		.may_trace = may_trace,
		.root = geteuid() == 0,
		.same_user = is_same_user(status),
		.is_protected = is_protected(pid, status),
		.more_capable = status->capabilities & ~ours,
	};
}

enum refusal_reason refusal_judge(const struct refusal_facts *facts)
{
	/* From what nothing helps against, to what least is needed against. */
	if (facts->error != EPERM && facts->error != EACCES && facts->error != ESRCH)
		return REFUSAL_SYSTEM;
	if (facts->kernel_thread)
		return REFUSAL_KERNEL_THREAD;
	if (facts->ended)
		return REFUSAL_ZOMBIE;
	if (facts->error == ESRCH)
		return REFUSAL_NO_PROCESS;
	if (facts->tracer)
		return REFUSAL_TRACED;
	if (facts->yama == YAMA_OFF)
		return REFUSAL_YAMA_OFF;
	if (facts->outside)
		return REFUSAL_USER_NAMESPACE;
	if (facts->may_trace)
		return REFUSAL_UNKNOWN;
	if (facts->root)
		return REFUSAL_CONTAINER;
	if (!facts->same_user)
		return REFUSAL_OTHER_USER;
	if (facts->is_protected)
		return REFUSAL_NOT_DUMPABLE;
	if (facts->more_capable)
		return REFUSAL_CAPABILITIES;
	if (facts->yama == YAMA_ADMIN)
		return REFUSAL_YAMA_ADMIN;
	return facts->yama == YAMA_CHILDREN ? REFUSAL_YAMA_CHILDREN : REFUSAL_UNKNOWN;
}

void refusal_find(pid_t pid, int error, struct refusal *refusal)
{
	struct proc_status status;
	struct refusal_facts facts;
	*refusal = (struct refusal){.reason = REFUSAL_NO_PROCESS, .pid = pid, .error = error};
	if (proc_status(pid, &status) < 0) {
		if (is_there(pid))
			refusal->reason = REFUSAL_HIDDEN;
		return;
	}
	look(pid, error, &status, &facts);
	refusal->reason = refusal_judge(&facts);
	refusal->owner = status.uid[0];
	refusal->tracer = status.tracer;
	if (!status.tracer)
		return;
	proc_comm(status.tracer, refusal->tracer_name);
	/* Of another stop, the part that its user knows. */
	if (strcmp(refusal->tracer_name, PT_NAME) == 0 &&
		proc_status(refusal->tracer, &status) == 0 &&
		proc_comm(status.parent, refusal->tracer_name) == 0)
		refusal->tracer = status.parent;
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
