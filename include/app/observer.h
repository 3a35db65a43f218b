/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Observes threads: reads in /proc how much CPU time they have used and what they are waiting for.
 * The results are events.
 *
 *     tids ──▶ observer ──▶ /proc, memory of the target
 *                 └──▶ EVENT_OBSERVED ──▶ sink
 *
 * What was read a moment ago is not read again. What threads wait for is read only of those that
 * are displayed. Never in the tracer; for the thread that owns the model.
 */
#ifndef STOP_APP_OBSERVER_H
#define STOP_APP_OBSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "event/sink.h"
#include "model/model.h"

struct observer;

/*
 * An observer of the threads of MODEL that sends its events to SINK; both must outlive it. Freed
 * with observer_free(), which accepts NULL.
 */
struct observer *observer_new(const struct model *model, struct event_sink *sink);
void observer_free(struct observer *observer);

/*
 * Observes the COUNT threads TIDS and the threads that they wait for. What is valid until a call
 * ends is read once. Returns whether there were any events.
 */
bool observer_observe(struct observer *observer, const pid_t *tids, size_t count);

/* The same for threads that have been in a call for a while, up to COUNT. */
void observer_observe_waiting(struct observer *observer, size_t count);

/*
 * The same for as many of TIDS as a few milliseconds allow, starting with those that can have used
 * CPU time since they were observed last; the next call continues with the others.
 */
bool observer_observe_some(struct observer *observer, const pid_t *tids, size_t count);

/*
 * Reads names, states and CPU times of all threads, for at most about LIMIT_NS (UINT64_MAX: of all,
 * whatever it takes), starting with those that can have used CPU time since they were read last;
 * the next call continues with the others.
 */
void observer_refresh(struct observer *observer, uint64_t limit_ns);

/*
 * For after tracing: reports each thread of the model that has exited meanwhile, other than EXCEPT,
 * with EVENT_GONE, as an exit that was not seen.
 */
void observer_find_ended(struct observer *observer, pid_t except);

/* Reads what up to COUNT living threads do with signals: EVENT_MASKS. */
void observer_observe_signals(struct observer *observer, size_t count);

#endif
