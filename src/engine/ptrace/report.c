/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handling reports; see engine/ptrace/report.h. */
#include "config.h"

#include "engine/ptrace/report.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "engine/ptrace/attach/leave.h"
#include "engine/ptrace/attach/postpone.h"
#include "engine/ptrace/state/repair.h"
#include "engine/ptrace/tracer.h"
#include "engine/ptrace/wait/colocation.h"
#include "engine/ptrace/world/world.h"

/* New tasks. */

/*
 * The process that TID is a thread of, of those that we trace; TID: of none. This needs no file, so
 * it is known also when memory is short.
 */
static pid_t find_process(const struct tracer *tracer, pid_t tid)
{
	struct world *world = tracer->world;
	const struct task *task;
	pid_t asked = 0;
	MAP_FOR_EACH (&tracer->tasks, at, task) {
		pid_t tgid = task->tracee.tgid;
		if (tgid != asked && world->proc->is_thread_of(world, tid, tgid))
			return tgid;
		asked = tgid;
	}
	return tid;
}

/*
 * A new task has reported before its parent's event has announced it. Adds it, or, if it must not
 * be followed, detaches it and returns NULL.
 */
static struct task *adopt_unannounced(
	struct tracer *tracer, const struct stop *stop, uint64_t now_ns)
{
	struct world *world = tracer->world;
	struct proc_status status = {0};
	if (world->proc->status(world, stop->tid, &status) < 0)
		status.tgid = find_process(tracer, stop->tid);
	if (tracer->follow == FOLLOW_THREADS && !tracer_traces_process(tracer, status.tgid)) {
		world->trace->detach(world, stop->tid, stop->signal);
		return NULL;
	}
	struct new_task facts = {
		.tid = stop->tid,
		.tgid = status.tgid,
		.parent = status.parent,
		.ns_tid = status.ns_tid,
		.comm = status.comm,
		.phase = TRACEE_BORN,
		.attached_ns = now_ns,
	};
	struct task *task = tracer_add(tracer, &facts);
	task->unannounced = true;
	return task;
}

/*
 * Whether CHILD, which PARENT has created, is a tracee of ours. If the call had begun before the
 * attach, the kernel reports the birth to us, but may have attached CHILD to a former tracer
 * (kernel_clone()).
 */
static bool is_ours(struct world *world, const struct tracee *parent, pid_t child)
{
	siginfo_t info;
	bool is_seen = parent->phase == TRACEE_CALL && !parent->current.partial;
	return is_seen || world->wait->next(world, child, false, &info) != -ECHILD;
}

/*
 * PARENT has created the task CHILD. A process that must not be followed is detached when it
 * reports.
 */
static void adopt_child(
	struct tracer *tracer, const struct tracee *parent, pid_t child, uint64_t now_ns)
{
	struct world *world = tracer->world;
	struct task *known = tracer_find(tracer, child);
	if (known)
		known->unannounced = false;
	if (known || map_remove(&tracer->ended_early, (uint64_t)child) ||
		!is_ours(world, parent, child))
		return;
	bool thread = world->proc->is_thread_of(world, child, parent->tgid);
	if (!thread && tracer->follow == FOLLOW_THREADS)
		return;
	/*
	 * Keep thread creation cheap: if the process is in our namespace, its threads are too. A
	 * process can be the child of another than its creator (CLONE_PARENT).
	 */
	struct proc_status status = {.parent = parent->tgid};
	if (!thread || parent->ns_tid)
		world->proc->status(world, child, &status);
	struct new_task facts = {
		.tid = child,
		.tgid = thread ? parent->tgid : child,
		.parent = thread ? parent->parent : status.parent,
		.ns_tid = status.ns_tid,
		.comm = parent->comm,
		.phase = TRACEE_BORN,
		.attached_ns = now_ns,
	};
	tracer_add(tracer, &facts);
}

/* The flags with which the call NAME of TRACEE has created a task; 0: it creates none. */
static uint64_t creation_flags(struct world *world, const struct tracee *tracee, const char *name)
{
	const uint64_t *args = tracee->current.args;
	uint64_t flags;
	if (strcmp(name, "clone") == 0)
		return args[0];
	/* The first field of struct clone_args. */
	if (strcmp(name, "clone3") == 0 &&
		world->target->read(world, tracee->tid, args[0], &flags, sizeof(flags)) == 0)
		return flags;
	return 0;
}

/* Whether the call that ended has created a task that the kernel did not attach to us. */
static bool has_created_untraced(
	const struct tracer *tracer, const struct tracee *tracee, const struct step *step)
{
	const struct ended_call *end = step->ended ? &step->ends[step->ended - 1] : NULL;
	const struct syscall_desc *desc = end ? syscall_lookup(end->call) : NULL;
	/* First what rules out nearly all calls. */
	return desc && desc->classes >> CLASS_PROCESS & 1 && end->result > 0 && !end->outcome.err &&
	       !tracer_find(tracer, (pid_t)end->result) &&
	       creation_flags(tracer->world, tracee, desc->name) & CLONE_UNTRACED;
}

/* New programs and names. */

/*
 * The thread FORMER_TID has called execve and taken over LEADER's tid: LEADER itself has exited
 * without a report, and FORMER_TID will not report again. Its call continues as LEADER's.
 */
static void inherit_exec(
	struct tracer *tracer, struct task *leader, pid_t former_tid, uint64_t now_ns)
{
	struct task *former = tracer_find(tracer, former_tid);
	struct step step;
	if (!former || former == leader)
		return;
	tracee_vanish(&leader->tracee, now_ns, &step);
	tracer_end_calls(tracer, leader, &step, now_ns);
	leader->tracee.phase = former->tracee.phase;
	leader->tracee.current = former->tracee.current;
	former->tracee.phase = TRACEE_USER;
	tracer_remove(tracer, former, NULL, now_ns);
}

/* Whether the new program of TID should run as another user or group, but does not. */
static bool has_lost_privileges(struct world *world, pid_t tid)
{
	struct proc_program program;
	struct proc_status status;
	if (world->proc->program(world, tid, &program) < 0 ||
		!(program.mode & (S_ISUID | S_ISGID)) ||
		world->proc->status(world, tid, &status) < 0)
		return false;
	/* Without S_IXGRP, S_ISGID has another meaning (inode(7)). */
	bool has_group = (program.mode & S_ISGID) && (program.mode & S_IXGRP);
	return ((program.mode & S_ISUID) && status.uid[1] != program.uid) ||
	       (has_group && status.gid != program.gid);
}

/* Reads the name of TRACEE. Returns whether it has another by now. */
static bool refresh_comm(struct tracer *tracer, struct tracee *tracee)
{
	struct world *world = tracer->world;
	char comm[TASK_COMM_SIZE];
	if (world->proc->comm(world, tracee->tid, comm) < 0)
		return false;
	bool is_same = strcmp(comm, tracee->comm) == 0;
	memcpy(tracee->comm, comm, sizeof(comm));
	return !is_same;
}

/* Reports that TRACEE has executed a program. */
static void report_program(struct tracer *tracer, struct tracee *tracee, uint64_t now_ns)
{
	struct world *world = tracer->world;
	struct proc_times times;
	refresh_comm(tracer, tracee);
	bool has_times = world->proc->times(world, tracee->tgid, tracee->tid, &times) == 0;
	event_writer_program(&tracer->event_writer, tracee, has_times ? &times : NULL, now_ns);
}

/* Whether the call that ended may have renamed TRACEE. */
static bool may_have_renamed(const struct tracee *tracee, const struct step *step)
{
	if (!step->ended || tracee->current.args[0] != PR_SET_NAME)
		return false;
	const struct syscall_desc *desc = syscall_lookup(step->ends[step->ended - 1].call);
	return desc && strcmp(desc->name, "prctl") == 0;
}

/* The current call. */

/* Whether the result in VIEW is caused by a signal that interrupted the call, or by a restart. */
static bool is_interrupted(const struct tracee *tracee, const struct syscall_view *view)
{
	bool again = tracee->phase == TRACEE_CALL && tracee->current.repaired;
	if (!view->is_error || (view->op != SYSCALL_EXIT && view->op != SYSCALL_PENDING))
		return false;
	return view->result == -EINTR || view->result == -RESTART_NOHAND ||
	       view->result == -RESTART_BLOCK || (again && view->result == -EALREADY);
}

/* Whether the call in VIEW would be restarted as another that a filter refuses, but for us. */
static bool is_refused(
	struct tracer *tracer, const struct tracee *tracee, const struct syscall_view *view)
{
	bool is_ours = tracee->phase == TRACEE_INTERRUPTED &&
	               tracee->current.repaired == RESTART_BLOCK;
	if (view->result != -RESTART_BLOCK)
		return is_ours && view->result == -RESTART_NOHAND;
	return filters_refuse(&tracer->filters, tracer->world, tracee->tgid, tracee->tid, view);
}

/* How the call NAME, interrupted as in VIEW, is repaired; NULL: it need not be, or cannot. */
static const struct repair *choose_repair(struct tracer *tracer, const struct tracee *tracee,
	const char *name, const struct syscall_view *view)
{
	const struct repair *repair = repair_find(name);
	if (!repair && view->result == -EINTR)
		return repair_find_constant(name);
	if (!repair && is_refused(tracer, tracee, view))
		return repair_find_block(name);
	return repair;
}

/* Adds the repair of a call that failed because of a signal to VIEW. */
static void find_repair(
	struct tracer *tracer, const struct tracee *tracee, struct syscall_view *view)
{
	struct world *world = tracer->world;
	view->repair = NULL;
	if (!tracer->repair || !is_interrupted(tracee, view))
		return;
	bool known = view->op == SYSCALL_EXIT && tracee->phase == TRACEE_CALL;
	if (known) {
		view->call = tracee->current.call;
		memcpy(view->args, tracee->current.args, sizeof(view->args));
	}
	struct made_call made;
	repair_read_call(world, tracee->tid, view->call, view->args, &made);
	const struct repair *repair = choose_repair(tracer, tracee, made.name, view);
	int result = repair ? repair_timeout(world, repair, tracee->tid, view->call, made.args,
				      &view->timeout_ns)
	                    : -EINVAL;
	/* Better without an end than refused. */
	if (result < 0 && repair && view->result == -RESTART_BLOCK)
		view->timeout_ns = REPAIR_FOREVER;
	else if (result < 0)
		return;
	view->remains = repair_timeout_remains(repair, made.args);
	view->repair = repair_of_socket(world, repair, tracee->tid, made.args);
}

static bool announces_child(enum stop_kind kind)
{
	return kind == STOP_FORK || kind == STOP_VFORK || kind == STOP_CLONE;
}

static bool is_end(enum stop_kind kind)
{
	return kind == STOP_EXITED || kind == STOP_KILLED;
}

/*
 * Whether TRACEE may be in a call although it is not at a syscall stop: at the attach, and between
 * the exit stop of a call that we have repaired and its restart.
 */
static bool may_be_in_call(const struct tracee *tracee, const struct stop *stop)
{
	if (tracee->phase == TRACEE_SEIZED)
		return !is_end(stop->kind);
	if (tracee->phase != TRACEE_INTERRUPTED)
		return false;
	return stop->kind == STOP_SIGNAL || stop->kind == STOP_GROUP ||
	       (stop->kind == STOP_TRAP && tracee->current.deadline_ns);
}

/* Reads the call as required by tracee_step(). NULL: not required, or the tracee may be dead. */
static const struct syscall_view *read_call(struct tracer *tracer, const struct tracee *tracee,
	const struct stop *stop, struct syscall_view *view)
{
	struct world *world = tracer->world;
	int result = -ESRCH;
	if (stop->kind == STOP_SYSCALL)
		result = world->trace->syscall(world, tracee->tid, tracee_needs_call(tracee), view);
	else if (may_be_in_call(tracee, stop))
		result = world->trace->pending_syscall(world, tracee->tid, view);
	if (result < 0)
		return NULL;
	/* A signal that comes after an interruption changes nothing about that. */
	if (stop->kind != STOP_SIGNAL || tracee->phase != TRACEE_INTERRUPTED)
		find_repair(tracer, tracee, view);
	return view;
}

/* Exits and stops. */

/* Whether TASK has run on the CPU of the tracer. */
static bool shares_our_cpu(const struct tracer *tracer, const struct task *task)
{
	struct world *world = tracer->world;
	return colocation_is_on(tracer->poller.colocation) ||
	       world->proc->cpu(world, task->tracee.tid) ==
	               world->proc->cpu(world, world->process->thread(world));
}

/*
 * Resumes TASK to its next stop, with SIGNAL. If another has taken our CPU meanwhile, the time at
 * which it is known to run is that before: it may already have stopped again.
 */
static void resume_to_stop(struct tracer *tracer, struct task *task, int signal)
{
	struct world *world = tracer->world;
	uint64_t before_ns = world->clock->now_ns(world);
	if (world->trace->resume(world, task->tracee.tid, signal) < 0)
		return;
	poller_expect(&tracer->poller, &task->poll, POLLER_SOON);
	if (task->poll.running_ns - before_ns > STANDSTILL_USUAL_NS &&
		!shares_our_cpu(tracer, task))
		task->poll.running_ns = before_ns;
}

/* Resumes TASK according to STEP. If it was killed meanwhile, its exit is reported next. */
static void resume(struct tracer *tracer, struct task *task, const struct step *step,
	const struct syscall_view *view)
{
	struct world *world = tracer->world;
	pid_t tid = task->tracee.tid;
	if (step->take_back)
		world->trace->set_interrupted(
			world, tid, task->tracee.current.call, (int)task->tracee.current.restart);
	if (step->set_result)
		world->trace->set_result(world, tid, step->result);
	if (step->set_argument)
		world->trace->set_argument(world, tid, step->argument, step->value);
	switch (step->resume) {
	case RESUME_SYSCALL:
		if (tracer->leaving)
			leave_task(tracer, task, step, view);
		else
			resume_to_stop(tracer, task, step->signal);
		break;
	case RESUME_LISTEN:
		world->trace->listen(world, tid);
		break;
	case RESUME_NOT:
		break;
	}
}

/* The task has exited: consumes the report, which frees its tid. */
static void handle_end(
	struct tracer *tracer, struct task *task, const struct stop *stop, uint64_t now_ns)
{
	struct world *world = tracer->world;
	struct step step;
	/* While it is a zombie: afterwards only the sums of its process are left. */
	if (task && !tracer->leaving)
		task->has_times = world->proc->times(
					  world, task->tracee.tgid, stop->tid, &task->times) == 0;
	world->wait->consume_end(world, stop->tid);
	/* Its parent's event is not to make it a task, or one again. */
	if ((!task || task->unannounced) && !tracer->alone)
		map_put(&tracer->ended_early, (uint64_t)stop->tid, tracer);
	if (!task)
		return;
	tracee_step(&task->tracee, stop, NULL, now_ns, &step);
	tracer_end_calls(tracer, task, &step, now_ns);
	tracer_remove(tracer, task, stop, now_ns);
}

/*
 * Copies the stack of a call if it is requested. At the attach it is always copied: the thread may
 * still be waiting in that call when the user asks for stacks much later.
 */
static void capture_stack(struct tracer *tracer, struct task *task, struct step *step)
{
	struct tracee *tracee = &task->tracee;
	struct current_call *current = &tracee->current;
	const struct interest *interest = tracer->event_writer.interest;
	/* exit(2) is counted at its entry, as the last call in `ends`. */
	struct ended_call *last = step->ended ? &step->ends[step->ended - 1] : NULL;
	bool ends_here = last && last->never_returned && tracee->state == TASK_EXITING;
	/* A call that continues after a handler already has its copy. */
	if ((!step->entered && !ends_here) || current->capture)
		return;
	if (!current->partial && !interest_has_stack(interest, current->call, tracee->tid))
		return;
	uint32_t number = capture_take(&tracer->capture, tracee, task->found);
	current->capture = number;
	if (ends_here)
		last->capture = number;
}

/* Reads the memory that the calls of TASK in STEP are about, as far as details are requested. */
static void read_details(struct tracer *tracer, struct task *task, const struct stop *stop,
	const struct syscall_view *view, struct step *step, uint64_t now_ns)
{
	struct details *details = &tracer->details;
	struct tracee *tracee = &task->tracee;
	if (stop->kind == STOP_EXEC)
		details_exec(tracee);
	if (stop->kind == STOP_SIGNAL)
		details_signal(details, tracee, now_ns);
	if (step->ended)
		details_end(details, tracee, step, view && view->op == SYSCALL_EXIT, task->found);
	if (step->entered && tracee->current.since_ns == now_ns)
		details_enter(details, tracee, task->found);
}

/*
 * TASK was asked to stop, if WAS_ASKED, and has reported an entry or exit of a call instead. That
 * replaces the stop that was asked for before, but not one that was asked for during it.
 */
static void note_interrupt(struct tracer *tracer, struct task *task, bool was_asked)
{
	task->may_interrupt = was_asked && task->tracee.phase == TRACEE_CALL;
	if (task->may_interrupt)
		task->entry_sleeps = tracer->world->proc->sleeps(tracer->world, task->tracee.tid);
}

/*
 * Handles a stop: decides, resumes, writes. A syscall stop, the usual case, takes three system
 * calls: waitid(2) in the poller, for the task; PTRACE_GET_SYSCALL_INFO, for the call or its
 * result, neither of which follows from the order of the stops; and PTRACE_SYSCALL. All other
 * requests here are for rare stops.
 */
static void handle_stop(
	struct tracer *tracer, struct task *task, const struct stop *stop, uint64_t now_ns)
{
	struct world *world = tracer->world;
	struct tracee *tracee = &task->tracee;
	bool was_asked = task->interrupting;
	tracer_end_interrupt(tracer, task);
	struct syscall_view space;
	struct step step;
	siginfo_t info;
	pid_t message = 0;
	/* A task with a new tid refuses all requests until its report is consumed
	 * (looks_like_a_spurious_pid()). */
	if (stop->kind == STOP_EXEC)
		world->wait->consume(world, stop->tid, &info);
	if (announces_child(stop->kind) || stop->kind == STOP_EXEC)
		world->trace->message(world, stop->tid, &message);
	if (stop->kind == STOP_EXEC) {
		inherit_exec(tracer, task, message, now_ns);
		/* Its memory is new: nobody can hold its lock. */
		task->found = false;
		if (!tracer->alone)
			capture_exec(&tracer->capture, tracee);
	}
	const struct syscall_view *view = read_call(tracer, tracee, stop, &space);
	/* Not the stop that was asked for: since it was seized, it may have begun another call. */
	if (tracee->phase == TRACEE_SEIZED && !was_asked && !task->postponement.on) {
		tracee->attached_ns = now_ns;
		tracee->begun_ns = 0;
	}
	postpone_interrupted(tracer, task, view, now_ns);
	tracee_step(tracee, stop, view, now_ns, &step);
	note_interrupt(tracer, task, was_asked && stop->kind == STOP_SYSCALL);
	tracer->saw_ignored_signals |= tracee->ignored_signal_ns == now_ns;
	if (tracer->alone) {
		if (step.entered && tracee->current.since_ns == now_ns)
			tracee->current.since_ns = world->clock->now_ns(world);
		resume(tracer, task, &step, view);
		if (tracee_deadline_ns(tracee))
			tracer_remind(tracer, tracee_deadline_ns(tracee));
		return;
	}
	capture_stack(tracer, task, &step);
	read_details(tracer, task, stop, view, &step, now_ns);
	/*
	 * A call begins when its entry stop is resumed. The clock is read just before: if it were
	 * read afterwards and we were preempted in between, the call would appear too short.
	 */
	if (step.entered && tracee->current.since_ns == now_ns)
		tracee->current.since_ns = world->clock->now_ns(world);
	for (unsigned int i = 0; i < step.ended; i++)
		capture_call_ended(&tracer->capture, tracee, &step.ends[i]);
	resume(tracer, task, &step, view);
	if (tracee_deadline_ns(tracee))
		tracer_remind(tracer, tracee_deadline_ns(tracee));
	if (announces_child(stop->kind) && message)
		adopt_child(tracer, tracee, message, now_ns);
	event_writer_step(&tracer->event_writer, tracee, &step, now_ns);
	details_write(&tracer->details);
	if (stop->kind == STOP_EXEC)
		report_program(tracer, tracee, now_ns);
	else if (may_have_renamed(tracee, &step) && refresh_comm(tracer, tracee))
		event_writer_task(&tracer->event_writer, tracee, now_ns);
	if (stop->kind == STOP_EXEC && has_lost_privileges(world, tracee->tid))
		tracer_count_note(tracer, NOTE_UNPRIVILEGED, 1);
	if (has_created_untraced(tracer, tracee, &step))
		tracer_count_note(tracer, NOTE_UNFOLLOWED, 1);
}

/* We are alone: a task that is new, or has taken over another's number, is not added. */
static void leave_unknown(struct world *world, const struct stop *stop)
{
	siginfo_t info;
	/* See handle_stop(). */
	if (stop->kind == STOP_EXEC)
		world->wait->consume(world, stop->tid, &info);
	world->trace->detach(world, stop->tid, stop->signal);
}

/* The counter has a single writer, so a load and a store suffice. */
static void count_one(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
		memory_order_relaxed);
}

/* Whether the call that TASK was in is about to go on. */
static bool is_waiting(const struct task *task)
{
	return task->tracee.phase == TRACEE_INTERRUPTED;
}

/*
 * Counts how long TASK stood still, which has reported at NOW_NS and was handled. BEFORE and WAITED
 * are as of its report; WAITED: it was about to go on with a call. If it still is, it waits and has
 * lost nothing.
 */
static void count_standstill(struct tracer *tracer, const struct task *task,
	const struct poller_entry *before, bool waited, uint64_t now_ns)
{
	struct world *world = tracer->world;
	bool is_resumed = task->left || task->poll.running_ns > before->running_ns;
	if (tracer->alone || waited || is_waiting(task) || !is_resumed)
		return;
	const struct standstill_stop stop = {
		.running_ns = before->running_ns,
		.is_expected = poller_has_expected(before),
		.reported_ns = now_ns,
		.resumed_ns = task->left ? world->clock->now_ns(world) : task->poll.running_ns,
	};
	standstill_count(&tracer->poller.standstill, &stop);
}

void report_handle(struct tracer *tracer, const siginfo_t *info)
{
	uint64_t now_ns = tracer->world->clock->now_ns(tracer->world);
	struct stop stop = stop_decode(info);
	struct task *task = tracer_find(tracer, stop.tid);
	count_one(&tracer->stops);
	if (colocation_is_on(tracer->poller.colocation))
		count_one(&tracer->colocated_stops);
	/* It needs memory. */
	if (task && task->may_have_created && !tracer->leaving)
		tracer_unlist(tracer, task);
	if (is_end(stop.kind)) {
		handle_end(tracer, task, &stop, now_ns);
		return;
	}
	if (!task && tracer->alone) {
		leave_unknown(tracer->world, &stop);
		return;
	}
	if (!task)
		task = adopt_unannounced(tracer, &stop, now_ns);
	if (!task)
		return;
	const struct poller_entry before = task->poll;
	bool waited = is_waiting(task);
	handle_stop(tracer, task, &stop, now_ns);
	count_standstill(tracer, task, &before, waited, now_ns);
}
