/*
 * The thread that names frames. It may read debug information for seconds, or wait for a server
 * of debug files: neither the walks nor the screen wait for it.
 *
 * All functions are for the thread that made it, but namer_name(), which is for one other.
 */
#ifndef STOP_STACK_NAMER_H
#define STOP_STACK_NAMER_H

#include <stdbool.h>

#include "stack/intern.h"

struct namer;

/* Starts the thread. Returns 0 with it in *OUT, or -errno. */
int namer_new(struct namer **out);

/* Has FRAME of SOURCE named in its time. */
void namer_name(struct namer *namer, struct frame *frame, struct module_source *source);

/* Whether everything was named that is going to be. From the call on no name is waited for that has
 * not been found yet. */
bool namer_is_done(struct namer *namer);

/*
 * Ends the thread and frees NAMER; NULL is allowed. Returns false where the thread is busy with
 * something that cannot be ended: then it goes on by itself, and with what it was given.
 */
bool namer_free(struct namer *namer);

#endif
