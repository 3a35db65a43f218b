/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engines in this build; see engine/registry.h. */
#include "config.h"

#include "engine/registry.h"

#include <string.h>

/*
 * Declared here instead of in a header of the engine, to be independent of its headers.
 */
extern const struct engine_class ptrace_engine;

const struct engine_class *const engine_classes[] = {
	&ptrace_engine,
	NULL,
};

const struct engine_class *engine_for(uint32_t capabilities)
{
	for (size_t i = 0; engine_classes[i]; i++) {
		if ((engine_classes[i]->capabilities & capabilities) == capabilities)
			return engine_classes[i];
	}
	/* None can: the first one reports that when started. */
	return engine_classes[0];
}

const struct engine_class *engine_by_name(const char *name)
{
	for (size_t i = 0; engine_classes[i]; i++) {
		if (strcmp(engine_classes[i]->name, name) == 0)
			return engine_classes[i];
	}
	return NULL;
}
