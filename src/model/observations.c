/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /proc said about threads, and conclusions from it; see model/model.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "model/model.h"
#include "model/state.h"

/* A share of CPU time over a longer period says nothing about the present. */
#define SHARE_MAX_NS (15 * NS_PER_S)

/*
 * A lock can change owners while a thread waits for it. Who waits for whom is taken to hold at one
 * time if it was observed in the current interval, or within this time.
 */
#define SAME_TIME_NS (1 * NS_PER_S)

/* Maximum length of a chain of threads that wait for each other. */
#define CHAIN_MAX    16

/* What is kept about a thread. */
struct observation {
	uint64_t cpu_ns, cpu_time_ns; /* its CPU time, and when that was read; 0: never */
	double cpu_share;             /* between the last two readings; < 0: unknown */
	char state;                   /* at cpu_time_ns */
	bool is_frozen;               /* likewise */
	uint64_t wait_time_ns;        /* when the following was read; 0: never */
	uint64_t since_ns;            /* start of the call that it is about */
	bool lasts;                   /* it is valid until that call ends */
	pid_t owner;
	bool is_held;
	uint32_t held_waits; /* different calls in which is_held was seen */
	pid_t holder;        /* the owner in the last one */
	char reason[EVENT_REASON_MAX];
	char *kernel; /* owned; NULL: unknown */
	uint64_t kernel_time_ns;
};

void model_free_observation(struct thread *thread)
{
	if (thread->observed)
		free(thread->observed->kernel);
	free(thread->observed);
	thread->observed = NULL;
}

/* The thread or worker of EVENT, or NULL if that has ended. */
static struct thread *observed_thread(struct model *model, const struct event *event)
{
	struct thread *thread = map_get(&model->threads, (uint64_t)event->tid);
	return thread ? thread : map_get(&model->workers, (uint64_t)event->tid);
}

/* The observation of THREAD. */
static struct observation *observation_of(struct thread *thread)
{
	if (!thread->observed)
		thread->observed = xcalloc(1, sizeof(*thread->observed));
	return thread->observed;
}

static void set_name(struct thread *thread, const struct event_observed *observed)
{
	memcpy(thread->comm, observed->comm, sizeof(thread->comm));
	thread->comm[sizeof(thread->comm) - 1] = '\0';
	thread->parent = observed->parent;
}

static void set_cpu(struct observation *kept, const struct event_observed *observed)
{
	uint64_t time_ns = observed->event.time_ns, passed_ns = time_ns - kept->cpu_time_ns;
	bool has_share = kept->cpu_time_ns && time_ns > kept->cpu_time_ns &&
	                 passed_ns <= SHARE_MAX_NS && observed->times.cpu_ns >= kept->cpu_ns;
	kept->cpu_share = has_share ? (double)(observed->times.cpu_ns - kept->cpu_ns) /
	                                      (double)passed_ns
	                            : -1;
	kept->cpu_ns = observed->times.cpu_ns;
	kept->cpu_time_ns = time_ns;
	kept->state = observed->state;
	kept->is_frozen = observed->is_frozen;
}

static void set_wait(struct observation *kept, const struct event_observed *observed)
{
	if (observed->is_held && observed->owner > 0) {
		kept->held_waits += !kept->held_waits || kept->since_ns != observed->since_ns;
		kept->holder = observed->owner;
	}
	kept->wait_time_ns = observed->event.time_ns;
	kept->since_ns = observed->since_ns;
	kept->lasts = observed->lasts;
	kept->owner = observed->owner;
	kept->is_held = observed->is_held;
	memcpy(kept->reason, observed->reason, sizeof(kept->reason));
	kept->reason[sizeof(kept->reason) - 1] = '\0';
}

void model_apply_observed(struct model *model, const struct event *event)
{
	const struct event_observed *observed = (const struct event_observed *)event;
	struct thread *thread = observed_thread(model, event);
	if (!thread)
		return;
	struct observation *kept = observation_of(thread);
	if (observed->has_name)
		set_name(thread, observed);
	if (observed->has_cpu) {
		set_cpu(kept, observed);
		model_split_time(
			model, thread, event->time_ns, &observed->times, observed->is_frozen);
	}
	if (observed->has_wait)
		set_wait(kept, observed);
}

void model_apply_kernel_stack(struct model *model, const struct event *event)
{
	const struct event_kernel_stack *stack = (const struct event_kernel_stack *)event;
	struct thread *thread = observed_thread(model, event);
	if (!thread)
		return;
	struct observation *kept = observation_of(thread);
	free(kept->kernel);
	kept->kernel = stack->size > 1 ? xasprintf("%.*s", (int)stack->size, stack->text) : NULL;
	kept->kernel_time_ns = event->time_ns;
}

/* Whether /proc was read in the current call or state of THREAD. */
static bool is_current(const struct thread *thread)
{
	const struct observation *kept = thread->observed;
	uint64_t since_ns = thread->in ? thread->enter.event.time_ns : thread->state_ns;
	return kept && kept->cpu_time_ns && kept->cpu_time_ns >= since_ns;
}

char model_proc_state(const struct thread *thread)
{
	return is_current(thread) ? thread->observed->state : '\0';
}

bool model_is_frozen(const struct thread *thread)
{
	return is_current(thread) && thread->observed->is_frozen;
}

pid_t model_owner_of(const struct model *model, const struct thread *thread, uint64_t now_ns)
{
	const struct observation *kept = thread->observed;
	if (!kept || !thread->in || kept->since_ns != thread->enter.event.time_ns)
		return 0;
	bool is_recent = kept->wait_time_ns >= model->tick.until_ns ||
	                 now_ns < kept->wait_time_ns + SAME_TIME_NS;
	return kept->lasts || is_recent ? kept->owner : 0;
}

bool model_waits_for_lock(const struct model *model, const struct thread *thread, uint64_t now_ns)
{
	return model_owner_of(model, thread, now_ns) && thread->observed->is_held;
}

uint32_t model_held_waits(const struct thread *thread, pid_t *holder)
{
	const struct observation *kept = thread->observed;
	if (!kept || !kept->held_waits)
		return 0;
	*holder = kept->holder;
	return kept->held_waits;
}

bool model_is_deadlocked(const struct model *model, const struct thread *thread, uint64_t now_ns)
{
	const struct thread *at = thread;
	for (int step = 0; at && step < CHAIN_MAX; step++) {
		pid_t owner = model_owner_of(model, at, now_ns);
		if (owner <= 0 || owner == thread->tid)
			return owner == thread->tid;
		at = map_get(&model->threads, (uint64_t)owner);
	}
	return false;
}

void model_describe_observed(const struct model *model, const struct thread *thread,
	uint64_t now_ns, struct thread_row *row)
{
	struct observation *kept = thread->observed;
	if (!kept)
		return;
	row->is_observed = true;
	row->has_cpu = kept->cpu_time_ns && kept->cpu_share >= 0 &&
	               now_ns <= kept->cpu_time_ns + SHARE_MAX_NS;
	row->cpu_share = row->has_cpu ? kept->cpu_share : 0;
	row->proc_state = model_proc_state(thread);
	if (row->state != THREAD_IN_CALL && row->state != THREAD_WORKER)
		return;
	if (kept->kernel_time_ns >= row->since_ns)
		row->kernel = kept->kernel;
	if (kept->wait_time_ns && kept->since_ns == row->since_ns && kept->reason[0]) {
		row->waits_for = kept->reason;
		row->owner = kept->owner;
		row->is_held = kept->is_held;
		row->deadlocked = model_is_deadlocked(model, thread, now_ns);
	}
}
