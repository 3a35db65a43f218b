/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first target; see app/target.h. */
#include "config.h"

#include "app/target.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/spawn.h"
#include "event/event.h"
#include "proc/status.h"

void target_set_end(struct target *target, pid_t tid, int exit_code, int exit_signal)
{
	if (tid != target->tid || target->has_ended)
		return;
	target->has_ended = true;
	target->exit_code = exit_code;
	target->exit_signal = exit_signal;
}

/* Handles the event of the target's end. */
static void record_end(struct event_sink *sink, const struct event *event)
{
	struct target *target = (struct target *)sink;
	if (event->type != EVENT_GONE || event->tid != target->tid || target->has_ended)
		return;
	const struct event_gone *gone = (const struct event_gone *)event;
	target_set_end(target, event->tid, gone->exit_code, gone->exit_signal);
	/* The engine has seen its end, but a child is a zombie until its parent waits for it. */
	int code, signal;
	if (target->is_command)
		spawn_has_ended(target->tid, &code, &signal);
}

struct target target_of_task(pid_t tid)
{
	struct target target = {.sink = {.take = record_end}, .tid = tid};
	proc_comm(tid, target.comm);
	cmdline_read(tid, target.command_line, sizeof(target.command_line));
	return target;
}

struct target target_of_command(pid_t pid, char *const *argv)
{
	struct target target = {.sink = {.take = record_end}, .tid = pid, .is_command = true};
	const char *slash = strrchr(argv[0], '/');
	size_t size = sizeof(target.command_line), used = 0;
	snprintf(target.comm, sizeof(target.comm), "%s", slash ? slash + 1 : argv[0]);
	for (size_t i = 0; argv[i] && used < size; i++)
		used += (size_t)snprintf(
			target.command_line + used, size - used, "%s%s", i ? " " : "", argv[i]);
	return target;
}

bool target_reap(struct target *target)
{
	if (target->is_command && !target->has_ended)
		target->has_ended = spawn_has_ended(
			target->tid, &target->exit_code, &target->exit_signal);
	return target->has_ended;
}

/* Whether PID is BELOW or an ancestor of it. */
static bool is_above(pid_t pid, pid_t below)
{
	struct proc_status status = {.parent = below};
	while (status.parent > 1 && status.parent != pid) {
		if (proc_status(status.parent, &status) < 0)
			return false;
	}
	return status.parent == pid;
}

bool target_is_above(const struct target *target, pid_t pid)
{
	return pid > 0 && is_above(target->tid, pid);
}

size_t targets_above_us(const pid_t *pids, size_t count)
{
	size_t above = 0;
	for (size_t i = 0; i < count; i++)
		above += is_above(pids[i], getppid());
	return above;
}
