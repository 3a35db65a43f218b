/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may trace whom: what /proc and the kernel say about the permissions of a process and ours,
 * for the text of a refusal; part of world/world.h. Any thread, but it may block.
 */
#ifndef STOP_ENGINE_PTRACE_WORLD_ACCESS_H
#define STOP_ENGINE_PTRACE_WORLD_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct world;

/* The credentials of the calling process. */
struct world_credentials {
	uid_t uid;             /* real */
	uid_t effective;       /* effective user */
	uint64_t capabilities; /* permitted, one bit each; 0: unknown */
};

struct world_access {
	/* The kernel's version. False: unknown. */
	bool (*kernel_version)(struct world *world, int *major, int *minor);

	void (*credentials)(struct world *world, struct world_credentials *credentials);

	/* Whether process PID exists, even if /proc does not show it. */
	bool (*exists)(struct world *world, pid_t pid);

	/* Whether PID is a kernel thread. */
	bool (*is_kernel_thread)(struct world *world, pid_t pid);

	/* kernel.yama.ptrace_scope; negative: this kernel has no Yama. */
	int (*yama_scope)(struct world *world);

	/*
	 * Whether process PID, with real user UID, is in a user namespace that is neither ours nor
	 * below it. MAY_TRACE: we have CAP_SYS_PTRACE.
	 */
	bool (*is_outside)(struct world *world, pid_t pid, uid_t uid, bool may_trace);

	/* Whether the memory of process PID, with effective user UID, is protected. */
	bool (*is_protected)(struct world *world, pid_t pid, uid_t uid);

	/* Stores the name of user UID, or "unknown", in NAME. It may query a name service. */
	void (*user_name)(struct world *world, uid_t uid, char *name, size_t size);
};

#endif
