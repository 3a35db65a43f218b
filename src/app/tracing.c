/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting and ending the engine of a session; see app/session_state.h. */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "app/filewatch.h"
#include "app/notes.h"
#include "app/options.h"
#include "app/session_state.h"
#include "base/clock.h"
#include "base/ring.h"
#include "engine/registry.h"
#include "event/event.h"
#include "out/log.h"

/*
 * Raises the soft limit of descriptors to the hard one: stacks need one for each mapped file. The
 * command, which was forked before, keeps the user's.
 */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/*
 * The engine that seemed to be the best has failed with ERROR: tries another, which may be able to
 * do it, or knows better why it cannot be done. Like session_start_engine().
 */
static int fall_back(struct session *session, const struct engine_request *request,
	char error[SESSION_ERROR_MAX])
{
	const struct engine_class *other = engine_fallback();
	if (session->pump.class == other)
		return -EINVAL;
	/* What it has said before it failed. */
	while (ring_peek(session->pump.links.ring))
		ring_pop(session->pump.links.ring);
	memcpy(session->engine_reason, error, sizeof(session->engine_reason));
	session->pump.class = other;
	session->capabilities = other->capabilities;
	return pump_start(&session->pump, request, error);
}

/* Whether the log has no room: then its events, and the target, have to wait. */
static bool is_log_full(const void *log)
{
	return log_is_full(log);
}

/* Whether the target waits for the log. Not while it is left: then what has no room is dropped. */
static void wait_for_log(struct session *session, bool waits)
{
	const struct session_config *config = session->config;
	waits &= config->log && config->options->log_waits;
	session->pump.is_full = waits ? is_log_full : NULL;
	session->pump.context = config->log;
	atomic_store_explicit(&session->interest.waits, waits, memory_order_relaxed);
}

int session_start_engine(struct session *session, const struct engine_request *request,
	char error[SESSION_ERROR_MAX])
{
	raise_descriptor_limit();
	session->survivor = session_survivor(session);
	session->pump.links.survivor = &session->survivor;
	struct engine_request first = *request;
	first.trial = session->trial;
	session->trial = NULL;
	wait_for_log(session, true);
	int result = pump_start(&session->pump, &first, error);
	if (result < 0 && session->may_fall_back)
		result = fall_back(session, request, error);
	session->may_fall_back = false;
	if (result == 0) {
		stackwatch_begin(&session->stackwatch);
		session->state = SESSION_RUNNING;
	}
	return result;
}

static void set_first(struct session *session, struct target first)
{
	session->first = first;
	event_sinks_add(&session->sinks, &session->first.sink);
}

/* Starts the command and traces it from its first instruction. Like session_new(). */
static int trace_command(struct session *session, char error[SESSION_ERROR_MAX])
{
	const struct session_config *config = session->config;
	struct command *command = &session->command;
	if (command_start(command, config->command, config->hide_command, config->stdin_path,
		    config->user, error, SESSION_ERROR_MAX) < 0)
		return 1;
	set_first(session, target_of_command(command->pid, config->command));
	if (filewatch_is_on(session->filewatch)) {
		spawn_await(&command->spawn);
		filewatch_read_command(session->filewatch, command->pid);
	}
	const struct engine_request request = {
		.command = command->pid,
		.go_fd = command->spawn.go_fd,
		.follow = config->follow,
		.options = config->engine_options,
	};
	if (session_start_engine(session, &request, error) < 0) {
		command_cancel(command);
		return 1;
	}
	return command_begin(command, config->command[0], error, SESSION_ERROR_MAX);
}

/* Warns if a target serves our own terminal. */
static void note_own_terminal(struct session *session)
{
	struct event_note note = {
		.event = {.type = EVENT_NOTE, .time_ns = clock_now_ns()},
		.id = NOTE_OWN_TERMINAL,
		.count = targets_above_us(session->config->targets, session->config->target_count),
		.text = "a target serves stop's own terminal: stop's output makes it busier",
	};
	if (note.count)
		event_send(&session->sinks.sink, &note.event);
}

/* Attaches to running targets. Like session_new(). */
static int trace_targets(struct session *session, char error[SESSION_ERROR_MAX])
{
	const struct session_config *config = session->config;
	set_first(session, target_of_task(config->targets[0]));
	note_own_terminal(session);
	const struct engine_request request = {
		.targets = config->targets,
		.target_count = config->target_count,
		.follow = config->follow,
		.options = config->engine_options,
	};
	return session_start_engine(session, &request, error) < 0;
}

/* Attaches to what is in a scope. Like session_new(). */
static int trace_scope(struct session *session, char error[SESSION_ERROR_MAX])
{
	if (scope_find(&session->config->scope, &session->scope, error) < 0)
		return 1;
	struct engine_request request = scope_engine_request(&session->scope);
	request.options = session->config->engine_options;
	return session_start_engine(session, &request, error) < 0;
}

/* Plays what was recorded. Like session_new(). */
static int play(struct session *session, char error[SESSION_ERROR_MAX])
{
	const struct engine_request request = {.replay = session->config->replay};
	return session_start_engine(session, &request, error) < 0;
}

int session_trace(struct session *session, char error[SESSION_ERROR_MAX])
{
	if (session->config->replay)
		return play(session, error);
	if (session->config->scope.option != SCOPE_NONE)
		return trace_scope(session, error);
	return session->config->command ? trace_command(session, error)
	                                : trace_targets(session, error);
}

void session_end_engine(struct session *session, enum session_state state)
{
	wait_for_log(session, false);
	bool is_complete = pump_end(&session->pump);
	stackwatch_pump(&session->stackwatch, &session->sinks.sink);
	stackwatch_end(&session->stackwatch);
	session->state = is_complete ? state : SESSION_LOST;
}
