/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a process cannot be traced, and what the user can do about it.
 *
 * The kernel returns EPERM for a dozen reasons; refusal_find() determines from /proc which one it
 * was. refusal_judge() is pure. Any thread, but the other functions may block.
 */
#ifndef STOP_ENGINE_PTRACE_ATTACH_REFUSAL_H
#define STOP_ENGINE_PTRACE_ATTACH_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct world;

enum refusal_reason {
	REFUSAL_NO_PROCESS,     /* no such process */
	REFUSAL_KERNEL_THREAD,  /* it makes no system calls */
	REFUSAL_KERNEL_WORKER,  /* it is a thread of io_uring or vhost, and makes none either */
	REFUSAL_ZOMBIE,         /* it has exited and was not reaped */
	REFUSAL_SELF,           /* it is stop itself */
	REFUSAL_OUR_TRACER,     /* it traces stop: each would wait for the other */
	REFUSAL_HIDDEN,         /* it exists, but /proc does not show it */
	REFUSAL_TRACED,         /* by another tracer; there can be only one */
	REFUSAL_LEAVING,        /* by another stop, which is leaving it */
	REFUSAL_OTHER_USER,     /* it runs as another user */
	REFUSAL_NOT_DUMPABLE,   /* its memory is protected (set-user-id, capabilities, prctl) */
	REFUSAL_CAPABILITIES,   /* it has capabilities that we do not have */
	REFUSAL_YAMA_CHILDREN,  /* kernel.yama.ptrace_scope is 1: only descendants */
	REFUSAL_YAMA_ADMIN,     /* it is 2: only with CAP_SYS_PTRACE */
	REFUSAL_YAMA_OFF,       /* it is 3: nobody, until the next boot */
	REFUSAL_CONTAINER,      /* root of a container without CAP_SYS_PTRACE */
	REFUSAL_USER_NAMESPACE, /* it is in a user namespace that is neither ours nor below it */
	REFUSAL_UNKNOWN,        /* a security module, or a reason that /proc does not show */
	REFUSAL_OLD_KERNEL,     /* PTRACE_GET_SYSCALL_INFO is missing: Linux before 5.3 */
	REFUSAL_EXECUTING,      /* it is in execve, whose end takes too long */
	REFUSAL_KILLED,         /* our tracer was killed */
	REFUSAL_SYSTEM,         /* not related to the target: a resource is missing, see `error` */
	REFUSAL_COUNT,
};

struct refusal {
	enum refusal_reason reason;
	pid_t pid;            /* as named by the user; 0: none */
	int error;            /* the kernel's errno */
	pid_t tracer;         /* REFUSAL_TRACED, REFUSAL_LEAVING: that one, or 0 */
	char tracer_name[16]; /* its name, unescaped */
	uid_t owner;          /* REFUSAL_OTHER_USER: that user */
};

/* What is known about a process that could not be traced, and about us. */
struct refusal_facts {
	int error;          /* the kernel's errno */
	bool kernel_thread; /* it is one */
	bool kernel_worker; /* it is a kernel worker in a user process */
	bool ended;         /* a zombie */
	pid_t tracer;       /* its tracer, or 0 */
	int yama;           /* kernel.yama.ptrace_scope; negative: the kernel has no Yama */
	bool outside;       /* its user namespace is neither ours nor below it */
	bool may_trace;     /* we have CAP_SYS_PTRACE in our user namespace */
	bool root;          /* we are root there */
	bool same_user;     /* all its user IDs are our real one */
	bool is_protected;  /* it is not dumpable */
	bool more_capable;  /* it has a capability that we do not have */
};

/* The reason according to FACTS; of several the one that is hardest to overcome. */
enum refusal_reason refusal_judge(const struct refusal_facts *facts);

/* Determines why ptrace(2) refused PID with ERROR (an errno). Always fills in *REFUSAL. */
void refusal_find(struct world *world, pid_t pid, int error, struct refusal *refusal);

/*
 * Writes a one-line message, without a newline, with the reason and a remedy to BUF of SIZE bytes.
 * Text of the target is escaped. It may query a name service, so it is not for the tracer. Returns
 * BUF.
 */
char *refusal_text(struct world *world, const struct refusal *refusal, char *buf, size_t size);

#endif
