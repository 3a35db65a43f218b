/*
 * Everything that waitid(2) can report of a tracee, as one closed set; each value says what the
 * tracer owes the tracee. Pure; any thread.
 */
#ifndef STOP_ENGINE_PTRACE_STATE_STOP_H
#define STOP_ENGINE_PTRACE_STATE_STOP_H

#include <signal.h>
#include <sys/types.h>

enum stop_kind {
	STOP_SYSCALL,    /* entry or exit stop (PTRACE_GET_SYSCALL_INFO tells). Owed: resume */
	STOP_SIGNAL,     /* signal-delivery-stop. Owed: resume with `signal` */
	STOP_GROUP,      /* group-stop by `signal`. Owed: PTRACE_LISTEN */
	STOP_TRAP,       /* after PTRACE_INTERRUPT, at birth, or at the end of a group-stop.
	                    Owed: resume */
	STOP_FORK,       /* has made a process; the event message is its tid. Owed: resume */
	STOP_VFORK,      /* the same, and waits for it. Owed: resume */
	STOP_CLONE,      /* has made a thread, or a process with another end signal. Owed: resume */
	STOP_VFORK_DONE, /* the child of a vfork has let go of its memory. Owed: resume */
	STOP_EXEC,       /* has become another program; the event message is the tid it had.
	                    Owed: consume the report, then resume */
	STOP_OTHER,      /* an event that was not asked for. Owed: resume */
	STOP_EXITED,     /* has ended with `exit_code`. Owed: reap */
	STOP_KILLED,     /* was killed by `signal`. Owed: reap */
	STOP_KINDS,
};

struct stop {
	pid_t tid;
	enum stop_kind kind;
	int signal;    /* STOP_SIGNAL, STOP_GROUP, STOP_KILLED; else 0 */
	int exit_code; /* STOP_EXITED; else 0 */
};

/* What INFO, filled in by waitid(2), says of a tracee that was attached with PTRACE_SEIZE. */
struct stop stop_decode(const siginfo_t *info);

#endif
