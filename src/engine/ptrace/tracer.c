/* What is done at each report; see engine/ptrace/tracer.h. */
#include "config.h"

#include "engine/ptrace/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "engine/ptrace/attach/leave.h"
#include "engine/ptrace/attach/postpone.h"
#include "engine/ptrace/ptrace_engine.h"
#include "engine/ptrace/wait/colocation.h"
#include "engine/ptrace/world/pt.h"
#include "proc/comm.h"
#include "proc/program.h"
#include "proc/status.h"
#include "proc/tasks.h"

/* A ring of the alarm that comes between two waits is lost: the next one comes so much later. */
#define REMIND_EVERY_NS (5 * NS_PER_MS)

/* Reports taken at once: threads that go on making calls must not keep the others unattached. */
#define SERVE_MAX       64

void tracer_init(struct tracer *tracer, const struct engine_links *links, size_t capacity,
	const struct engine_request *request)
{
	*tracer = (struct tracer){
		.follow = request->follow, .repair = !(request->options & PTRACE_NO_REPAIR)};
	event_writer_init(
		&tracer->event_writer, links->ring, capacity, links->interest, links->wake_fd);
	capture_init(&tracer->capture, links->stacks);
	poller_init(&tracer->poller);
}

void tracer_clear(struct tracer *tracer)
{
	event_writer_drop(&tracer->event_writer);
	capture_clear(&tracer->capture);
	poller_clear(&tracer->poller);
	struct task *task;
	MAP_FOR_EACH (&tracer->tasks, at, task)
		free(task);
	map_clear(&tracer->tasks);
}

static struct task *find(const struct tracer *tracer, pid_t tid)
{
	return map_get(&tracer->tasks, (uint64_t)tid);
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

/* Whether some thread of process TGID is traced. */
static bool traces_process(const struct tracer *tracer, pid_t tgid)
{
	const struct task *task;
	MAP_FOR_EACH (&tracer->tasks, at, task) {
		if (task->tracee.tgid == tgid)
			return true;
	}
	return false;
}

/*
 * A task reports that no event has told of: its birth was quicker than its parent's event. Returns
 * NULL, and lets it go, where it is not to be followed.
 */
static struct task *adopt_stranger(struct tracer *tracer, const struct stop *stop, uint64_t now_ns)
{
	struct proc_status status = {.tgid = stop->tid};
	proc_status(stop->tid, &status);
	if (tracer->follow == FOLLOW_THREADS && !traces_process(tracer, status.tgid)) {
		pt_detach(stop->tid, stop->signal);
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

/* PARENT has made the task CHILD. A process that is not to be followed is let go when it reports.
 */
static void adopt_child(
	struct tracer *tracer, const struct tracee *parent, pid_t child, uint64_t now_ns)
{
	if (find(tracer, child))
		return;
	bool thread = proc_is_thread_of(child, parent->tgid);
	if (!thread && tracer->follow == FOLLOW_THREADS)
		return;
	/* Making threads is to stay cheap: where the process is in our namespace, they are too. */
	struct proc_status status = {0};
	if (!thread || parent->ns_tid)
		proc_status(child, &status);
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

int tracer_interrupt(struct tracer *tracer, struct task *task)
{
	int result = pt_interrupt(task->tracee.tid);
	if (result < 0)
		return result;
	tracer->interrupting += !task->interrupting;
	task->interrupting = true;
	poller_expect(&tracer->poller, &task->poll, POLLER_SURE);
	return 0;
}

/* TASK has reported, or will not any more. */
static void end_interrupt(struct tracer *tracer, struct task *task)
{
	tracer->interrupting -= task->interrupting;
	task->interrupting = false;
}

static void remove_task(
	struct tracer *tracer, struct task *task, int exit_code, int exit_signal, uint64_t now_ns)
{
	pid_t tgid = task->tracee.tgid;
	end_interrupt(tracer, task);
	if (task->postponement.on)
		tracer_note(tracer, NOTE_POSTPONED, -1);
	map_remove(&tracer->tasks, (uint64_t)task->tracee.tid);
	if (capture_knows(&tracer->capture, tgid) && !traces_process(tracer, tgid))
		capture_gone(&tracer->capture, tgid);
	poller_forget(&tracer->poller, &task->poll);
	event_writer_gone(&tracer->event_writer, &task->tracee, exit_code, exit_signal, now_ns);
	free(task);
}

/*
 * LEADER's tid is now that of the thread FORMER, which has called execve: LEADER itself has died
 * without a report, and FORMER will not report again. FORMER's call goes on as LEADER's.
 */
static void inherit_exec(
	struct tracer *tracer, struct task *leader, pid_t former_tid, uint64_t now_ns)
{
	struct task *former = find(tracer, former_tid);
	struct step step;
	if (!former || former == leader)
		return;
	tracee_vanish(&leader->tracee, now_ns, &step);
	event_writer_step(&tracer->event_writer, &leader->tracee, &step, now_ns);
	leader->tracee.phase = former->tracee.phase;
	leader->tracee.current = former->tracee.current;
	former->tracee.phase = TRACEE_USER;
	remove_task(tracer, former, -1, 0, now_ns);
}

/* Whether the program that TRACEE has become was to run as another user or group, and does not. */
static bool has_lost_privileges(const struct tracee *tracee)
{
	struct proc_program program;
	struct proc_status status;
	if (proc_program(tracee->tid, &program) < 0 || !(program.mode & (S_ISUID | S_ISGID)) ||
		proc_status(tracee->tid, &status) < 0)
		return false;
	/* Without the right to execute it the group's bit means something else (inode(7)). */
	bool has_group = (program.mode & S_ISGID) && (program.mode & S_IXGRP);
	return ((program.mode & S_ISUID) && status.uid[1] != program.uid) ||
	       (has_group && status.gid != program.gid);
}

/* Whether the call that ended has made a task that the kernel did not attach to us. */
static bool has_made_untraced(
	const struct tracer *tracer, const struct tracee *tracee, const struct step *step)
{
	if (!step->ended || !(tracee->current.args[0] & CLONE_UNTRACED))
		return false;
	const struct ended_call *end = &step->ends[step->ended - 1];
	const struct syscall_desc *desc = syscall_lookup(end->call);
	return desc && strcmp(desc->name, "clone") == 0 && end->result > 0 &&
	       !find(tracer, (pid_t)end->result);
}

static void refresh_comm(struct tracer *tracer, struct tracee *tracee, uint64_t now_ns)
{
	char comm[TASK_COMM_SIZE];
	if (proc_comm(tracee->tid, comm) < 0 || strcmp(comm, tracee->comm) == 0)
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

static bool tells_of_child(enum stop_kind kind)
{
	return kind == STOP_FORK || kind == STOP_VFORK || kind == STOP_CLONE;
}

static bool is_end(enum stop_kind kind)
{
	return kind == STOP_EXITED || kind == STOP_KILLED;
}

/* Whether VIEW shows a result that a call has because a signal, or a restart, came in between. */
static bool is_broken(const struct tracee *tracee, const struct syscall_view *view)
{
	bool again = tracee->phase == TRACEE_CALL && tracee->current.repaired;
	if (!view->is_error || (view->op != SYSCALL_EXIT && view->op != SYSCALL_PENDING))
		return false;
	return view->result == -EINTR || view->result == -RESTART_NOHAND ||
	       (again && view->result == -EALREADY);
}

/* Adds to VIEW how a call that a signal made fail can be repaired. */
static void look_for_repair(
	const struct tracer *tracer, const struct tracee *tracee, struct syscall_view *view)
{
	view->repair = NULL;
	if (!tracer->repair || !is_broken(tracee, view))
		return;
	bool known = view->op == SYSCALL_EXIT && tracee->phase == TRACEE_CALL;
	struct call call = known ? tracee->current.call : view->call;
	const uint64_t *args = known ? tracee->current.args : view->args;
	const struct repair *repair = repair_find(call);
	if (repair && repair_timeout(repair, tracee->tid, call, args, &view->timeout_ns) == 0)
		view->repair = repair_of_socket(repair, tracee->tid, args);
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

/* Reads what tracee_step() needs of the system call. NULL: nothing; the tracee may be dead. */
static const struct syscall_view *look(const struct tracer *tracer, const struct tracee *tracee,
	const struct stop *stop, struct syscall_view *view)
{
	int result = -ESRCH;
	if (stop->kind == STOP_SYSCALL)
		result = pt_syscall(tracee->tid, tracee_needs_call(tracee), view);
	else if (may_be_inside(tracer, tracee, stop))
		result = pt_pending_syscall(tracee->tid, view);
	if (result < 0)
		return NULL;
	look_for_repair(tracer, tracee, view);
	return view;
}

/*
 * Lets TASK go. It may have been killed meanwhile: then its end is reported next. INTERRUPTED: as
 * in leave_task().
 */
static void let_go(
	struct tracer *tracer, struct task *task, const struct step *step, bool interrupted)
{
	pid_t tid = task->tracee.tid;
	if (step->set_result)
		pt_set_result(tid, step->result);
	if (tracer->leaving && step->resume == RESUME_SYSCALL)
		leave_task(tracer, task, step, interrupted);
	else if (pt_resume(tid, step) == 0 && step->resume == RESUME_SYSCALL)
		poller_expect(&tracer->poller, &task->poll, POLLER_SOON);
}

/* The ends: consumes the report, which frees the task's number, and forgets it. */
static void report_end(
	struct tracer *tracer, struct task *task, const struct stop *stop, uint64_t now_ns)
{
	struct step step;
	pt_consume(stop->tid);
	if (!task)
		return;
	tracee_step(&task->tracee, stop, NULL, now_ns, &step);
	event_writer_step(&tracer->event_writer, &task->tracee, &step, now_ns);
	bool killed = stop->kind == STOP_KILLED;
	remove_task(tracer, task, killed ? -1 : stop->exit_code, stop->signal, now_ns);
}

/*
 * Copies the stack that a call is made from, where somebody wants it. At the attach it is always
 * copied: a thread can wait in that call until long after somebody has begun to look.
 */
static void capture_stack(struct tracer *tracer, struct task *task, struct step *step)
{
	struct tracee *tracee = &task->tracee;
	struct current_call *current = &tracee->current;
	const struct interest *interest = tracer->event_writer.interest;
	/* exit(2) counts at its entry, and is the last that ends there. */
	struct ended_call *last = step->ended ? &step->ends[step->ended - 1] : NULL;
	bool ends_here = last && last->never_returned && tracee->state == TASK_EXITING;
	/* A call that goes on behind a handler has its copy. */
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
 * The stops: decide, let go, tell. At a syscall stop, that is nearly always, the kernel is asked
 * for three things: waitid(2), by the poller, for who has stopped; PTRACE_GET_SYSCALL_INFO, for
 * which call it is or what it returned, as neither can be told from the order of the stops; and
 * PTRACE_SYSCALL. Every other request here is for a stop that is rare.
 */
static void report_stop(
	struct tracer *tracer, struct task *task, const struct stop *stop, uint64_t now_ns)
{
	struct tracee *tracee = &task->tracee;
	bool interrupted = task->interrupting && stop->kind != STOP_TRAP;
	end_interrupt(tracer, task);
	postpone_interrupted(tracer, task, now_ns);
	struct syscall_view view;
	struct step step;
	pid_t message = 0;
	/* Unread it refuses every request, once it has another number
	 * (looks_like_a_spurious_pid()). */
	if (stop->kind == STOP_EXEC)
		pt_consume(stop->tid);
	if (tells_of_child(stop->kind) || stop->kind == STOP_EXEC)
		pt_message(stop->tid, &message);
	if (stop->kind == STOP_EXEC) {
		inherit_exec(tracer, task, message, now_ns);
		capture_exec(&tracer->capture, tracee);
	}
	tracee_step(tracee, stop, look(tracer, tracee, stop, &view), now_ns, &step);
	capture_stack(tracer, task, &step);
	/*
	 * A call begins when it is let go: the clock is read as late as can be, but before: were
	 * this thread preempted in between, the call would look shorter than it is.
	 */
	if (step.entered && tracee->current.since_ns == now_ns)
		tracee->current.since_ns = clock_now_ns();
	for (unsigned int i = 0; i < step.ended; i++)
		capture_call_ended(&tracer->capture, tracee, &step.ends[i]);
	let_go(tracer, task, &step, interrupted);
	if (tracee_deadline_ns(tracee))
		tracer_remind(tracer, tracee_deadline_ns(tracee));
	if (tells_of_child(stop->kind) && message)
		adopt_child(tracer, tracee, message, now_ns);
	event_writer_step(&tracer->event_writer, tracee, &step, now_ns);
	if (stop->kind == STOP_EXEC || has_renamed(tracee, &step))
		refresh_comm(tracer, tracee, now_ns);
	if (stop->kind == STOP_EXEC && has_lost_privileges(tracee))
		tracer_note(tracer, NOTE_UNPRIVILEGED, 1);
	if (has_made_untraced(tracer, tracee, &step))
		tracer_note(tracer, NOTE_UNFOLLOWED, 1);
}

/* A counter has one writer: no need for more than a load and a store. */
static void count_one(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
		memory_order_relaxed);
}

void tracer_report(struct tracer *tracer, const siginfo_t *info)
{
	uint64_t now_ns = clock_now_ns();
	struct stop stop = stop_decode(info);
	struct task *task = find(tracer, stop.tid);
	tracer->heard_ns = now_ns;
	count_one(&tracer->stops);
	if (colocation_is_on(tracer->poller.colocation))
		count_one(&tracer->ridden);
	if (is_end(stop.kind)) {
		report_end(tracer, task, &stop, now_ns);
		return;
	}
	if (!task)
		task = adopt_stranger(tracer, &stop, now_ns);
	if (!task)
		return;
	report_stop(tracer, task, &stop, now_ns);
}

void tracer_catch_up(struct tracer *tracer)
{
	siginfo_t info;
	/* Each tracee once, so that one that is quick to stop again cannot hold us up. */
	for (size_t left = tracer->tasks.count; left && poller_poll(&tracer->poller, &info) == 1;
		left--)
		tracer_report(tracer, &info);
}

void tracer_serve(struct tracer *tracer)
{
	siginfo_t info;
	for (int left = SERVE_MAX; left && poller_poll_expected(&tracer->poller, &info) == 1;
		left--)
		tracer_report(tracer, &info);
}

void tracer_note(struct tracer *tracer, enum ptrace_note note, int change)
{
	atomic_fetch_add_explicit(
		&tracer->notes[note], (uint64_t)(int64_t)change, memory_order_relaxed);
}

void tracer_remind(struct tracer *tracer, uint64_t deadline_ns)
{
	if (tracer->alarm.deadline_ns == 0 || deadline_ns < tracer->alarm.deadline_ns)
		alarm_set(&tracer->alarm, deadline_ns, REMIND_EVERY_NS);
}

/* Does what is due of TASK. Returns when something is next; 0: nothing. */
static uint64_t serve_task(struct tracer *tracer, struct task *task, uint64_t now_ns)
{
	if (task->postponement.on)
		return tracer->leaving ? 0 : postpone_serve(tracer, task, now_ns);
	uint64_t deadline_ns = tracee_deadline_ns(&task->tracee);
	if (deadline_ns == 0 || deadline_ns > now_ns)
		return deadline_ns;
	/*
	 * Its timeout is over: the exit stop that follows ends it (tracee_step()). If it was just
	 * out of the call, to be restarted, the interrupt hit nothing: so it is asked again.
	 */
	tracer_interrupt(tracer, task);
	return now_ns + REMIND_EVERY_NS;
}

void tracer_serve_due(struct tracer *tracer)
{
	if (tracer->alarm.deadline_ns == 0)
		return;
	uint64_t now_ns = clock_now_ns(), next_ns = 0;
	if (now_ns < tracer->alarm.deadline_ns)
		return;
	struct task *task;
	MAP_FOR_EACH (&tracer->tasks, at, task) {
		uint64_t deadline_ns = serve_task(tracer, task, now_ns);
		if (deadline_ns && (next_ns == 0 || deadline_ns < next_ns))
			next_ns = deadline_ns;
	}
	alarm_set(&tracer->alarm, next_ns, REMIND_EVERY_NS);
}

int tracer_run(struct tracer *tracer)
{
	siginfo_t info;
	int result;
	while ((result = poller_next(&tracer->poller, &info)) == 1) {
		tracer_report(tracer, &info);
		tracer_serve_due(tracer);
	}
	tracer_serve_due(tracer);
	event_writer_flush(&tracer->event_writer);
	return result;
}
