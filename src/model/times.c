/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How threads spend their time: what /proc and the engine have counted between two readings of
 * /proc, split by time_split(). See model/model.h.
 */
#include "config.h"

#include <string.h>

#include "model/model.h"
#include "model/state.h"
#include "model/time_split.h"

static uint64_t since(uint64_t now_ns, uint64_t from_ns)
{
	return now_ns > from_ns ? now_ns - from_ns : 0;
}

void model_count_time(struct thread *thread, enum time_class class, uint64_t calls, uint64_t ns)
{
	thread->time.count.call_ns[class] += ns;
	thread->time.count.calls[class] += calls;
	thread->time.count.ended += calls;
}

void model_count_state(struct thread *thread, uint64_t now_ns)
{
	struct thread_time *time = &thread->time;
	uint64_t ns = since(now_ns, time->state_ns);
	if (!thread->in && thread->state == TASK_STOPPED)
		time->count.stopped_ns += ns;
	if (!thread->in && thread->state == TASK_EXITING)
		time->count.exiting_ns += ns;
	time->state_ns = now_ns;
}

void model_begin_time(struct thread *thread, uint64_t now_ns, bool is_new)
{
	thread->time.until_ns = thread->time.state_ns = now_ns;
	thread->time.is_known = is_new;
	thread->time.before = thread->time.count;
}

/* What THREAD has counted at NOW_NS, with what is in progress. */
static struct time_count count_now(const struct thread *thread, uint64_t now_ns)
{
	struct time_count count = thread->time.count;
	if (thread->in)
		count.call_ns[thread->in->time_class] += since(now_ns, thread->enter.event.time_ns);
	else if (thread->state == TASK_STOPPED)
		count.stopped_ns += since(now_ns, thread->time.state_ns);
	else if (thread->state == TASK_EXITING)
		count.exiting_ns += since(now_ns, thread->time.state_ns);
	return count;
}

/* The CPU time of TIMES in user mode, as far as the clock ticks tell; -1: they do not. */
static double user_ns(const struct proc_times *times)
{
	uint64_t ticks_ns = times->user_ns + times->system_ns;
	if (!times->is_exact)
		return (double)times->user_ns;
	return ticks_ns ? (double)times->cpu_ns * ((double)times->user_ns / (double)ticks_ns) : -1;
}

/* Adds the CPU times from BEFORE to NOW to SAMPLE. */
static void sample_cpu(
	struct time_sample *sample, const struct proc_times *before, const struct proc_times *now)
{
	double user_now = user_ns(now), user_before = user_ns(before);
	sample->is_exact = now->is_exact && (before->is_exact || before->cpu_ns == 0);
	sample->cpu_ns = since(now->cpu_ns, before->cpu_ns);
	sample->queued_ns = since(now->queued_ns, before->queued_ns);
	sample->runs = since(now->runs, before->runs);
	if (user_now < 0)
		return;
	double user = user_now - (user_before > 0 ? user_before : 0);
	sample->user_ns = user <= 0                       ? 0
	                  : user > (double)sample->cpu_ns ? sample->cpu_ns
	                                                  : (uint64_t)user;
	sample->kernel_ns = sample->cpu_ns - sample->user_ns;
}

/* Adds the calls and states from BEFORE to NOW of THREAD to SAMPLE. */
static void sample_counts(struct time_sample *sample, const struct thread *thread,
	const struct time_count *before, const struct time_count *now)
{
	for (enum time_class id = TIME_WAIT; id <= TIME_OTHER; id++) {
		sample->call_ns[id] = since(now->call_ns[id], before->call_ns[id]);
		sample->calls[id] = now->calls[id] - before->calls[id];
	}
	if (thread->in)
		sample->calls[thread->in->time_class]++;
	sample->ended = now->ended - before->ended;
	sample->stopped_ns = since(now->stopped_ns, before->stopped_ns);
	sample->exiting_ns = since(now->exiting_ns, before->exiting_ns);
}

static void add_times(uint64_t to[TIME_COUNT], const uint64_t from[TIME_COUNT])
{
	for (enum time_class id = 0; id < TIME_COUNT; id++)
		to[id] += from[id];
}

/*
 * The class of the time since the last reading, if THREAD has not changed its state since: of what
 * can change without an event of the engine, nothing is known before the next reading.
 */
static enum time_class class_since(const struct thread *thread)
{
	uint64_t until_ns = thread->time.until_ns;
	char state = model_proc_state(thread);
	if (thread->in && thread->enter.event.time_ns <= until_ns && (state == 'S' || state == 'D'))
		return model_is_frozen(thread) ? TIME_FROZEN : thread->in->time_class;
	if (!thread->in && thread->state == TASK_STOPPED && thread->state_ns <= until_ns)
		return TIME_STOPPED;
	if (!thread->in && state == 'T')
		return TIME_STOPPED;
	if (!thread->in && thread->state == TASK_EXITING && thread->state_ns <= until_ns)
		return TIME_WAIT;
	return TIME_UNKNOWN;
}

void model_split_time(struct model *model, struct thread *thread, uint64_t now_ns,
	const struct proc_times *times, bool is_frozen)
{
	struct thread_time *time = &thread->time;
	struct time_count count = count_now(thread, now_ns);
	uint64_t ns[TIME_COUNT] = {0};
	bool is_stopped = model_proc_state(thread) == 'T';
	struct time_sample sample = {
		.wall_ns = since(now_ns, time->until_ns),
		.is_frozen = is_frozen,
		.is_runnable = model_proc_state(thread) == 'R',
		.minimum_ns = model->cost.minimum == MINIMUM_KNOWN ? model->cost.minimum_ns : 0,
		.is_never_stopped = model->cost.never_stops,
		/* Such an engine is told of calls alone. */
		.was_stopped = model->cost.never_stops && (is_stopped || time->was_stopped),
	};
	sample_cpu(&sample, &time->times, times);
	sample_counts(&sample, thread, &time->before, &count);
	uint64_t booked_ns = sample.queued_ns;
	sample.queued_ns = since(booked_ns, time->ahead_ns);
	time->ahead_ns = since(time->ahead_ns, booked_ns);
	if (time->is_known)
		time->ahead_ns += time_split(&sample, ns);
	else
		ns[class_since(thread)] = sample.wall_ns;
	add_times(time->ns, ns);
	if (time->is_known)
		time->cpu_ns += sample.cpu_ns;
	time->is_known = true;
	time->was_stopped = is_stopped;
	time->times = *times;
	time->before = count;
	time->until_ns = now_ns > time->until_ns ? now_ns : time->until_ns;
}

/* The time of THREAD until NOW_NS. */
static void times_at(const struct thread *thread, uint64_t now_ns, uint64_t ns[TIME_COUNT])
{
	memcpy(ns, thread->time.ns, sizeof(thread->time.ns));
	if (!thread->ended)
		ns[class_since(thread)] += since(now_ns, thread->time.until_ns);
}

/* Adds the time of THREAD since the last tick to NS. What was a guess then may be less now. */
static void add_since_tick(const struct thread *thread, uint64_t now_ns, uint64_t ns[TIME_COUNT])
{
	uint64_t now[TIME_COUNT];
	times_at(thread, now_ns, now);
	for (enum time_class id = 0; id < TIME_COUNT; id++)
		ns[id] += since(now[id], thread->time.at_tick[id]);
}

void model_end_time(
	struct model *model, struct thread *thread, uint64_t now_ns, const struct proc_times *times)
{
	if (times)
		model_split_time(model, thread, now_ns, times, false);
	else
		thread->time.ns[class_since(thread)] += since(now_ns, thread->time.until_ns);
	thread->time.until_ns = now_ns;
	add_since_tick(thread, now_ns, model->time.gone_ns);
	add_times(model->time.ended_ns, thread->time.ns);
}

void model_tick_times(struct model *model, uint64_t now_ns, bool is_joined)
{
	struct thread *thread;
	if (!is_joined)
		memset(model->time.last_ns, 0, sizeof(model->time.last_ns));
	add_times(model->time.last_ns, model->time.gone_ns);
	memset(model->time.gone_ns, 0, sizeof(model->time.gone_ns));
	MAP_FOR_EACH (&model->threads, at, thread) {
		struct thread_time *time = &thread->time;
		uint64_t ns[TIME_COUNT] = {0};
		add_since_tick(thread, now_ns, ns);
		if (!is_joined)
			memset(time->last_ns, 0, sizeof(time->last_ns));
		add_times(time->last_ns, ns);
		strip_add(&thread->strip, now_ns, ns);
		add_times(model->time.last_ns, ns);
		times_at(thread, now_ns, time->at_tick);
	}
}

void model_time_shares(const uint64_t ns[TIME_COUNT], double share[TIME_COUNT])
{
	double sum_ns = 0;
	for (enum time_class id = 0; id < TIME_COUNT; id++)
		sum_ns += (double)ns[id];
	for (enum time_class id = 0; id < TIME_COUNT; id++)
		share[id] = sum_ns > 0 ? (double)ns[id] / sum_ns : 0;
}

void model_add_times(const struct thread *thread, uint64_t now_ns, struct time_spent *spent)
{
	uint64_t ns[TIME_COUNT];
	times_at(thread, now_ns, ns);
	add_times(spent->ns, ns);
	if (!thread->ended)
		add_times(spent->last_ns, thread->time.last_ns);
}

void model_all_times(const struct model *model, uint64_t now_ns, struct time_spent *spent)
{
	const struct thread *thread;
	memcpy(spent->ns, model->time.ended_ns, sizeof(spent->ns));
	MAP_FOR_EACH (&model->threads, at, thread)
		model_add_times(thread, now_ns, spent);
	memcpy(spent->last_ns, model->time.last_ns, sizeof(spent->last_ns));
}
