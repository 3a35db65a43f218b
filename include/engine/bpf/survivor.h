/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that shares our memory (base/vm_process.h), and does nothing but wait for our death: by
 * whatever signal, also SIGKILL. Then it finishes what only we could have.
 */
#ifndef STOP_ENGINE_BPF_SURVIVOR_H
#define STOP_ENGINE_BPF_SURVIVOR_H

#include <stddef.h>

struct survivor;

/* The most descriptors that a survivor keeps. */
#define SURVIVOR_KEPT 4

/*
 * Starts one that calls FINISH with CONTEXT when our process has died with all its threads. It has
 * the standard descriptors, and the COUNT in KEPT; it is killed if that takes half a minute, as
 * what our threads have left behind can be locked, or half-written. Returns NULL if there can be
 * none. Ended with survivor_end().
 */
struct survivor *survivor_start(
	void (*finish)(void *context), void *context, const int *kept, size_t count);

/* Ends SURVIVOR; NULL is allowed. From then on nobody survives. */
void survivor_end(struct survivor *survivor);

#endif
