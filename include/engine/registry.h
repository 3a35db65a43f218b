/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engines in this build. Any thread.
 */
#ifndef STOP_ENGINE_REGISTRY_H
#define STOP_ENGINE_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

#include "event/engine.h"

/* All engines, in order of increasing cost to targets; NULL-terminated. */
extern const struct engine_class *const engine_classes[];

/*
 * The default engine for a request that requires CAPABILITIES (bits of enum engine_capability): the
 * one with the least cost to targets. Never NULL.
 */
const struct engine_class *engine_for(uint32_t capabilities);

/* The engine with NAME, or NULL. */
const struct engine_class *engine_by_name(const char *name);

#endif
