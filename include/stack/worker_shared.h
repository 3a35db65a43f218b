/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a worker and its owner share besides the rings, which follow it. Both can write all of it at
 * any time: nothing may depend on what it says.
 */
#ifndef STOP_STACK_WORKER_SHARED_H
#define STOP_STACK_WORKER_SHARED_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

struct worker;

struct worker_shared {
	alignas(64) _Atomic uint32_t worker_waits; /* it has to be woken */
	alignas(64) _Atomic uint32_t owner_waits;  /* likewise */
	alignas(64) _Atomic uint32_t module;       /* number of the one being read; 0: none */
};

/* Sets up this side of the rings. */
void worker_shared_attach(struct worker *worker);

#endif
