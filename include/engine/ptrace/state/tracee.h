/*
 * One tracee's state machine: what it is doing, and what each of its stops means for that.
 *
 *                      first stop                      entry stop
 *     SEIZED, BORN ───────────────▶ USER ◀──────────────────────────▶ CALL
 *                 │                  ▲         exit stop               │
 *                 │ in a call that   │                                 │ exit stop with ERESTART*:
 *                 │ will restart     │ entry stop of another call:     │ the kernel restarts it,
 *                 │                  │ it had ended with EINTR         │ or a handler ends it
 *                 └─────────────▶ INTERRUPTED ◀────────────────────────┘
 *                                    │
 *                                    └─ entry stop of the same call ─▶ CALL: it goes on
 *
 * A handler that runs between the interruption and the restart (SA_RESTART) makes calls of its own:
 * the interrupted call is suspended meanwhile. Where the handler's rt_sigreturn leads to shows
 * whether the call goes on at the next entry stop or has ended with EINTR.
 *
 * Where a call fails with EINTR only because it is traced (abi/restart.h), the step says to write
 * the result that makes the kernel restart it; for the state machine it is then interrupted like
 * others. At a group-stop it is written back: SIGSTOP and SIGCONT do interrupt such calls
 * (signal(7)).
 *
 * tracee_step() is pure: it reads and changes the struct alone. What it cannot know (the system
 * call at a syscall stop, the time) comes in, what is to be done (how to resume, what to write into
 * the ring) goes out, and the tracer does it. Tracer only.
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

enum tracee_phase {
	TRACEE_SEIZED,      /* attached to; the stop after PTRACE_INTERRUPT is awaited */
	TRACEE_BORN,        /* made by a tracee; its first stop is awaited */
	TRACEE_USER,        /* in user code, or in a call whose entry was not seen */
	TRACEE_CALL,        /* in a call; its exit stop comes next */
	TRACEE_INTERRUPTED, /* out of a call that the kernel restarts unless a handler runs */
	TRACEE_PHASES,
};

/* The call that a tracee is in. */
struct current_call {
	struct call call;
	uint64_t args[CALL_MAX_ARGS];
	bool partial;            /* it began before the attach */
	uint64_t since_ns;       /* when its entry stop was resumed, or the attach where partial */
	uint64_t begun_ns;       /* where partial: the latest time it can have begun; 0: unknown */
	uint64_t ip, sp;         /* after its instruction, and its stack; 0 where unknown */
	uint64_t interrupted_ns; /* when a signal interrupted it last; 0: never */
	enum restart restart;    /* how the kernel will restart it */
	bool repaired;           /* only because we made its result -`restart` */
	uint64_t deadline_ns;    /* its timeout would start anew: when it is over; 0: it does not */
	uint32_t capture;        /* what capture_take() returned, or 0; the tracer's to set */
};

/* Calls that wait for the end of a signal handler, nested, to be restarted then (SA_RESTART). */
#define TRACEE_SUSPENDED 4

struct tracee {
	/* Who it is; the state machine does not use this. */
	pid_t tid;    /* in our own pid namespace */
	pid_t tgid;   /* its process */
	pid_t parent; /* the process that made its process; 0 where unknown */
	pid_t ns_tid; /* its tid in its own pid namespace; 0 where that is ours */
	char comm[TASK_COMM_SIZE];

	enum tracee_phase phase;
	enum task_state state;       /* outside calls */
	struct current_call current; /* CALL, INTERRUPTED; SEIZED where waiting */
	struct current_call suspended[TRACEE_SUSPENDED]; /* outermost first */
	unsigned int suspended_count;
	bool signalled;       /* INTERRUPTED: a signal was delivered since, perhaps to a handler */
	bool handler_over;    /* its last call ended a handler, and the suspended call follows */
	bool waiting;         /* SEIZED: by /proc it waits in `current` */
	uint64_t attached_ns; /* when tracing it began */
	uint64_t begun_ns;    /* SEIZED: the latest time its call can have begun; 0: unknown */
	uint64_t ignored_signal_ns; /* when an ignored signal last interrupted a call; 0: never */
};

/* How the tracee is to be resumed. */
enum resume {
	RESUME_SYSCALL, /* to its next stop, with the step's signal */
	RESUME_LISTEN,  /* it stays in its group-stop */
	RESUME_NOT,     /* it is dead */
};

/* A call that has ended. */
struct ended_call {
	struct call call;
	struct outcome outcome;
	int64_t result;
	bool never_returned;
	uint32_t capture; /* as in struct current_call */
};

/* Calls that can end at one stop: the current one, all suspended ones, and one more at an exit. */
#define STEP_ENDS (TRACEE_SUSPENDED + 2)

/* What a stop comes to. */
struct step {
	enum resume resume;
	int signal;         /* to deliver when it is resumed; 0: none */
	bool set_result;    /* the call's result is to be made `result` */
	int64_t result;     /* -errno, or a value */
	bool entered;       /* the tracee's `current` has begun, or goes on */
	bool state_changed; /* the tracee's `state` has changed */
	unsigned int ended; /* number of calls that have ended, in `ends` */
	struct ended_call ends[STEP_ENDS];
};

/*
 * Takes STOP in, at NOW_NS: when it was seen, or, for an entry stop, when the tracee is resumed.
 * VIEW is needed for STOP_SYSCALL and for the first stop of a SEIZED tracee, and may be NULL
 * otherwise. Always fills in *STEP.
 */
void tracee_step(struct tracee *tracee, const struct stop *stop, const struct syscall_view *view,
	uint64_t now_ns, struct step *step);

/* The tracee will never report again (another thread's execve took its place): ends its calls. */
void tracee_vanish(struct tracee *tracee, uint64_t now_ns, struct step *step);

/* Whether the tracee is known to be in `current` now. */
static inline bool tracee_in_call(const struct tracee *tracee)
{
	return tracee->phase == TRACEE_CALL || tracee->phase == TRACEE_INTERRUPTED ||
	       (tracee->phase == TRACEE_SEIZED && tracee->waiting);
}

/* When the timeout of a call that was restarted is over, and the call to be ended; 0: never. */
static inline uint64_t tracee_deadline_ns(const struct tracee *tracee)
{
	return tracee_in_call(tracee) ? tracee->current.deadline_ns : 0;
}

/* Whether the call at an exit stop has to be read from the registers: its entry was not seen. */
static inline bool tracee_needs_call(const struct tracee *tracee)
{
	return tracee->phase != TRACEE_CALL;
}

#endif
