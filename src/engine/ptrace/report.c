/* What is done at each report; see engine/ptrace/report.h. */
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
 * A task reports that no event has announced: its first stop came before its parent's event. Makes
 * it a task; or, where it is not to be followed, detaches from it and returns NULL.
 */
static struct task *adopt_unannounced(
	struct tracer *tracer, const struct stop *stop, uint64_t now_ns)
{
	struct world *world = tracer->world;
	struct proc_status status = {.tgid = stop->tid};
	world->proc->status(world, stop->tid, &status);
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
	return tracer_add(tracer, &facts);
}

/*
 * PARENT has made the task CHILD. A process that is not to be followed is detached from when it
 * reports.
 */
static void adopt_child(
	struct tracer *tracer, const struct tracee *parent, pid_t child, uint64_t now_ns)
{
	struct world *world = tracer->world;
	if (tracer_find(tracer, child))
		return;
	bool thread = world->proc->is_thread_of(world, child, parent->tgid);
	if (!thread && tracer->follow == FOLLOW_THREADS)
		return;
	/* Making threads is to stay cheap: where the process is in our namespace, they are too. */
	struct proc_status status = {0};
	if (!thread || parent->ns_tid)
		world->proc->status(world, child, &status);
	struct new_task facts = {
		.tid = child,
		.tgid = thread ? parent->tgid : child,
		.parent = thread ? parent->parent : parent->tgid,
		.ns_tid = status.ns_tid,
		.comm = parent->comm,
		.phase = TRACEE_BORN,
		.attached_ns = now_ns,
	};
	tracer_add(tracer, &facts);
}

/* Whether the call that ended has made a task that the kernel did not attach us to. */
static bool has_made_untraced(
	const struct tracer *tracer, const struct tracee *tracee, const struct step *step)
{
	if (!step->ended || !(tracee->current.args[0] & CLONE_UNTRACED))
		return false;
	const struct ended_call *end = &step->ends[step->ended - 1];
	const struct syscall_desc *desc = syscall_lookup(end->call);
	return desc && strcmp(desc->name, "clone") == 0 && end->result > 0 &&
	       !tracer_find(tracer, (pid_t)end->result);
}

/* New programs and names. */

/*
 * LEADER's tid is now that of the thread FORMER_TID, which has called execve: LEADER itself has
 * died without a report, and FORMER_TID will not report again. Its call goes on as LEADER's.
 */
static void inherit_exec(
	struct tracer *tracer, struct task *leader, pid_t former_tid, uint64_t now_ns)
{
	struct task *former = tracer_find(tracer, former_tid);
	struct step step;
	if (!former || former == leader)
		return;
	tracee_vanish(&leader->tracee, now_ns, &step);
	event_writer_step(&tracer->event_writer, &leader->tracee, &step, now_ns);
	leader->tracee.phase = former->tracee.phase;
	leader->tracee.current = former->tracee.current;
	former->tracee.phase = TRACEE_USER;
	tracer_remove(tracer, former, -1, 0, now_ns);
}

/* Whether the program that TID has become was to run as another user or group, and does not. */
static bool has_lost_privileges(struct world *world, pid_t tid)
{
	struct proc_program program;
	struct proc_status status;
	if (world->proc->program(world, tid, &program) < 0 ||
		!(program.mode & (S_ISUID | S_ISGID)) ||
		world->proc->status(world, tid, &status) < 0)
		return false;
	/* Without the right to execute it the group's bit means something else (inode(7)). */
	bool has_group = (program.mode & S_ISGID) && (program.mode & S_IXGRP);
	return ((program.mode & S_ISUID) && status.uid[1] != program.uid) ||
	       (has_group && status.gid != program.gid);
}

static void refresh_comm(struct tracer *tracer, struct tracee *tracee, uint64_t now_ns)
{
	struct world *world = tracer->world;
	char comm[TASK_COMM_SIZE];
	if (world->proc->comm(world, tracee->tid, comm) < 0 || strcmp(comm, tracee->comm) == 0)
		return;
	memcpy(tracee->comm, comm, sizeof(comm));
	event_writer_task(&tracer->event_writer, tracee, now_ns);
}

/* Whether the call that ended may have given TRACEE another name. */
static bool has_renamed(const struct tracee *tracee, const struct step *step)
{
	if (!step->ended || tracee->current.args[0] != PR_SET_NAME)
		return false;
	const struct syscall_desc *desc = syscall_lookup(step->ends[step->ended - 1].call);
	return desc && strcmp(desc->name, "prctl") == 0;
}

/* What call it is in. */

/* Whether the result in VIEW comes from a signal that has interrupted the call, or a restart. */
static bool is_interrupted(const struct tracee *tracee, const struct syscall_view *view)
{
	bool again = tracee->phase == TRACEE_CALL && tracee->current.repaired;
	if (!view->is_error || (view->op != SYSCALL_EXIT && view->op != SYSCALL_PENDING))
		return false;
	return view->result == -EINTR || view->result == -RESTART_NOHAND ||
	       (again && view->result == -EALREADY);
}

/* Adds to VIEW how a call that a signal made fail can be repaired. */
static void find_repair(
	const struct tracer *tracer, const struct tracee *tracee, struct syscall_view *view)
{
	struct world *world = tracer->world;
	view->repair = NULL;
	if (!tracer->repair || !is_interrupted(tracee, view))
		return;
	bool known = view->op == SYSCALL_EXIT && tracee->phase == TRACEE_CALL;
	struct call call = known ? tracee->current.call : view->call;
	const uint64_t *args = known ? tracee->current.args : view->args;
	const struct repair *repair = repair_find(call);
	if (repair &&
		repair_timeout(world, repair, tracee->tid, call, args, &view->timeout_ns) == 0)
		view->repair = repair_of_socket(world, repair, tracee->tid, args);
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
 * Whether TRACEE may be inside a call though it is at no syscall stop: when it was attached to, and
 * when we leave, as its calls are not reported any more then.
 */
static bool may_be_inside(
	const struct tracer *tracer, const struct tracee *tracee, const struct stop *stop)
{
	if (tracee->phase == TRACEE_SEIZED)
		return !is_end(stop->kind);
	return tracer->leaving && tracee->phase == TRACEE_CALL && stop->kind == STOP_TRAP;
}

/* Reads what tracee_step() needs of the call. NULL: nothing, or the tracee may be dead. */
static const struct syscall_view *read_call(const struct tracer *tracer,
	const struct tracee *tracee, const struct stop *stop, struct syscall_view *view)
{
	struct world *world = tracer->world;
	int result = -ESRCH;
	if (stop->kind == STOP_SYSCALL)
		result = world->trace->syscall(world, tracee->tid, tracee_needs_call(tracee), view);
	else if (may_be_inside(tracer, tracee, stop))
		result = world->trace->pending_syscall(world, tracee->tid, view);
	if (result < 0)
		return NULL;
	find_repair(tracer, tracee, view);
	return view;
}

/* Ends and stops. */

/* Resumes TASK as STEP says. If it was killed meanwhile, its end is reported next. */
static void resume(
	struct tracer *tracer, struct task *task, const struct step *step, bool interrupted)
{
	struct world *world = tracer->world;
	pid_t tid = task->tracee.tid;
	if (step->set_result)
		world->trace->set_result(world, tid, step->result);
	switch (step->resume) {
	case RESUME_SYSCALL:
		if (tracer->leaving)
			leave_task(tracer, task, step, interrupted);
		else if (world->trace->resume(world, tid, step->signal) == 0)
			poller_expect(&tracer->poller, &task->poll, POLLER_SOON);
		break;
	case RESUME_LISTEN:
		world->trace->listen(world, tid);
		break;
	case RESUME_NOT:
		break;
	}
}

/* The task ends: consumes the report, which frees its number. */
static void handle_end(
	struct tracer *tracer, struct task *task, const struct stop *stop, uint64_t now_ns)
{
	struct step step;
	tracer->world->wait->consume(tracer->world, stop->tid);
	if (!task)
		return;
	tracee_step(&task->tracee, stop, NULL, now_ns, &step);
	event_writer_step(&tracer->event_writer, &task->tracee, &step, now_ns);
	bool killed = stop->kind == STOP_KILLED;
	tracer_remove(tracer, task, killed ? -1 : stop->exit_code, stop->signal, now_ns);
}

/*
 * Copies the stack that a call is made from, where it is wanted. At the attach it is always copied:
 * a thread can wait in that call until long after the user has asked for stacks.
 */
static void capture_stack(struct tracer *tracer, struct task *task, struct step *step)
{
	struct tracee *tracee = &task->tracee;
	struct current_call *current = &tracee->current;
	const struct interest *interest = tracer->event_writer.interest;
	/* exit(2) is counted at its entry, as the last call that ends there. */
	struct ended_call *last = step->ended ? &step->ends[step->ended - 1] : NULL;
	bool ends_here = last && last->never_returned && tracee->state == TASK_EXITING;
	/* A call that goes on after a handler has its copy. */
	if ((!step->entered && !ends_here) || current->capture)
		return;
	if (!current->partial && !interest_has_stack(interest, current->call, tracee->tid))
		return;
	uint32_t number = capture_take(&tracer->capture, tracee, task->found);
	current->capture = number;
	if (ends_here)
		last->capture = number;
}

/*
 * A stop: decide, resume, write. At a syscall stop, that is nearly always, the kernel is asked
 * three things: waitid(2), by the poller, which task has stopped; PTRACE_GET_SYSCALL_INFO, which
 * call it is or what it returned, as neither follows from the order of the stops; and
 * PTRACE_SYSCALL. Every other request here is for a stop that is rare.
 */
static void handle_stop(
	struct tracer *tracer, struct task *task, const struct stop *stop, uint64_t now_ns)
{
	struct world *world = tracer->world;
	struct tracee *tracee = &task->tracee;
	bool interrupted = task->interrupting && stop->kind != STOP_TRAP;
	tracer_end_interrupt(tracer, task);
	postpone_interrupted(tracer, task, now_ns);
	struct syscall_view view;
	struct step step;
	pid_t message = 0;
	/* A task with a new number refuses every request while its report is unread
	 * (looks_like_a_spurious_pid()). */
	if (stop->kind == STOP_EXEC)
		world->wait->consume(world, stop->tid);
	if (announces_child(stop->kind) || stop->kind == STOP_EXEC)
		world->trace->message(world, stop->tid, &message);
	if (stop->kind == STOP_EXEC) {
		inherit_exec(tracer, task, message, now_ns);
		capture_exec(&tracer->capture, tracee);
	}
	tracee_step(tracee, stop, read_call(tracer, tracee, stop, &view), now_ns, &step);
	capture_stack(tracer, task, &step);
	/*
	 * A call begins when its entry stop is resumed. The clock is read just before that: were we
	 * preempted between the resume and the clock, the call would look shorter than it is.
	 */
	if (step.entered && tracee->current.since_ns == now_ns)
		tracee->current.since_ns = world->clock->now_ns(world);
	for (unsigned int i = 0; i < step.ended; i++)
		capture_call_ended(&tracer->capture, tracee, &step.ends[i]);
	resume(tracer, task, &step, interrupted);
	if (tracee_deadline_ns(tracee))
		tracer_remind(tracer, tracee_deadline_ns(tracee));
	if (announces_child(stop->kind) && message)
		adopt_child(tracer, tracee, message, now_ns);
	event_writer_step(&tracer->event_writer, tracee, &step, now_ns);
	if (stop->kind == STOP_EXEC || has_renamed(tracee, &step))
		refresh_comm(tracer, tracee, now_ns);
	if (stop->kind == STOP_EXEC && has_lost_privileges(world, tracee->tid))
		tracer_count_note(tracer, NOTE_UNPRIVILEGED, 1);
	if (has_made_untraced(tracer, tracee, &step))
		tracer_count_note(tracer, NOTE_UNFOLLOWED, 1);
}

/* A counter has one writer: no need for more than a load and a store. */
static void count_one(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
		memory_order_relaxed);
}

void report_handle(struct tracer *tracer, const siginfo_t *info)
{
	uint64_t now_ns = tracer->world->clock->now_ns(tracer->world);
	struct stop stop = stop_decode(info);
	struct task *task = tracer_find(tracer, stop.tid);
	tracer->reported_ns = now_ns;
	count_one(&tracer->stops);
	if (colocation_is_on(tracer->poller.colocation))
		count_one(&tracer->colocated_stops);
	if (is_end(stop.kind)) {
		handle_end(tracer, task, &stop, now_ns);
		return;
	}
	if (!task)
		task = adopt_unannounced(tracer, &stop, now_ns);
	if (task)
		handle_stop(tracer, task, &stop, now_ns);
}
