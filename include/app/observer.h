/*
 * What /proc tells of the threads that somebody looks at: processor time, and what they wait for.
 * It keeps a note of each, which tables show. Never in the tracer: one thread, the one
 * that draws.
 */
#ifndef STOP_APP_OBSERVER_H
#define STOP_APP_OBSERVER_H

#include <stddef.h>

#include "base/map.h"
#include "out/report.h"

struct observer;

/* An observer that has not looked yet. Freed with observer_free(), which takes NULL. */
struct observer *observer_new(void);
void observer_free(struct observer *observer);

/*
 * Looks at COUNT threads of REPORT, and at those for which they wait. What holds as long as a
 * thread is in its call is not read again.
 */
void observer_look(struct observer *observer, const struct report *report,
	const struct thread_row *const *rows, size_t count);

/*
 * The same for as many of the COUNT as some milliseconds allow, those first that can have used a
 * processor meanwhile; the next call goes on with the others.
 */
void observer_look_around(struct observer *observer, const struct report *report,
	const struct thread_row *const *rows, size_t count);

/* As observer_look() for the threads of REPORT that have been in their calls for a while, at most
 * MOST. */
void observer_look_at_waiting(struct observer *observer, const struct report *report, size_t most);

/* The notes: struct thread_note by tid. They change with every look. */
const struct map *observer_notes(const struct observer *observer);

#endif
