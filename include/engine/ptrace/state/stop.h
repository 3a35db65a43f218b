/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that waitid(2) can report about a tracee, as a closed set; each value says what the
 * tracer has to do. Pure; any thread.
 */
#ifndef STOP_ENGINE_PTRACE_STATE_STOP_H
#define STOP_ENGINE_PTRACE_STATE_STOP_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

enum stop_kind {
	STOP_SYSCALL, /* an entry or exit stop; PTRACE_GET_SYSCALL_INFO says which. To do: resume */
	STOP_SIGNAL,  /* signal-delivery-stop. To do: resume with `signal` */
	STOP_GROUP,   /* group-stop by `signal`. To do: PTRACE_LISTEN */
	STOP_TRAP,    /* after PTRACE_INTERRUPT, in a new task, at the end of a group-stop. To do:
	               * resume
	               */
	STOP_FORK,    /* has created a process; the event message is its tid. To do: resume */
	STOP_VFORK,   /* the same, and waits for it. To do: resume */
	STOP_CLONE, /* has created a thread, or a process with another exit signal. To do: resume */
	STOP_VFORK_DONE, /* the child of a vfork no longer uses its memory. To do: resume */
	STOP_EXEC,       /* has executed a program; the event message is its former tid. To do:
	                    consume the report, then resume */
	STOP_OTHER,      /* an event that was not requested. To do: resume */
	STOP_EXITED,     /* has exited with `exit_code`. To do: consume the report */
	STOP_KILLED,     /* was killed by `signal`. To do: consume the report */
	STOP_KINDS,
};

struct stop {
	pid_t tid;
	enum stop_kind kind;
	int signal;       /* STOP_SIGNAL, STOP_GROUP, STOP_KILLED; otherwise 0 */
	int exit_code;    /* STOP_EXITED; otherwise 0 */
	bool dumped_core; /* STOP_KILLED */
};

/* Decodes INFO, filled in by waitid(2), of a tracee attached with PTRACE_SEIZE. */
struct stop stop_decode(const siginfo_t *info);

#endif
