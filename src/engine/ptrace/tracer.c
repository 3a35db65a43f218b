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
#define SERVE_ALL_MAX   1024

/*
 * Maximum number of tasks looked at in a step of the check of deadlines, and of those that are
 * checked, for which files in /proc are read.
 */
#define STEP_TASKS      1024
#define STEP_CHECKS     4

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
	pages_init(&tracer->pages, world);
	details_init(
		&tracer->details, world, links->interest, &tracer->pages, &tracer->event_writer);
	capture_init(&tracer->capture, world, &tracer->pages, links->stacks);
	poller_init(&tracer->poller, world);
}

void tracer_clear(struct tracer *tracer)
{
	event_writer_drop(&tracer->event_writer);
	details_clear(&tracer->details);
	capture_clear(&tracer->capture);
	pages_clear(&tracer->pages);
	filters_clear(&tracer->filters);
	poller_clear(&tracer->poller);
	struct task *task;
	MAP_FOR_EACH (&tracer->tasks, at, task)
		xfree(task);
	map_clear(&tracer->tasks);
	map_clear(&tracer->threads);
	map_clear(&tracer->ended_early);
	tid_list_clear(&tracer->unlisted);
}

/* Tasks. */

struct task *tracer_find(const struct tracer *tracer, pid_t tid)
{
	return map_get(&tracer->tasks, (uint64_t)tid);
}

bool tracer_traces_process(const struct tracer *tracer, pid_t tgid)
{
	return map_get(&tracer->threads, (uint64_t)tgid) != NULL;
}

/* Adds CHANGE to the number of tasks of process TGID. */
static void count_thread(struct tracer *tracer, pid_t tgid, int change)
{
	intptr_t count = (intptr_t)map_get(&tracer->threads, (uint64_t)tgid) + change;
	if (count)
		map_put(&tracer->threads, (uint64_t)tgid, (void *)count); /* NOLINT */
	else
		map_remove(&tracer->threads, (uint64_t)tgid);
}

static void append(struct tracer *tracer, struct task *task)
{
	task->previous = tracer->last;
	if (tracer->last)
		tracer->last->next = task;
	else
		tracer->first = task;
	tracer->last = task;
}

static void unlink_task(struct tracer *tracer, const struct task *task)
{
	if (task->previous)
		task->previous->next = task->next;
	else
		tracer->first = task->next;
	if (task->next)
		task->next->previous = task->previous;
	else
		tracer->last = task->previous;
	for (struct task_walk *walk = tracer->walks; walk; walk = walk->outer) {
		if (walk->next == task)
			walk->next = task->next;
	}
}

void task_walk_begin(struct task_walk *walk, struct tracer *tracer)
{
	*walk = (struct task_walk){tracer, tracer->first, tracer->walks};
	tracer->walks = walk;
}

struct task *task_walk_next(struct task_walk *walk)
{
	struct task *task = walk->next;
	if (task)
		walk->next = task->next;
	else
		task_walk_end(walk);
	return task;
}

void task_walk_end(struct task_walk *walk)
{
	struct task_walk **link = &walk->tracer->walks;
	while (*link != walk)
		link = &(*link)->outer;
	*link = walk->outer;
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
	append(tracer, task);
	count_thread(tracer, facts->tgid, 1);
	poller_join(&tracer->poller, &task->poll, facts->tid);
	event_writer_task(&tracer->event_writer, tracee, facts->attached_ns);
	return task;
}

void tracer_end_calls(struct tracer *tracer, struct task *task, struct step *step, uint64_t now_ns)
{
	if (!tracer->alone)
		details_end(&tracer->details, &task->tracee, step, false, task->found);
	event_writer_step(&tracer->event_writer, &task->tracee, step, now_ns);
	if (!tracer->alone)
		details_write(&tracer->details);
}

void tracer_remove(
	struct tracer *tracer, struct task *task, const struct stop *end, uint64_t now_ns)
{
	pid_t tgid = task->tracee.tgid;
	tracer_end_interrupt(tracer, task);
	if (task->postponement.on)
		tracer_count_note(tracer, NOTE_POSTPONED, -1);
	map_remove(&tracer->tasks, (uint64_t)task->tracee.tid);
	unlink_task(tracer, task);
	if (tracer->alone) {
		poller_forget(&tracer->poller, &task->poll);
		return;
	}
	count_thread(tracer, tgid, -1);
	if (!tracer_traces_process(tracer, tgid)) {
		filters_forget(&tracer->filters, tgid);
		capture_gone(&tracer->capture, tgid);
	}
	poller_forget(&tracer->poller, &task->poll);
	event_writer_gone(&tracer->event_writer, &task->tracee, end,
		task->has_times ? &task->times : NULL, now_ns);
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

void tracer_unlist(struct tracer *tracer, struct task *task)
{
	pid_t tgid = task->tracee.tgid;
	task->may_have_created = false;
	for (size_t i = 0; i < tracer->unlisted.count; i++) {
		if (tracer->unlisted.tid[i] == tgid)
			return;
	}
	tid_list_add(&tracer->unlisted, tgid);
}

void tracer_count_note(struct tracer *tracer, enum ptrace_note note, int change)
{
	atomic_fetch_add_explicit(
		&tracer->notes[note], (uint64_t)(int64_t)change, memory_order_relaxed);
}

/* Deadlines. */

void tracer_remind(struct tracer *tracer, uint64_t deadline_ns)
{
	struct deadline_check *check = &tracer->check;
	if (tracer->alarm.deadline_ns == 0 || deadline_ns < tracer->alarm.deadline_ns)
		alarm_set(&tracer->alarm, deadline_ns, REMIND_EVERY_NS);
	/* The check may already have passed that task. */
	if (check->on && (check->next_ns == 0 || deadline_ns < check->next_ns))
		check->next_ns = deadline_ns;
}

/* When TASK has to be served; 0: never. */
static uint64_t deadline_of(const struct task *task)
{
	if (task->postponement.on)
		return task->postponement.check_ns;
	return task->left ? 0 : tracee_deadline_ns(&task->tracee);
}

/* Serves TASK, whose deadline has come. Returns the next one; 0: none. */
static uint64_t serve_deadline(struct tracer *tracer, struct task *task, uint64_t now_ns)
{
	if (task->postponement.on)
		return tracer->leaving ? 0 : postpone_serve(tracer, task, now_ns);
	/* It would only report again that it is stopped; its next stop sets the deadline again. */
	if (task->tracee.state == TASK_STOPPED)
		return 0;
	/*
	 * Its timeout has expired: the exit stop that follows ends the call (tracee_step()). If it
	 * had just left the call to restart it, the interrupt has no effect, so it is repeated.
	 */
	tracer_interrupt(tracer, task);
	return now_ns + REMIND_EVERY_NS;
}

/* Continues the check of all deadlines. Returns whether it is complete. */
static bool check_some(struct tracer *tracer, uint64_t now_ns)
{
	struct deadline_check *check = &tracer->check;
	unsigned int tasks = STEP_TASKS, checks = STEP_CHECKS;
	while (tasks-- && checks) {
		struct task *task = task_walk_next(&check->walk);
		if (!task)
			return true;
		uint64_t deadline_ns = deadline_of(task);
		bool due = deadline_ns && deadline_ns <= now_ns;
		if (due)
			deadline_ns = serve_deadline(tracer, task, now_ns);
		checks -= due;
		if (deadline_ns && (check->next_ns == 0 || deadline_ns < check->next_ns))
			check->next_ns = deadline_ns;
	}
	return false;
}

void tracer_serve_deadlines(struct tracer *tracer)
{
	struct deadline_check *check = &tracer->check;
	if (tracer->alarm.deadline_ns == 0)
		return;
	uint64_t now_ns = tracer->world->clock->now_ns(tracer->world);
	if (now_ns < tracer->alarm.deadline_ns)
		return;
	if (!check->on) {
		check->on = true;
		check->next_ns = 0;
		task_walk_begin(&check->walk, tracer);
	}
	if (!check_some(tracer, now_ns))
		return;
	check->on = false;
	alarm_set(&tracer->alarm, check->next_ns, REMIND_EVERY_NS);
}

/* Reports. */

void tracer_serve(struct tracer *tracer)
{
	siginfo_t info;
	for (int left = SERVE_MAX; left && poller_poll_briefly(&tracer->poller, &info) == 1; left--)
		report_handle(tracer, &info);
	tracer_serve_deadlines(tracer);
}

void tracer_serve_all(struct tracer *tracer)
{
	siginfo_t info;
	for (int left = SERVE_ALL_MAX; left && poller_poll(&tracer->poller, &info) == 1; left--)
		report_handle(tracer, &info);
	tracer_serve_deadlines(tracer);
}

/* Whether something is done in steps that is not complete. */
static bool has_work(const struct tracer *tracer)
{
	return tracer->check.on || capture_is_preparing(&tracer->capture);
}

int tracer_run(struct tracer *tracer)
{
	struct world *world = tracer->world;
	siginfo_t info;
	int result;
	bool waits;
	do {
		/* It does not wait while there is other work, except to take a kick. */
		waits = !has_work(tracer) || world->wait->is_kicked(world);
		result = waits ? poller_next(&tracer->poller, &info)
		               : poller_poll_briefly(&tracer->poller, &info);
		if (result == 1)
			report_handle(tracer, &info);
		tracer_serve_deadlines(tracer);
		capture_take_step(&tracer->capture);
	} while ((result == 1 || (result == 0 && !waits)) && !tracer->unlisted.count);
	event_writer_flush(&tracer->event_writer);
	return result;
}
