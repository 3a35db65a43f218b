/*
 * One tracee's state machine: what it is doing, and what each of its stops means for that.
 *
 *                      first stop                      entry stop
 *     SEIZED, BORN ───────────────▶ USER ◀──────────────────────────▶ CALL
 *                 │                  ▲         exit stop               │
 *                 │ in a call that   │                                 │ exit stop with ERESTART*:
 *                 │ will restart     │ entry stop of another call:     │ the kernel restarts it,
 *                 │                  │ it had ended with EINTR         │ or a handler ends it
 *                 └───────────────▶ BROKEN ◀───────────────────────────┘
 *                                    │
 *                                    └─ entry stop of the same call ─▶ CALL, as if nothing was
 *
 * tracee_step() is pure: it reads and changes the struct alone. What it cannot know (the system
 * call at a syscall stop, the time) comes in; what is to be done (how to resume, what to tell)
 * goes out. The system calls are the engine's. Tracer thread only.
 */
#ifndef STOP_TRACE_TRACEE_H
#define STOP_TRACE_TRACEE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/syscall.h"
#include "base/map.h"
#include "trace/event.h"
#include "trace/stop.h"

enum tracee_phase {
	TRACEE_SEIZED, /* attached to; the stop after PTRACE_INTERRUPT is awaited */
	TRACEE_BORN,   /* made by a tracee; its first stop is awaited */
	TRACEE_USER,   /* in user code, or in a call whose entry was not seen */
	TRACEE_CALL,   /* in a call; its exit stop comes next */
	TRACEE_BROKEN, /* out of a call that the kernel restarts unless a handler runs */
	TRACEE_PHASES,
};

/* The call that a tracee is in. */
struct current_call {
	struct call call;
	uint64_t args[CALL_MAX_ARGS];
	bool has_args;     /* args are worth telling */
	bool partial;      /* it began before the attach */
	uint64_t since_ns; /* when its entry stop was let go, or the attach where partial */
	uint64_t ip;       /* behind its instruction; 0 where unknown */
	uint32_t capture;  /* number of the copy of its stack, or 0; the caller's to set */
};

struct tracee {
	pid_t tid;    /* in stop's own pid namespace */
	pid_t tgid;   /* its process */
	pid_t parent; /* the process that made its process; 0 where unknown */
	char comm[TASK_COMM_SIZE];
	enum tracee_phase phase;
	enum task_state state;       /* outside calls */
	struct current_call current; /* CALL, BROKEN; SEIZED where `waiting` */
	bool waiting;         /* SEIZED: /proc shows it in `current`, so it is told as in it */
	uint64_t broken_ns;   /* BROKEN: when the call was left */
	uint64_t attached_ns; /* when tracing it began */

	/* What the full ring still owes the model; the outbox's alone. */
	struct {
		bool listed; /* it is in the outbox's list */
		bool task;   /* EVENT_TASK */
		bool gone;   /* EVENT_GONE, with `end` */
		struct event_gone end;
		struct map sums; /* struct owed_sum by call */
		struct tracee *next;
	} owed;
};

/* What the kernel says of the system call that a stopped tracee is in. */
enum syscall_op {
	SYSCALL_NONE,    /* it is in none */
	SYSCALL_ENTRY,   /* about to make `call` */
	SYSCALL_EXIT,    /* about to return from one; `call` is set where the tracee knows none */
	SYSCALL_PENDING, /* not a syscall stop, but inside `call`, with `result` as it stands */
};

struct syscall_view {
	enum syscall_op op;
	struct call call;
	uint64_t args[CALL_MAX_ARGS]; /* ENTRY, PENDING */
	int64_t result;               /* EXIT, PENDING: a value, or -errno where is_error */
	bool is_error;
	uint64_t ip; /* user's program counter */
};

/* How the tracee is to be let go. */
enum resume {
	RESUME_SYSCALL, /* PTRACE_SYSCALL, with the step's signal */
	RESUME_LISTEN,  /* PTRACE_LISTEN */
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

/* What a stop comes to. */
struct step {
	enum resume resume;
	int signal;         /* to deliver at the resume; 0: none */
	bool ended;         /* a call has ended: `end` */
	bool entered;       /* a call has begun: the tracee's `current` */
	bool state_changed; /* the tracee's `state` is another */
	struct ended_call end;
};

/*
 * Takes STOP in, at NOW_NS. VIEW is needed for STOP_SYSCALL and for the first stop of a SEIZED
 * tracee, and may be NULL otherwise. Always fills *STEP. Where it says `entered`, the caller sets
 * current.since_ns when it lets the tracee go.
 */
void tracee_step(struct tracee *tracee, const struct stop *stop, const struct syscall_view *view,
	uint64_t now_ns, struct step *step);

/* The tracee will never report again (another thread's execve took its place): ends its call. */
void tracee_vanish(struct tracee *tracee, uint64_t now_ns, struct step *step);

/* Whether the tracee is known to be in `current` now. */
static inline bool tracee_in_call(const struct tracee *tracee)
{
	return tracee->phase == TRACEE_CALL || tracee->phase == TRACEE_BROKEN ||
	       (tracee->phase == TRACEE_SEIZED && tracee->waiting);
}

/* Whether the call at an exit stop has to be read from the registers: its entry was not seen. */
static inline bool tracee_needs_call(const struct tracee *tracee)
{
	return tracee->phase != TRACEE_CALL;
}

#endif
