/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a process cannot be traced; see engine/ptrace/attach/refusal.h. */
#include "config.h"

#include "engine/ptrace/attach/refusal.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "engine/ptrace/world/world.h"

/* kernel.yama.ptrace_scope: the kernel's Documentation/admin-guide/LSM/Yama.rst. */
#define YAMA_CHILDREN     1
#define YAMA_ADMIN        2
#define YAMA_OFF          3

/* Size of a name of sixteen bytes that are all escaped. */
#define ESCAPED_NAME_SIZE 65

/* What is wrong, and what the user can do about it. */
static const struct {
	const char *what;
	const char *remedy;
} texts[REFUSAL_COUNT] = {
	[REFUSAL_NO_PROCESS] = {"no such process or thread", "find it with `pgrep -a NAME`"},
	[REFUSAL_KERNEL_THREAD] = {"it is a kernel thread, which makes no system calls",
		"name a user-space process"},
	[REFUSAL_KERNEL_WORKER] =
		{"it is a kernel worker of its process (io_uring, vhost), which makes no system calls",
			"name the process"},
	[REFUSAL_ZOMBIE] = {"it has already exited and waits to be reaped by its parent",
		"name a process that is running"},
	[REFUSAL_SELF] = {"it is stop itself", "name another process"},
	[REFUSAL_OUR_TRACER] = {"it traces stop itself, and each would wait for the other",
		"start stop untraced"},
	[REFUSAL_HIDDEN] =
		{"it exists, but /proc does not show it (mounted with hidepid, of another PID namespace, or not at all)",
			"run stop with sudo, or where /proc is mounted"},
	[REFUSAL_TRACED] = {"it is already traced", "detach that first"},
	[REFUSAL_LEAVING] = {"another stop is still leaving it",
		"wait until that process has ended"},
	[REFUSAL_OTHER_USER] = {"it runs as another user", "run stop as that user, or with sudo"},
	[REFUSAL_NOT_DUMPABLE] = {"its memory is protected (set-user-id, capabilities or prctl)",
		"run stop with sudo"},
	[REFUSAL_CAPABILITIES] = {"it has capabilities that stop lacks", "run stop with sudo"},
	[REFUSAL_YAMA_CHILDREN] = {"kernel.yama.ptrace_scope is 1: only descendants may be traced",
		"run stop with sudo, start the program with `stop -- COMMAND`, or "
		"`sudo sysctl kernel.yama.ptrace_scope=0`"},
	[REFUSAL_YAMA_ADMIN] = {"kernel.yama.ptrace_scope is 2: only administrators may trace",
		"run stop with sudo"},
	[REFUSAL_YAMA_OFF] = {"kernel.yama.ptrace_scope is 3: nobody may trace until the next boot",
		"set it to 2 or less in /etc/sysctl.d and reboot"},
	[REFUSAL_CONTAINER] = {"this container's root lacks CAP_SYS_PTRACE",
		"start the container with --cap-add=SYS_PTRACE, or run stop on its host"},
	[REFUSAL_USER_NAMESPACE] = {"it is in a user namespace outside stop's own",
		"run stop in that namespace or on the host"},
	[REFUSAL_UNKNOWN] =
		{"the kernel refuses it (a security module, a seccomp filter, or a tracer "
		 "outside this container may be the reason)",
			"look for a denial in `journalctl -k`; unless you are root, try sudo"},
	[REFUSAL_OLD_KERNEL] = {"this kernel is too old", "Linux 5.3 or newer is required"},
	[REFUSAL_EXECUTING] = {"it has been executing a program for seconds, and waits for its "
			       "other threads, which get no processor",
		"try again"},
	[REFUSAL_KILLED] = {"the tracer was killed", "start stop again"},
	[REFUSAL_SYSTEM] = {"the system lacks a resource", "free some, or check `ulimit -a`"},
};

/* ptrace(2), "Ptrace access mode checking": all of its IDs must be our real one. */
static bool is_same_user(const struct proc_status *status, uid_t uid)
{
	return status->uid[0] == uid && status->uid[1] == uid && status->uid[2] == uid;
}

static void find_facts(struct world *world, pid_t pid, int error, const struct proc_status *status,
	struct refusal_facts *facts)
{
	const struct world_access *access = world->access;
	struct world_credentials ours;
	access->credentials(world, &ours);
	bool may_trace = ours.capabilities & UINT64_C(1) << CAP_SYS_PTRACE;
	*facts = (struct refusal_facts){
		.error = error,
		.kernel_thread = access->is_kernel_thread(world, pid),
		.kernel_worker = world->proc->is_worker(world, status->tgid, pid),
		.ended = status->state == 'Z' || status->state == 'X',
		.tracer = status->tracer,
		.yama = access->yama_scope(world),
		.outside = access->is_outside(world, pid, status->uid[0], may_trace),
		.may_trace = may_trace,
		.root = ours.effective == 0,
		.same_user = is_same_user(status, ours.uid),
		.is_protected = access->is_protected(world, pid, status->uid[1]),
		.more_capable = status->capabilities & ~ours.capabilities,
	};
}

enum refusal_reason refusal_judge(const struct refusal_facts *facts)
{
	/* See seize_task(). */
	if (facts->error == EINTR)
		return REFUSAL_EXECUTING;
	/* The hardest to overcome first. */
	if (facts->error != EPERM && facts->error != EACCES && facts->error != ESRCH)
		return REFUSAL_SYSTEM;
	if (facts->kernel_thread)
		return REFUSAL_KERNEL_THREAD;
	if (facts->kernel_worker)
		return REFUSAL_KERNEL_WORKER;
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

void refusal_find(struct world *world, pid_t pid, int error, struct refusal *refusal)
{
	struct proc_status status;
	struct refusal_facts facts;
	*refusal = (struct refusal){.reason = REFUSAL_NO_PROCESS, .pid = pid, .error = error};
	int result = world->proc->status(world, pid, &status);
	if (result == -EMFILE || result == -ENFILE || result == -ENOMEM) {
		refusal->reason = REFUSAL_SYSTEM;
		refusal->error = -result;
		return;
	}
	if (result < 0) {
		if (world->access->exists(world, pid))
			refusal->reason = REFUSAL_HIDDEN;
		return;
	}
	find_facts(world, pid, error, &status, &facts);
	refusal->reason = refusal_judge(&facts);
	refusal->owner = status.uid[0];
	refusal->tracer = status.tracer;
	if (!status.tracer)
		return;
	world->proc->comm(world, status.tracer, refusal->tracer_name);
	if (strcmp(refusal->tracer_name, TRACER_ORPHAN_NAME) == 0)
		refusal->reason = REFUSAL_LEAVING;
	/* For another stop, name the process that its user knows. */
	if (strcmp(refusal->tracer_name, TRACER_NAME) == 0 &&
		world->proc->status(world, refusal->tracer, &status) == 0 &&
		world->proc->comm(world, status.parent, refusal->tracer_name) == 0)
		refusal->tracer = status.parent;
}

/* Writes details that are not in the table, such as the user's name, to BUF; "" if there are none.
 */
static void write_detail(struct world *world, const struct refusal *refusal, char *buf, size_t size)
{
	char name[ESCAPED_NAME_SIZE];
	buf[0] = '\0';
	if (refusal->reason == REFUSAL_TRACED || refusal->reason == REFUSAL_LEAVING) {
		text_escape(refusal->tracer_name, sizeof(refusal->tracer_name), name, sizeof(name));
		snprintf(buf, size, ", by %s (%d)", name, (int)refusal->tracer);
	} else if (refusal->reason == REFUSAL_OTHER_USER) {
		world->access->user_name(world, refusal->owner, name, sizeof(name));
		snprintf(buf, size, ", %s (uid %u)", name, (unsigned int)refusal->owner);
	} else if (refusal->error && refusal->reason == REFUSAL_SYSTEM) {
		snprintf(buf, size, " (%s)", strerrordesc_np(refusal->error));
	}
}

char *refusal_text(struct world *world, const struct refusal *refusal, char *buf, size_t size)
{
	char detail[160], subject[32] = "";
	write_detail(world, refusal, detail, sizeof(detail));
	if (refusal->pid)
		snprintf(subject, sizeof(subject), " %d", (int)refusal->pid);
	snprintf(buf, size, "cannot trace%s: %s%s; %s", subject, texts[refusal->reason].what,
		detail, texts[refusal->reason].remedy);
	return buf;
}
