/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attaching to one task; see engine/ptrace/attach/seize.h. */
#include "config.h"

#include "engine/ptrace/attach/seize.h"

#include <errno.h>
#include <string.h>

#include "base/time.h"
#include "engine/ptrace/tracer.h"
#include "engine/ptrace/world/world.h"

/* How often an attach is retried that is deadlocked with an execve of the target. */
#define TRIES        500

/*
 * Who is refused so many times is: a leader that has exited before its threads is refused once, and
 * lives again if one of them has called execve meanwhile.
 */
#define REFUSALS     3

/* The tracer of another stop that was killed exits, or is killed, within two seconds. */
#define LEFT_WAIT_NS (5 * NS_PER_S)
#define PAUSE_NS     (50 * NS_PER_US)

/* Unlike /proc, this needs neither memory nor descriptors. */
bool seize_is_ours(const struct tracer *tracer, pid_t tid)
{
	siginfo_t info;
	return tracer->world->wait->next(tracer->world, tid, false, &info) != -ECHILD;
}

/* Whether TID is dead, though its parent may not have been notified. */
static bool is_dead(struct world *world, pid_t tid)
{
	char state = world->proc->state(world, tid);
	return state == 'Z' || state == 'X' || state == '\0';
}

/* Whether OTHER, another stop's tracer, has lost its parent, which it may not have noticed yet. */
static bool has_lost_parent(const struct tracer *tracer, pid_t other)
{
	struct world *world = tracer->world;
	struct proc_status status;
	char ours[TASK_COMM_SIZE] = "", its[TASK_COMM_SIZE] = "";
	return world->proc->status(world, other, &status) == 0 &&
	       world->proc->comm(world, tracer->home, ours) == 0 &&
	       world->proc->comm(world, status.parent, its) == 0 && strcmp(ours, its) != 0;
}

/* Whether TID is traced by another stop that was killed and will soon be gone. */
static bool is_being_left(const struct tracer *tracer, pid_t tid)
{
	struct world *world = tracer->world;
	struct proc_status status;
	char comm[TASK_COMM_SIZE] = "";
	if (world->proc->status(world, tid, &status) < 0 || !status.tracer ||
		world->proc->comm(world, status.tracer, comm) < 0)
		return false;
	return strcmp(comm, TRACER_ORPHAN_NAME) == 0 ||
	       (strcmp(comm, TRACER_NAME) == 0 && has_lost_parent(tracer, status.tracer));
}

/*
 * Seizes TID, and retries when the attach timeout interrupts it: an execve in its process waits for
 * threads that may be waiting for us, so all their reports are handled in between. The timeout can
 * expire just after the kernel has attached us: then TID is ours, and must not be taken for a new
 * task when it reports.
 */
static int seize(struct tracer *tracer, pid_t tid, unsigned long options)
{
	struct world *world = tracer->world;
	int result = world->trace->seize(world, tid, options);
	for (int i = 0; i < TRIES && result == -EINTR && !world->wait->is_orphan(world); i++) {
		if (seize_is_ours(tracer, tid))
			return 0;
		tracer_serve_all(tracer);
		result = world->trace->seize(world, tid, options);
	}
	return result;
}

/* Seizes TID, and waits while another stop is leaving it. */
static int seize_left(struct tracer *tracer, pid_t tid, unsigned long options)
{
	struct world *world = tracer->world;
	int result;
	while ((result = seize(tracer, tid, options)) == -EPERM && is_being_left(tracer, tid)) {
		uint64_t now_ns = world->clock->now_ns(world);
		if (!tracer->left_until_ns)
			tracer->left_until_ns = now_ns + LEFT_WAIT_NS;
		if (now_ns > tracer->left_until_ns || world->wait->is_orphan(world))
			break;
		tracer_serve(tracer);
		world->clock->sleep(world, PAUSE_NS);
	}
	return result;
}

int seize_task(struct tracer *tracer, pid_t tid, unsigned long options)
{
	int result = -EPERM;
	for (int i = 0; i < REFUSALS && result == -EPERM; i++) {
		result = seize_left(tracer, tid, options);
		/* For a task that is just exiting the kernel returns -EPERM (ptrace_attach()). */
		if (result == -EPERM && is_dead(tracer->world, tid))
			return -ESRCH;
	}
	return result;
}
