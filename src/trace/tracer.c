/* What is done at each report; see trace/tracer.h. */
#include "config.h"

#include "trace/tracer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "trace/proc.h"
#include "trace/pt.h"

void tracer_init(struct tracer *tracer, const struct engine_links *links, size_t capacity,
	enum follow follow)
{
	*tracer = (struct tracer){.follow = follow};
	outbox_init(&tracer->outbox, links->ring, capacity, links->interest, links->wake_fd);
	capture_init(&tracer->capture, links->captures);
	waiter_init(&tracer->waiter);
}

void tracer_clear(struct tracer *tracer)
{
	outbox_drop(&tracer->outbox);
	capture_clear(&tracer->capture);
	struct tracee *tracee;
	MAP_FOR_EACH (&tracer->tracees, at, tracee)
		free(tracee);
	map_clear(&tracer->tracees);
}

static struct tracee *find(const struct tracer *tracer, pid_t tid)
{
	return map_get(&tracer->tracees, (uint64_t)tid);
}

struct tracee *tracer_add(struct tracer *tracer, const struct tracer_task *task)
{
	struct tracee *tracee = xcalloc(1, sizeof(*tracee));
	tracee->tid = task->tid;
	tracee->tgid = task->tgid;
	tracee->parent = task->parent;
	tracee->phase = task->phase;
	tracee->attached_ns = task->attached_ns;
	memcpy(tracee->comm, task->comm, strnlen(task->comm, TASK_COMM_SIZE - 1));
	map_put(&tracer->tracees, (uint64_t)task->tid, tracee);
	outbox_task(&tracer->outbox, tracee, task->attached_ns);
	return tracee;
}

/* Whether some thread of process TGID is traced. */
static bool traces_process(const struct tracer *tracer, pid_t tgid)
{
	const struct tracee *tracee;
	MAP_FOR_EACH (&tracer->tracees, at, tracee) {
		if (tracee->tgid == tgid)
			return true;
	}
	return false;
}

/*
 * A task reports that no event has told of: its birth was quicker than its parent's event. Returns
 * NULL, and lets it go, where it is not to be followed.
 */
static struct tracee *adopt_stranger(
	struct tracer *tracer, const struct stop *stop, uint64_t now_ns)
{
	struct proc_status status = {.tgid = stop->tid};
	proc_status(stop->tid, &status);
	if (tracer->follow == FOLLOW_THREADS && !traces_process(tracer, status.tgid)) {
		pt_detach(stop->tid, stop->signal);
		return NULL;
	}
	return tracer_add(tracer, &(struct tracer_task){
					  .tid = stop->tid,
					  .tgid = status.tgid,
					  .parent = status.parent,
					  .comm = status.comm,
					  .phase = TRACEE_BORN,
					  .attached_ns = now_ns,
				  });
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
	tracer_add(tracer, &(struct tracer_task){
				   .tid = child,
				   .tgid = thread ? parent->tgid : child,
				   .parent = thread ? parent->parent : parent->tgid,
				   .comm = parent->comm,
				   .phase = TRACEE_BORN,
				   .attached_ns = now_ns,
			   });
}

static void remove_tracee(struct tracer *tracer, struct tracee *tracee, int exit_code,
	int exit_signal, uint64_t now_ns)
{
	map_remove(&tracer->tracees, (uint64_t)tracee->tid);
	if (capture_knows(&tracer->capture, tracee->tgid) &&
		!traces_process(tracer, tracee->tgid))
		capture_gone(&tracer->capture, tracee->tgid);
	outbox_gone(&tracer->outbox, tracee, exit_code, exit_signal, now_ns);
}

/*
 * LEADER's tid is now that of the thread FORMER, which has called execve: LEADER itself has died
 * without a report, and FORMER will not report again. FORMER's call goes on as LEADER's.
 */
static void inherit_exec(
	struct tracer *tracer, struct tracee *leader, pid_t former_tid, uint64_t now_ns)
{
	struct tracee *former = find(tracer, former_tid);
	struct step step;
	if (!former || former == leader)
		return;
	tracee_vanish(leader, now_ns, &step);
	outbox_step(&tracer->outbox, leader, &step, now_ns);
	leader->phase = former->phase;
	leader->current = former->current;
	former->phase = TRACEE_USER;
	remove_tracee(tracer, former, -1, 0, now_ns);
}

static void refresh_comm(struct tracer *tracer, struct tracee *tracee, uint64_t now_ns)
{
	char comm[TASK_COMM_SIZE];
	if (proc_comm(tracee->tid, comm) < 0 || strcmp(comm, tracee->comm) == 0)
		return;
	memcpy(tracee->comm, comm, sizeof(comm));
	outbox_task(&tracer->outbox, tracee, now_ns);
}

/* Whether the call that ended may have given TRACEE another name. */
static bool has_renamed(const struct tracee *tracee, const struct step *step)
{
	if (!step->ended || tracee->current.args[0] != PR_SET_NAME)
		return false;
	const struct syscall_desc *desc = syscall_lookup(step->end.call);
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

/* Reads what tracee_step() needs of the system call. NULL: nothing; the tracee may be dead. */
static const struct syscall_view *look(
	const struct tracee *tracee, const struct stop *stop, struct syscall_view *view)
{
	int result = -ESRCH;
	if (stop->kind == STOP_SYSCALL)
		result = pt_syscall(tracee->tid, tracee_needs_call(tracee), view);
	else if (tracee->phase == TRACEE_SEIZED && !is_end(stop->kind))
		result = pt_pending_syscall(tracee->tid, view);
	return result == 0 ? view : NULL;
}

/* Lets TRACEE go. It may have been killed meanwhile: then its end is reported next. */
static void let_go(struct tracer *tracer, struct tracee *tracee, const struct step *step)
{
	if (tracer->leaving) {
		if (step->resume != RESUME_NOT)
			pt_detach(tracee->tid, step->signal);
		return;
	}
	if (pt_resume(tracee->tid, step) == 0 && step->resume == RESUME_SYSCALL)
		waiter_expect(&tracer->waiter, tracee->tid);
}

/* The ends: consumes the report, which frees the task's number, and forgets it. */
static void report_end(
	struct tracer *tracer, struct tracee *tracee, const struct stop *stop, uint64_t now_ns)
{
	struct step step;
	pt_consume(stop->tid);
	if (!tracee)
		return;
	tracee_step(tracee, stop, NULL, now_ns, &step);
	outbox_step(&tracer->outbox, tracee, &step, now_ns);
	bool killed = stop->kind == STOP_KILLED;
	remove_tracee(tracer, tracee, killed ? -1 : stop->exit_code, stop->signal, now_ns);
}

/*
 * Copies the stack that a call is made from, where somebody wants it. At the attach it is always
 * copied: a thread can wait in that call until long after somebody has begun to look.
 */
static void capture_stack(struct tracer *tracer, struct tracee *tracee, struct step *step)
{
	struct current_call *current = &tracee->current;
	const struct interest *interest = tracer->outbox.interest;
	bool ends_here = step->ended && step->end.never_returned &&
	                 tracee->state == TASK_EXITING; /* exit(2): it counts at its entry */
	if (!step->entered && !ends_here)
		return;
	if (!current->partial && !interest_has_stack(interest, current->call, tracee->tid))
		return;
	uint32_t number = capture_take(&tracer->capture, tracee);
	current->capture = number;
	if (ends_here)
		step->end.capture = number;
}

/* The stops: decide, let go, tell. */
static void report_stop(
	struct tracer *tracer, struct tracee *tracee, const struct stop *stop, uint64_t now_ns)
{
	struct syscall_view view;
	struct step step;
	pid_t message = 0;
	if (tells_of_child(stop->kind) || stop->kind == STOP_EXEC)
		pt_message(stop->tid, &message);
	if (stop->kind == STOP_EXEC) {
		/* Restarted unread it would refuse every request (looks_like_a_spurious_pid()). */
		pt_consume(stop->tid);
		inherit_exec(tracer, tracee, message, now_ns);
		capture_exec(&tracer->capture, tracee);
	}
	tracee_step(tracee, stop, look(tracee, stop, &view), now_ns, &step);
	capture_stack(tracer, tracee, &step);
	/* Before, not after: were this thread preempted in between, the call would look too short. */
	if (step.entered && !tracee->current.partial)
		tracee->current.since_ns = clock_now_ns();
	if (step.ended)
		capture_call_ended(&tracer->capture, tracee, &step.end);
	let_go(tracer, tracee, &step);
	if (tells_of_child(stop->kind) && message)
		adopt_child(tracer, tracee, message, now_ns);
	outbox_step(&tracer->outbox, tracee, &step, now_ns);
	if (stop->kind == STOP_EXEC || has_renamed(tracee, &step))
		refresh_comm(tracer, tracee, now_ns);
}

void tracer_report(struct tracer *tracer, const siginfo_t *info)
{
	uint64_t now_ns = clock_now_ns();
	struct stop stop = stop_decode(info);
	struct tracee *tracee = find(tracer, stop.tid);
	atomic_store_explicit(&tracer->stops,
		atomic_load_explicit(&tracer->stops, memory_order_relaxed) + 1,
		memory_order_relaxed);
	if (is_end(stop.kind)) {
		report_end(tracer, tracee, &stop, now_ns);
		return;
	}
	if (!tracee)
		tracee = adopt_stranger(tracer, &stop, now_ns);
	if (tracee)
		report_stop(tracer, tracee, &stop, now_ns);
}

bool tracer_poll(struct tracer *tracer, pid_t tid)
{
	siginfo_t info;
	if (pt_wait(tid, false, &info) != 1)
		return false;
	tracer_report(tracer, &info);
	return true;
}

int tracer_run(struct tracer *tracer)
{
	siginfo_t info;
	int result;
	while ((result = waiter_next(&tracer->waiter, &info)) == 1)
		tracer_report(tracer, &info);
	outbox_flush(&tracer->outbox);
	return result;
}

void tracer_leave(struct tracer *tracer)
{
	siginfo_t info;
	tracer->leaving = true;
	while (pt_wait(0, false, &info) == 1)
		tracer_report(tracer, &info);
}
