/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model: everything that is known about the targets, built only from events.
 *
 * It does not depend on ptrace, curses or files. Its memory is bounded by the number of different
 * calls and living tasks, not by the number of calls; the last MODEL_ENDED_TASKS ended tasks are
 * kept, older ones only as part of the statistics of calls and the totals.
 *
 * While there is a mark, everything is counted twice: since the start, and since the mark. The
 * views show one or the other.
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
#include "model/strip.h"
#include "model/thread_calls.h"
#include "model/time_class.h"
#include "stack/frame.h"

#define MODEL_ENDED_TASKS   1024

/* Beyond this many different unknown call numbers, the rest counts as one call. */
#define MODEL_UNKNOWN_CALLS 256

/* The number of that one call. */
#define MODEL_OTHER_NR      UINT32_MAX

struct model;
struct descriptors;

/*
 * START_NS is when tracing began. LOOKUP resolves the stack IDs in events; NULL: there are none.
 * Freed with model_free(), which accepts NULL.
 */
struct model *model_new(uint64_t start_ns, const struct stack_lookup *lookup);
void model_free(struct model *model);

/* Updates MODEL with EVENT. */
void model_apply(struct model *model, const struct event *event);

/* The model as a sink, which applies events. Owned by MODEL. */
struct event_sink *model_sink(struct model *model);

/*
 * The time that views at NOW_NS are about: when tracing ended, if it has. Since then, nothing is
 * known.
 */
uint64_t model_time(const struct model *model, uint64_t now_ns);

/*
 * Ends an interval at NOW_NS, or at the end of tracing: rates are over the time since the previous
 * tick. An interval that is much shorter than the one before becomes a part of it, as a rate over
 * it would say nothing. Call this once per frame.
 */
void model_tick(struct model *model, uint64_t now_ns);

/*
 * Counts from now: the views show what happened since NOW_NS, as if tracing had started then.
 * Earlier counts are not lost: model_unmark() shows the totals again.
 */
void model_mark(struct model *model, uint64_t now_ns);
void model_unmark(struct model *model);
bool model_is_marked(const struct model *model);

/*
 * Sends what is known at NOW_NS, except counts, to SINK as events. A model that applies them
 * continues as this one does, and counts from NOW_NS. A call in progress keeps the time at which
 * it began.
 */
void model_send_present(const struct model *model, uint64_t now_ns, struct event_sink *sink);

/* Whether EVENT_END has arrived. */
bool model_has_ended(const struct model *model);

/*
 * Counts calls by object (model/file_rows.h) from NOW_NS on, or no longer: for this, details of
 * calls have to arrive, and readings of descriptors (decode/descriptors.h).
 */
void model_follow_files(struct model *model, bool wanted, uint64_t now_ns);
bool model_follows_files(const struct model *model);

/* The descriptors of the targets. Owned by MODEL. */
struct descriptors *model_descriptors(const struct model *model);

/* A row of a view of calls. */
struct call_row {
	struct call call;
	char name[CALL_NAME_MAX];
	uint32_t classes;     /* bits of enum call_class; 0 for an unknown number */
	uint64_t calls;       /* completed */
	uint64_t errors;      /* of these, failed */
	uint64_t partial;     /* of these, partly observed: total and maximum are lower bounds */
	uint64_t in_progress; /* tasks in it now */
	double rate;          /* completed calls per second, over the last interval, or NAN */
	double share;         /* of all calls' total_ns, 0 to 1; meaningless for requests */
	uint64_t idle_ns;     /* of total_ns, in idle waits (model/idle.h) */
	double work_share;    /* like share, without idle waits */
	bool is_idle;         /* nothing but idle waits: it is in progress, and none has ended */
	bool transfers;       /* it is known how many bytes such calls transfer; as follows */
	uint64_t bytes;       /* by completed calls */
	double byte_rate;     /* bytes per second, over the last interval, or NAN */
	double size;          /* average bytes of a call that did not fail; NAN: there is none */
	uint64_t total_ns;    /* of completed calls, plus the time so far of those in progress */
	uint64_t longest_ns;  /* longest time so far of those in progress; 0: none */
	uint64_t timed; /* number of complete times; 0: min, stddev and percentiles are meaningless
	                 */
	uint64_t min_ns, max_ns; /* max: including calls in progress */
	double avg_ns;           /* total_ns / (calls + in_progress) */
	double stddev_ns;
	uint64_t p50_ns, p90_ns, p99_ns;
	struct usage usage; /* as in struct tally; `calls` 0: unknown */
	struct split split; /* likewise */
	bool marked;        /* partial times are one percent of the total or more */
	const struct tally
		*tally; /* errors and histogram; owned by the model, valid until the next event */
	const struct history *history; /* of `rate`; owned by the model, which updates it */
};

/* What a task is doing. */
enum thread_state {
	THREAD_RUNNING, /* in user code */
	THREAD_IN_CALL,
	THREAD_ASLEEP,  /* in user code, but waiting in the kernel: for a page, or for what only
	                   `proc_state` says */
	THREAD_FROZEN,  /* with its cgroup, in a call or not */
	THREAD_STOPPED, /* by job control */
	THREAD_EXITING, /* it has called exit: a leader waiting for its threads, or about to end
	                 */
	THREAD_ENDED,
	THREAD_WORKER, /* a kernel worker, which is not traced: since_ns is when it was found */
};

/* How time was spent, by class. */
struct time_spent {
	uint64_t ns[TIME_COUNT];      /* since tracing began, regardless of marks */
	uint64_t last_ns[TIME_COUNT]; /* in the last interval */
};

/* Stores the shares of NS, which add up to 1, or 0 if there was no time. */
void model_time_shares(const uint64_t ns[TIME_COUNT], double share[TIME_COUNT]);

/* Time of a thread in one kind of call. */
struct call_time {
	struct call call;
	uint64_t ns;
};

#define THREAD_TOP_CALLS 2

/* A row of a view of tasks. */
struct thread_row {
	pid_t pid, tid;
	pid_t ns_tid;              /* tid in its own PID namespace; 0: the same as ours */
	char comm[TASK_COMM_SIZE]; /* must be escaped for display */
	enum thread_state state;
	bool in_call;     /* it is in `call`, even if stopped there */
	bool is_left_out; /* of reports: a filter on details does not select its call */
	struct call call;
	uint64_t args[CALL_MAX_ARGS];
	bool has_args;      /* args are known */
	bool is_idle;       /* it waits idly (model/idle.h) */
	bool partial;       /* the call began before the attach */
	uint64_t since_ns;  /* when the call or state began, or was first seen (CLOCK_MONOTONIC) */
	uint64_t before_ns; /* if partial: it lasted at least this long before; 0: unknown */
	uint64_t calls, errors; /* completed calls */
	uint64_t total_ns;  /* of completed calls, plus the time so far of the one in progress */
	double rate;        /* completed calls per second, over the last interval */
	uint64_t bytes;     /* transferred by completed calls */
	double byte_rate;   /* bytes per second, over the last interval */
	double size;        /* average bytes of a call that transfers and did not fail, or NAN */
	struct usage usage; /* as in struct call_row, of all calls */
	struct split split;
	const struct stack *stack;       /* of `call`; NULL: unknown */
	struct call last_call;           /* the last completed call that was captured */
	const struct stack *last;        /* its stack; NULL: none */
	bool was_woken;                  /* by whom is known, as follows */
	pid_t waker;                     /* the tid of who has woken it last, or 0 */
	bool waker_is_interrupt;         /* as in struct event_waker */
	char waker_comm[TASK_COMM_SIZE]; /* must be escaped for display */
	int exit_code;                   /* THREAD_ENDED: as in struct event_gone */
	int exit_signal;
	pid_t parent; /* of its process; 0: unknown */
	struct time_spent time;
	/* What it did most in the last interval, besides waiting; ns 0: none. */
	struct call_time top[THREAD_TOP_CALLS];
	/* What it did in each of the last seconds: enum time_class, the newest first. */
	unsigned char strip[STRIP_SECONDS];
	unsigned int strip_count;

	/* What /proc said about it; texts are owned by the model, valid until the next event. */
	bool is_observed;
	bool has_cpu;
	double cpu_share; /* of one CPU, if has_cpu */
	char proc_state;  /* 'R', 'S', 'D', …, observed in this call or state; 0: unknown */
	pid_t owner;      /* the thread or process that it is waiting for, or 0 */
	bool is_held;     /* that one holds it: a lock */
	bool deadlocked;  /* the owner waits for this one, directly or through others */
	char *waits_for;  /* the wait reason, not escaped; NULL: unknown, or it is not waiting */
	char *kernel;     /* its kernel stack, one function per line, or NULL */
	/* The command line, or title, of its process, if it is the main thread: words, each with
	 * its NUL but perhaps the last, not escaped; as these texts; NULL: unknown. */
	char *words;
	size_t words_size;
};

/* For how long ROW's thread has been in its call or state at NOW_NS; if partial, at least. */
uint64_t thread_row_age_ns(const struct thread_row *row, uint64_t now_ns);

/* A row of a view of one thread's calls, or of one call's threads. */
struct thread_call_row {
	pid_t pid, tid;
	char comm[TASK_COMM_SIZE]; /* must be escaped for display */
	bool ended;                /* the thread has ended */
	struct call call;
	char name[CALL_NAME_MAX]; /* of the call */
	uint64_t calls, errors;   /* completed calls */
	uint64_t bytes;           /* transferred by these */
	bool transfers;           /* as in struct call_row */
	uint64_t total_ns;        /* of these, plus the time so far of one in progress */
	bool in_progress;         /* the thread is in this call now */
	struct usage usage;       /* as in struct call_row */
	struct split split;
};

/* A row of a view of stacks: the calls of one kind with one stack. */
struct stack_row {
	const struct stack *stack; /* never NULL; see stack_special() for those without frames */
	struct call call;
	char name[CALL_NAME_MAX];
	uint64_t calls, errors, partial; /* completed; as in struct call_row */
	uint64_t in_progress;            /* tasks in it now */
	uint64_t total_ns, max_ns;       /* of completed calls and those in progress */
	double avg_ns;
	double share;      /* of the call's total_ns, 0 to 1 */
	double call_share; /* of the call's calls, 0 to 1 */
};

/* One process. */
struct process_row {
	pid_t pid, parent;
	char comm[TASK_COMM_SIZE];
	size_t threads;   /* number of living, traced threads */
	size_t workers;   /* number of its kernel workers */
	uint32_t rings;   /* number of its io_uring instances */
	uint64_t bytes;   /* transferred by them, like what follows */
	double byte_rate; /* as in struct thread_row */
	double size;
	struct time_spent time; /* of its threads, and of ended ones that are still kept */
};

/* The totals, regardless of filters. */
struct model_totals {
	uint64_t start_ns;
	uint64_t calls, errors, bytes;
	uint64_t requests;                       /* of io_uring, not in these */
	double call_rate, error_rate, byte_rate; /* per second, over the last interval; NAN: there
	                                            was none */
	struct usage usage;                      /* as in struct call_row, of all calls */
	struct split split;
	size_t threads, processes; /* alive */
	size_t workers, rings;     /* of these processes */
	uint64_t ended_threads;    /* since the start */
	uint64_t in_progress;
	bool ended;                        /* EVENT_END has arrived */
	int end_error;                     /* its error */
	uint64_t mark_ns;                  /* counts are since then; 0: since start_ns */
	uint64_t class_calls[CLASS_COUNT]; /* calls of each class; a call can be in several */
	struct time_spent time;            /* of all threads, alive and ended */
	/* Of call_rate and error_rate; owned by the model, which updates them. */
	const struct history *history, *error_history;
};

void model_totals(const struct model *model, uint64_t now_ns, struct model_totals *totals);

/* The cost of tracing, from the last EVENT_COST; over all engines so far. */
struct model_cost {
	uint64_t stops, details_lost, cpu_ns; /* as in struct event_cost */
	enum minimum_state minimum;
	uint64_t minimum_ns;
	uint64_t call_ns, others_ns;
	double stop_rate; /* stops per second, over the last interval, or NAN */
	double share;     /* of the targets' time lost to tracing, 0 to 1; < 0: unknown */
	char user[EVENT_USER_MAX];
};

void model_cost(const struct model *model, uint64_t now_ns, struct model_cost *cost);

/* A note whose count is not 0; sorted by ID. */
struct model_note {
	uint32_t id;
	bool transient;
	uint64_t count;
	char text[EVENT_TEXT_MAX];
};

/* Like model_calls(). */
size_t model_notes(const struct model *model, struct model_note **notes);

/* Which calls a view shows; the zero value shows all. */
struct call_filter {
	const struct callset *set; /* only calls in it; NULL: every call. Not owned */
	uint32_t classes;          /* only calls in one of these classes; 0: every class */
	bool errors;               /* only calls with errors */
};

bool call_filter_has(const struct call_filter *filter, struct call call);

/*
 * The calls selected by FILTER, as of NOW_NS, in no particular order. Stores an array in *ROWS that
 * the caller frees with free(), and returns its length. It contains only calls that have completed
 * or are in progress. `share` is relative to the selected calls.
 */
size_t model_calls(const struct model *model, const struct call_filter *filter, uint64_t now_ns,
	struct call_row **rows);

/* The same since the start, regardless of marks. */
size_t model_all_calls(const struct model *model, const struct call_filter *filter, uint64_t now_ns,
	struct call_row **rows);

/* The tasks, alive and ended, by process and then by tid; like model_calls(). */
size_t model_threads(const struct model *model, uint64_t now_ns, struct thread_row **rows);

/* Stores thread TID in *ROW if it is alive. Returns whether it is. */
bool model_thread(const struct model *model, pid_t tid, uint64_t now_ns, struct thread_row *row);

/* Whether thread TID is alive, and in a call that it entered at TIME_NS or before. */
bool model_is_in_call_since(const struct model *model, pid_t tid, uint64_t time_ns);

/* The living threads, sorted. Like model_waiting(). */
size_t model_alive(const struct model *model, pid_t **tids);

/*
 * The threads that have been in a call since before BEFORE_NS, the longest first, and then the
 * kernel workers. Stores an array
 * in *TIDS that the caller frees with free(), and returns its length.
 */
size_t model_waiting(const struct model *model, uint64_t before_ns, pid_t **tids);

/*
 * Where thread TID was in its own code in the seconds before NOW_NS (SAMPLE_LOG_SPAN_NS of
 * model/sample_log.h), or since the mark: one row for each stack that was sampled, the most
 * frequent first, of which `calls` is the number of samples, and `share` and `call_share` that of
 * all of them; the rest is meaningless. Like model_calls().
 */
size_t model_samples(
	const struct model *model, pid_t tid, uint64_t now_ns, struct stack_row **rows);

/* The last of these samples, and when it was taken; NULL: there is none. */
const struct stack *model_last_sample(
	const struct model *model, pid_t tid, uint64_t now_ns, uint64_t *time_ns);

/*
 * The stacks of the calls selected by FILTER, as of NOW_NS, in no particular order; like
 * model_calls(). The rows of a call add up to it: calls that were not captured have a row. Calls of
 * which no stack was captured have no rows.
 */
size_t model_stacks(const struct model *model, const struct call_filter *filter, uint64_t now_ns,
	struct stack_row **rows);

/* The threads that make CALL, or made it, by time in it; like model_calls(). */
size_t model_thread_calls_of_call(const struct model *model, struct call call, uint64_t now_ns,
	struct thread_call_row **rows);

/* The calls that thread TID makes, or made, by time in them; like model_calls(). */
size_t model_thread_calls_of_thread(
	const struct model *model, pid_t tid, uint64_t now_ns, struct thread_call_row **rows);

/* The processes that have living tasks, by PID; like model_calls(). */
size_t model_processes(const struct model *model, uint64_t now_ns, struct process_row **rows);

#endif
