/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engines in this build; see engine/registry.h. */
#include "config.h"

#include "engine/registry.h"

#include <string.h>

/*
 * Declared here instead of in a header of the engine, to be independent of its headers.
 */
extern const struct engine_class bpf_engine; /* without libbpf, that of bpf_absent.c */
extern const struct engine_class ptrace_engine;

const struct engine_class *const engine_classes[] = {
	&bpf_engine,
	&ptrace_engine,
	NULL,
};

const struct engine_class *engine_fallback(void)
{
	return &ptrace_engine;
}

const struct engine_class *engine_choose(const struct engine_needs *needs,
	struct engine_trial **trial, char reason[ENGINE_ERROR_MAX])
{
	reason[0] = '\0';
	if (trial)
		*trial = NULL;
	for (size_t i = 0; engine_classes[i]; i++) {
		const struct engine_class *class = engine_classes[i];
		uint32_t wanted = needs->capabilities;
		if ((class->capabilities & wanted) == wanted &&
			(!class->check || class->check(needs, trial, reason) == 0))
			return class;
	}
	return engine_fallback();
}

const struct engine_class *engine_by_name(const char *name)
{
	for (size_t i = 0; engine_classes[i]; i++) {
		if (strcmp(engine_classes[i]->name, name) == 0)
			return engine_classes[i];
	}
	return NULL;
}
