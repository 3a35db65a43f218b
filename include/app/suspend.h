/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a session was tracing when it was suspended, and attaches to when it is resumed: the tasks
 * named by the user, and the processes that they created. The zero value is empty. One thread.
 */
#ifndef STOP_APP_SUSPEND_H
#define STOP_APP_SUSPEND_H

#include <stddef.h>
#include <sys/types.h>

#include "model/model.h"
#include "proc/tasks.h"

struct suspended {
	struct tid_list tasks; /* those named by the user come first; owned */
	size_t named_count;    /* number of those named by the user */
};

/* Records the NAMED_COUNT tasks that the user has NAMED, and the processes in MODEL. */
void suspended_record(struct suspended *suspended, const pid_t *named, size_t named_count,
	const struct model *model);

/*
 * Keeps the tasks that are still alive, each once. Stores in *OPTIONAL how many of them, at the end
 * of the list, were not named by the user: the session continues without those that cannot be
 * attached.
 */
void suspended_keep_living(struct suspended *suspended, size_t *optional);

/* Frees what SUSPENDED owns, and makes it empty. */
void suspended_clear(struct suspended *suspended);

#endif
