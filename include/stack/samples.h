/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The threads whose running code is sampled (engine/sample/sampler.h): the owner says which, the
 * stack thread opens their samplers and reads them.
 */
#ifndef STOP_STACK_SAMPLES_H
#define STOP_STACK_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct samples;
struct stack_copy;

/* Maximum number of threads that are sampled together. */
#define SAMPLES_THREADS 16

struct samples_thread {
	pid_t tgid, tid;
};

/* A set of no threads, for samples of up to STACK_SIZE bytes of stack. Freed with samples_free(),
 * which accepts NULL. */
struct samples *samples_new(size_t stack_size);
void samples_free(struct samples *samples);

/*
 * Owner's thread: COUNT THREADS, as far as they are not more than SAMPLES_THREADS, are to be
 * sampled from now on, and no others. Returns whether these are others than before; then the stack
 * thread has to be woken.
 */
bool samples_request(struct samples *samples, const struct samples_thread *threads, size_t count);

/* Any thread: the -errno for which threads that are requested cannot be sampled; 0: none. */
int samples_error(const struct samples *samples);

/* Stack thread: opens and closes samplers, if others were requested, or after a while some that
 * could not be opened. */
void samples_update(struct samples *samples);

/* Stack thread: whether any thread is sampled, or is to be. */
bool samples_are_active(const struct samples *samples);

/* Stack thread: takes a sample, as sampler_next() does. */
bool samples_next(struct samples *samples, struct stack_copy *copy, uint64_t *time_ns);

#endif
