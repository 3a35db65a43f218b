/* The engines in this build; see engine/registry.h. */
#include "config.h"

#include "engine/registry.h"

#include <string.h>

#include "engine/ptrace/ptrace_engine.h"

const struct engine_class *const engine_classes[] = {
	&ptrace_engine,
	NULL,
};

/* The capability that SCOPE requires. */
static uint32_t needed_by(enum engine_scope scope)
{
	static const uint32_t needed[] = {
		[ENGINE_TASKS] = 0,
		[ENGINE_CGROUP] = ENGINE_TRACES_CGROUPS,
		[ENGINE_MACHINE] = ENGINE_TRACES_MACHINE,
	};
	return needed[scope];
}

const struct engine_class *engine_default(const struct engine_request *request)
{
	uint32_t needed = needed_by(request->scope);
	for (size_t i = 0; engine_classes[i]; i++) {
		if ((engine_classes[i]->capabilities & needed) == needed)
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

uint32_t engine_option_bit(const struct engine_class *class, const char *name)
{
	for (size_t i = 0; i < class->option_count; i++) {
		if (strcmp(class->options[i].name, name) == 0)
			return UINT32_C(1) << i;
	}
	return 0;
}
