/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tracer's tasks and its loop; see engine/ptrace/tracer.h. */
#include "config.h"

#include "engine/ptrace/tracer.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "engine/ptrace/ptrace_engine.h"
#include "engine/ptrace/report.h"
#include "engine/ptrace/world/world.h"

/* An alarm between two waits is lost, so it is repeated after this time. */
#define REMIND_EVERY_NS (5 * NS_PER_MS)

/* Maximum number of reports handled at a time, so that busy threads do not delay the attach. */
#define SERVE_MAX       64

void tracer_init(struct tracer *tracer, struct world *world, const struct engine_links *links,
	size_t capacity, const struct engine_request *request)
{
	*tracer = (struct tracer){
		.world = world,
		.follow = request->follow,
		.repair = !(request->options & PTRACE_NO_REPAIR),
	};
	event_writer_init(&tracer->event_writer, world, links->ring, capacity, links->interest,
		links->wake_fd);
	capture_init(&tracer->capture, world, links->stacks);
	poller_init(&tracer->poller, world);
}

void tracer_clear(struct tracer *tracer)
{
	event_writer_drop(&tracer->event_writer);
	capture_clear(&tracer->capture);
	poller_clear(&tracer->poller);
	struct task *task;
	MAP_FOR_EACH (&tracer->tasks, at, task)
		xfree(task);
	map_clear(&tracer->tasks);
	map_clear(&tracer->ended_early);
}

/* Tasks. */

struct task *tracer_find(const struct tracer *tracer, pid_t tid)
{
	return map_get(&tracer->tasks, (uint64_t)tid);
}

bool tracer_traces_process(const struct tracer *tracer, pid_t tgid)
{
	const struct task *task;
	MAP_FOR_EACH (&tracer->tasks, at, task) {
		if (task->tracee.tgid == tgid)
			return true;
	}
	return false;
}

struct task *tracer_add(struct tracer *tracer, const struct new_task *facts)
{
	struct task *task = xcalloc(1, sizeof(*task));
	struct tracee *tracee = &task->tracee;
	tracee->tid = facts->tid;
	tracee->tgid = facts->tgid;
	tracee->parent = facts->parent;
	tracee->ns_tid = facts->ns_tid;
	tracee->phase = facts->phase;
	tracee->attached_ns = facts->attached_ns;
	memcpy(tracee->comm, facts->comm, strnlen(facts->comm, TASK_COMM_SIZE - 1));
	map_put(&tracer->tasks, (uint64_t)facts->tid, task);
	poller_join(&tracer->poller, &task->poll, facts->tid);
	event_writer_task(&tracer->event_writer, tracee, facts->attached_ns);
	return task;
}

void tracer_remove(
	struct tracer *tracer, struct task *task, int exit_code, int exit_signal, uint64_t now_ns)
{
	pid_t tgid = task->tracee.tgid;
	tracer_end_interrupt(tracer, task);
	if (task->postponement.on)
		tracer_count_note(tracer, NOTE_POSTPONED, -1);
	map_remove(&tracer->tasks, (uint64_t)task->tracee.tid);
	if (capture_knows(&tracer->capture, tgid) && !tracer_traces_process(tracer, tgid))
		capture_gone(&tracer->capture, tgid);
	poller_forget(&tracer->poller, &task->poll);
	event_writer_gone(&tracer->event_writer, &task->tracee, exit_code, exit_signal, now_ns);
	xfree(task);
}

int tracer_interrupt(struct tracer *tracer, struct task *task)
{
	int result = tracer->world->trace->interrupt(tracer->world, task->tracee.tid);
	if (result < 0)
		return result;
	tracer->interrupting += !task->interrupting;
	task->interrupting = true;
	poller_expect(&tracer->poller, &task->poll, POLLER_SURE);
	return 0;
}

void tracer_end_interrupt(struct tracer *tracer, struct task *task)
{
	tracer->interrupting -= task->interrupting;
	task->interrupting = false;
}

void tracer_count_note(struct tracer *tracer, enum ptrace_note note, int change)
{
	atomic_fetch_add_explicit(
		&tracer->notes[note], (uint64_t)(int64_t)change, memory_order_relaxed);
}

/* Deadlines. */

void tracer_remind(struct tracer *tracer, uint64_t deadline_ns)
{
	if (tracer->alarm.deadline_ns == 0 || deadline_ns < tracer->alarm.deadline_ns)
		alarm_set(&tracer->alarm, deadline_ns, REMIND_EVERY_NS);
}

/* Serves the deadline of TASK if it has come. Returns the next one; 0: none. */
static uint64_t serve_deadline(struct tracer *tracer, struct task *task, uint64_t now_ns)
{
	if (task->postponement.on)
		return tracer->leaving ? 0 : postpone_serve(tracer, task, now_ns);
	/* It may have left that call and be in another, which would be taken for it. */
	if (task->released)
		return 0;
	uint64_t deadline_ns = tracee_deadline_ns(&task->tracee);
	if (deadline_ns == 0 || deadline_ns > now_ns)
		return deadline_ns;
	/*
	 * Its timeout has expired: the exit stop that follows ends the call (tracee_step()). If it
	 * had just left the call to restart it, the interrupt has no effect, so it is repeated.
	 */
	tracer_interrupt(tracer, task);
	return now_ns + REMIND_EVERY_NS;
}

void tracer_serve_deadlines(struct tracer *tracer)
{
	if (tracer->alarm.deadline_ns == 0)
		return;
	uint64_t now_ns = tracer->world->clock->now_ns(tracer->world), next_ns = 0;
	if (now_ns < tracer->alarm.deadline_ns)
		return;
	struct task *task;
	MAP_FOR_EACH (&tracer->tasks, at, task) {
		uint64_t deadline_ns = serve_deadline(tracer, task, now_ns);
		if (deadline_ns && (next_ns == 0 || deadline_ns < next_ns))
			next_ns = deadline_ns;
	}
	alarm_set(&tracer->alarm, next_ns, REMIND_EVERY_NS);
}

/* Reports. */

void tracer_catch_up(struct tracer *tracer)
{
	siginfo_t info;
	/* Each task once, so that one that soon stops again cannot delay us. */
	for (size_t left = tracer->tasks.count; left && poller_poll(&tracer->poller, &info) == 1;
		left--)
		report_handle(tracer, &info);
}

void tracer_serve(struct tracer *tracer)
{
	siginfo_t info;
	for (int left = SERVE_MAX; left && poller_poll_expected(&tracer->poller, &info) == 1;
		left--)
		report_handle(tracer, &info);
}

int tracer_run(struct tracer *tracer)
{
	siginfo_t info;
	int result;
	while ((result = poller_next(&tracer->poller, &info)) == 1) {
		report_handle(tracer, &info);
		tracer_serve_deadlines(tracer);
	}
	tracer_serve_deadlines(tracer);
	event_writer_flush(&tracer->event_writer);
	return result;
}
