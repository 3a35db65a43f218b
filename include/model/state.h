/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The model's state, only for the files of this layer. See model/model.h. */
#ifndef STOP_MODEL_STATE_H
#define STOP_MODEL_STATE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/map.h"
#include "model/advice.h"
#include "model/files.h"
#include "model/idle.h"
#include "model/model.h"
#include "model/programs.h"
#include "model/rate.h"
#include "model/sample_log.h"
#include "model/stacks.h"
#include "model/strip.h"

/* One kind of call. */
struct call_stats {
	struct call call;
	enum time_class time_class;
	enum idle_kind idle_kind;
	enum advice_group advice_group;
	struct tally tally[SPAN_COUNT];    /* of completed calls */
	uint64_t idle_ns[SPAN_COUNT];      /* time of idle waits in it, until the last tick */
	uint64_t idle_now;                 /* threads that waited idly in it at the last tick */
	uint64_t in_progress;              /* tasks in it now */
	uint64_t since_sum_ns[SPAN_COUNT]; /* of these, the sum of their start times in the span,
	                                      modulo 2^64 */
	struct rate rate, byte_rate;
	struct history history; /* of `rate` */
};

/* What a thread has counted. */
struct time_count {
	uint64_t call_ns[TIME_COUNT], calls[TIME_COUNT]; /* of completed calls */
	uint64_t ended;                                  /* number of these */
	uint64_t stopped_ns, exiting_ns;                 /* in these states, outside of calls */
};

/* How a thread spends its time. */
struct thread_time {
	uint64_t ns[TIME_COUNT];      /* until until_ns, since tracing began */
	uint64_t until_ns;            /* the last reading of /proc, or the beginning */
	bool is_known;                /* the following two are those of until_ns */
	struct proc_times times;      /* what was read */
	bool was_stopped;             /* by job control, at until_ns */
	uint64_t cpu_ns;              /* on a CPU until until_ns, since tracing began */
	uint64_t ahead_ns;            /* waiting for a CPU that `times` do not have yet */
	struct time_count before;     /* what was counted */
	struct time_count count;      /* what is counted now, without what is in progress */
	uint64_t state_ns;            /* until when its stopped_ns and exiting_ns are */
	uint64_t at_tick[TIME_COUNT]; /* its time at the last tick */
	uint64_t last_ns[TIME_COUNT]; /* in the last interval */
};

/* One task. */
struct thread {
	pid_t tid, pid, parent, ns_tid;
	char comm[TASK_COMM_SIZE];
	bool ended;
	bool is_worker; /* a kernel worker */
	int exit_code, exit_signal;
	enum task_state state;
	uint64_t state_ns;        /* when it entered `state` or left its last call */
	struct call_stats *in;    /* the current call, or NULL; not owned */
	struct event_enter enter; /* valid if `in` */
	uint64_t idle_until_ns; /* until when its time in that call is in idle_ns; 0: none of it */
	uint64_t idle_from_ns;  /* if is_idle: since when that time was added by the last tick */
	bool is_idle;           /* it waited idly at the last tick, in that call */
	struct {
		uint32_t stack;   /* its ID; 0: none */
		struct call call; /* the call with that stack */
		uint64_t time_ns; /* when it was observed */
	} seen;
	struct {
		uint32_t stack; /* its ID; 0: none */
		struct call call;
		uint32_t capture; /* of the last captured call; `stack` may belong to an earlier one
		                   */
		uint64_t end_ns;  /* when that call ended */
	} last;
	struct event_waker waker;     /* who has woken it last; time_ns 0: unknown */
	struct observation *observed; /* what /proc said; owned; NULL: not observed */
	struct sums sums[SPAN_COUNT];
	struct thread_calls by_call; /* by call */
	struct rate rate, byte_rate;
	struct thread_time time;
	struct strip strip;
	struct program *program;         /* that it runs; NULL: unknown; not owned */
	uint64_t program_ns[TIME_COUNT]; /* the part of `time` that is not this program's */
	uint64_t program_cpu_ns;         /* likewise of its CPU time */
	bool awaited;                    /* not reported since EVENT_RESUMED */
	struct thread *next;             /* in the list of ended tasks, the next newer */
};

/* The io_uring instances of a process. */
struct process_rings {
	pid_t pid;
	uint32_t count;
};

struct model {
	struct event_sink sink; /* first: model_sink() */
	uint64_t start_ns;
	uint64_t end_ns; /* when tracing ended; 0: it goes on */
	struct {
		uint64_t from_ns, until_ns; /* the last interval; until_ns is that of the last tick
		                             */
		uint64_t step_ns;           /* between the last two ticks; 0: there was at most one
		                             */
	} tick;
	struct map calls;     /* struct call_stats by call; owned */
	size_t unknown_calls; /* of these, those with unknown numbers */
	struct map threads;   /* struct thread by tid, those alive; owned */
	struct map workers;   /* struct thread by tid: kernel workers; owned */
	struct map rings;     /* struct process_rings by PID, of processes that have any; owned */
	struct thread *ended; /* the last ones that have ended, oldest first; owned */
	struct thread **ended_last;
	size_t ended_kept;
	uint64_t ended_threads; /* ever */
	struct stack_sums stacks;
	struct files files;
	struct programs programs;
	struct stack_lookup lookup; /* resolves stack IDs */
	struct sums sums[SPAN_COUNT];
	struct sums requests[SPAN_COUNT]; /* of io_uring, which are in no other sums */
	struct rate call_rate, error_rate, byte_rate;
	struct sample_log samples;    /* of the code that threads run */
	struct history history;       /* of the call rate */
	struct history error_history; /* of the error rate */
	uint64_t mark_ns;             /* 0: there is no mark */
	struct {
		uint64_t last_ns[TIME_COUNT];  /* of all threads, in the last interval */
		uint64_t gone_ns[TIME_COUNT];  /* since then, of those that have ended */
		uint64_t ended_ns[TIME_COUNT]; /* ever, of those that have ended */
	} time;
	struct event_cost cost; /* the last one; initially zero */
	struct {
		uint64_t stops, details_lost, cpu_ns, lost_ns;
		bool is_loss_unknown; /* one of them did not know lost_ns */
	} past;                       /* of the previous engines */
	struct rate stop_rate;
	struct model_note *notes; /* sorted by ID; owned */
	size_t note_count;
	bool end;
	int end_error;
};

/* The key of CALL in maps. */
static inline uint64_t call_key(struct call call)
{
	return (uint64_t)call.abi << 32 | call.nr;
}

/* The start in SPAN of a call that began at BEGIN_NS: the mark, if that was later. */
static inline uint64_t begin_in(const struct model *model, enum span span, uint64_t begin_ns)
{
	return span == SPAN_MARKED && begin_ns < model->mark_ns ? model->mark_ns : begin_ns;
}

/* RATE as views show it: NAN if there was no interval yet. */
static inline double rate_of(const struct model *model, const struct rate *rate)
{
	return model->tick.until_ns > model->tick.from_ns ? rate->per_s : NAN;
}

/* The span that views show. */
static inline enum span span_of(const struct model *model)
{
	return model->mark_ns ? SPAN_MARKED : SPAN_ALL;
}

/* The total time so far, within SPAN, of calls in progress. */
static inline uint64_t progress_ns(const struct call_stats *stats, enum span span, uint64_t now_ns)
{
	uint64_t all_ns = stats->in_progress * now_ns - stats->since_sum_ns[span];
	/* An event can be later than NOW_NS. */
	return (int64_t)all_ns > 0 ? all_ns : 0;
}

/* Finds the idle waits of the interval that ends at NOW_NS. */
void model_tick_idle(struct model *model, uint64_t now_ns);

/* THREAD has completed CALLS calls of CLASS, which took NS. */
void model_count_time(struct thread *thread, enum time_class class, uint64_t calls, uint64_t ns);

/* To be called before THREAD changes its state or enters a call, at NOW_NS. */
void model_count_state(struct thread *thread, uint64_t now_ns);

/* The time of THREAD counts from NOW_NS; it may be new, so that it has not used any before. */
void model_begin_time(struct thread *thread, uint64_t now_ns, bool is_new);

/* Splits the time of THREAD until NOW_NS, when TIMES were read. */
void model_split_time(struct model *model, struct thread *thread, uint64_t now_ns,
	const struct proc_times *times, bool is_frozen);

/* THREAD has ended, with TIMES, or NULL: unknown. */
void model_end_time(struct model *model, struct thread *thread, uint64_t now_ns,
	const struct proc_times *times);

/* Ends an interval, or makes the time since the last tick a part of the last one. */
void model_tick_times(struct model *model, uint64_t now_ns, bool is_joined);

/* Adds the time of THREAD until NOW_NS, and in the last interval, to SPENT. */
void model_add_times(const struct thread *thread, uint64_t now_ns, struct time_spent *spent);

/* The same of all threads, living and ended, to SPENT, which is zero. */
void model_all_times(const struct model *model, uint64_t now_ns, struct time_spent *spent);

/* Apply an EVENT_COST, and an EVENT_NOTE. */
void model_apply_cost(struct model *model, const struct event *event);
void model_apply_note(struct model *model, const struct event *event);

/* Another engine follows: its cost adds to that so far, and its notes replace those so far. */
void model_resume_cost(struct model *model);

/* Number of stops so far, of all engines. */
uint64_t model_stops(const struct model *model);

/* The stack of THREAD's current call; 0: unknown. */
uint32_t model_stack_now(const struct model *model, const struct thread *thread);

/* Apply an EVENT_WORKER, and an EVENT_PROCESS. */
void model_apply_worker(struct model *model, const struct event *event);
void model_apply_process(struct model *model, const struct event *event);

/* Forgets worker TID. Returns whether there was one. */
bool model_forget_worker(struct model *model, pid_t tid);

/* Frees all that is known about workers and processes. */
void model_free_workers(struct model *model);

/* Apply an EVENT_OBSERVED, and an EVENT_KERNEL_STACK. */
void model_apply_observed(struct model *model, const struct event *event);
void model_apply_kernel_stack(struct model *model, const struct event *event);

/* Adds what is known from these to the ROW of THREAD, which is otherwise complete. */
void model_describe_observed(const struct model *model, const struct thread *thread,
	uint64_t now_ns, struct thread_row *row);

/* The state of THREAD in /proc, observed in its current call or state; '\0': unknown. */
char model_proc_state(const struct thread *thread);

/* Whether THREAD was observed to be frozen, in its current call or state. */
bool model_is_frozen(const struct thread *thread);

/* The thread that THREAD is waiting for in its current call; 0: none or unknown. */
pid_t model_owner_of(const struct model *model, const struct thread *thread, uint64_t now_ns);

/* Whether that one holds the lock that THREAD is waiting for. */
bool model_waits_for_lock(const struct model *model, const struct thread *thread, uint64_t now_ns);

/* In how many calls THREAD was seen to wait for a lock, and who held it in the last one. */
uint32_t model_held_waits(const struct thread *thread, pid_t *holder);

/* Whether the thread that THREAD is waiting for waits for THREAD, directly or through others. */
bool model_is_deadlocked(const struct model *model, const struct thread *thread, uint64_t now_ns);

/* Frees what is known about THREAD from these. */
void model_free_observation(struct thread *thread);

/* Applies an EVENT_SAMPLE. */
void model_apply_sample(struct model *model, const struct event *event);

/* Applies an EVENT_STACK. */
void model_apply_stack(struct model *model, const struct event *event);

/* Applies an EVENT_STACKS_KNOWN. */
void model_apply_stacks_known(struct model *model, const struct event *event);

/* Adds the completed call EXIT of THREAD to its stack, as soon as that is known. */
void model_end_stack(struct model *model, struct thread *thread, const struct event_exit *exit);

/* The same for the calls of SUM, of which COUNTED are in each span. */
void model_end_stacks(struct model *model, struct thread *thread, const struct event_sum *sum,
	const struct stack_count counted[SPAN_COUNT]);

/* Writes the name of CALL to NAME, also for those that share one entry. */
void model_name_call(struct call call, char name[CALL_NAME_MAX]);

#endif
