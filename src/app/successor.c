/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session that goes on with the successor of its target, a service that was restarted; see
 * app/session_state.h.
 */
#include "config.h"

#include <stdio.h>

#include "app/notes.h"
#include "app/session_state.h"
#include "app/target_choice.h"
#include "base/clock.h"
#include "event/event.h"

/* How often a successor is looked for: what it does before is not counted. */
#define LOOK_NS (200 * NS_PER_MS)

bool session_await_successor(struct session *session)
{
	if (!session->config->successor || session_has_to_end(session))
		return false;
	session_end_engine(session, SESSION_WAITING);
	/* The last interval ends here: what follows is in none. */
	session_tick(session);
	return session->state == SESSION_WAITING;
}

static void note_successor(struct session *session, pid_t before)
{
	struct event_note note = {
		.event = {.type = EVENT_NOTE, .time_ns = clock_now_ns()},
		.id = NOTE_SUCCESSOR,
		.count = 1,
	};
	snprintf(note.text, sizeof(note.text),
		"process %d is the successor of %d: its first calls were not counted",
		(int)session->first.tid, (int)before);
	event_send(&session->sinks.sink, &note.event);
}

/* Traces process PID. Returns 0 or -errno. */
static int trace(struct session *session, pid_t pid)
{
	struct event resumed = {.type = EVENT_RESUMED, .time_ns = clock_now_ns()};
	char error[SESSION_ERROR_MAX];
	pid_t before = session->first.tid;
	const struct engine_request request = {
		.targets = &pid,
		.target_count = 1,
		.follow = session->config->follow,
		.options = session->config->engine_options,
	};
	event_send(&session->sinks.sink, &resumed);
	int result = session_start_engine(session, &request, error);
	if (result < 0) {
		struct event attached = {.type = EVENT_ATTACHED, .time_ns = clock_now_ns()};
		event_send(&session->sinks.sink, &attached);
		return result;
	}
	tid_list_clear(&session->named);
	tid_list_add(&session->named, pid);
	session->first = target_of_task(pid);
	session_pass_on_announced(session);
	note_successor(session, before);
	return 0;
}

void session_find_successor(struct session *session)
{
	uint64_t now_ns = clock_now_ns();
	if (session->state != SESSION_WAITING || now_ns < session->looked_ns + LOOK_NS)
		return;
	session->looked_ns = now_ns;
	/* One that cannot be traced is tried again, until it can be, or has ended. */
	pid_t pid = target_choice_service(
		&session->commands, session->config->successor, &session->named);
	if (pid)
		trace(session, pid);
}
