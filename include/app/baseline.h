/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The baseline of the screen (key B): what was counted up to a moment, with which what came after
 * it is compared, as --diff compares two runs. Main thread only.
 */
#ifndef STOP_APP_BASELINE_H
#define STOP_APP_BASELINE_H

#include <stdbool.h>

struct baseline;
struct profile;
struct session;

/* A profile of all that SESSION has counted by now. Freed with profile_free(). */
struct profile *baseline_profile(struct session *session);

/* The baseline of SESSION as of its current time. Freed with baseline_free(), which accepts NULL.
 */
struct baseline *baseline_new(struct session *session);
void baseline_free(struct baseline *baseline);

/*
 * What SESSION has counted since, compared with what it had before, as text for COLUMNS columns, in
 * lines. It is valid until the next one, and of BASELINE. NULL if less was counted than before:
 * what is counted from has changed.
 */
const char *baseline_compare(struct baseline *baseline, struct session *session, int columns);

#endif
