/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Survival of our death: what the tracer's process does for a session when stop was killed; see
 * struct engine_survivor and app/session_state.h.
 */
#include "config.h"

#include "app/recording.h"
#include "app/session_state.h"
#include "app/shipping.h"
#include "base/alloc.h"
#include "out/log.h"

static void restore_terminal(void *context)
{
	const struct session *session = context;
	session->config->restore();
}

static void write_last(struct session *session)
{
	if (!pump_survive(&session->pump))
		return;
	session->state = SESSION_LEFT;
	session_take_time(session);
	pump_collect(&session->pump, session->now_ns);
	model_tick(session->model, session->now_ns);
	session->config->write_last(session, session->config->context);
}

/* Writes the report; or, if there is a screen, leaves a reader of the command's output. */
static void finish_after_death(void *context)
{
	struct session *session = context;
	alloc_survive();
	/* Its thread is dead, and may hold its lock. */
	if (session->config->log)
		log_abandon(session->config->log);
	recording_abandon(session->config->recording);
	shipping_abandon(session->config->shipping);
	if (session->config->write_last)
		write_last(session);
	else
		command_abandon(&session->command);
}

struct engine_survivor session_survivor(struct session *session)
{
	const struct session_config *config = session->config;
	return (struct engine_survivor){
		.restore = restore_terminal,
		.finish = finish_after_death,
		.context = session,
		/* Our end of a hidden command's terminal: if nobody had it open, what the command
	         * writes would fail. */
		.fd = config->write_last ? config->output_fd : session->command.output_fd,
	};
}
