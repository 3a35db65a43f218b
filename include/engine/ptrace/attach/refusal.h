/*
 * Why a process cannot be traced, and what its user can do about it.
 *
 * The kernel says EPERM for a dozen reasons; refusal_find() asks /proc which one it was.
 * refusal_judge() and refusal_text() are pure. Any thread, but reading /proc can take its time.
 */
#ifndef STOP_ENGINE_PTRACE_ATTACH_REFUSAL_H
#define STOP_ENGINE_PTRACE_ATTACH_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum refusal_reason {
	REFUSAL_NO_PROCESS,     /* no such process */
	REFUSAL_KERNEL_THREAD,  /* it has no user side that could make calls */
	REFUSAL_ZOMBIE,         /* it has ended already, and waits for its parent */
	REFUSAL_SELF,           /* it is stop itself */
	REFUSAL_OUR_TRACER,     /* it traces stop: each would wait for the other */
	REFUSAL_HIDDEN,         /* it is there, and /proc does not show it */
	REFUSAL_TRACED,         /* by somebody else; only one can */
	REFUSAL_OTHER_USER,     /* it runs as another user */
	REFUSAL_NOT_DUMPABLE,   /* its memory is protected (set-user-id, capabilities, prctl) */
	REFUSAL_CAPABILITIES,   /* it has capabilities that we have not */
	REFUSAL_YAMA_CHILDREN,  /* kernel.yama.ptrace_scope is 1: only descendants */
	REFUSAL_YAMA_ADMIN,     /* … 2: only with CAP_SYS_PTRACE */
	REFUSAL_YAMA_OFF,       /* … 3: nobody, until the next boot */
	REFUSAL_CONTAINER,      /* root of a container without CAP_SYS_PTRACE */
	REFUSAL_USER_NAMESPACE, /* it is in a user namespace that is not ours or below */
	REFUSAL_UNKNOWN,        /* a security module, or a reason that /proc does not tell */
	REFUSAL_OLD_KERNEL,     /* PTRACE_GET_SYSCALL_INFO is missing: Linux before 5.3 */
	REFUSAL_KILLED,         /* somebody has killed our tracer */
	REFUSAL_SYSTEM,         /* not a matter of the target: `error` says which resource */
	REFUSAL_COUNT,
};

struct refusal {
	enum refusal_reason reason;
	pid_t pid;            /* as the user gave it, or the thread that refused; 0: none */
	int error;            /* the errno that the kernel gave */
	pid_t tracer;         /* REFUSAL_TRACED: by whom, or 0 */
	char tracer_name[16]; /* its name, unescaped */
	uid_t owner;          /* REFUSAL_OTHER_USER: who it runs as */
};

/* What is known of a process that could not be traced, and of us. */
struct refusal_facts {
	int error;          /* the errno that the kernel gave */
	bool kernel_thread; /* it is one */
	bool ended;         /* a zombie */
	pid_t tracer;       /* who traces it already, or 0 */
	int yama;           /* kernel.yama.ptrace_scope; negative: there is no Yama */
	bool outside;       /* its user namespace is not ours or below */
	bool may_trace;     /* we have CAP_SYS_PTRACE in our user namespace */
	bool root;          /* we are root there */
	bool same_user;     /* all its user ids are our real one */
	bool is_protected;  /* it is not dumpable */
	bool more_capable;  /* it has a capability that we have not */
};

/* The reason by these, the one to tell where there are several. */
enum refusal_reason refusal_judge(const struct refusal_facts *facts);

/* Finds out why ptrace(2) refused PID with ERROR (an errno). Always gives an answer. */
void refusal_find(pid_t pid, int error, struct refusal *refusal);

/*
 * Writes one line without its end, of what is wrong and what to do, into BUF of SIZE bytes. Text of
 * the target in it is escaped. Returns BUF.
 */
char *refusal_text(const struct refusal *refusal, char *buf, size_t size);

#endif
