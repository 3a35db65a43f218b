/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first target; see app/target.h. */
#include "config.h"

#include "app/target.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "abi/syscall.h"
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

/* Another program may have another command line, and often has another name. */
static void rename_target(struct target *target, const char comm[TASK_COMM_SIZE])
{
	memcpy(target->comm, comm, sizeof(target->comm));
	target->comm[TASK_COMM_SIZE - 1] = '\0';
	target->has_changed = true;
}

/* The target has a task, or a new program. */
static void record_task(struct target *target, const struct event *event)
{
	const struct event_task *task = (const struct event_task *)event;
	/* A command is at first our copy, and then what the user has named. */
	unsigned int known = target->is_command ? 2 : 1;
	if (target->programs++ >= known)
		rename_target(target, task->comm);
}

static void record_observed(struct target *target, const struct event *event)
{
	const struct event_observed *observed = (const struct event_observed *)event;
	if (observed->has_name && (!target->is_command || target->programs >= 2) &&
		strncmp(observed->comm, target->comm, TASK_COMM_SIZE) != 0)
		rename_target(target, observed->comm);
}

static bool is_prctl(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	return desc && strcmp(desc->name, "prctl") == 0;
}

/* A command may ask for a signal at the death of its parent, us. */
static void record_enter(struct target *target, const struct event *event)
{
	const struct event_enter *enter = (const struct event_enter *)event;
	bool is_asking = enter->has_args && enter->args[0] == PR_SET_PDEATHSIG &&
	                 is_prctl(enter->call);
	target->asked_for = is_asking ? (int)enter->args[1] : -1;
}

static void record_exit(struct target *target, const struct event *event)
{
	const struct event_exit *end = (const struct event_exit *)event;
	if (target->asked_for >= 0 && !end->outcome.err && is_prctl(end->call))
		target->death_signal = target->asked_for;
	target->asked_for = -1;
}

/* The same, by an engine that reports no call by itself. */
static void record_death_signal(struct target *target, const struct event *event)
{
	target->death_signal = ((const struct event_death_signal *)event)->signal;
}

/* Handles the event of the target's end. */
static void record_end(struct target *target, const struct event *event)
{
	if (target->has_ended)
		return;
	const struct event_gone *gone = (const struct event_gone *)event;
	target_set_end(target, event->tid, gone->exit_code, gone->exit_signal);
	/* The engine has seen its end, but a child is a zombie until its parent waits for it. */
	int code, signal;
	if (target->is_command)
		spawn_has_ended(target->tid, &code, &signal);
}

static void record(struct event_sink *sink, const struct event *event)
{
	struct target *target = (struct target *)sink;
	if (event->tid != target->tid)
		return;
	if (event->type == EVENT_TASK)
		record_task(target, event);
	else if (event->type == EVENT_OBSERVED)
		record_observed(target, event);
	else if (event->type == EVENT_ENTER)
		record_enter(target, event);
	else if (event->type == EVENT_EXIT)
		record_exit(target, event);
	else if (event->type == EVENT_DEATH_SIGNAL)
		record_death_signal(target, event);
	else if (event->type == EVENT_GONE)
		record_end(target, event);
}

void target_refresh(struct target *target)
{
	char line[CMDLINE_MAX];
	if (!target->has_changed || target->has_ended)
		return;
	target->has_changed = false;
	cmdline_read(target->tid, line, sizeof(line));
	if (line[0])
		memcpy(target->command_line, line, sizeof(target->command_line));
}

struct target target_of_task(pid_t tid)
{
	struct target target = {.sink = {.take = record}, .tid = tid, .asked_for = -1};
	proc_comm(tid, target.comm);
	cmdline_read(tid, target.command_line, sizeof(target.command_line));
	return target;
}

struct target target_of_command(pid_t pid, char *const *argv)
{
	struct target target = {.sink = {.take = record}, .tid = pid, .is_command = true};
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
