/*
 * What an engine tells the model: the records in the ring.
 *
 * For each task the order of events is the order in which things happened. Everything that counts
 * arrives: when the ring was full, calls arrive added up (EVENT_SUM), and what a task is doing
 * arrives as of the moment when there was room again.
 */
#ifndef STOP_EVENT_EVENT_H
#define STOP_EVENT_EVENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/syscall.h"
#include "event/tally.h"
#include "proc/comm.h"

enum event_type {
	EVENT_TASK,  /* a task is traced, or what is known of it has changed: struct event_task */
	EVENT_STATE, /* a task runs or is stopped: struct event_state */
	EVENT_ENTER, /* a task is in a call: struct event_enter */
	EVENT_EXIT,  /* a call has ended: struct event_exit; the task is in user code */
	EVENT_SUM,   /* calls that have ended, added up: struct event_sum */
	EVENT_GONE,  /* a task is not traced any more: struct event_gone */
	EVENT_END,   /* no task is left, or the engine gave up: struct event_end; always the last */
};

/* What a task does, its calls aside. */
enum task_state {
	TASK_RUNNING, /* in user code, or in a call */
	TASK_STOPPED, /* by job control (SIGSTOP, ^Z) */
	TASK_EXITING, /* it has called exit; a leader stays so until its last thread has ended */
};

/* Every record starts with this. */
struct event {
	uint32_t type;    /* enum event_type */
	pid_t tid;        /* in stop's own pid namespace; 0 for EVENT_END */
	uint64_t time_ns; /* when it happened */
};

struct event_task {
	struct event event;
	pid_t tgid;                /* its process; the tid of the leader */
	pid_t parent;              /* the process that made its process, or 0 where unknown */
	pid_t ns_tid;              /* its tid in its own pid namespace; 0: the same as ours */
	char comm[TASK_COMM_SIZE]; /* as the kernel has it: not to be shown unescaped */
};

struct event_state {
	struct event event;
	uint32_t state; /* enum task_state */
	bool in_call;   /* it is still in the call that the last EVENT_ENTER told; else in none */
};

struct event_enter {
	struct event event; /* time_ns: the beginning, or the attach where partial */
	struct call call;
	uint64_t args[CALL_MAX_ARGS]; /* the registers; valid where has_args */
	bool has_args;
	bool partial;     /* it began before the attach */
	uint32_t capture; /* number of the copy of its stack, 0, or STACK_COPY_MISSED */
};

struct event_exit {
	struct event event;
	struct call call;
	struct outcome outcome;
	int64_t result; /* what the call returned; meaningless where outcome.err or never_returned
	                 */
	bool never_returned; /* the task died, or was replaced by an execve, inside it */
	uint32_t capture;    /* number of the copy of its stack, or 0 */
};

struct event_sum {
	struct event event;
	struct call call;
	struct tally *tally; /* the receiver's: cleared with tally_clear(), then free() */
};

struct event_gone {
	struct event event;
	int exit_code;   /* of exit(2), or -1 */
	int exit_signal; /* signal that killed it, or 0; with exit_code -1: its end was not seen */
};

struct event_end {
	struct event event;
	int error; /* 0, or the -errno that ended the engine */
};

#endif
