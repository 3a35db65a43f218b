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
#define LOOK_NS    (200 * NS_PER_MS)

/* The same after one that cannot be traced. */
#define REFUSED_NS (2 * NS_PER_S)

bool session_await_successor(struct session *session)
{
	if (!session->config->successor || session_has_to_end(session))
		return false;
	session_end_engine(session, SESSION_WAITING);
	/* The last interval ends here: what follows is in none. */
	session_tick(session);
	return session->state == SESSION_WAITING;
}

/* Sends a note with TEXT. */
static void note(struct session *session, const char *text)
{
	struct event_note note = {
		.event = {.type = EVENT_NOTE, .time_ns = clock_now_ns()},
		.id = NOTE_SUCCESSOR,
		.count = 1,
	};
	snprintf(note.text, sizeof(note.text), "%s", text);
	event_send(&session->sinks.sink, &note.event);
}

static void send_plain(struct session *session, enum event_type type)
{
	struct event event = {.type = type, .time_ns = clock_now_ns()};
	event_send(&session->sinks.sink, &event);
}

/* Traces process PID. Returns 0, or -errno with ERROR. */
static int trace(struct session *session, pid_t pid, char error[SESSION_ERROR_MAX])
{
	const struct engine_request request = {
		.targets = &pid,
		.target_count = 1,
		.follow = session->config->follow,
		.options = session->config->engine_options,
	};
	send_plain(session, EVENT_RESUMED);
	int result = session_start_engine(session, &request, error);
	if (result < 0) {
		/* There is no engine to report this. */
		send_plain(session, EVENT_ATTACHED);
		return result;
	}
	tid_list_clear(&session->named);
	tid_list_add(&session->named, pid);
	session->first = target_of_task(pid);
	session_pass_on_announced(session);
	return 0;
}

void session_find_successor(struct session *session)
{
	char error[SESSION_ERROR_MAX], text[EVENT_TEXT_MAX];
	uint64_t now_ns = clock_now_ns();
	pid_t before = session->first.tid;
	if (session->state != SESSION_WAITING || now_ns < session->look_ns)
		return;
	session->look_ns = now_ns + LOOK_NS;
	pid_t pid = target_choice_service(
		&session->commands, session->config->successor, &session->named);
	if (!pid)
		return;
	if (trace(session, pid, error) < 0) {
		/* It is tried again, until it can be traced, or has ended. */
		session->look_ns = now_ns + REFUSED_NS;
		note(session, error);
		return;
	}
	snprintf(text, sizeof(text),
		"process %d is the successor of %d: its first calls were not counted", (int)pid,
		(int)before);
	note(session, text);
}
