/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state machine of a tracee: what it is doing, and what each of its stops means for that.
 *
 *                      first stop                      entry stop
 *     SEIZED, BORN ───────────────▶ USER ◀──────────────────────────▶ CALL
 *                 │                  ▲         exit stop               │
 *                 │ in a call that   │                                 │ exit stop with ERESTART*:
 *                 │ will restart     │ entry stop of another call:     │ the kernel restarts it,
 *                 │                  │ it had ended with EINTR         │ or a handler ends it
 *                 └─────────────▶ INTERRUPTED ◀────────────────────────┘
 *                                    │
 *                                    └─ entry stop of the same call ─▶ CALL: it continues
 *
 * A handler that runs between the interruption and the restart (SA_RESTART) may make calls itself:
 * the interrupted call is suspended meanwhile. The address to which the handler's rt_sigreturn
 * returns shows whether the call continues at the next entry stop or has failed with EINTR.
 *
 * If a call fails with EINTR only because it is traced, or would be restarted as another one that a
 * seccomp filter refuses (abi/restart.h), the step requests the result that makes the kernel
 * restart it as itself; for the state machine it is then interrupted like others. At a group-stop
 * its own result is restored: SIGSTOP and SIGCONT do interrupt calls (signal(7)).
 *
 * A signal can come after the kernel has set up the call to be made again, and before it is made.
 * The call would outlast its handler, which can be what the program waits for, in pause(2). Such a
 * thread is taken back into the interrupted call at the signal's stop, and at a group-stop, as we
 * may leave the thread in that, and the signal can come with the SIGCONT.
 *
 * tracee_step() is pure: it reads and changes only the struct. What it cannot know (the system call
 * at a syscall stop, the time) is passed in, what has to be done (how to resume, what to write to
 * the ring) is returned, and the tracer does it. Tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_STATE_TRACEE_H
#define STOP_ENGINE_PTRACE_STATE_TRACEE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/restart.h"
#include "abi/syscall.h"
#include "engine/ptrace/state/stop.h"
#include "engine/ptrace/state/syscall_view.h"
#include "event/event.h"

struct entry_memory;

enum tracee_phase {
	TRACEE_SEIZED,      /* attached; waiting for the stop after PTRACE_INTERRUPT */
	TRACEE_BORN,        /* created by a tracee; waiting for its first stop */
	TRACEE_USER,        /* in user code, or in a call whose entry was not seen */
	TRACEE_CALL,        /* in a call; its exit stop comes next */
	TRACEE_INTERRUPTED, /* out of a call that the kernel restarts unless a handler runs */
	TRACEE_PHASES,
};

/* The current call of a tracee. */
struct current_call {
	struct call call;
	uint64_t args[CALL_MAX_ARGS];
	bool partial;      /* it began before the attach */
	uint64_t since_ns; /* when its entry stop was resumed, or the attach if partial */
	uint64_t begun_ns; /* if partial: the latest time at which it can have begun; 0: unknown */
	uint64_t ip, sp;   /* after its instruction, and its stack; 0: unknown */
	uint64_t interrupted_ns;     /* when a signal interrupted it last; 0: never */
	enum restart restart;        /* how the kernel will restart it */
	int repaired;                /* the error that we have replaced by -`restart`; 0: none */
	bool once_more;              /* its timeout has expired: it is made again with one of 0 */
	unsigned int timeout;        /* if once_more: the index of that argument */
	uint64_t deadline_ns;        /* end of its timeout, which would start over; 0: none */
	uint32_t capture;            /* result of capture_take(), or 0; set by the tracer */
	struct entry_memory *memory; /* what was read for details, or NULL; set by the tracer */
	bool is_replaced;            /* its process has another memory by now; likewise */
};

/* Maximum number of nested calls that will be restarted after a signal handler (SA_RESTART). */
#define TRACEE_SUSPENDED 4

struct tracee {
	/* Its identity, which the state machine does not use. */
	pid_t tid;    /* in our own PID namespace */
	pid_t tgid;   /* its process */
	pid_t parent; /* the parent of its process; 0: unknown */
	pid_t ns_tid; /* its tid in its own PID namespace; 0: that is ours */
	char comm[TASK_COMM_SIZE];

	enum tracee_phase phase;
	enum task_state state;                           /* outside calls */
	struct current_call current;                     /* CALL, INTERRUPTED; SEIZED if waiting */
	struct current_call suspended[TRACEE_SUSPENDED]; /* outermost first */
	unsigned int suspended_count;
	bool signalled;       /* INTERRUPTED, handler_over: a signal was delivered since, maybe to
	                         a handler */
	bool handler_over;    /* its last call ended a handler, and the suspended call follows */
	bool waiting;         /* SEIZED: it is waiting in `current`, according to /proc */
	uint64_t attached_ns; /* when tracing began */
	uint64_t
		begun_ns; /* SEIZED: the latest time at which its call can have begun; 0: unknown */
	uint64_t ignored_signal_ns; /* when an ignored signal last interrupted a call; 0: never */
};

/* How to resume the tracee. */
enum resume {
	RESUME_SYSCALL, /* to its next stop, with the step's signal */
	RESUME_LISTEN,  /* leave it in its group-stop */
	RESUME_NOT,     /* not at all: it is dead */
};

/* A call that has ended. */
struct ended_call {
	struct call call;
	struct outcome outcome;
	int64_t result;
	bool never_returned;
	/* As in struct current_call. */
	uint64_t args[CALL_MAX_ARGS];
	bool partial;
	uint64_t since_ns;
	uint32_t capture;
	struct entry_memory *memory;
	bool is_replaced;
	uint16_t gate; /* as in struct event_exit */
};

/* Maximum number of calls that end at one stop: the current one, all suspended ones, and one at
 * exit. */
#define STEP_ENDS (TRACEE_SUSPENDED + 2)

/* The result of a stop. */
struct step {
	enum resume resume;
	int signal;        /* to deliver when it is resumed; 0: none */
	bool set_result;   /* set the call's result to `result` */
	int64_t result;    /* -errno, or a value */
	bool take_back;    /* take it back to where `current` was interrupted, with -`restart` */
	bool set_argument; /* set argument `argument` of the call to `value` */
	unsigned int argument;
	uint64_t value;
	bool entered;       /* the tracee's `current` has begun, or continues */
	bool state_changed; /* the tracee's `state` has changed */
	unsigned int ended; /* number of calls that have ended, in `ends` */
	struct ended_call ends[STEP_ENDS];
};

/*
 * Handles STOP at NOW_NS: the time at which it was seen, or, for an entry stop, at which the tracee
 * is resumed. VIEW is required for STOP_SYSCALL and for the first stop of a SEIZED tracee, and may
 * be NULL otherwise. Always fills in *STEP.
 */
void tracee_step(struct tracee *tracee, const struct stop *stop, const struct syscall_view *view,
	uint64_t now_ns, struct step *step);

/* Ends the calls of a tracee that will not report again (another thread's execve replaced it). */
void tracee_vanish(struct tracee *tracee, uint64_t now_ns, struct step *step);

/* Whether the tracee is known to be in `current` now. */
static inline bool tracee_in_call(const struct tracee *tracee)
{
	return tracee->phase == TRACEE_CALL || tracee->phase == TRACEE_INTERRUPTED ||
	       (tracee->phase == TRACEE_SEIZED && tracee->waiting);
}

/* Whether the tracee makes its call once more, which then returns at once. */
static inline bool tracee_returns(const struct tracee *tracee)
{
	return tracee_in_call(tracee) && tracee->current.once_more;
}

/* When the timeout of a restarted call ends, and the call has to be ended; 0: never. */
static inline uint64_t tracee_deadline_ns(const struct tracee *tracee)
{
	bool is_kept = tracee_in_call(tracee) && !tracee_returns(tracee);
	return is_kept ? tracee->current.deadline_ns : 0;
}

/* Whether the call at an exit stop has to be read from the registers because its entry was not
 * seen. */
static inline bool tracee_needs_call(const struct tracee *tracee)
{
	return tracee->phase != TRACEE_CALL;
}

#endif
