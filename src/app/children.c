/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Children that the targets had when they were attached to; see app/session.h. */
#include "config.h"

#include "app/session.h"

#include <stdlib.h>

#include "app/session_state.h"

/* Whether a child of a process in this session may be untraced. */
static bool may_miss_children(const struct session *session)
{
	return session->state == SESSION_RUNNING && session->config->scope.option == SCOPE_NONE &&
	       !session->first.is_command;
}

static bool has(const pid_t *pids, size_t count, pid_t pid)
{
	for (size_t i = 0; i < count; i++) {
		if (pids[i] == pid)
			return true;
	}
	return false;
}

size_t session_untraced_children(const struct session *session)
{
	struct process_row *rows;
	struct tid_list list = {0};
	bool incomplete;
	size_t untraced = 0;
	if (!may_miss_children(session))
		return 0;
	size_t traced = model_processes(session->model, 0, &rows);
	for (size_t i = 0; i < traced; i++)
		tid_list_add(&list, rows[i].pid);
	free(rows);
	proc_children(&list, &incomplete, NULL);
	for (size_t i = traced; i < list.count; i++)
		untraced += !has(list.tid, i, list.tid[i]);
	tid_list_clear(&list);
	return untraced;
}

/* The engines attach once: so it is done anew, with the children. */
void session_follow_children(struct session *session, char error[SESSION_ERROR_MAX])
{
	error[0] = '\0';
	if (!may_miss_children(session))
		return;
	session->follows_tree = true;
	session_suspend(session);
	session_resume(session, error);
}
