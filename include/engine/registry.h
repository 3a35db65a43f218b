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

/* The default engine, which can do everything for every user. */
const struct engine_class *engine_default(void);

/*
 * The engine with the least cost to targets of those that have CAPABILITIES (bits of enum
 * engine_capability) and can be used here. Never NULL. REASON is why another is not used, one line,
 * or "".
 */
const struct engine_class *engine_choose(uint32_t capabilities, char reason[ENGINE_ERROR_MAX]);

/* The engine with NAME, or NULL. */
const struct engine_class *engine_by_name(const char *name);

#endif
