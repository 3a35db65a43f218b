/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The threads whose running code is sampled; see stack/samples.h. */
#include "config.h"

#include "stack/samples.h"

#include <errno.h>
#include <stdatomic.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/time.h"
#include "engine/sample/sampler.h"

/* Time until a thread that could not be sampled is tried again. */
#define RETRY_NS NS_PER_S

struct sampled {
	struct samples_thread thread;
	struct sampler *sampler; /* owned; NULL: it could not be opened */
	bool is_wanted;
};

struct samples {
	size_t stack_size;
	/* Written by the owner. A thread is tgid << 32 | tid, 0: none. */
	_Atomic uint64_t wanted[SAMPLES_THREADS];
	_Atomic uint32_t version; /* incremented when `wanted` was changed */
	_Atomic int error;        /* written by the stack thread */
	/* The stack thread's. */
	struct sampled sampled[SAMPLES_THREADS];
	uint32_t seen;     /* the last version */
	bool has_failures; /* some could not be opened … */
	uint64_t retry_ns; /* … and are tried again then */
	size_t next;       /* whose sample is taken next, so that each has its turn */
};

struct samples *samples_new(size_t stack_size)
{
	struct samples *samples = xcalloc(1, sizeof(*samples));
	samples->stack_size = stack_size;
	return samples;
}

void samples_free(struct samples *samples)
{
	if (!samples)
		return;
	for (size_t i = 0; i < SAMPLES_THREADS; i++)
		sampler_free(samples->sampled[i].sampler);
	xfree(samples);
}

bool samples_request(struct samples *samples, const struct samples_thread *threads, size_t count)
{
	bool is_other = false;
	for (size_t i = 0; i < SAMPLES_THREADS; i++) {
		uint64_t wanted = 0;
		if (i < count)
			wanted = (uint64_t)(uint32_t)threads[i].tgid << 32 |
			         (uint32_t)threads[i].tid;
		/* Only we write it. */
		if (atomic_load_explicit(&samples->wanted[i], memory_order_relaxed) == wanted)
			continue;
		atomic_store_explicit(&samples->wanted[i], wanted, memory_order_relaxed);
		is_other = true;
	}
	/* Who sees this version sees at least what was requested with it. */
	if (is_other)
		atomic_fetch_add_explicit(&samples->version, 1, memory_order_release);
	return is_other;
}

int samples_error(const struct samples *samples)
{
	return atomic_load_explicit(&samples->error, memory_order_relaxed);
}

/* The entry of THREAD, or a free one. NULL: there is none. */
static struct sampled *entry_of(struct samples *samples, const struct samples_thread *thread)
{
	struct sampled *free_entry = NULL;
	for (size_t i = 0; i < SAMPLES_THREADS; i++) {
		struct sampled *sampled = &samples->sampled[i];
		if (sampled->thread.tid == thread->tid && sampled->thread.tgid == thread->tgid)
			return sampled;
		if (sampled->thread.tid == 0 && !free_entry)
			free_entry = sampled;
	}
	return free_entry;
}

/* Marks those that are wanted. The others are closed: nobody looks at them. */
static void choose(struct samples *samples, struct samples_thread wanted[SAMPLES_THREADS])
{
	for (size_t i = 0; i < SAMPLES_THREADS; i++)
		samples->sampled[i].is_wanted = false;
	for (size_t i = 0; i < SAMPLES_THREADS; i++) {
		uint64_t one = atomic_load_explicit(&samples->wanted[i], memory_order_relaxed);
		wanted[i] = (struct samples_thread){(pid_t)(one >> 32), (pid_t)(uint32_t)one};
		struct sampled *sampled = entry_of(samples, &wanted[i]);
		if (one && sampled && sampled->thread.tid)
			sampled->is_wanted = true;
	}
	for (size_t i = 0; i < SAMPLES_THREADS; i++) {
		struct sampled *sampled = &samples->sampled[i];
		if (sampled->is_wanted)
			continue;
		sampler_free(sampled->sampler);
		*sampled = (struct sampled){0};
	}
}

/* Opens the sampler of SAMPLED if it has none. Returns 0 or -errno. */
static int open_sampler(const struct samples *samples, struct sampled *sampled)
{
	int error = 0;
	if (!sampled->sampler)
		error = sampler_new(sampled->thread.tid, sampled->thread.tgid, samples->stack_size,
			&sampled->sampler);
	/* One that has ended is no failure. */
	return error == -ESRCH ? 0 : error;
}

void samples_update(struct samples *samples)
{
	struct samples_thread wanted[SAMPLES_THREADS];
	uint32_t version = atomic_load_explicit(&samples->version, memory_order_acquire);
	if (version == samples->seen &&
		!(samples->has_failures && clock_now_ns() >= samples->retry_ns))
		return;
	samples->seen = version;
	choose(samples, wanted);
	int error = 0;
	for (size_t i = 0; i < SAMPLES_THREADS; i++) {
		struct sampled *sampled = wanted[i].tid ? entry_of(samples, &wanted[i]) : NULL;
		if (!sampled)
			continue;
		sampled->thread = wanted[i];
		int result = open_sampler(samples, sampled);
		error = result ? result : error;
	}
	atomic_store_explicit(&samples->error, error, memory_order_relaxed);
	samples->has_failures = error != 0;
	samples->retry_ns = clock_now_ns() + RETRY_NS;
}

bool samples_are_active(const struct samples *samples)
{
	for (size_t i = 0; i < SAMPLES_THREADS; i++) {
		if (samples->sampled[i].thread.tid)
			return true;
	}
	return false;
}

bool samples_next(struct samples *samples, struct stack_copy *copy, uint64_t *time_ns)
{
	for (size_t i = 0; i < SAMPLES_THREADS; i++) {
		struct sampled *sampled = &samples->sampled[samples->next];
		samples->next = (samples->next + 1) % SAMPLES_THREADS;
		if (sampled->sampler && sampler_next(sampled->sampler, copy, time_ns))
			return true;
	}
	return false;
}
