/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ending the command at the user's request; see app/session.h. */
#include "config.h"

#include <signal.h>

#include "app/session_state.h"
#include "base/clock.h"

/* How long to wait for a command to exit after SIGTERM, and after SIGKILL. */
#define TERM_NS      (2 * NS_PER_S)
#define KILL_NS      (1 * NS_PER_S)

/* How often to check whether it has. */
#define END_CHECK_NS (50 * NS_PER_MS)

/*
 * Waits until the command has ended, at most until UNTIL_NS. Returns whether there is nothing more
 * to wait for: it has, or a signal has asked stop to end.
 */
static bool await_command(struct session *session, uint64_t until_ns)
{
	while (session_command_runs(session) && !session->signal && clock_now_ns() < until_ns)
		session_wait(session, clock_now_ns() + END_CHECK_NS, -1, 0);
	return !session_command_runs(session) || session->signal;
}

void session_end_command(struct session *session)
{
	if (!session_command_runs(session))
		return;
	command_signal(&session->command, SIGTERM);
	if (await_command(session, clock_now_ns() + TERM_NS))
		return;
	command_signal(&session->command, SIGKILL);
	await_command(session, clock_now_ns() + KILL_NS);
}
