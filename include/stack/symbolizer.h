/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The symbolizer: a thread that names frames. It may read debug information for seconds, or wait
 * for a debuginfod server: neither unwinding nor the screen wait for it.
 *
 * All functions are for the thread that created it, except symbolizer_name(), which is for one
 * other.
 */
#ifndef STOP_STACK_SYMBOLIZER_H
#define STOP_STACK_SYMBOLIZER_H

#include <stdbool.h>

#include "stack/intern.h"

struct symbolizer;

/* Starts the thread. Returns 0 and stores it in *OUT, or -errno. */
int symbolizer_new(struct symbolizer **out);

/* Queues FRAME of SOURCE to be named. */
void symbolizer_name(
	struct symbolizer *symbolizer, struct frame *frame, struct module_source *source);

/* Whether all names that can be found have been. After this call, names that were not found are not
 * retried. */
bool symbolizer_is_done(struct symbolizer *symbolizer);

/* Number of names that are missing because memory was refused. */
uint64_t symbolizer_refused(const struct symbolizer *symbolizer);

/*
 * Ends the thread and frees SYMBOLIZER; NULL is allowed. Returns false if the thread is in a call
 * that cannot be ended: then it keeps running, and using what it was given.
 */
bool symbolizer_free(struct symbolizer *symbolizer);

#endif
