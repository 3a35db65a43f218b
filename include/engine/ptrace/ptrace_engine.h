/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine that uses ptrace(2): it stops each thread at the entry and the exit of every call.
 */
#ifndef STOP_ENGINE_PTRACE_PTRACE_ENGINE_H
#define STOP_ENGINE_PTRACE_PTRACE_ENGINE_H

#include <stdint.h>

#include "event/engine.h"

struct world;

/* Bits of engine_request.options, in the order of its engine_class.options. */
#define PTRACE_NO_REPAIR UINT32_C(1) /* do not repair calls that tracing interrupts */

/* The row of the registry, which declares it too. */
extern const struct engine_class ptrace_engine;

/* Like ptrace_engine.start(), in WORLD, which must outlive the engine. */
int ptrace_engine_start(struct world *world, const struct engine_request *request,
	const struct engine_links *links, struct engine **out, char error[ENGINE_ERROR_MAX]);

#endif
