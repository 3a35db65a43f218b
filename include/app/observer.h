/*
 * Asks /proc about the threads that somebody looks at: their processor time and what they wait for.
 * What it learns leaves as events.
 *
 *     tids ──▶ observer ──▶ /proc, memory of the target
 *                 └──▶ EVENT_OBSERVED ──▶ sink
 *
 * What was asked a moment ago is not asked again. Never in the tracer; for the thread that owns the
 * model.
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
 * An observer of the threads of MODEL, whose events go to SINK: both outlive it. Freed with
 * observer_free(), which takes NULL.
 */
struct observer *observer_new(const struct model *model, struct event_sink *sink);
void observer_free(struct observer *observer);

/*
 * Asks about the COUNT threads TIDS and those for which they wait. What holds until a thread's call
 * ends is not read again. Returns whether there was any event.
 */
bool observer_ask(struct observer *observer, const pid_t *tids, size_t count);

/* The same about threads that have been in a call for a while, COUNT at most. */
void observer_ask_waiting(struct observer *observer, size_t count);

/*
 * The same about as many of them as some milliseconds allow, those first that can have used a
 * processor since they were asked about last; the next call goes on with the others.
 */
bool observer_ask_some(struct observer *observer, const pid_t *tids, size_t count);

#endif
