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

/* The engine that needs the fewest privileges: for when no other can be used. */
const struct engine_class *engine_fallback(void);

/*
 * The engine with the least cost to targets of those that can do what NEEDS says here, or the
 * fallback. Never NULL. REASON is why a cheaper one is not used, one line, or "". TRIAL: as of
 * engine_class.check() of that engine; *TRIAL is NULL if there is none.
 */
const struct engine_class *engine_choose(const struct engine_needs *needs,
	struct engine_trial **trial, char reason[ENGINE_ERROR_MAX]);

/* The engine with NAME, or NULL. */
const struct engine_class *engine_by_name(const char *name);

#endif
