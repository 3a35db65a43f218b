/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Samples of the code that a thread runs: while it runs user code, the kernel copies its registers
 * and its stack at intervals of its CPU time, and we read these copies from a buffer that is shared
 * with the kernel. The thread is not stopped, and no call of it is disturbed: the copy is made in a
 * timer interrupt, of the kernel's software clock, so that no hardware counters are needed.
 *
 * A sample costs its thread that copy, of SAMPLER_STACK_MAX at most. If its buffer is full, samples
 * are dropped. Not locked.
 */
#ifndef STOP_ENGINE_SAMPLE_SAMPLER_H
#define STOP_ENGINE_SAMPLE_SAMPLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "event/stack_copy.h"

/* CPU time of the thread between two samples; no multiple of what timers usually have. */
#define SAMPLER_PERIOD_NS  UINT64_C(19937000)

/* Maximum size of the stack in a sample: what the kernel allows, as a sample has at most 64 KiB. */
#define SAMPLER_STACK_MAX  ((size_t)32 << 10)

/* Size of the longest explanation, including the final NUL. */
#define SAMPLER_REASON_MAX 192

struct sampler;

/*
 * Samples thread TID of process TGID from now on, with up to STACK_SIZE bytes of its stack, at most
 * SAMPLER_STACK_MAX. Returns 0 with the sampler in *OUT, freed with sampler_free(); or -errno:
 * -ESRCH if there is no such thread. Can wait for an execve of the process that does not proceed.
 */
int sampler_new(pid_t tid, pid_t tgid, size_t stack_size, struct sampler **out);

/* Ends sampling. NULL is allowed. */
void sampler_free(struct sampler *sampler);

/*
 * Takes the oldest sample: stores its time (CLOCK_MONOTONIC) in *TIME_NS, and it in COPY, which has
 * room for SAMPLER_STACK_MAX bytes: with number 0. Returns whether there was one.
 */
bool sampler_next(struct sampler *sampler, struct stack_copy *copy, uint64_t *time_ns);

/*
 * Why sampler_new() has failed with ERROR, -errno, and what helps, in one line without a full stop.
 * PARANOID is kernel.perf_event_paranoid (INT_MIN: unknown). Pure.
 */
void sampler_explain(int error, int paranoid, char reason[SAMPLER_REASON_MAX]);

#endif
