/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Choosing an engine; see app/engine_choice.h. */
#include "config.h"

#include "app/engine_choice.h"

#include <stdio.h>

#include "app/filtering.h"
#include "app/options.h"
#include "app/scope.h"
#include "app/session_state.h"
#include "engine/registry.h"

/* What the engine has to be able to do for CONFIG. */
static struct engine_needs needs_of(const struct session_config *config)
{
	struct engine_needs needs = scope_needs(config->scope.option);
	needs.capabilities |= (config->command ? ENGINE_TRACES_COMMANDS : 0) |
	                      (config->stacks || config->records_stacks ? ENGINE_COPIES_STACKS
									: 0) |
	                      (config->log || config->files || config->filter || config->until ||
						      config->when
					      ? ENGINE_SENDS_DETAILS
					      : 0) |
	                      (config->options->log_waits ? ENGINE_AWAITS_READER : 0) |
	                      (config->split ? ENGINE_SPLITS_TIME : 0);
	needs.stack_size = config->has_stacks ? config->stack->copy_limit : 0;
	return needs;
}

static int choose(struct session *session, char error[SESSION_ERROR_MAX])
{
	const struct engine_class *engine = session->config->engine;
	const struct engine_needs needs = needs_of(session->config);
	uint32_t could = engine_fallback()->capabilities;
	if (!engine) {
		session->pump.class = engine_choose(
			&needs, &session->trial, session->engine_reason);
		session->may_fall_back = (could & needs.capabilities) == needs.capabilities;
		return 0;
	}
	session->pump.class = engine;
	return engine->check && engine->check(&needs, &session->trial, error) < 0;
}

/*
 * Says that the engine of SESSION cannot trace the scope, and what can be done.
 */
static int refuse_scope(const struct session *session, char error[SESSION_ERROR_MAX])
{
	const struct session_config *config = session->config;
	const char *option = scope_option_name(config->scope.option);
	char reason[ENGINE_ERROR_MAX]; /* why it is not another engine */
	const struct engine_needs needs = needs_of(config);
	if (config->engine)
		engine_choose(&needs, NULL, reason);
	else
		snprintf(reason, sizeof(reason), "%s", session->engine_reason);
	if (reason[0])
		snprintf(error, SESSION_ERROR_MAX, "%s needs the BPF engine: %.400s", option,
			reason);
	else
		snprintf(error, SESSION_ERROR_MAX, "%s needs the BPF engine: leave out --engine=%s",
			option, session->pump.class->name);
	return 1;
}

static bool splits(const struct session_config *config)
{
	return config->split;
}

static bool waits(const struct session_config *config)
{
	return config->options->log_waits;
}

static bool logs(const struct session_config *config)
{
	return config->log;
}

static bool follows_files(const struct session_config *config)
{
	return config->files;
}

static bool filters_by_details(const struct session_config *config)
{
	return (config->filter && !filtering_is_by_numbers(config->filter)) ||
	       (config->until && !filtering_is_by_numbers(config->until)) ||
	       (config->when && !filtering_is_by_numbers(config->when));
}

/* What options need of an engine, and what is said if it cannot do that. */
static const struct {
	bool (*is_wanted)(const struct session_config *config);
	uint32_t capability;
	const char *what;   /* "the engine NAME …" */
	const char *option; /* that can be left out */
	const char *engine; /* that can do it */
} needs_of_options[] = {
	{splits, ENGINE_SPLITS_TIME, "cannot split time", "--split", "bpf"},
	{waits, ENGINE_AWAITS_READER, "makes no target wait", "--log-wait", "ptrace"},
	{logs, ENGINE_SENDS_DETAILS, "sends no arguments", "--log", "ptrace"},
	{follows_files, ENGINE_SENDS_DETAILS, "sends no arguments", "--files", "ptrace"},
	{filters_by_details, ENGINE_SENDS_DETAILS, "sends no arguments",
		"fd, path, peer and port of filters", "ptrace"},
};

/* A recording can do what its engine could. */
static void choose_replay(struct session *session)
{
	struct trace_facts facts;
	replay_facts(session->config->replay, &facts);
	session->pump.class = &replay_engine;
	session->capabilities = facts.capabilities;
	playback_init(&session->playback, session->config->replay);
}

int engine_choice_make(struct session *session, char error[SESSION_ERROR_MAX])
{
	const struct session_config *config = session->config;
	if (config->replay) {
		choose_replay(session);
		return 0;
	}
	if (choose(session, error))
		return 1;
	const struct engine_class *engine = session->pump.class;
	session->capabilities = engine->capabilities;
	const char *reason = session->engine_reason;
	uint32_t scope = scope_needs(config->scope.option).capabilities;
	if ((engine->capabilities & scope) != scope)
		return refuse_scope(session, error);
	for (size_t i = 0; i < sizeof(needs_of_options) / sizeof(*needs_of_options); i++) {
		if (!needs_of_options[i].is_wanted(config) ||
			engine->capabilities & needs_of_options[i].capability)
			continue;
		snprintf(error, SESSION_ERROR_MAX,
			"the engine %.16s %s%s%.300s: leave out %s, or use --engine=%s",
			engine->name, needs_of_options[i].what, *reason ? "; " : "", reason,
			needs_of_options[i].option, needs_of_options[i].engine);
		return 1;
	}
	return 0;
}
