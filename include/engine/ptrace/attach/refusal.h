/*
 * Why a process cannot be traced, and what its user can do about it.
 *
 * The kernel says EPERM for a dozen reasons; refusal_find() finds out from /proc which one it was.
 * refusal_judge() is pure. Any thread, but the others can take their time.
 */
#ifndef STOP_ENGINE_PTRACE_ATTACH_REFUSAL_H
#define STOP_ENGINE_PTRACE_ATTACH_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct world;

enum refusal_reason {
	REFUSAL_NO_PROCESS,     /* no such process */
	REFUSAL_KERNEL_THREAD,  /* it has no user side that could make calls */
	REFUSAL_ZOMBIE,         /* it has ended, and its parent has not collected it */
	REFUSAL_SELF,           /* it is stop itself */
	REFUSAL_OUR_TRACER,     /* it traces stop: each would wait for the other */
	REFUSAL_HIDDEN,         /* it exists, but /proc does not show it */
	REFUSAL_TRACED,         /* by another tracer; there can be only one */
	REFUSAL_OTHER_USER,     /* it runs as another user */
	REFUSAL_NOT_DUMPABLE,   /* its memory is protected (set-user-id, capabilities, prctl) */
	REFUSAL_CAPABILITIES,   /* it has capabilities that we do not have */
	REFUSAL_YAMA_CHILDREN,  /* kernel.yama.ptrace_scope is 1: only descendants */
	REFUSAL_YAMA_ADMIN,     /* … 2: only with CAP_SYS_PTRACE */
	REFUSAL_YAMA_OFF,       /* … 3: nobody, until the next boot */
	REFUSAL_CONTAINER,      /* root of a container without CAP_SYS_PTRACE */
	REFUSAL_USER_NAMESPACE, /* it is in a user namespace that is not ours or below */
	REFUSAL_UNKNOWN,        /* a security module, or a reason that /proc does not show */
	REFUSAL_OLD_KERNEL,     /* PTRACE_GET_SYSCALL_INFO is missing: Linux before 5.3 */
	REFUSAL_KILLED,         /* our tracer was killed */
	REFUSAL_SYSTEM, /* nothing to do with the target: a resource is missing, see `error` */
	REFUSAL_COUNT,
};

struct refusal {
	enum refusal_reason reason;
	pid_t pid;            /* as the user gave it; 0: none */
	int error;            /* the errno that the kernel gave */
	pid_t tracer;         /* REFUSAL_TRACED: that one, or 0 */
	char tracer_name[16]; /* its name, unescaped */
	uid_t owner;          /* REFUSAL_OTHER_USER: that user */
};

/* What is known of a process that could not be traced, and of us. */
struct refusal_facts {
	int error;          /* the errno that the kernel gave */
	bool kernel_thread; /* it is one */
	bool ended;         /* a zombie */
	pid_t tracer;       /* the one that traces it already, or 0 */
	int yama;           /* kernel.yama.ptrace_scope; negative: the kernel has no Yama */
	bool outside;       /* its user namespace is neither ours nor below it */
	bool may_trace;     /* we have CAP_SYS_PTRACE in our user namespace */
	bool root;          /* we are root there */
	bool same_user;     /* all its user ids are our real one */
	bool is_protected;  /* it is not dumpable */
	bool more_capable;  /* it has a capability that we do not have */
};

/* The reason by these; of several the one that is hardest to overcome. */
enum refusal_reason refusal_judge(const struct refusal_facts *facts);

/* Finds out why ptrace(2) refused PID with ERROR (an errno). Always fills in *REFUSAL. */
void refusal_find(struct world *world, pid_t pid, int error, struct refusal *refusal);

/*
 * Writes one line, without its newline, on what is wrong and what to do, into BUF of SIZE bytes.
 * Text of the target in it is escaped. It may ask a name service, so it is not for the tracer.
 * Returns BUF.
 */
char *refusal_text(struct world *world, const struct refusal *refusal, char *buf, size_t size);

#endif
