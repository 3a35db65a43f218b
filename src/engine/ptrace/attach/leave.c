/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leaving; see engine/ptrace/attach/leave.h. */
#include "config.h"

#include "engine/ptrace/attach/leave.h"

#include <errno.h>

#include "arch/arch.h"
#include "base/time.h"
#include "engine/ptrace/attach/postpone.h"
#include "engine/ptrace/report.h"
#include "engine/ptrace/state/repair.h"
#include "engine/ptrace/tracer.h"
#include "engine/ptrace/wait/colocation.h"
#include "engine/ptrace/world/world.h"

/*
 * How long running threads may take to stop on their own: an interrupt that hits a thread just as
 * it enters a call can cut a transfer short.
 */
#define VOLUNTARY_NS   (2 * NS_PER_MS)

/*
 * The first and the longest time between two looks at what is still traced, which is at least this
 * multiple of what a look takes. Reports and deadlines end it.
 */
#define PAUSE_FIRST_NS (50 * NS_PER_US)
#define PAUSE_LAST_NS  (50 * NS_PER_MS)
#define PAUSE_SHARE    16

/* So many tasks are looked at between two looks for reports. */
#define LOOK_BATCH     16

/* Why the tracer must not exit yet because of a task. */
enum hold {
	HOLD_NONE,    /* it may: the exit has no effect on it */
	HOLD_OUTSIDE, /* it could be at the entry of a call when we exit */
	HOLD_ASKED,   /* it was asked to stop, and has not stopped */
	HOLD_WOKEN,   /* it has left its wait, maybe for a signal, and will stop */
	HOLD_RESTART, /* it is about to make its call again */
	HOLD_SIGNALS, /* signals that are ignored untraced could interrupt its wait when we exit */
	HOLD_TIMEOUT, /* we have to end its call */
};

static uint64_t now(const struct tracer *tracer)
{
	return tracer->world->clock->now_ns(tracer->world);
}

/*
 * Whether TRACEE, interrupted, and stopped as in VIEW, is in a handler: then the call that we
 * wanted to end at its timeout has failed. Otherwise it is about to make it again.
 */
static bool is_in_handler(const struct tracee *tracee, const struct syscall_view *view)
{
	const struct current_call *current = &tracee->current;
	if (!view || !current->ip || (view->op != SYSCALL_NONE && view->op != SYSCALL_PENDING))
		return false;
	uint64_t ip = view->ip + (view->op == SYSCALL_NONE ? arch.syscall_size : 0);
	return ip != current->ip || view->sp != current->sp;
}

/*
 * Whether TASK was interrupted, and makes its call again before it does anything else. A signal
 * that arrives first does not end the call, as its handler runs before it; a thread without a
 * processor can be there for seconds. So it is seen back in its call; unless ignored signals come,
 * which would interrupt it there.
 */
static bool is_restarting(const struct tracer *tracer, const struct tracee *tracee)
{
	return tracee->phase == TRACEE_INTERRUPTED && !tracee->signalled &&
	       !tracer->saw_ignored_signals;
}

void leave_task(struct tracer *tracer, struct task *task, const struct step *step,
	const struct syscall_view *view)
{
	struct world *world = tracer->world;
	const struct tracee *tracee = &task->tracee;
	bool has_end = tracee_deadline_ns(tracee) || tracee_returns(tracee);
	bool is_kept = (has_end || (is_restarting(tracer, tracee) && !step->signal)) &&
	               !is_in_handler(tracee, view);
	/*
	 * At the entry of a call, a detach wakes it like a signal, which would interrupt the call;
	 * so does an interrupt that arrives there, although the entry stop has replaced the stop
	 * that was asked for (ptrace_stop() of the kernel). So the call is traced to its exit.
	 */
	if (tracee->phase == TRACEE_CALL || is_kept) {
		if (world->trace->resume(world, tracee->tid, step->signal) == 0)
			poller_expect(&tracer->poller, &task->poll, POLLER_SOON);
		return;
	}
	/* While it is traced, even ignored signals interrupt its calls. */
	task->left = true;
	world->trace->detach(world, tracee->tid, step->signal);
}

/* Whether filters may refuse TASK a restart. They are looked for once: they are rarely added. */
static bool is_filtered(const struct tracer *tracer, struct task *task)
{
	const struct tracee *tracee = &task->tracee;
	if (!task->knows_filters)
		task->is_filtered = filters_may_refuse(
			&tracer->filters, tracer->world, tracee->tgid, tracee->tid);
	task->knows_filters = true;
	return task->is_filtered;
}

/* How CURRENT of TASK, which makes MADE, can be repaired; NULL: it cannot, or need not be. */
static const struct repair *find_repair(const struct tracer *tracer, struct task *task,
	const struct current_call *current, struct made_call *made)
{
	repair_read_call(tracer->world, task->tracee.tid, current->call, current->args, made);
	if (repair_is_uncertain(made, current->sp))
		return repair_find_constant(made->name);
	const struct repair *repair = repair_find(made->name);
	const struct repair *block = repair ? NULL : repair_find_block(made->name);
	return block && is_filtered(tracer, task) ? block : repair;
}

/* What an interrupt does to a call. */
enum fragility {
	FIRM,    /* the kernel restarts it, or it cannot be repaired anyway */
	ENDLESS, /* it fails unless it is repaired; it has no timeout */
	TIMED,   /* … and its timeout has to be kept by us from then on */
};

/* The fragility of the call that TASK is in. */
static enum fragility find_fragility(const struct tracer *tracer, struct task *task)
{
	const struct current_call *current = &task->tracee.current;
	struct made_call made;
	const struct repair *repair = find_repair(tracer, task, current, &made);
	uint64_t timeout_ns;
	if (repair_is_uncertain(&made, current->sp))
		return TIMED;
	if (!repair || repair_timeout(tracer->world, repair, task->tracee.tid, current->call,
			       made.args, &timeout_ns) < 0)
		return FIRM;
	if (timeout_ns != REPAIR_FOREVER && !repair_timeout_remains(repair, made.args))
		return TIMED;
	bool is_socket = repair->timeout == TIMEOUT_RECEIVE || repair->timeout == TIMEOUT_SEND;
	return is_socket ? FIRM : ENDLESS;
}

/*
 * Whether TASK, which was asked to stop, waits uninterruptibly in a call that needs no repair: then
 * that has had no effect yet, and our exit withdraws it (__ptrace_unlink() of the kernel).
 */
static bool is_withdrawable(struct tracer *tracer, struct task *task)
{
	struct world *world = tracer->world;
	struct current_call wait;
	struct made_call made;
	uint64_t timeout_ns;
	if (world->proc->state(world, task->tracee.tid) != 'D' ||
		!postpone_find_wait(tracer, task, &wait))
		return false;
	const struct repair *repair = find_repair(tracer, task, &wait, &made);
	/* A read that is not from a socket is restarted by the kernel. */
	bool is_firm = !repair || repair_timeout(world, repair, task->tracee.tid, wait.call,
					  made.args, &timeout_ns) == -ENOTSOCK;
	return is_firm && made.name && !call_is_cut_short(made.name, made.args);
}

/* Whether TASK, in a call, is running, or has stopped, or it cannot be seen now. */
static bool may_be_awake(const struct tracer *tracer, const struct task *task)
{
	char state = tracer->world->proc->state(tracer->world, task->tracee.tid);
	if (state == 'R' || state == 't' || state == PROC_STATE_LATER)
		return true;
	/* It looks asleep, and a signal will end its wait, which we are still there to repair. */
	return tracer->world->proc->is_woken(tracer->world, task->tracee.tgid, task->tracee.tid);
}

/*
 * Why TASK, which may have an interrupt pending since the entry of its call, must be waited for:
 * until it sleeps, or stops. Where it cannot be seen that it sleeps, it is asked again, and stops.
 */
static enum hold find_hold_at_entry(const struct tracer *tracer, const struct task *task)
{
	uint64_t sleeps = tracer->world->proc->sleeps(tracer->world, task->tracee.tid);
	if (!sleeps || !task->entry_sleeps)
		return HOLD_OUTSIDE;
	return sleeps > task->entry_sleeps ? HOLD_NONE : HOLD_WOKEN;
}

/*
 * Whether TASK, about to restart its call, sleeps: it is in a frozen cgroup, before the place where
 * the kernel looks for signals (do_freezer_trap(), from get_signal()), which still end the call.
 */
static bool is_frozen(const struct tracer *tracer, const struct task *task)
{
	return tracer->world->proc->state(tracer->world, task->tracee.tid) == 'S';
}

static enum hold find_hold(struct tracer *tracer, struct task *task)
{
	const struct tracee *tracee = &task->tracee;
	struct made_call made;
	if (task->left)
		return HOLD_NONE;
	if (task->interrupting)
		return is_withdrawable(tracer, task) ? HOLD_NONE : HOLD_ASKED;
	/* A signal has stopped it, maybe one that is ignored untraced: its wait is to be repaired.
	 */
	if (task->postponement.on && postpone_may_have_stopped(tracer, task))
		return HOLD_WOKEN;
	/* The stops of the new and the postponed ones are not under way, or do nothing. */
	if (tracee->phase == TRACEE_SEIZED || tracee->phase == TRACEE_BORN ||
		tracee->state != TASK_RUNNING)
		return HOLD_NONE;
	if (tracee_deadline_ns(tracee))
		return HOLD_TIMEOUT;
	if (tracee_returns(tracee))
		return HOLD_WOKEN;
	if (is_restarting(tracer, tracee))
		return is_frozen(tracer, task) ? HOLD_NONE : HOLD_RESTART;
	if (tracee->phase != TRACEE_CALL)
		return HOLD_OUTSIDE;
	if (!find_repair(tracer, task, &tracee->current, &made))
		return HOLD_NONE;
	enum hold at_entry = task->may_interrupt ? find_hold_at_entry(tracer, task) : HOLD_NONE;
	if (at_entry != HOLD_NONE)
		return at_entry;
	if (tracer->saw_ignored_signals && find_fragility(tracer, task) != FIRM)
		return HOLD_SIGNALS;
	return may_be_awake(tracer, task) ? HOLD_WOKEN : HOLD_NONE;
}

/*
 * Whether TASK will not stop any more: it is a leader that has exited before its threads, or no
 * longer ours, because another thread's execve has taken over its number, and was not traced.
 */
static bool is_gone(const struct tracer *tracer, const struct task *task)
{
	struct world *world = tracer->world;
	siginfo_t info;
	char state = world->proc->state(world, task->tracee.tid);
	return state == 'Z' || state == 'X' ||
	       world->wait->next(world, task->tracee.tid, false, &info) == -ECHILD;
}

/* Handles pending reports, about one of each task, as those that are kept may always have more, and
 * due deadlines. */
static void serve_all(struct tracer *tracer)
{
	siginfo_t info;
	for (size_t left = tracer->tasks.count + 1;
		left && poller_poll(&tracer->poller, &info) == 1; left--)
		report_handle(tracer, &info);
	do
		tracer_serve_deadlines(tracer);
	while (tracer->check.on);
	tracer->looks++;
	if (!tracer->world->wait->is_orphan(tracer->world))
		return;
	if (tracer->on_orphan)
		tracer->on_orphan(tracer->argument);
	leave_alone(tracer);
}

/* Asks TASK to stop if HOLD requires it. VOLUNTARY: those in user code need not yet. */
static void ask(struct tracer *tracer, struct task *task, enum hold hold, bool voluntary)
{
	if ((hold == HOLD_OUTSIDE && !voluntary) ||
		(hold == HOLD_SIGNALS && find_fragility(tracer, task) == ENDLESS))
		tracer_interrupt(tracer, task);
}

/* What a look at all tasks has found. */
enum found {
	FOUND_NONE, /* all can be left as they are */
	FOUND_SOME, /* that must still be traced */
	FOUND_NEWS, /* there is a report: it has ended early */
};

/* Looks at all tasks, and asks those to stop that have to. */
static enum found look(struct tracer *tracer, bool voluntary)
{
	struct task *task;
	unsigned int looked = 0;
	enum found found = FOUND_NONE;
	MAP_FOR_EACH (&tracer->tasks, at, task) {
		enum hold hold = find_hold(tracer, task);
		task->left |= hold != HOLD_NONE && is_gone(tracer, task);
		if (hold != HOLD_NONE && !task->left) {
			ask(tracer, task, hold, voluntary);
			found = FOUND_SOME;
		}
		if (++looked % LOOK_BATCH == 0 && poller_await(&tracer->poller, 0))
			return FOUND_NEWS;
	}
	return found;
}

void leave_begin(struct tracer *tracer)
{
	tracer->leaving = true;
	tracer->leaving_ns = now(tracer);
	poller_alert(&tracer->poller);
}

/* The pause after one of PAUSE_NS, after a look that took LOOK_NS. */
static uint64_t next_pause_ns(uint64_t pause_ns, uint64_t look_ns)
{
	uint64_t next_ns = pause_ns < PAUSE_LAST_NS ? pause_ns * 2 : pause_ns;
	return next_ns < look_ns * PAUSE_SHARE ? look_ns * PAUSE_SHARE : next_ns;
}

bool leave_until(struct tracer *tracer, uint64_t until_ns)
{
	uint64_t pause_ns = PAUSE_FIRST_NS, now_ns;
	do {
		serve_all(tracer);
		now_ns = now(tracer);
		bool voluntary = now_ns < tracer->leaving_ns + VOLUNTARY_NS;
		enum found found = look(tracer, voluntary);
		/* Until it can exit, it goes on: those that were left where they are may stop. */
		if (found == FOUND_NONE && !colocation_is_over(tracer->poller.colocation))
			found = FOUND_SOME;
		/* Who was left in a call may have been stopped by a signal since. */
		if (found == FOUND_NONE && !poller_await(&tracer->poller, 0))
			return true;
		pause_ns = voluntary ? PAUSE_FIRST_NS
		                     : next_pause_ns(pause_ns, now(tracer) - now_ns);
		if (found == FOUND_SOME)
			poller_await(&tracer->poller, pause_ns);
	} while (now_ns < until_ns);
	return false;
}

void leave_alone(struct tracer *tracer)
{
	tracer->alone = true;
	tracer->filters.is_full = true;
	event_writer_hand_over(&tracer->event_writer);
}

struct leave_rest leave_count_rest(struct tracer *tracer)
{
	struct leave_rest rest = {0};
	struct task *task;
	MAP_FOR_EACH (&tracer->tasks, at, task) {
		enum hold hold = find_hold(tracer, task);
		rest.timed += hold == HOLD_TIMEOUT;
		rest.unserved += hold != HOLD_NONE && hold != HOLD_TIMEOUT;
	}
	return rest;
}
