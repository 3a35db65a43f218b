/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The symbolizer: a thread that has frames named by a worker (stack/namer.h), and opens the files
 * that this needs. A name can take seconds: neither unwinding nor the screen wait for it.
 *
 * All functions are for the thread that created it, except symbolizer_name(), which is for one
 * other.
 */
#ifndef STOP_STACK_SYMBOLIZER_H
#define STOP_STACK_SYMBOLIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stack/debuginfod.h"
#include "stack/intern.h"
#include "stack/perfmap_file.h"
#include "stack/worker.h"

struct symbolizer;

/* What a symbolizer needs; all of it outlives it. */
struct symbolizer_config {
	struct worker *worker;          /* of namer_kind; only its thread uses it */
	const char *const *directories; /* of debug files, absolute; ends with a NULL */
	struct debuginfod *debuginfod;  /* only its thread uses it; NULL: no server is asked */
	size_t memory;                  /* limit of what all names may take, in bytes */
};

/* Starts the thread. Returns 0 and stores it in *OUT, or -errno. */
int symbolizer_new(const struct symbolizer_config *config, struct symbolizer **out);

/* Queues FRAME of SOURCE to be named. */
void symbolizer_name(
	struct symbolizer *symbolizer, struct frame *frame, struct module_source *source);

/*
 * Queues a check of FRAME of SOURCE, which is generated code that has a name: whether it still had
 * that when the perf map was as in STATE. Sets frame.checked, and frame.is_replaced if not.
 */
void symbolizer_check(struct symbolizer *symbolizer, struct frame *frame,
	struct module_source *source, const struct perfmap_state *state);

/* A perf map has changed: what was not found in it is looked for again. */
void symbolizer_note_change(struct symbolizer *symbolizer);

/* Whether all names that can be found have been. After this call, names that were not found are not
 * retried. */
bool symbolizer_is_done(struct symbolizer *symbolizer);

struct symbolizer_stats {
	uint64_t refused;  /* names that are missing because memory was refused */
	uint64_t beyond;   /* names that are missing because of the limit of memory */
	uint64_t failures; /* workers that have ended */
};

void symbolizer_stats(const struct symbolizer *symbolizer, struct symbolizer_stats *stats);

/*
 * Ends the thread and frees SYMBOLIZER; NULL is allowed. Returns false if the thread is in a call
 * that cannot be ended: then it keeps running, and using what it was given.
 */
bool symbolizer_free(struct symbolizer *symbolizer);

#endif
