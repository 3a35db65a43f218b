/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a target may see, and what has to be counted; see sim.h.
 *
 * The simulated kernel keeps, beside its own state, what a kernel without a tracer would have had
 * to answer: whether a handler has run during a call, when it began, when what it waits for came.
 * From that follows what each call may return. A run without a tracer holds to the same rules, and
 * so checks them (see explore.c).
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "base/time.h"
#include "engine/ptrace/note.h"
#include "event/detail.h"
#include "event/engine.h"
#include "event/event.h"
#include "simulation/sim.h"

/* How late a wait may end: the engine looks at a postponed thread every 16 ms. */
#define LATE_NS       (20 * NS_PER_MS)

/* With more tasks, they wait for each other. */
#define CROWDED       16

/*
 * A stop is served within this time, not counting that in which the tracer gets no processor, or so
 * many of its turns, so many more for each task, which may have stopped as well, and for each
 * report since that is not the stop of a call: these are found first, and end a sweep. While busy
 * threads report, a quiet one is found by a sweep, at most 3.2 ms after the last one, which a pause
 * of the tracer can have made look as long as that (wait/poller.c).
 */
#define SERVE_NS      (5 * NS_PER_MS)
#define SERVE_TURNS   4000
#define TASK_TURNS    60
#define OTHER_TURNS   200

/* How long it may sleep meanwhile: in PTRACE_SEIZE, between looks at what has to be left. */
#define IDLE_NS       (200 * NS_PER_MS)

/* … and while it neither attaches nor leaves: until the next sweep. */
#define WATCHING_NS   (10 * NS_PER_MS)

/* When we die so many turns before the tracer's end, it may have looked for that already. */
#define LAST_TURNS    20

/* … and within so many it has restored our terminal. */
#define RESTORE_TURNS 500

void sim_violation(struct sim *sim, const char *property, const char *format, ...)
{
	va_list arguments;
	if (sim->violation)
		return;
	sim->violation = property;
	va_start(arguments, format);
	vsnprintf(sim->detail, sizeof(sim->detail), format, arguments);
	va_end(arguments);
	sim_story(sim, "!!! %s: %s", property, sim->detail);
}

struct call_log *sim_log(struct sim *sim, pid_t tid)
{
	return tid >= SIM_TID && tid < SIM_TID + SIM_TASKS ? &sim->log[tid - SIM_TID] : NULL;
}

/* Makes SIM as new. Most of it are the entries of the logs, which need no clearing. */
void sim_clear(struct sim *sim)
{
	unsigned int used = sim->task_count;
	memset(sim, 0, offsetof(struct sim, task));
	memset(sim->task, 0, used * sizeof(*sim->task));
	memset(sim->process, 0, used * sizeof(*sim->process));
	for (unsigned int i = 0; i < used; i++)
		memset(&sim->log[i], 0, offsetof(struct call_log, done));
}

/* Returns. */

static bool has_come(const struct sim *sim, const struct sim_call *call)
{
	return call->event_ns <= sim->now_ns;
}

static bool timed_out(const struct sim *sim, const struct sim_call *call, const struct op *op)
{
	return op->timeout_ns != SIM_FOREVER && sim->now_ns >= call->begun_ns + op->timeout_ns;
}

/* Whether nothing keeps anybody from running in this run, so that it is known how late is late. */
static bool is_punctual(const struct sim *sim)
{
	static const uint32_t delays = 1U << TROUBLE_STARVATION | 1U << TROUBLE_LONG |
	                               1U << TROUBLE_SLOW | 1U << TROUBLE_STOPS |
	                               1U << TROUBLE_KILL_TRACER | 1U << TROUBLE_KILL_SESSION;
	return !(sim->troubles & delays) && (sim->begun || sim->plan.bare) &&
	       sim->steps < SIM_DILATE_AT && sim->task_count < CROWDED;
}

/*
 * Whether a wait that was interrupted early may end too early: it looks like the one before it
 * (BUGS), from where the tracer has looked at its thread last.
 */
static bool is_early(const struct sim *sim, const struct sim_call *call, const struct op *op,
	int64_t result, int64_t on_timeout)
{
	/* The wait at the attach may have begun by then, but when is not known. */
	bool is_much = is_punctual(sim) && !call->may_be_first &&
	               sim->now_ns + LATE_NS < call->begun_ns + op->timeout_ns;
	return result == on_timeout && op->timeout_ns != SIM_FOREVER && call->interrupt_early &&
	       !call->is_distinct && call->ignored && !is_much && !sim->plan.strict;
}

/* What a wait that fails when it is interrupted may return. */
static bool is_fragile_result(const struct sim *sim, const struct sim_call *call,
	const struct op *op, int64_t result, int64_t on_event, int64_t on_timeout)
{
	if (result == on_event && has_come(sim, call))
		return true;
	if (result == on_timeout && timed_out(sim, call, op))
		return true;
	if (is_early(sim, call, op, result, on_timeout))
		return true;
	/* signal(7): "Interruption of … by stop signals"; the tracer's death: BUGS of the manual */
	return result == -EINTR &&
	       (call->handled || call->stopped || call->tracer_died ||
		       ((call->unrepairable || call->as_we_leave) && !sim->plan.strict));
}

/*
 * Whether a wait of TASK that a stop has interrupted goes on: signal(7), "by stop signals". A
 * tracer that comes after the stop cannot know of it.
 */
static bool is_not_interrupted(const struct sim_task *task, const struct sim_call *call,
	const struct op *op, int64_t result)
{
	bool is_known = call->interrupted && !call->tracer_died &&
	                call->stopped_link == task->link_number;
	bool is_fragile = op->kind == OP_EPOLL || op->kind == OP_SEMTIMEDOP ||
	                  (op->kind == OP_ACCEPT && op->timeout_ns != SIM_FOREVER);
	bool was_over = call->event_ns <= call->stopped_ns ||
	                (op->timeout_ns != SIM_FOREVER &&
				call->begun_ns + op->timeout_ns <= call->stopped_ns);
	return is_fragile && is_known && !was_over && result != -EINTR;
}

/* A restart that a filter refuses may be the kernel's own. */
static bool is_refused(const struct sim *sim, const struct sim_call *call, int64_t result)
{
	bool is_filtered = sim->filter == REFUSES || sim->filter == REFUSES_HIDDEN;
	return result == -EPERM && is_filtered &&
	       (call->stopped || call->tracer_died ||
		       ((call->unrepairable || call->as_we_leave) && !sim->plan.strict));
}

static bool is_allowed(
	const struct sim *sim, const struct sim_call *call, const struct op *op, int64_t result)
{
	bool interrupted = result == -EINTR && call->handled;
	switch (op->kind) {
	case OP_GETPPID:
		return result == 1;
	case OP_CLOSE:
		return result == -EBADF;
	case OP_READ:
	case OP_NOTIFIED:
		return (result == 7 && has_come(sim, call)) || interrupted;
	case OP_NANOSLEEP:
		return (result == 0 && timed_out(sim, call, op)) || interrupted ||
		       (sim->filter && is_early(sim, call, op, result, 0)) ||
		       is_refused(sim, call, result);
	case OP_POLL:
		return (result == 1 && has_come(sim, call)) ||
		       (result == 0 && timed_out(sim, call, op)) || interrupted ||
		       (sim->filter && is_early(sim, call, op, result, 0)) ||
		       is_refused(sim, call, result);
	case OP_PAUSE:
		return interrupted;
	case OP_EPOLL:
		return is_fragile_result(sim, call, op, result, 1, 0);
	case OP_SEMTIMEDOP:
		return is_fragile_result(sim, call, op, result, 0, -EAGAIN);
	case OP_ACCEPT:
		return is_fragile_result(sim, call, op, result, 9, -EAGAIN);
	case OP_WRITE:
		if (result == 3 * 4096 || interrupted)
			return true;
		/* BUGS of the manual: an ignored signal, an interrupt as it begins */
		return result > 0 && (call->handled || call->stopped || call->ignored ||
					     call->interrupt_early || call->tracer_died);
	case OP_FSYNC:
	case OP_KILL:
	case OP_SIGMASK:
	case OP_EXEC:
		return result == 0;
	case OP_CLONE:
	case OP_FORK:
	case OP_VFORK:
	case OP_UNTRACED:
	case OP_UNTRACED3:
	case OP_CLONE_PARENT:
	case OP_CLONE_SIGNAL:
	case OP_CLONE_SILENT:
	case OP_VFORK_THREAD:
		return result >= SIM_TID || result == -EAGAIN;
	case OP_WAIT:
		return result >= SIM_TID || result == -ECHILD || interrupted;
	default:
		return false;
	}
}

static void log_call(
	struct logged_call *list, unsigned int *count, long nr, int64_t result, bool sure)
{
	if (*count < CALL_LOG)
		list[*count] = (struct logged_call){nr, result, sure};
	++*count;
}

static unsigned int kind_of(long nr)
{
	for (unsigned int kind = 0; kind < OP_KINDS; kind++) {
		if (call_rules[kind].nr == nr)
			return kind;
	}
	return nr == SYS_rt_sigreturn      ? KIND_SIGRETURN
	       : nr == SYS_restart_syscall ? KIND_RESTART
	                                   : KIND_OTHER;
}

static void log_done(struct sim *sim, pid_t tid, long nr, int64_t result, bool sure)
{
	struct call_log *log = sim_log(sim, tid);
	struct call_counts *counts = &log->of[kind_of(nr)];
	/* The tracer can have seen before that the call would fail, when a handler began. */
	counts->maybe += sim->stays_behind && result == -EINTR;
	log->maybe_interrupted += sim->stays_behind && result == -EINTR;
	if (sim->stays_behind)
		return;
	/* It stops writing soon after our death. */
	sure &= !sim->orphan;
	++*(result == -EINTR ? &counts->interrupted : sure ? &counts->done : &counts->maybe);
	if (result != -EINTR)
		log_call(log->done, &log->count, nr, result, sure);
	else if (sure)
		log->interrupted++;
	else
		log->maybe_interrupted++;
}

static bool is_restart(int64_t result)
{
	return result == -512 || result == -513 || result == -514 || result == -516;
}

/* Whether TASK is at a stop at which the tracer may end its call, whose timeout is over. */
static bool may_be_timed_out(const struct sim_task *task)
{
	const struct op *op = sim_op(task);
	/* Filters that cannot be read may refuse a restart. */
	bool fails = task->result == -EINTR || task->result == -516;
	bool interrupted = task->op == EXIT_OP ? fails
	                                       : task->stop_code >> 8 == PTRACE_EVENT_STOP &&
	                                                 is_restart(task->result);
	return interrupted && op && op->timeout_ns != SIM_FOREVER;
}

/* Whether TID was made with CLONE_UNTRACED, by a tracee, and was not found in a list. */
static bool is_unfollowed(const struct sim *sim, pid_t tid)
{
	const struct sim_task *task = &sim->task[tid - SIM_TID];
	return task->made_untraced && !task->was_traced;
}

static void report_exit(struct sim_task *task)
{
	struct sim_call *call = &task->frame[task->level].call;
	call->exit_reported = true;
	call->exit_link = task->link_number;
}

void sim_log_exit(struct sim *sim, struct sim_task *task, bool sure)
{
	bool restarted = task->nr == SYS_restart_syscall;
	if (!sure && may_be_timed_out(task))
		log_done(sim, task->tid, sim_call_number(task), sim_timeout_result(sim_op(task)),
			false);
	if (task->op != EXIT_OP)
		return;
	if (task->nr == -1)
		log_done(sim, task->tid, SYS_rt_sigreturn, 0, sure);
	else if (is_restart(task->result))
		report_exit(task);
	else
		log_done(sim, task->tid, restarted ? sim_call_number(task) : task->nr, task->result,
			sure);
	/* Where the flags are in memory, they may not be there any more when it looks. */
	const struct op *op = sim_op(task);
	bool is_untraced = op && op->kind == OP_UNTRACED && task->nr == SYS_clone;
	if (sure && is_untraced && task->result > 0 && !sim->orphan && !sim->stays_behind &&
		is_unfollowed(sim, (pid_t)task->result))
		sim->untraced++;
}

/* Each wait ends soon after what it waits for, or its timeout. */
static void check_lateness(struct sim *sim, const struct sim_task *task, const struct op *op,
	const struct sim_call *call)
{
	static const uint32_t unknown = 1U << TROUBLE_NO_TIMES | 1U << TROUBLE_NO_FILES |
	                                1U << TROUBLE_NO_MEMORY;
	bool timed = op->timeout_ns != SIM_FOREVER;
	if (op->kind == OP_WRITE || op->kind == OP_COMPUTE ||
		(!timed && op->event_ns == SIM_FOREVER))
		return;
	uint64_t due_ns = timed ? call->begun_ns + op->timeout_ns : SIM_FOREVER;
	/*
	 * If its beginning is not known, or nobody is there to end it, it may start over: as well
	 * if an ignored signal, such as SIGCHLD, ends it before its beginning is read after the
	 * attach, or just before its time is over, and is seen just after: it looks like one for a
	 * wait that has begun then.
	 */
	bool is_at_begin = call->ignored && call->first_ignored_ns < task->seized_ns + SERVE_NS;
	bool is_at_end = call->ignored && call->ignored_ns + SERVE_NS > due_ns;
	if (timed && ((sim->troubles & unknown) || is_at_begin || is_at_end))
		due_ns += op->timeout_ns;
	if (call->event_ns < due_ns)
		due_ns = call->event_ns;
	/* Before the session began, time passed faster. */
	if (due_ns < sim->began_ns + LATE_NS)
		due_ns = sim->began_ns + LATE_NS;
	if (sim->now_ns > due_ns + LATE_NS)
		sim_violation(sim, "late", "%d: %s, by %.3f ms", task->tid,
			call_rules[op->kind].name, (double)(sim->now_ns - due_ns) / NS_PER_MS);
}

/* The tracer ends the call of TASK, which was to be restarted, after its exit stop. */
void sim_log_end(struct sim *sim, const struct sim_task *task, int64_t result)
{
	log_done(sim, task->tid, sim_call_number(task), result, true);
}

/* The tracer lets the call of TASK go on, which one before it may have counted as failed. */
void sim_log_repair(struct sim *sim, const struct sim_task *task)
{
	const struct sim_call *call = &task->frame[task->level].call;
	if (task->result == -EINTR && call->exit_reported && call->exit_link != task->link_number)
		log_done(sim, task->tid, sim_call_number(task), -EINTR, false);
}

/* A call has returned to the program. */
void sim_check_return(struct sim *sim, struct sim_task *task, struct frame *frame)
{
	const struct op *op = sim_op(task);
	const struct sim_call *call = &frame->call;
	const char *name = op ? call_rules[op->kind].name : "getppid";
	sim_story(sim, "%d: %s returns %ld", task->tid, name, (long)frame->result);
	if (call->exit_reported && frame->result == -EINTR)
		log_done(sim, task->tid, op ? call_rules[op->kind].nr : SYS_getppid, -EINTR,
			task->traced && call->exit_link == task->link_number);
	/* BUGS of the manual: a SIGKILL of the tracer in that microsecond. */
	if (call->has_timeout && !call->tracer_died)
		sim_violation(sim, "an argument changed", "%d: the timeout of %s", task->tid, name);
	if (op && is_punctual(sim))
		check_lateness(sim, task, op, call);
	if (!op ? frame->result != 1 : !is_allowed(sim, call, op, frame->result))
		sim_violation(sim, name, "%d: returns %ld", task->tid, (long)frame->result);
	else if (op && is_not_interrupted(task, call, op, frame->result))
		sim_violation(sim, "not interrupted", "%d: %s, by a stop, returns %ld", task->tid,
			name, (long)frame->result);
	else if (op && op->kind == OP_NOTIFIED && call->notified > 1 && !call->handled &&
		 !call->stopped && !call->interrupt_early && (!call->ignored || sim->plan.strict))
		sim_violation(sim, "notified twice", "%d: %u times", task->tid, call->notified);
}

/* The tracer does not sleep while TASK, which has stopped or ended, waits for it. */
static void check_idleness(struct sim *sim, const struct sim_task *task)
{
	uint64_t idle_ns = sim_idle_ns(sim) - task->idle_ns;
	if (idle_ns > IDLE_NS)
		sim_violation(sim, "served late", "%d: while the tracer slept for %.1f ms",
			task->tid, (double)idle_ns / NS_PER_MS);
}

/* The session is about to leave a tracer that has attached: nobody waits for it while it sleeps. */
void sim_check_watching(struct sim *sim)
{
	for (unsigned int i = 0; i < sim->task_count; i++) {
		const struct sim_task *task = &sim->task[i];
		bool has_stopped = task->run == TRACED && task->exit_code &&
		                   !(task->jobctl & LISTENING);
		bool has_ended = task->run == ZOMBIE && task->tid != task->process->tgid;
		uint64_t since_ns = task->idle_ns > sim->attached_idle_ns ? task->idle_ns
		                                                          : sim->attached_idle_ns;
		if (task->traced && (has_stopped || has_ended) &&
			sim_idle_ns(sim) > since_ns + WATCHING_NS)
			sim_violation(sim, "not served", "%d: while the tracer slept for %.1f ms",
				task->tid, (double)(sim_idle_ns(sim) - since_ns) / NS_PER_MS);
	}
}

/* The tracer takes the end of TASK. */
void sim_check_reap(struct sim *sim, const struct sim_task *task)
{
	/* A leader's is reported when the last of its threads has ended. */
	if (task->tid != task->process->tgid)
		check_idleness(sim, task);
}

/*
 * Each stop is served soon, and with its own signal. The tracer serves all that have stopped in
 * turn, and each takes some requests.
 */
void sim_check_resume(struct sim *sim, struct sim_task *task, int signal)
{
	uint64_t turns = sim->tracer_turns - task->stopped_turn;
	int own = task->place == AT_DELIVER ? task->delivering : 0;
	/* At other stops the kernel ignores it. */
	if (signal != own && (task->place == AT_DELIVER || task->op != NO_OP))
		sim_violation(sim, "a signal changed", "%d: %d is now %d", task->tid, own, signal);
	check_idleness(sim, task);
	uint64_t others = sim->other_stops - task->other_stops;
	if (sim_tracer_ns(sim) - task->tracer_ns > SERVE_NS &&
		turns > SERVE_TURNS + TASK_TURNS * sim->task_count + OTHER_TURNS * others)
		sim_violation(
			sim, "served late", "%d: after %lu turns", task->tid, (unsigned long)turns);
}

/*
 * A signal with a handler is delivered to TASK. It ends the call that TASK is in, or is restarted
 * after it, as the kernel has it; but not if only the tracer has interrupted that call, which the
 * kernel then has set up to be made again.
 */
void sim_check_delivery(struct sim *sim, struct sim_task *task, int signal)
{
	const struct frame *frame = &task->frame[task->level];
	const struct sim_call *call = &frame->call;
	bool is_late = task->nr == -1 && call->active && !frame->after;
	/* Who traces it now has not seen that: a tracer before has left it there. */
	is_late &= !call->exit_reported || call->exit_link == task->link_number;
	if (is_late && task->syscall_trace && !call->handled && call->only_trapped)
		sim_violation(sim, "a signal too late", "%d: signal %d", task->tid, signal);
}

void sim_check_handler(struct sim *sim, struct sim_task *task, int signal)
{
	sim_story(sim, "%d handles signal %d", task->tid, signal);
}

/* Events. */

static void count_told(struct call_log *log, long nr, uint64_t count, uint64_t unsure)
{
	struct call_counts *counts = &log->of[kind_of(nr)];
	counts->told += (unsigned int)count;
	counts->unsure += (unsigned int)unsure;
}

static void take_sum(struct sim *sim, const struct event_sum *event)
{
	struct call_log *log = sim_log(sim, event->event.tid);
	if (!log)
		return;
	log->summed = true;
	log->in_call = false;
	log->sum_ns = event->event.time_ns;
	if (event->event.time_ns < log->told_ns)
		sim_violation(sim, "out of order", "%d: a sum of calls before the last event",
			event->event.tid);
	if (event->counts.calls > 1 && event->from_ns < sim->division_ns &&
		event->event.time_ns > sim->division_ns)
		sim_violation(sim, "a sum from before", "%d: of %lu calls", event->event.tid,
			(unsigned long)event->counts.calls);
	count_told(log, (long)event->call.nr, event->counts.calls, event->counts.partial);
	if (event->counts.calls)
		sim_story(sim, "    event: %d has made call %ld %lu times", event->event.tid,
			(long)event->call.nr, (unsigned long)event->counts.calls);
}

/* The events of a task are in the order in which things happened. */
static void check_time(struct sim *sim, struct call_log *log, const struct event *event)
{
	if (event->time_ns < log->told_ns || event->time_ns < log->sum_ns)
		sim_violation(sim, "out of order", "%d: an event of type %u", event->tid,
			(unsigned int)event->type);
	log->told_ns = event->time_ns;
}

static void take_exit(struct sim *sim, const struct event_exit *event)
{
	struct call_log *log = sim_log(sim, event->event.tid);
	long nr = (long)event->call.nr;
	if (!log)
		return;
	check_time(sim, log, &event->event);
	log->in_call = false;
	if (event->never_returned)
		return;
	bool sure = !event->outcome.partial;
	sim_story(sim, "    event: %d has made call %ld, result %ld, error %d%s", event->event.tid,
		nr, (long)event->result, event->outcome.err, sure ? "" : ", partial");
	count_told(log, nr, 1, !sure);
	if (event->outcome.err == EINTR) {
		log->told_interrupted++;
		log->told_unsure += !sure;
		return;
	}
	log_call(log->told, &log->told_count, nr,
		event->outcome.err ? -event->outcome.err : event->result, sure);
}

static void take_state(struct sim *sim, struct call_log *log, const struct event_state *event)
{
	check_time(sim, log, &event->event);
	log->in_call &= event->in_call;
}

static void take_end(struct sim *sim, struct call_log *log, const struct event *event)
{
	/* Its time may be before that of its last state, which is written when there is room. */
	if (log->gone || !log->announced)
		sim_violation(sim, "an end too many", "%d", event->tid);
	/* The call of a thread that has become the leader by an execve goes on as the leader's. */
	else if (log->in_call && !sim->task[event->tid - SIM_TID].gone_seen)
		sim_violation(sim, "a call without an end", "%d has ended", event->tid);
	log->gone = true;
}

static void take_note(struct sim *sim, const struct event_note *event)
{
	if (event->id == NOTE_UNFOLLOWED)
		sim->untraced_told = (unsigned int)event->count;
}

void sim_check_notes(struct sim *sim)
{
	if (sim->untraced_told < sim->untraced && !sim->tracer_was_killed)
		sim_violation(sim, "a note missing", "%u of %u threads with CLONE_UNTRACED",
			sim->untraced_told, sim->untraced);
	sim->untraced = 0;
}

/* All that can be traced. */

/* Where a thread may be missed: what cannot be waited for, or seen. */
static const uint32_t miss_excuses = 1U << TROUBLE_REFUSALS | 1U << TROUBLE_LONG |
                                     1U << TROUBLE_LISTS | 1U << TROUBLE_NO_FILES;

/* A tracee has made CHILD. Nothing that had begun before the attach makes one after it … */
void sim_check_birth(
	struct sim *sim, const struct sim_task *task, struct sim_task *child, bool is_thread)
{
	/* … but what has not got a processor since: that is found when it has stopped. */
	bool is_late = task->traced && !task->has_stopped;
	sim->has_late |= is_late && is_thread && sim->is_whole && !child->traced;
	if (is_thread && !child->traced)
		child->late_maker = is_late ? task->tid : task->late_maker;
	if (is_thread && sim->is_whole && task->traced && !child->traced && !child->made_untraced &&
		!is_late && !sim->leaving)
		sim_violation(sim, "a thread missed", "%d, made by %d", child->tid, task->tid);
	if (task->made_by_link && task->made_by_link == task->link_number && task->traced &&
		!child->traced && !child->made_untraced &&
		(is_thread || sim->follow != FOLLOW_THREADS))
		sim_violation(sim, "not followed", "%d has made %d", task->tid, child->tid);
}

static bool is_target(const struct sim *sim, const struct sim_process *process)
{
	for (unsigned int i = 0; i < sim->target_count; i++) {
		if (sim->targets[i] == process->tgid)
			return true;
	}
	return false;
}

static bool lives(const struct sim_task *task)
{
	return task->run != GONE && task->run != ZOMBIE && !task->exiting && !task->killed &&
	       !task->process->group_exit;
}

/* Whether what TASK descends from has not got a processor since it was seized. */
static bool is_still_late(const struct sim *sim, const struct sim_task *task)
{
	for (unsigned int i = 0; i < sim->task_count; i++) {
		const struct sim_task *maker = &sim->task[i];
		if (maker->tid == task->late_maker && maker->run != GONE)
			return !maker->has_stopped;
	}
	return false;
}

/* Is any thread missed? AT_ONCE: also those whose late_maker has got a processor. */
static void check_missed(struct sim *sim, bool at_once)
{
	sim->has_late = false;
	for (unsigned int i = 0; i < sim->task_count; i++) {
		const struct sim_task *task = &sim->task[i];
		if (!lives(task) || !task->program || task->traced || task->made_untraced ||
			!is_target(sim, task->process))
			continue;
		bool is_late = task->late_maker && (!at_once || is_still_late(sim, task));
		if (!is_late)
			sim_violation(sim, "a thread missed", "%d", task->tid);
		sim->has_late |= is_late;
	}
}

/* All threads of the targets are traced from now on. */
void sim_check_attached(struct sim *sim)
{
	if (sim->command)
		return;
	sim->is_whole = !(sim->troubles & miss_excuses);
	if (sim->is_whole)
		check_missed(sim, false);
}

void sim_check_late(struct sim *sim)
{
	if (!sim->has_late || !sim->attached || sim->leaving || sim->orphan)
		return;
	check_missed(sim, true);
}

/* A detail is of a call that the task has made; what it points to is there, or nothing is. */
static void take_detail(struct sim *sim, const struct event_detail *detail)
{
	sim->details_seen++;
	sim->details_lost += detail->lost;
	sim_story(sim, "    event: a detail of call %ld of %d, result %ld, error %d",
		(long)detail->call.nr, detail->event.tid, (long)detail->result, detail->err);
	if (detail->event.time_ns < detail->start_ns)
		sim_violation(sim, "a detail out of order", "%d", detail->event.tid);
}

/* Each completed call has one detail, or one that was dropped. */
static void check_details(struct sim *sim)
{
	uint64_t details = sim->details_seen + sim->details_lost;
	/* Calls may be lost then, and their details are not. */
	if (!sim->plan.details || sim->troubles >> TROUBLE_NO_MEMORY & 1)
		return;
	if (details != sim->calls_seen)
		sim_violation(sim, "details", "%lu and %lu lost, of %lu calls",
			(unsigned long)sim->details_seen, (unsigned long)sim->details_lost,
			(unsigned long)sim->calls_seen);
}

void sim_check_event(struct sim *sim, const struct event *event)
{
	struct call_log *log = sim_log(sim, event->tid);
	switch (event->type) {
	case EVENT_TASK:
		/* By an execve, an untraced thread has got the number of a traced leader. */
		if (log && log->gone && !log->replaced)
			sim_violation(sim, "a task after its end", "%d", event->tid);
		if (log && log->link <= sim->former_links)
			sim_violation(sim, "a task of nobody", "%d is not traced", event->tid);
		if (log) {
			log->announced = true;
			log->gone = log->in_call = false;
		}
		break;
	case EVENT_GONE:
		if (log)
			take_end(sim, log, event);
		break;
	case EVENT_ENTER:
		/* The end of a wait that was found at the attach can be unknown. */
		if (log)
			log->in_call = !((const struct event_enter *)event)->partial;
		break;
	case EVENT_STATE:
		if (log)
			take_state(sim, log, (const struct event_state *)event);
		break;
	case EVENT_NOTE:
		take_note(sim, (const struct event_note *)event);
		break;
	case EVENT_EXIT:
		take_exit(sim, (const struct event_exit *)event);
		sim->calls_seen++;
		break;
	case EVENT_SUM:
		take_sum(sim, (const struct event_sum *)event);
		sim->calls_seen += ((const struct event_sum *)event)->counts.calls;
		break;
	case EVENT_DETAIL:
		take_detail(sim, (const struct event_detail *)event);
		break;
	case EVENT_LOST:
		sim->details_lost += ((const struct event_lost *)event)->lost;
		break;
	case EVENT_END:
		check_details(sim);
		sim->end_seen = true;
		break;
	default:
		break;
	}
}

static bool is_counted(long nr)
{
	return nr != SYS_exit && nr != SYS_exit_group && nr != SYS_execve;
}

/* Whether the event SAYS may be of the call IS. */
static bool is_same(const struct logged_call *is, const struct logged_call *says)
{
	/* A wait that had been restarted when it was attached to does not show which call it is. */
	bool was_restarted = says->nr == SYS_restart_syscall;
	if (is->nr != says->nr && !was_restarted)
		return false;
	return is->result == says->result || is->nr == SYS_rt_sigreturn;
}

/* How far two lists of calls agree. */
struct match {
	unsigned int done, told; /* numbers of the first ones without a counterpart */
	unsigned int tries_left;
};

static unsigned int skip_uncounted(
	const struct logged_call *list, unsigned int count, unsigned int at)
{
	while (at < count && !is_counted(list[at].nr))
		at++;
	return at;
}

/*
 * Compares, in order, the calls from number DONE on whose end the tracer has seen with the events
 * from TOLD on. Those that are not sure may be in both lists or in one. Returns whether they agree.
 */
static bool match_calls(
	const struct call_log *log, unsigned int done, unsigned int told, struct match *match)
{
	for (; match->tries_left; match->tries_left--) {
		done = skip_uncounted(log->done, log->count, done);
		told = skip_uncounted(log->told, log->told_count, told);
		if (done + told > match->done + match->told) {
			match->done = done;
			match->told = told;
		}
		const struct logged_call *is = done < log->count ? &log->done[done] : NULL;
		const struct logged_call *says = told < log->told_count ? &log->told[told] : NULL;
		if (!is && !says)
			return true;
		bool same = is && says && is_same(is, says);
		if (!(same && is->sure && says->sure)) {
			return (same && match_calls(log, done + 1, told + 1, match)) ||
			       (is && !is->sure && match_calls(log, done + 1, told, match)) ||
			       (says && !says->sure && match_calls(log, done, told + 1, match));
		}
		done++;
		told++;
	}
	return false;
}

/* Calls of thread TID that have not returned, or may not have. */
static unsigned int count_active(struct sim *sim, pid_t tid)
{
	const struct sim_task *task = sim_find(sim, tid);
	unsigned int count = 0;
	if (!task || sim_log(sim, tid)->replaced)
		return SIM_FRAMES;
	for (unsigned int level = 0; level <= task->level; level++)
		count += task->frame[level].call.active;
	return count;
}

/* Compares the numbers of calls of one KIND, also where they came as sums. */
static void check_counts(struct sim *sim, pid_t tid, unsigned int kind)
{
	const struct call_log *log = sim_log(sim, tid);
	const struct call_counts *counts = &log->of[kind];
	unsigned int most = counts->done + counts->maybe + counts->interrupted + counts->unsure +
	                    count_active(sim, tid);
	const char *name = kind < OP_KINDS ? call_rules[kind].name : "another call";
	if (kind >= KIND_RESTART || (kind < OP_KINDS && !is_counted(call_rules[kind].nr)))
		return;
	if (counts->told > most)
		sim_violation(sim, "a call counted twice", "%d: %s, %u of %u", tid, name,
			counts->told, most);
	else if (counts->told + log->of[KIND_RESTART].told < counts->done)
		sim_violation(sim, "a call not counted", "%d: %s, %u of %u", tid, name,
			counts->told, counts->done);
}

static void check_calls(struct sim *sim, pid_t tid)
{
	const struct call_log *log = sim_log(sim, tid);
	struct match at = {.tries_left = 10000};
	for (unsigned int kind = 0; kind < KINDS; kind++)
		check_counts(sim, tid, kind);
	if (log->summed || log->count > CALL_LOG || log->told_count > CALL_LOG)
		return;
	const struct logged_call *is = log->done, *says = log->told;
	if (!match_calls(log, 0, 0, &at)) {
		is += at.done;
		says += at.told;
		if (at.done == log->count)
			sim_violation(sim, "a call counted twice", "%d: %u of %u, call %ld", tid,
				at.told, log->told_count, says->nr);
		else if (at.told == log->told_count)
			sim_violation(sim, "a call not counted",
				"%d: %u of %u, call %ld returned %ld", tid, at.done, log->count,
				is->nr, (long)is->result);
		else
			sim_violation(sim, "a call counted wrong",
				"%d: number %u, call %ld returned %ld, and the event says call %ld "
				"and %ld",
				tid, at.done, is->nr, (long)is->result, says->nr,
				(long)says->result);
	}
	/* When it is known that a handler has made a call fail, others may have ended meanwhile. */
	if (log->told_interrupted > log->interrupted + log->maybe_interrupted + log->told_unsure +
					    count_active(sim, tid))
		sim_violation(sim, "a call counted twice", "%d: of %u with EINTR %u", tid,
			log->interrupted, log->told_interrupted);
	if (log->told_interrupted + 2 < log->interrupted)
		sim_violation(sim, "a call not counted", "%d: of %u with EINTR %u", tid,
			log->interrupted, log->told_interrupted);
}

/* The end. */

/* Whether a thread of PROCESS sleeps deeply, or has not run: it may have to take a stop signal. */
static bool is_any_busy(struct sim *sim, const struct sim_process *process)
{
	for (unsigned int i = 0; i < sim->task_count; i++) {
		const struct sim_task *task = &sim->task[i];
		if (task->process == process && (task->run == BLOCKED || task->run == RUNS))
			return true;
	}
	return false;
}

static void check_task(struct sim *sim, struct sim_task *task)
{
	const struct sim_process *process = task->process;
	if (task->traced)
		sim_violation(sim, "left traced", "%d", task->tid);
	else if (task->run == TRACED)
		sim_violation(sim, "left in a stop", "%d", task->tid);
	else if (task->run == STOPPED && !process->is_stopped)
		sim_violation(sim, "left stopped", "%d", task->tid);
	else if (process->is_stopped && !process->group_exit && !process->execing &&
		 task->run == SLEEPS && !is_any_busy(sim, process))
		sim_violation(sim, "not stopped", "%d", task->tid);
}

/* Where a signal of a process that rests is. */
struct whereabouts {
	bool pending;  /* somewhere */
	bool may_come; /* a thread will take it once it runs */
	bool is_stuck; /* … for one that could take it, and sleeps */
	unsigned int queued;
};

static void look_at_thread(const struct sim_task *task, int signal, struct whereabouts *where)
{
	bool own = task->pending >> signal & 1 || (signal == SIM_RT_SIGNAL && task->queued);
	bool shared = task->process->pending >> signal & 1 ||
	              (signal == SIM_RT_SIGNAL && task->process->queued);
	bool blocked = task->blocked >> signal & 1;
	where->queued += task->queued;
	where->pending |= own || shared;
	if (blocked || !(own || shared))
		return;
	if (task->run == SLEEPS)
		where->is_stuck |= own;
	else
		where->may_come = true;
}

static struct whereabouts find_signal(
	struct sim *sim, const struct sim_process *process, int signal)
{
	struct whereabouts where = {.queued = process->queued};
	for (unsigned int i = 0; i < sim->task_count; i++) {
		const struct sim_task *task = &sim->task[i];
		if (task->run != GONE && task->run != ZOMBIE && task->process == process)
			look_at_thread(task, signal, &where);
	}
	return where;
}

/* Whether a thread of PROCESS lives. */
static bool has_thread(struct sim *sim, const struct sim_process *process)
{
	for (unsigned int i = 0; i < sim->task_count; i++) {
		const struct sim_task *task = &sim->task[i];
		if (task->run != GONE && task->run != ZOMBIE && task->process == process)
			return true;
	}
	return false;
}

static void check_process(struct sim *sim, const struct sim_process *process)
{
	if (!has_thread(sim, process) || process->group_exit || process->is_stopped ||
		process->execing)
		return;
	for (int signal = 1; signal <= 64; signal++) {
		if (process->disposition[signal] < HANDLER)
			continue;
		struct whereabouts where = find_signal(sim, process, signal);
		if ((process->owed >> signal & 1) && !where.pending)
			sim_violation(sim, "a signal lost", "%d: signal %d", process->tgid, signal);
		if (where.is_stuck)
			sim_violation(
				sim, "a signal stuck", "%d: signal %d", process->tgid, signal);
		if (process->taken[signal] > process->sent[signal])
			sim_violation(
				sim, "a signal doubled", "%d: signal %d", process->tgid, signal);
		if (signal == SIM_RT_SIGNAL &&
			process->taken[signal] + where.queued != process->sent[signal])
			sim_violation(sim, "a queued signal lost", "%d: %u handled, %u sent",
				process->tgid, process->taken[signal], process->sent[signal]);
	}
}

/* Each task that the tracer has served is announced, and its end as well. */
static void check_life(struct sim *sim, pid_t tid)
{
	const struct call_log *log = sim_log(sim, tid);
	if (log->resumed && !log->announced)
		sim_violation(sim, "a birth not announced", "%d", tid);
	if (log->announced && log->reaped && !log->gone)
		sim_violation(sim, "an end not announced", "%d", tid);
}

/* A tracer that had targets when we died has written what was counted. */
static void check_survival(struct sim *sim)
{
	bool had_time = sim->tracer_turns > sim->death_turn + LAST_TURNS;
	if (!sim->session_dead || sim->tracer_was_killed || sim->tracer_exists ||
		!sim->engine_is_known || sim->stays_behind || sim->ring_lost || !had_time)
		return;
	if (!sim->restored)
		sim_violation(sim, "not restored", "the terminal, after our death");
	if (sim->finished != 1)
		sim_violation(sim, "a report lost", "after our death: %u written", sim->finished);
}

/* The tracer sleeps, while it leaves: then our terminal, if we have died, is as it was. */
void sim_check_sleep(struct sim *sim)
{
	bool had_time = sim->tracer_turns > sim->death_turn + RESTORE_TURNS;
	if (sim->session_dead && sim->leaving && !sim->stays_behind && !sim->ring_lost &&
		sim->engine_is_known && had_time && !sim->restored)
		sim_violation(sim, "not restored", "the terminal, for %lu turns",
			(unsigned long)(sim->tracer_turns - sim->death_turn));
}

/* All that was taken is given back. */
static void check_resources(struct sim *sim)
{
	for (int i = 0; i < SIM_TIMERS; i++) {
		if (sim->timer[i].used)
			sim_violation(sim, "a timer lost", "number %d", i);
	}
	if (sim->loads)
		sim_violation(sim, "a descriptor lost", "of the load: %u", sim->loads);
}

void sim_check_end(struct sim *sim)
{
	bool told = (sim->session_done && sim->attached && !sim->tracer_was_killed &&
			    !sim->ring_lost) ||
	            (sim->finished && sim->engine_is_known && !sim->tracer_was_killed);
	for (unsigned int i = 0; i < sim->task_count && !sim->violation; i++) {
		struct sim_task *task = &sim->task[i];
		if (sim->process[i].tgid)
			check_process(sim, &sim->process[i]);
		if (task->run != GONE)
			check_task(sim, task);
		if (told) {
			check_calls(sim, SIM_TID + (pid_t)i);
			check_life(sim, SIM_TID + (pid_t)i);
		}
	}
	if (told && !sim->end_seen)
		sim_violation(sim, "no end", "the last event is missing");
	check_survival(sim);
	if (sim->is_freed)
		check_resources(sim);
}
