/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attaching to processes and threads; see engine/ptrace/attach/attach.h. */
#include "config.h"

#include "engine/ptrace/attach/attach.h"

#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>

#include "base/alloc.h"
#include "base/time.h"
#include "engine/ptrace/attach/postpone.h"
#include "engine/ptrace/attach/refusal.h"
#include "engine/ptrace/attach/seize.h"
#include "engine/ptrace/state/repair.h"
#include "engine/ptrace/tracer.h"
#include "engine/ptrace/wait/alarm.h"
#include "engine/ptrace/world/world.h"
#include "event/engine.h"

/*
 * PTRACE_O_EXITKILL would kill the target together with us. TRACEEXIT delays exits. TRACESECCOMP
 * needs a seccomp filter, which would outlast the tracer.
 */
#define OPTIONS_ALWAYS       (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC)
/* vfork events also announce threads (CLONE_VFORK | CLONE_THREAD). */
#define OPTIONS_THREADS      (PTRACE_O_TRACECLONE | PTRACE_O_TRACEVFORK)
#define OPTIONS_FORKS        (OPTIONS_THREADS | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORKDONE)

/*
 * A PTRACE_SEIZE that takes longer may be deadlocked with an execve of the target. Meanwhile no
 * report is handled, so this is also how long other threads may stand still.
 */
#define ATTACH_TIMEOUT_NS    (4 * NS_PER_MS)

/*
 * How often a list that may be incomplete is read again if it has no new threads. With short-lived
 * threads it might never be complete, but long before the limit, one of the threads that create
 * them is a tracee.
 */
#define INCOMPLETE_LISTS_MAX 200
#define INCOMPLETE_WALKS_MAX 5 /* a walk over a tree reads a file for each thread */

/* See attach_descendants(). */
#define WALKS_IN_VAIN        2

/*
 * Maximum total time to wait for the threads of a target that were interrupted in a fragile wait.
 * Each takes about 50 µs to stop, longer if the CPUs are busy, and never stops in a frozen cgroup.
 */
#define FRAGILE_WAIT_NS      (200 * NS_PER_MS)

/* Pause between two checks of running threads; reports of stopped ones are handled meanwhile. */
#define SETTLE_PAUSE_NS      (50 * NS_PER_US)

/* Maximum time to wait for threads that run in a call that may be creating another thread. */
#define SETTLE_MAX_NS        (200 * NS_PER_MS)

/* A target whose threads are being attached. */
struct target {
	pid_t tgid;
	struct proc_status status; /* of the requested process or thread */
	bool compat;               /* it runs a 32-bit program */
	unsigned long options;
	struct sleep_clock sleep_clock;
	struct tid_list interrupted; /* threads that were asked to stop */
	uint64_t fragile_wait_ns;    /* remainder of FRAGILE_WAIT_NS */
	uint64_t settle_ns;          /* remainder of SETTLE_MAX_NS */
	size_t workers;              /* number of kernel workers in the last list */
	size_t foreign;              /* of threads there that another process traces */
	size_t seized;               /* number of threads attached */
	pid_t refused;               /* the first thread that was refused; 0: none */
	int error;                   /* its errno */
};

/* The result for one thread of a list. */
enum found {
	FOUND_KNOWN,    /* it is already a tracee, or cannot be traced */
	FOUND_VANISHED, /* it exited before the attach, and may have created others */
	FOUND_NEW,      /* it is now a tracee */
	FOUND_KINDS,
};

/* The result for a list. */
enum pass {
	PASS_ALL_KNOWN,
	PASS_SOME_NEW,
	PASS_INCOMPLETE, /* none is new, but some may be missing from the list */
};

static unsigned long follow_options(enum follow follow)
{
	return OPTIONS_ALWAYS | (follow == FOLLOW_THREADS ? OPTIONS_THREADS : OPTIONS_FORKS);
}

/* Keeps the first refusal. */
static void keep_refusal(struct target *target, pid_t tid, int error)
{
	if (error == -ESRCH || target->refused)
		return;
	target->refused = tid;
	target->error = -error;
}

/* Counts thread TID of TARGET, which cannot be traced, if another process traces it. */
static void count_foreign(struct tracer *tracer, struct target *target, pid_t tid)
{
	struct world *world = tracer->world;
	struct proc_status status;
	if (world->proc->status(world, tid, &status) < 0 || !status.tracer)
		return;
	target->foreign++;
	atomic_store_explicit(&tracer->foreign, status.tracer, memory_order_relaxed);
}

/* Threads that may be creating others. */

static bool creates_threads(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	return desc && (strcmp(desc->name, "clone") == 0 || strcmp(desc->name, "clone3") == 0);
}

/* Whether TASK, which has not stopped, may still be in the clone(2) in which it was attached. */
static bool may_be_cloning(struct tracer *tracer, const struct task *task)
{
	struct current_call wait = task->tracee.current;
	return !(task->tracee.waiting || postpone_find_wait(tracer, task, &wait)) ||
	       creates_threads(wait.call);
}

static bool is_any_cloning(struct tracer *tracer)
{
	struct task_walk walk;
	const struct task *task;
	task_walk_begin(&walk, tracer);
	while ((task = task_walk_next(&walk))) {
		if (task->tracee.phase != TRACEE_SEIZED)
			continue;
		if (may_be_cloning(tracer, task)) {
			task_walk_end(&walk);
			return true;
		}
		tracer_serve(tracer);
	}
	return false;
}

/*
 * Waits until every thread was asked to stop or is known to be waiting: from then on no call of
 * those that ran is missed. Usually that takes three checks, a millisecond apart. Also waits until
 * each thread that may be creating another has stopped or left that call: the kernel decides at the
 * start of the call whether the new thread is traced (kernel_clone()). As such a call may take
 * long, this wait is limited to *BUDGET_NS, which is reduced by the time spent. An orphan waits for
 * nothing: it leaves, and first of all restores a terminal.
 */
static void settle(struct tracer *tracer, uint64_t *budget_ns)
{
	struct world *world = tracer->world;
	uint64_t begin_ns = world->clock->now_ns(world), spent_ns = 0;
	while (!world->wait->is_orphan(world) &&
		(postpone_serve_running(tracer) ||
			(spent_ns < *budget_ns && is_any_cloning(tracer)))) {
		tracer_serve(tracer);
		world->clock->sleep(world, SETTLE_PAUSE_NS);
		spent_ns = world->clock->now_ns(world) - begin_ns;
	}
	*budget_ns -= spent_ns < *budget_ns ? spent_ns : *budget_ns;
}

/* The threads of a process. */

/*
 * Marks the threads of TARGET for which settle() could not wait: what they create now is not
 * traced, and looked for when they have stopped.
 */
static void mark_unsettled(struct tracer *tracer, const struct target *target)
{
	struct task_walk walk;
	struct task *task;
	if (target->settle_ns)
		return;
	task_walk_begin(&walk, tracer);
	while ((task = task_walk_next(&walk))) {
		if (task->tracee.tgid == target->tgid && task->tracee.phase == TRACEE_SEIZED)
			task->may_have_created = may_be_cloning(tracer, task);
		tracer_serve(tracer);
	}
}

/*
 * Waits until TID has stopped and its call is repaired: until then its call would fail if we were
 * killed. Waiting limits the risk to one call at a time.
 */
static void await_stop(struct tracer *tracer, struct target *target, pid_t tid)
{
	struct world *world = tracer->world;
	uint64_t begin_ns = world->clock->now_ns(world), spent_ns = 0;
	const struct task *task;
	while ((task = tracer_find(tracer, tid)) && task->interrupting &&
		spent_ns < target->fragile_wait_ns) {
		tracer_serve(tracer);
		spent_ns = world->clock->now_ns(world) - begin_ns;
	}
	if (task && task->interrupting)
		target->fragile_wait_ns = 0;
}

/* Whether TASK waits in a call that an interrupt breaks unless it is repaired or postponed. */
static bool may_fail(struct tracer *tracer, const struct task *task)
{
	struct current_call wait;
	struct made_call made;
	if (!postpone_find_wait(tracer, task, &wait))
		return false;
	repair_read_call(tracer->world, task->tracee.tid, wait.call, wait.args, &made);
	return call_is_cut_short(made.name, made.args) || repair_find(made.name);
}

/* Adds the task TID, which was SEIZED by us or else attached by the kernel. */
static struct task *add_thread(
	struct tracer *tracer, struct target *target, pid_t tid, bool seized, uint64_t now_ns)
{
	struct world *world = tracer->world;
	/* All but its name equals its process's; reading the status costs ten times as much. */
	struct proc_status status = target->status;
	if (status.ns_tid)
		world->proc->status(world, tid, &status);
	else
		world->proc->comm(world, tid, status.comm);
	struct new_task facts = {
		.tid = tid,
		.tgid = target->tgid,
		.parent = status.parent,
		.ns_tid = status.ns_tid,
		.comm = status.comm,
		.phase = seized ? TRACEE_SEIZED : TRACEE_BORN,
		.attached_ns = now_ns,
	};
	struct task *task = tracer_add(tracer, &facts);
	task->compat = target->compat;
	task->found = true;
	task->unannounced = !seized;
	return task;
}

/* Stops TASK, which was seized at NOW_NS, now or (postponed) later. */
static void stop_thread(
	struct tracer *tracer, struct target *target, struct task *task, uint64_t now_ns)
{
	pid_t tid = task->tracee.tid;
	if (!tracer->repair && may_fail(tracer, task))
		tracer_count_note(tracer, NOTE_MAY_FAIL, 1);
	enum activity activity = tracer->repair ? postpone_find_activity(tracer, task)
	                                        : ACTIVITY_HARMLESS;
	if (!postpone_allows(tracer, task, activity, false)) {
		postpone_begin(tracer, task, activity, &target->sleep_clock, now_ns);
	} else if (tracer_interrupt(tracer, task) == 0) {
		/* It may be in another call by now, whose timeout cannot have begun later. */
		task->tracee.attached_ns = tracer->world->clock->now_ns(tracer->world);
		tid_list_add(&target->interrupted, tid);
		if (activity == ACTIVITY_FRAGILE)
			await_stop(tracer, target, tid);
	}
}

/*
 * Finds out whether the memory of TASK's process can be read, and reads its memory map, before any
 * of its threads is stopped: the stacks of those that wait now are copied when they are, and never
 * again if they go on waiting.
 */
static void prepare_reading(struct tracer *tracer, const struct task *task)
{
	if (interest_has_any(tracer->event_writer.interest, INTEREST_NAMES) ||
		interest_has_any(tracer->event_writer.interest, INTEREST_DATA))
		pages_of(&tracer->pages, &task->tracee, true);
	capture_prepare(&tracer->capture, &task->tracee, true);
	while (capture_is_preparing(&tracer->capture)) {
		capture_take_step(&tracer->capture);
		tracer_serve(tracer);
	}
}

/* Attaches thread TID of TARGET. */
static enum found attach_thread(struct tracer *tracer, struct target *target, pid_t tid)
{
	struct world *world = tracer->world;
	if (tracer_find(tracer, tid) || world->wait->is_orphan(world) || alloc_is_short())
		return FOUND_KNOWN;
	/* A worker makes no calls, and a stop would end what it is doing for its process. */
	if (tid != target->tgid && world->proc->is_worker(world, target->tgid, tid)) {
		keep_refusal(target, tid, -EPERM);
		target->workers++;
		return FOUND_KNOWN;
	}
	int result = seize_task(tracer, tid, target->options);
	uint64_t now_ns = world->clock->now_ns(world);
	/* seize_task() may have handled a report of TID, as a tracee's child, and added it. */
	if (tracer_find(tracer, tid))
		return FOUND_KNOWN;
	if (result < 0 && !(result == -EPERM && seize_is_ours(tracer, tid))) {
		keep_refusal(target, tid, result);
		if (result == -EPERM)
			count_foreign(tracer, target, tid);
		/* A dead leader creates no more threads, and what a tracee has created is one. */
		bool may_have_created = result == -ESRCH && tid != target->tgid &&
		                        !seize_is_ours(tracer, tid);
		return may_have_created ? FOUND_VANISHED : FOUND_KNOWN;
	}
	struct task *task = add_thread(tracer, target, tid, result == 0, now_ns);
	/* Not FOUND_NEW: its creator is a tracee, and while that creates threads, each list has new
	 * ones. */
	if (result < 0)
		return FOUND_KNOWN;
	if (++target->seized == 1) {
		prepare_reading(tracer, task);
		/* It may have stopped, or exited, by itself. */
		task = tracer_find(tracer, tid);
		if (!task || task->tracee.phase != TRACEE_SEIZED)
			return FOUND_NEW;
	}
	stop_thread(tracer, target, task, now_ns);
	return FOUND_NEW;
}

/* Lists are read with breaks for reports. */

static void serve(void *tracer)
{
	tracer_serve(tracer);
}

static struct proc_break serve_breaks(struct tracer *tracer)
{
	return (struct proc_break){serve, tracer};
}

/*
 * A thread that was not traced yet may have called execve, and taken over the leader's number: then
 * the tracee of that number has ended without a report (de_thread() of the kernel).
 */
static void forget_replaced_leader(struct tracer *tracer, const struct target *target)
{
	struct world *world = tracer->world;
	struct task *task = tracer_find(tracer, target->tgid);
	siginfo_t info;
	struct step step;
	if (!task || world->wait->next(world, target->tgid, false, &info) != -ECHILD)
		return;
	uint64_t now_ns = world->clock->now_ns(world);
	tracee_vanish(&task->tracee, now_ns, &step);
	tracer_end_calls(tracer, task, &step, now_ns);
	tracer_remove(tracer, task, NULL, now_ns);
}

/* Attaches the threads of TARGET in one list of its threads. */
static enum pass attach_listed(struct tracer *tracer, struct target *target)
{
	struct world *world = tracer->world;
	struct tid_list threads = {0};
	const struct proc_break breaks = serve_breaks(tracer);
	size_t found[FOUND_KINDS] = {0};
	int result = world->proc->threads(world, target->tgid, &threads, &breaks);
	if (result < 0)
		keep_refusal(target, target->tgid, result == -ENOMEM ? result : -ESRCH);
	target->workers = target->foreign = 0;
	/* Afterwards: if it is replaced from now on, the list has a thread that vanishes. */
	forget_replaced_leader(tracer, target);
	for (size_t i = 0; i < threads.count; i++) {
		if (tracer_find(tracer, threads.tid[i]))
			continue;
		found[attach_thread(tracer, target, threads.tid[i])]++;
		/* Stopped threads wait for us, and the next attach may take long. */
		tracer_serve(tracer);
	}
	tid_list_clear(&threads);
	if (found[FOUND_NEW])
		return PASS_SOME_NEW;
	bool is_refused = result < 0 && result != -ENOENT && result != -ESRCH;
	return result == 1 || is_refused || found[FOUND_VANISHED] ? PASS_INCOMPLETE
	                                                          : PASS_ALL_KNOWN;
}

/*
 * Attaches all threads of TARGET: reads their list until it has only tracees. From then on each new
 * thread is created by a tracee, and the kernel attaches it to us, or see mark_unsettled().
 */
static void attach_threads(struct tracer *tracer, struct target *target)
{
	int incomplete_left = INCOMPLETE_LISTS_MAX;
	enum pass pass;
	do {
		settle(tracer, &target->settle_ns);
		pass = attach_listed(tracer, target);
	} while (pass == PASS_SOME_NEW || (pass == PASS_INCOMPLETE && --incomplete_left));
	mark_unsettled(tracer, target);
}

/*
 * Reports the calls of threads that were asked to stop and have not: that can take long, e.g. for
 * the parent of a vfork.
 */
static void write_waits(struct tracer *tracer, const struct tid_list *interrupted)
{
	for (size_t i = 0; i < interrupted->count; i++) {
		struct task *task = tracer_find(tracer, interrupted->tid[i]);
		if (!task || task->tracee.phase != TRACEE_SEIZED)
			continue;
		postpone_write_wait(tracer, task);
		tracer_serve(tracer);
	}
}

/* Targets. */

/* Whether process TGID traces process PID. */
static bool traces(struct world *world, pid_t tgid, pid_t pid)
{
	struct proc_status status;
	return world->proc->status(world, pid, &status) == 0 && status.tracer &&
	       world->proc->is_thread_of(world, status.tracer, tgid);
}

/* Whether PID of process TGID cannot be traced because it is ours or traces us; fills in *REFUSAL.
 */
static bool is_related(struct tracer *tracer, pid_t pid, pid_t tgid, struct refusal *refusal)
{
	struct world *world = tracer->world;
	pid_t self = world->process->self(world);
	if (tgid == tracer->home || tgid == self) {
		*refusal = (struct refusal){.reason = REFUSAL_SELF, .pid = pid};
		return true;
	}
	if (traces(world, tgid, tracer->home) || traces(world, tgid, self)) {
		*refusal = (struct refusal){.reason = REFUSAL_OUR_TRACER, .pid = pid};
		return true;
	}
	return false;
}

/* The target PID, whose status is STATUS. */
static struct target find_target(
	struct world *world, pid_t pid, const struct proc_status *status, enum follow follow)
{
	return (struct target){
		.tgid = status->tgid,
		.status = *status,
		.compat = world->proc->is_32bit(world, status->tgid),
		.options = status->tgid == pid ? follow_options(follow) : OPTIONS_ALWAYS,
		.fragile_wait_ns = FRAGILE_WAIT_NS,
		.settle_ns = SETTLE_MAX_NS,
	};
}

/* Attaches process or thread PID. Returns 1, 0 if all of it was already traced by us, or -errno. */
static int attach_target(
	struct tracer *tracer, pid_t pid, enum follow follow, struct refusal *refusal)
{
	struct world *world = tracer->world;
	struct proc_status status;
	if (world->proc->status(world, pid, &status) < 0) {
		refusal_find(world, pid, ESRCH, refusal);
		return -ESRCH;
	}
	if (is_related(tracer, pid, status.tgid, refusal))
		return -EPERM;
	struct target target = find_target(world, pid, &status, follow);
	if (status.tgid == pid) {
		attach_threads(tracer, &target);
		tracer_count_note(tracer, NOTE_WORKERS, (int)target.workers);
		if (target.seized)
			tracer_count_note(tracer, NOTE_FOREIGN, (int)target.foreign);
	} else {
		attach_thread(tracer, &target, pid);
	}
	tracer_serve(tracer);
	write_waits(tracer, &target.interrupted);
	bool traced = target.seized || tracer_find(tracer, pid);
	if (!traced)
		refusal_find(world, pid, target.refused ? target.error : ESRCH, refusal);
	tid_list_clear(&target.interrupted);
	if (!traced)
		return target.refused ? -EPERM : -ESRCH;
	return target.seized > 0;
}

/* The child waits in a read for the byte written here; its first stop is that of the execve. */
static int attach_command(
	struct tracer *tracer, const struct engine_request *request, struct refusal *refusal)
{
	struct world *world = tracer->world;
	char comm[TASK_COMM_SIZE] = "";
	int result = seize_task(tracer, request->command, follow_options(request->follow));
	if (result < 0) {
		refusal_find(world, request->command, -result, refusal);
		return result;
	}
	world->proc->comm(world, request->command, comm);
	struct new_task facts = {
		.tid = request->command,
		.tgid = request->command,
		.parent = tracer->home,
		.comm = comm,
		.phase = TRACEE_SEIZED,
		.attached_ns = world->clock->now_ns(world),
	};
	tracer_add(tracer, &facts);
	/* Our process is dead: the command must not start, and exits once its descriptor is closed.
	 */
	if (world->wait->is_orphan(world))
		return -EINTR;
	result = world->process->start_command(world, request->go_fd);
	if (result < 0)
		*refusal = (struct refusal){.reason = REFUSAL_SYSTEM, .error = -result};
	return result;
}

/*
 * Attaches the descendants of TARGETS, walking the process tree until none is new: the first walk
 * misses those that are just being created, and one that has exited since may have created others.
 * These have another parent then, whose children may have been read before in that walk: so there
 * is one more in which none is new.
 */
static void attach_descendants(struct tracer *tracer, struct tid_list *targets)
{
	struct world *world = tracer->world;
	const struct proc_break breaks = serve_breaks(tracer);
	struct refusal ignored; /* descendants that cannot be traced are skipped */
	int incomplete_left = INCOMPLETE_WALKS_MAX, in_vain = 0;
	bool incomplete = false;
	do {
		size_t first = targets->count;
		bool found_new = false;
		world->proc->children(world, targets, &incomplete, &breaks);
		for (size_t i = first; i < targets->count; i++) {
			int result = attach_target(tracer, targets->tid[i], FOLLOW_TREE, &ignored);
			found_new |= result == 1;
			incomplete |= result == -ESRCH;
		}
		in_vain = found_new ? 0 : in_vain + 1;
	} while (in_vain < WALKS_IN_VAIN || (incomplete && --incomplete_left));
}

/* Whether REFUSAL only means that the process has exited since it was listed. */
static bool has_ended(const struct refusal *refusal)
{
	return refusal->reason == REFUSAL_NO_PROCESS || refusal->reason == REFUSAL_ZOMBIE;
}

static int attach_targets(
	struct tracer *tracer, const struct engine_request *request, struct refusal *refusal)
{
	struct tid_list targets = {0};
	size_t needed = request->target_count - request->optional_count;
	int result = 0;
	for (size_t i = 0; i < request->target_count && result >= 0; i++) {
		tid_list_add(&targets, request->targets[i]);
		result = attach_target(tracer, request->targets[i], request->follow, refusal);
		if (result < 0 && i >= needed) {
			if (!has_ended(refusal))
				tracer_count_note(tracer, NOTE_LEFT_OUT, 1);
			result = 0;
		}
	}
	if (request->follow == FOLLOW_TREE && result >= 0)
		attach_descendants(tracer, &targets);
	tid_list_clear(&targets);
	return result < 0 ? result : 0;
}

/* Attaches the threads of process TGID that are not traced. Returns whether there were any. */
static bool attach_rest(struct tracer *tracer, pid_t tgid)
{
	struct world *world = tracer->world;
	struct proc_status status;
	if (world->proc->status(world, tgid, &status) < 0)
		return false;
	struct target target = find_target(world, tgid, &status, tracer->follow);
	attach_threads(tracer, &target);
	write_waits(tracer, &target.interrupted);
	tid_list_clear(&target.interrupted);
	return target.seized;
}

bool attach_unlisted(struct tracer *tracer)
{
	struct tid_list *unlisted = &tracer->unlisted;
	uint64_t no_budget_ns = 0;
	struct alarm timeout;
	bool found = false;
	if (!unlisted->count || alarm_init(&timeout, tracer->world) < 0)
		return false;
	alarm_set(&timeout, tracer->world->clock->now_ns(tracer->world) + ATTACH_TIMEOUT_NS,
		ATTACH_TIMEOUT_NS);
	while (unlisted->count)
		found |= attach_rest(tracer, unlisted->tid[--unlisted->count]);
	settle(tracer, &no_budget_ns);
	alarm_clear(&timeout);
	return found;
}

int attach_all(struct tracer *tracer, const struct engine_request *request, struct refusal *refusal)
{
	struct world *world = tracer->world;
	struct alarm timeout; /* interrupts a PTRACE_SEIZE that takes too long */
	uint64_t no_budget_ns = 0;
	int result = alarm_init(&timeout, world);
	if (result < 0) {
		*refusal = (struct refusal){.reason = REFUSAL_SYSTEM, .error = -result};
		return result;
	}
	alarm_set(&timeout, world->clock->now_ns(world) + ATTACH_TIMEOUT_NS, ATTACH_TIMEOUT_NS);
	result = request->command ? attach_command(tracer, request, refusal)
	                          : attach_targets(tracer, request, refusal);
	settle(tracer, &no_budget_ns);
	alarm_clear(&timeout);
	return result;
}
