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

const struct engine_class *engine_default(void)
{
	return &ptrace_engine;
}

const struct engine_class *engine_choose(uint32_t capabilities, char reason[ENGINE_ERROR_MAX])
{
	reason[0] = '\0';
	for (size_t i = 0; engine_classes[i]; i++) {
		const struct engine_class *class = engine_classes[i];
		if ((class->capabilities & capabilities) == capabilities &&
			(!class->check || class->check(reason) == 0))
			return class;
	}
	return engine_default();
}

const struct engine_class *engine_by_name(const char *name)
{
	for (size_t i = 0; engine_classes[i]; i++) {
		if (strcmp(engine_classes[i]->name, name) == 0)
			return engine_classes[i];
	}
	return NULL;
}
