/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds what the targets' processes do without calls: kernel workers (io_uring, vhost) among their
 * threads, and io_uring instances among their descriptors. The results are events.
 *
 *     processes of the model ──▶ number of threads ──▶ if that has changed: list of threads
 *                            └──▶ descriptors, a part at a time
 *                                      └──▶ EVENT_WORKER, EVENT_GONE, EVENT_PROCESS ──▶ sink
 *
 * For the thread that owns the model.
 */
#ifndef STOP_APP_WORKERS_H
#define STOP_APP_WORKERS_H

#include <stdint.h>

#include "event/sink.h"
#include "model/model.h"

struct workers;

/* Sends its events to SINK; both must outlive it. Freed with workers_free(), which accepts NULL. */
struct workers *workers_new(const struct model *model, struct event_sink *sink);
void workers_free(struct workers *workers);

/*
 * Looks at as many processes as LIMIT_NS allows, once at each; the next call goes on. UINT64_MAX:
 * at all of them.
 */
void workers_find(struct workers *workers, uint64_t limit_ns);

#endif
