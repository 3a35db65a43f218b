/*
 * The model: everything that is known of the targets, built from events alone.
 *
 * It knows nothing of ptrace, curses or files. Its memory is bounded by the number of different
 * calls and of living tasks, never by the number of calls; of tasks that have ended the last
 * MODEL_ENDED_TASKS are kept, of the older ones only what they add to the calls and the totals.
 *
 * Everything that is added up is so twice while there is a mark: over the whole of the tracing, and
 * since the mark. The views show the one or the other.
 *
 * Owned by one thread, the one that draws.
 */
#ifndef STOP_MODEL_MODEL_H
#define STOP_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/callset.h"
#include "event/event.h"
#include "event/sink.h"
#include "model/history.h"
#include "model/thread_calls.h"
#include "model/time_class.h"
#include "stack/frame.h"

#define MODEL_ENDED_TASKS   1024

/* Calls with a number that no table names, beyond this many different ones, count as one call. */
#define MODEL_UNKNOWN_CALLS 256

/* The number of that one call. */
#define MODEL_OTHER_NR      UINT32_MAX

struct model;

/*
 * START_NS is when the tracing began. LOOKUP knows the stacks that events name; NULL: there are
 * none. Freed with model_free(); NULL is allowed there.
 */
struct model *model_new(uint64_t start_ns, const struct stack_lookup *lookup);
void model_free(struct model *model);

/* Takes EVENT in. */
void model_apply(struct model *model, const struct event *event);

/* The model as a sink: what it is handed is fed. The model's. */
struct event_sink *model_sink(struct model *model);

/*
 * Ends an interval at NOW_NS: the rates are those of the time since the tick before. To be called
 * once a frame.
 */
void model_tick(struct model *model, uint64_t now_ns);

/*
 * Counts from now: the views show what happened since NOW_NS, as if the tracing had begun then.
 * What was counted before is not lost: model_unmark() shows the totals again.
 */
void model_mark(struct model *model, uint64_t now_ns);
void model_unmark(struct model *model);
bool model_is_marked(const struct model *model);

/* Whether EVENT_END has come. */
bool model_has_ended(const struct model *model);

/* One call, as a view shows it. */
struct call_row {
	struct call call;
	char name[CALL_NAME_MAX];
	uint32_t classes;     /* bits of enum call_class; 0 for an unknown number */
	uint64_t calls;       /* ended */
	uint64_t errors;      /* of these, with an error */
	uint64_t partial;     /* of these, partly seen: total and maximum are lower bounds */
	uint64_t in_progress; /* tasks in it now */
	double rate;          /* calls ended a second, over the last interval */
	double share;         /* of all calls' total_ns, 0 to 1 */
	uint64_t total_ns;    /* of ended calls, and of those in progress the time so far */
	uint64_t longest_ns;  /* of those in progress, the longest time so far; 0: none */
	uint64_t timed;       /* whole times known; 0: min, stddev and percentiles mean nothing */
	uint64_t min_ns, max_ns; /* max: the longest seen, in progress or not */
	double avg_ns;           /* total_ns by calls and in_progress */
	double stddev_ns;
	uint64_t p50_ns, p90_ns, p99_ns;
	bool marked; /* partial times are a hundredth of the total or more */
	const struct tally
		*tally; /* errors and histogram; the model's, valid until the next feed */
	const struct history *history; /* of `rate`; the model's, which moves on */
};

/* What a task is doing. */
enum thread_state {
	THREAD_RUNNING, /* in user code */
	THREAD_IN_CALL,
	THREAD_STOPPED, /* by job control */
	THREAD_EXITING, /* it has called exit: a leader that waits for its threads, or about to end
	                 */
	THREAD_ENDED,
};

/* One task, as a view shows it. */
struct thread_row {
	pid_t pid, tid;
	pid_t ns_tid;              /* tid in its own pid namespace; 0: the same as ours */
	char comm[TASK_COMM_SIZE]; /* not to be shown unescaped */
	enum thread_state state;
	bool in_call; /* it is in `call`; also while it is stopped inside one */
	struct call call;
	uint64_t args[CALL_MAX_ARGS];
	bool has_args;             /* args are known */
	bool partial;              /* the call began before the attach */
	uint64_t since_ns;         /* when the call, or the state, began (CLOCK_MONOTONIC) */
	uint64_t calls, errors;    /* ended calls */
	uint64_t total_ns;         /* of ended calls, and of the one in progress the time so far */
	double rate;               /* calls ended a second, over the last interval */
	const struct stack *stack; /* that `call` was made from; NULL: unknown */
	struct call last_call;     /* the last one that has ended and was captured, and */
	const struct stack *last;  /* the stack that it was made from; NULL: there is none */
	int exit_code;             /* THREAD_ENDED: as in struct event_gone */
	int exit_signal;
	pid_t parent; /* of its process, or 0 where unknown */

	/* What /proc has said of it; texts are the model's, until it is fed. */
	bool is_observed;
	bool has_cpu;
	double cpu_share; /* of one processor, where has_cpu */
	char wait_state;  /* 'S', 'D', …, once it is in this call; 0: unknown */
	pid_t owner;      /* the thread or process that it waits for, or 0 */
	bool deadlocked;  /* which waits for this one, at once or through others */
	char *waits_for;  /* in words, not escaped; NULL: not known, or it does not wait */
	char *kernel;     /* functions of the kernel in which it waits, a line each; NULL */
};

/* One thread's part of one call, as a view shows it. */
struct thread_call_row {
	pid_t pid, tid;
	char comm[TASK_COMM_SIZE]; /* not to be shown unescaped */
	bool ended;                /* the thread has */
	struct call call;
	char name[CALL_NAME_MAX]; /* of the call */
	uint64_t calls, errors;   /* ended calls */
	uint64_t total_ns;        /* of these, and of one in progress the time so far */
	bool in_progress;         /* the thread is in this call now */
};

/* The calls of one kind that were made from one stack. */
struct stack_row {
	const struct stack *stack; /* never NULL; see stack_special() for those without frames */
	struct call call;
	char name[CALL_NAME_MAX];
	uint64_t calls, errors, partial; /* ended; as in struct call_row */
	uint64_t in_progress;            /* tasks in it now */
	uint64_t total_ns, max_ns;       /* of ended calls and those in progress */
	double avg_ns;
	double share;      /* of the call's total_ns, 0 to 1 */
	double call_share; /* of the call's calls, 0 to 1 */
};

/* One process. */
struct process_row {
	pid_t pid, parent;
	char comm[TASK_COMM_SIZE];
	size_t threads; /* living ones that are traced */
};

/* The sums over everything, filters aside. */
struct model_totals {
	uint64_t start_ns;
	uint64_t calls, errors;
	double call_rate, error_rate; /* a second, over the last interval */
	size_t threads, processes;    /* living */
	uint64_t ended_threads;       /* ever */
	uint64_t in_progress;
	bool ended;                        /* EVENT_END has come */
	int end_error;                     /* its error */
	uint64_t mark_ns;                  /* counts are from then on; 0: from start_ns on */
	uint64_t class_calls[CLASS_COUNT]; /* calls of each class; a call can be in several */
	double time_shares[TIME_COUNT];    /* where the threads' time went over the last interval;
	                             shares that    sum up to 1, or all 0 where there was no time */
	const struct history *history;     /* of call_rate; the model's, which moves on */
};

void model_totals(const struct model *model, struct model_totals *totals);

/* What watching costs, by the last EVENT_COST; over all engines that there were. */
struct model_cost {
	uint64_t stops, details_lost, cpu_ns; /* as in struct event_cost */
	enum minimum_state minimum;
	uint64_t minimum_ns;
	uint64_t call_ns;
	double stop_rate; /* stops a second, over the last interval */
	double share;     /* of the targets' time lost to watching, 0 to 1; < 0: unknown */
	char user[EVENT_USER_MAX];
};

void model_cost(const struct model *model, uint64_t now_ns, struct model_cost *cost);

/* What the user has to know: the notes whose count is not 0, by id. */
struct model_note {
	uint32_t id;
	bool passing;
	uint64_t count;
	char text[EVENT_TEXT_MAX];
};

/* As model_calls(). */
size_t model_notes(const struct model *model, struct model_note **notes);

/* Which calls a view shows; the zero value shows all. */
struct call_filter {
	const struct callset *set; /* only calls of it; NULL: every call. Not owned */
	uint32_t classes;          /* only calls in one of these classes; 0: every class */
	bool errors;               /* only calls that have failed */
};

bool call_filter_has(const struct call_filter *filter, struct call call);

/*
 * The calls that FILTER lets through, as of NOW_NS, in no order. Stores an array in *ROWS that the
 * caller frees with free(), and returns its length. Only calls that were made, or are in progress,
 * are in it. `share` is of what the filter lets through.
 */
size_t model_calls(const struct model *model, const struct call_filter *filter, uint64_t now_ns,
	struct call_row **rows);

/* The tasks, living and ended, by process and then by tid; as model_calls(). */
size_t model_threads(const struct model *model, uint64_t now_ns, struct thread_row **rows);

/* Thread TID, if it is alive, into *ROW. Returns whether it is. */
bool model_thread(const struct model *model, pid_t tid, uint64_t now_ns, struct thread_row *row);

/*
 * The threads that have been in a call since before BEFORE_NS, in order. Stores an array in *TIDS
 * that the caller frees with free(), and returns its length.
 */
size_t model_waiting(const struct model *model, uint64_t before_ns, pid_t **tids);

/*
 * The stacks of the calls that FILTER lets through, as of NOW_NS, in no order; as model_calls().
 * The rows of a call add up to it: what was not captured has a row of its own. Calls of which no
 * stack was captured have none.
 */
size_t model_stacks(const struct model *model, const struct call_filter *filter, uint64_t now_ns,
	struct stack_row **rows);

/* The threads that make CALL, or made it, by time in it; as model_calls(). */
size_t model_thread_calls_of_call(const struct model *model, struct call call, uint64_t now_ns,
	struct thread_call_row **rows);

/* The calls that thread TID makes, or made, by time in them; as model_calls(). */
size_t model_thread_calls_of_thread(
	const struct model *model, pid_t tid, uint64_t now_ns, struct thread_call_row **rows);

/* The processes that have living tasks, by pid; as model_calls(). */
size_t model_processes(const struct model *model, struct process_row **rows);

#endif
