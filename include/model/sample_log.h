/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last samples of the code that threads run (EVENT_SAMPLE): what a thread with "user 100 %" is
 * doing. They are a share of its time in user code, not counts: of the last seconds only, and at
 * most SAMPLE_LOG_MAX of all threads together.
 *
 * Not locked: owned by the model.
 */
#ifndef STOP_MODEL_SAMPLE_LOG_H
#define STOP_MODEL_SAMPLE_LOG_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/time.h"

#define SAMPLE_LOG_MAX     8192

/* Older samples say nothing of what a thread does now. */
#define SAMPLE_LOG_SPAN_NS (10 * NS_PER_S)

struct sample {
	pid_t tid;
	uint32_t stack; /* its ID */
	uint64_t time_ns;
};

struct sample_log {
	struct sample *sample; /* a ring of SAMPLE_LOG_MAX; owned; NULL: there was none yet */
	uint64_t count;        /* of all that were ever added */
};

/* Frees what LOG owns; the zero value is empty. */
void sample_log_clear(struct sample_log *log);

void sample_log_add(struct sample_log *log, const struct sample *sample);

/* The last sample of thread TID after FROM_NS, or NULL. Valid until the next is added. */
const struct sample *sample_log_last(const struct sample_log *log, pid_t tid, uint64_t from_ns);

/* Calls FOUND with CONTEXT for each sample of thread TID after FROM_NS, the newest first. */
void sample_log_each(const struct sample_log *log, pid_t tid, uint64_t from_ns,
	void (*found)(void *context, const struct sample *sample), void *context);

#endif
