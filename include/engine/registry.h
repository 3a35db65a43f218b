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

/* The engine to use for REQUEST if the user has not named one; never NULL. */
const struct engine_class *engine_default(const struct engine_request *request);

/* The engine with NAME, or NULL. */
const struct engine_class *engine_by_name(const char *name);

/*
 * The bit of engine_request.options for option NAME of CLASS ("no-repair", without the leading
 * "--"); 0: none.
 */
uint32_t engine_option_bit(const struct engine_class *class, const char *name);

#endif
