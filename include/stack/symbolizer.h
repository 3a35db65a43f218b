/*
 * The thread that names frames. It may read debug information for seconds, or wait for a server
 * of debug files: neither the walks nor the screen wait for it.
 *
 * All functions are for the thread that made it, but symbolizer_name(), which is for one other.
 */
#ifndef STOP_STACK_SYMBOLIZER_H
#define STOP_STACK_SYMBOLIZER_H

#include <stdbool.h>

#include "stack/intern.h"

struct symbolizer;

/* Starts the thread. Returns 0 with it in *OUT, or -errno. */
int symbolizer_new(struct symbolizer **out);

/* Has FRAME of SOURCE named in its time. */
void symbolizer_name(
	struct symbolizer *symbolizer, struct frame *frame, struct module_source *source);

/* Whether everything was named that is going to be. From the call on no name is waited for that has
 * not been found yet. */
bool symbolizer_is_done(struct symbolizer *symbolizer);

/*
 * Ends the thread and frees NAMER; NULL is allowed. Returns false where the thread is busy with
 * something that cannot be ended: then it goes on by itself, and with what it was given.
 */
bool symbolizer_free(struct symbolizer *symbolizer);

#endif
