/* What the model keeps; for the files of this floor alone. See model/model.h. */
#ifndef STOP_MODEL_STATE_H
#define STOP_MODEL_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/map.h"
#include "model/model.h"
#include "model/stacks.h"

/* Events in the interval that goes on, and the rate over the one before. */
struct rate {
	uint64_t at_tick; /* the count when the interval began */
	double per_s;
};

/* One kind of call. */
struct call_stats {
	struct call call;
	enum time_class time_class;
	struct tally tally[SPAN_COUNT];    /* of those that have ended */
	uint64_t in_progress;              /* tasks in it now */
	uint64_t since_sum_ns[SPAN_COUNT]; /* of these, the sum of their beginnings in the span,
	                                      modulo 2^64 */
	struct rate rate;
	struct history history; /* of the rate */
	uint64_t spent_ns;      /* at the last tick: all time in it, calls in progress included */
};

/* One task. */
struct thread {
	pid_t tid, pid, parent, ns_tid;
	char comm[TASK_COMM_SIZE];
	bool ended;
	int exit_code, exit_signal;
	enum task_state state;
	uint64_t state_ns;        /* since when it is in `state`, or out of its last call */
	struct call_stats *in;    /* the call that it is in, or NULL; not owned */
	struct event_enter enter; /* valid where `in` */
	struct {
		uint32_t stack;   /* its id; 0: none */
		struct call call; /* that it was made from there */
		uint64_t time_ns; /* when it was seen so */
	} seen;
	struct {
		uint32_t stack; /* its id; 0: none */
		struct call call;
		uint32_t capture; /* of the last captured call; `stack` may be an earlier one's */
	} last;
	struct observation *observed; /* what /proc has said; owned; NULL: nobody has asked */
	struct sums sums[SPAN_COUNT];
	struct thread_calls by_call; /* by call */
	struct rate rate;
	uint64_t born_ns;    /* when it was first heard of */
	bool awaited;        /* nothing was heard of it since EVENT_RESUMED */
	struct thread *next; /* of the ended ones, the next younger */
};

struct model {
	struct event_sink sink; /* first: model_sink() */
	uint64_t start_ns, tick_ns;
	struct map calls;     /* struct call_stats by call; owned */
	size_t unknown_calls; /* of these, so many have a number that no table names */
	struct map threads;   /* living struct thread by tid; owned */
	struct thread *ended; /* the last ones that ended, oldest first; owned */
	struct thread **ended_last;
	size_t ended_kept;
	uint64_t ended_threads; /* ever */
	struct stack_sums stacks;
	struct stack_lookup lookup; /* who knows them */
	struct sums sums[SPAN_COUNT];
	struct rate call_rate, error_rate;
	struct history history;         /* of the call rate */
	uint64_t mark_ns;               /* 0: there is no mark */
	uint64_t gone_ns;               /* what tasks that ended in this interval lived of it */
	double time_shares[TIME_COUNT]; /* of the last interval */
	struct event_cost cost;         /* the last one; zero before */
	struct {
		uint64_t stops, details_lost, cpu_ns, lost_ns;
	} past; /* of the engines before the present one */
	struct rate stop_rate;
	struct model_note *notes; /* by id; owned */
	size_t note_count;
	bool end;
	int end_error;
};

/* The key of CALL in maps. */
static inline uint64_t call_key(struct call call)
{
	return (uint64_t)call.abi << 32 | call.nr;
}

/* When the call that began at BEGIN_NS began in SPAN: with the mark, where that came later. */
static inline uint64_t begin_in(const struct model *model, enum span span, uint64_t begin_ns)
{
	return span == SPAN_MARKED && begin_ns < model->mark_ns ? model->mark_ns : begin_ns;
}

/* What the views show. */
static inline enum span span_of(const struct model *model)
{
	return model->mark_ns ? SPAN_MARKED : SPAN_ALL;
}

/* The time so far of the calls in progress, all together, as far as it is in SPAN. */
static inline uint64_t progress_ns(const struct call_stats *stats, enum span span, uint64_t now_ns)
{
	uint64_t all_ns = stats->in_progress * now_ns - stats->since_sum_ns[span];
	/* An event can be later than the moment that is looked at. */
	return (int64_t)all_ns > 0 ? all_ns : 0;
}

/* How long THREAD has lived since the last tick. */
static inline uint64_t lived_ns(
	const struct model *model, const struct thread *thread, uint64_t now_ns)
{
	uint64_t from_ns = thread->born_ns > model->tick_ns ? thread->born_ns : model->tick_ns;
	return now_ns > from_ns ? now_ns - from_ns : 0;
}

/* Takes in an EVENT_COST, and an EVENT_NOTE. */
void model_apply_cost(struct model *model, const struct event *event);
void model_apply_note(struct model *model, const struct event *event);

/* Another engine follows: its costs add to those so far, and its notes replace them. */
void model_resume_cost(struct model *model);

/* Stops so far, of all engines. */
uint64_t model_stops(const struct model *model);

/* The stack that the call is made from that THREAD is in; 0: unknown. */
uint32_t model_stack_now(const struct model *model, const struct thread *thread);

/* Take in an EVENT_OBSERVED, and an EVENT_KERNEL_STACK. */
void model_apply_observed(struct model *model, const struct event *event);
void model_apply_kernel_stack(struct model *model, const struct event *event);

/* Writes what is known of THREAD by these into its ROW, which is complete but for them. */
void model_describe_observed(const struct model *model, const struct thread *thread,
	uint64_t now_ns, struct thread_row *row);

/* Forgets what is known of THREAD by these. */
void model_free_observation(struct thread *thread);

/* Takes in an EVENT_STACK. */
void model_apply_stack(struct model *model, const struct event *event);

/* Adds the call of THREAD that has ended by EXIT to the stack that it was made from, once known. */
void model_end_stack(struct model *model, struct thread *thread, const struct event_exit *exit);

/* Writes the name of CALL, also of those that share one entry, into NAME. */
void model_name_call(struct call call, char name[CALL_NAME_MAX]);

#endif
