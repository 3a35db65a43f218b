/* The targets of a suspended session; see app/suspend.h. */
#include "config.h"

#include "app/suspend.h"

#include <stdbool.h>
#include <stdlib.h>

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
	size_t count = model_processes(model, &rows);
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
