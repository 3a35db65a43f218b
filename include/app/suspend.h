/*
 * What a session traced when it was suspended, and attaches to when it is resumed: what the user
 * has named, and the processes that came of that. The zero value is empty. One thread.
 */
#ifndef STOP_APP_SUSPEND_H
#define STOP_APP_SUSPEND_H

#include <stddef.h>
#include <sys/types.h>

#include "model/model.h"
#include "proc/tasks.h"

struct suspended {
	struct tid_list tasks; /* those that the user has named come first; owned */
	size_t named_count;    /* of these, so many */
};

/* Notes the NAMED_COUNT tasks that the user has NAMED, and the processes that MODEL knows. */
void suspended_note(struct suspended *suspended, const pid_t *named, size_t named_count,
	const struct model *model);

/*
 * Keeps the tasks that still live, each once. Stores
 * in *OPTIONAL how many of them, at the end of the list, the user has not named: the session goes
 * on without one of these that cannot be attached to.
 */
void suspended_keep_living(struct suspended *suspended, size_t *optional);

/* Frees what SUSPENDED owns, and makes it empty. */
void suspended_clear(struct suspended *suspended);

#endif
