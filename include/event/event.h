/*
 * Events: everything that is known arrives as one, with a time and without pointers, so that it can
 * be recorded, replayed, or come from another process.
 *
 * EVENT_END is the last one, unless tracing is resumed: then the tasks that are not announced
 * between EVENT_RESUMED and EVENT_ATTACHED have ended meanwhile.
 *
 * For each task the order of events is the order in which things happened. Everything that counts
 * arrives: when the ring was full, calls arrive added up (EVENT_SUM), and what a task is doing
 * arrives as of the moment when there was room again.
 */
#ifndef STOP_EVENT_EVENT_H
#define STOP_EVENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
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
	EVENT_SUM,   /* completed calls, added up: struct event_sum */
	EVENT_GONE,  /* a task is not traced any more: struct event_gone */
	EVENT_STACK, /* the stack that a call is made from: struct event_stack */
	EVENT_OBSERVED,     /* what /proc says of a task: struct event_observed */
	EVENT_KERNEL_STACK, /* where in the kernel it waits: struct event_kernel_stack */
	EVENT_COST,         /* what watching costs: struct event_cost */
	EVENT_NOTE,         /* what the user has to know: struct event_note */
	EVENT_RESUMED,      /* tracing goes on after an EVENT_END: struct event */
	EVENT_ATTACHED,     /* … and all that still lives is announced: struct event */
	EVENT_END,          /* no task is left, or the engine gave up: struct event_end */
	EVENT_TYPES,
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
	pid_t tid;        /* in stop's own pid namespace; 0: of no task (EVENT_COST, _NOTE, _END) */
	uint64_t time_ns; /* when it happened, or as of when it holds */
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

/* A part of a sum: how many calls were in a bucket of the histogram, or failed with an error. */
struct sum_item {
	uint64_t count;
	uint32_t key; /* number of a bucket (base/hist.h), or errno */
};

/*
 * Completed calls of one kind that a task has made. A large sum comes as several records, of which
 * the first has the counts and each a part of the items. What ended before a moment that
 * engine_class.collect() has returned, and what ended after it, is never in one sum; a call that
 * was under way at such a moment is a sum of its own.
 */
struct event_sum {
	struct event event; /* time_ns: when the last of the calls ended */
	struct call call;
	uint64_t from_ns; /* when the first of them began */
	struct tally_counts counts;
	uint32_t bucket_count; /* items that are buckets of the histogram: they come first */
	uint32_t error_count;  /* items that are errors */
	struct sum_item item[];
};

/* Items in a record, at most, and the size of such a record. */
#define SUM_ITEMS_MAX 24
#define SUM_SIZE_MAX  (sizeof(struct event_sum) + SUM_ITEMS_MAX * sizeof(struct sum_item))

struct event_gone {
	struct event event;
	int exit_code;   /* of exit(2), or -1 */
	int exit_signal; /* signal that killed it, or 0; with exit_code -1: its end was not seen */
};

/*
 * A copy of a stack has been unwound; or the stack of a task was read while that waited. EVENT_EXIT
 * of the call that it belongs to may have come before.
 */
struct event_stack {
	struct event event; /* of a copy: tid 0 */
	uint32_t number;    /* of the copy, as in event_enter.capture; 0: it was read */
	uint32_t stack;     /* id of the stack (stack/frame.h) */
	struct call call;   /* where it was read: in which the task waited */
};

/* Longest text of what a task waits for, with the final NUL. */
#define EVENT_REASON_MAX 160

/*
 * What /proc says of a task, for those that somebody looks at: two parts, each of which may be
 * missing.
 */
struct event_observed {
	struct event event; /* time_ns: when it was read */

	bool has_cpu;
	char state;      /* of /proc/TID/stat: 'R', 'S', 'D', … */
	uint64_t cpu_ns; /* processor time of the task so far */

	bool has_wait;
	bool lasts;        /* the following holds for as long as the task is in this call */
	uint64_t since_ns; /* beginning of the call that it is about, as in its event_enter */
	pid_t owner;       /* the thread or process that the task waits for, or 0 */
	char reason[EVENT_REASON_MAX]; /* what it waits for, in words, not escaped; "": not known */
};

/* Bytes of a kernel stack that are kept at most, with the final NUL. */
#define EVENT_KERNEL_MAX 2048

/* Where in the kernel a task waits. */
struct event_kernel_stack {
	struct event event; /* time_ns: when it was read */
	uint32_t size;      /* bytes of text, the final NUL among them */
	char text[]; /* names of functions, innermost first, each ended by a newline; "": it does
	                not wait */
};

/* What is known of the least latency that can be measured. */
enum minimum_state {
	MINIMUM_UNKNOWN,    /* it could not be found out */
	MINIMUM_NEGLIGIBLE, /* latencies are the calls' own */
	MINIMUM_KNOWN,
};

/* Longest text of a note, and of the name of who costs time, with the final NUL. */
#define EVENT_TEXT_MAX 224
#define EVENT_USER_MAX 32

/* What watching costs. Counts are since the engine's start. */
struct event_cost {
	struct event event;
	uint64_t stops;        /* times that a task was stopped and resumed */
	uint64_t details_lost; /* calls whose arguments, or whose beginning, the full ring lost */
	uint64_t cpu_ns;       /* processor time of the engine's own */
	uint32_t minimum;      /* enum minimum_state */
	uint32_t processors;   /* that could run the targets */
	uint64_t minimum_ns;   /* latency that a call which does nothing shows; MINIMUM_KNOWN */
	uint64_t call_ns;      /* what watching adds to such a call; 0: unknown, and so is … */
	uint64_t lost_ns;      /* … what all targets together have lost to it */
	char user[EVENT_USER_MAX]; /* whose processor time it is, in the engine's words: "the
	                              tracer" */
};

/* What the user has to know of what tracing could not do, or did to a target. */
struct event_note {
	struct event event;
	uint32_t id;               /* an engine's from 0 on, the session's from NOTE_SESSION on */
	bool passing;              /* the next moment it may be over: not worth an interruption */
	uint64_t count;            /* how often it was met, or is so now; 0: it is over */
	char text[EVENT_TEXT_MAX]; /* in words, the count among them */
};

/* The ids of notes below this are an engine's. */
#define NOTE_SESSION 64

struct event_end {
	struct event event;
	int error; /* 0, or the -errno that ended the engine */
};

/* Bytes of EVENT, with the items that follow it. */
size_t event_size(const struct event *event);

/* How far a tally has been written as records of EVENT_SUM; zero at first. */
struct sum_cursor {
	bool begun;
	unsigned int bucket; /* position for hist_next() */
	size_t error;
};

/*
 * Writes the next record of TALLY at CURSOR into SUM, of SUM_SIZE_MAX bytes whose `event`, `call`
 * and `from_ns` the caller has set, and moves CURSOR. Returns its size, or 0 where TALLY is
 * written.
 */
size_t event_sum_next(const struct tally *tally, struct sum_cursor *cursor, struct event_sum *sum);

/* Adds the record SUM to TALLY. */
void event_sum_add(const struct event_sum *sum, struct tally *tally);

#endif
