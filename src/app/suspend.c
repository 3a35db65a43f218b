/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Suspending and resuming a session; see app/suspend.h and app/session.h. */
#include "config.h"

#include "app/suspend.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "app/session_state.h"
#include "base/clock.h"
#include "event/event.h"
#include "proc/status.h"

/* Whether one of NAMED is a thread of process PID other than its leader, so that it is traced
 * alone. */
static bool is_traced_in_part(pid_t pid, const pid_t *named, size_t count)
{
	struct proc_status status;
	for (size_t i = 0; i < count; i++) {
		if (named[i] != pid && proc_status(named[i], &status) == 0 && status.tgid == pid)
			return true;
	}
	return false;
}

void suspended_record(struct suspended *suspended, const pid_t *named, size_t named_count,
	const struct model *model)
{
	struct process_row *rows;
	size_t count = model_processes(model, 0, &rows);
	suspended_clear(suspended);
	suspended->named_count = named_count;
	for (size_t i = 0; i < named_count; i++)
		tid_list_add(&suspended->tasks, named[i]);
	for (size_t i = 0; i < count; i++) {
		if (!is_traced_in_part(rows[i].pid, named, named_count))
			tid_list_add(&suspended->tasks, rows[i].pid);
	}
	free(rows);
}

static bool is_alive(pid_t tid)
{
	struct proc_status status;
	return proc_status(tid, &status) == 0 && status.state != 'Z' && status.state != 'X';
}

static bool has(const pid_t *tids, size_t count, pid_t tid)
{
	for (size_t i = 0; i < count; i++) {
		if (tids[i] == tid)
			return true;
	}
	return false;
}

void suspended_keep_living(struct suspended *suspended, size_t *optional)
{
	struct tid_list *tasks = &suspended->tasks;
	size_t kept = 0, named = 0;
	for (size_t i = 0; i < tasks->count; i++) {
		if (!has(tasks->tid, kept, tasks->tid[i]) && is_alive(tasks->tid[i]))
			tasks->tid[kept++] = tasks->tid[i];
		if (i < suspended->named_count)
			named = kept;
	}
	tasks->count = kept;
	suspended->named_count = named;
	*optional = kept - named;
}

void suspended_clear(struct suspended *suspended)
{
	tid_list_clear(&suspended->tasks);
	suspended->named_count = 0;
}

/* The session. */

void session_suspend(struct session *session)
{
	command_suspend(&session->command);
	if (session->state != SESSION_RUNNING || session->config->replay)
		return;
	bool is_command = session->first.is_command;
	suspended_record(&session->suspended,
		is_command ? &session->command.pid : session->named.tid,
		is_command ? 1 : session->named.count, session->model);
	session_end_engine(session, SESSION_SUSPENDED);
	/* The last interval ends here: what follows is in none. */
	session_tick(session);
}

/* Attaches to the targets that are still alive. Like attach_again(). */
static int attach_to_living(struct session *session, char error[SESSION_ERROR_MAX])
{
	const struct session_config *config = session->config;
	size_t optional;
	error[0] = '\0';
	if (config->scope.option != SCOPE_NONE) {
		struct engine_request scope = scope_engine_request(&session->scope);
		scope.options = config->engine_options;
		return session_start_engine(session, &scope, error);
	}
	suspended_keep_living(&session->suspended, &optional);
	const struct engine_request request = {
		.targets = session->suspended.tasks.tid,
		.target_count = session->suspended.tasks.count,
		.optional_count = optional,
		.follow = config->follow == FOLLOW_THREADS && !session->follows_tree
	                          ? FOLLOW_THREADS
	                          : FOLLOW_TREE,
		.options = config->engine_options,
	};
	return request.target_count ? session_start_engine(session, &request, error) : -ESRCH;
}

/* Attaches to the targets that are still running. Returns 0, or -errno with an ERROR ("": none is).
 */
static int attach_again(struct session *session, char error[SESSION_ERROR_MAX])
{
	size_t tried, optional;
	int result;
	/* A refusal does not count if the target has just exited. */
	do {
		result = attach_to_living(session, error);
		tried = session->suspended.tasks.count;
		if (result < 0)
			suspended_keep_living(&session->suspended, &optional);
	} while (result < 0 && session->suspended.tasks.count < tried);
	return result;
}

/* Sends an event that consists only of its type. */
static void send_plain(struct session *session, enum event_type type)
{
	const struct event event = {.type = type, .time_ns = clock_now_ns()};
	event_send(&session->sinks.sink, &event);
}

void session_resume(struct session *session, char error[SESSION_ERROR_MAX])
{
	error[0] = '\0';
	command_resume(&session->command);
	if (session->state != SESSION_SUSPENDED)
		return;
	/* A command that has ended meanwhile is a zombie until it is waited for. */
	session_command_runs(session);
	send_plain(session, EVENT_RESUMED);
	if (attach_again(session, error) < 0) {
		session_leave(session);
		/* There is no engine to report this. */
		send_plain(session, EVENT_ATTACHED);
	} else {
		session_pass_on_announced(session);
	}
}
