/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state machine of a tracee; the drawing is in engine/ptrace/state/tracee.h. */
#include "config.h"

#include "engine/ptrace/state/tracee.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#include "abi/transfer.h"
#include "arch/arch.h"

static bool is_named(struct call call, const char *name)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	return desc && strcmp(desc->name, name) == 0;
}

static bool never_returns(struct call call)
{
	return is_named(call, "exit_group") || is_named(call, "exit");
}

static bool ends_handler(struct call call)
{
	return is_named(call, "rt_sigreturn") || is_named(call, "sigreturn");
}

/* Makes STEP empty; `ends` is written as it is used. */
static void step_init(struct step *step, enum resume resume)
{
	memset(step, 0, offsetof(struct step, ends));
	step->resume = resume;
}

static void set_state(struct tracee *tracee, enum task_state state, struct step *step)
{
	step->state_changed |= tracee->state != state;
	tracee->state = state;
}

/* Calls that end. */

static struct ended_call *end_call(
	const struct current_call *current, uint64_t end_ns, int err, struct step *step)
{
	uint64_t since_ns = current->since_ns;
	struct ended_call *end = &step->ends[step->ended++];
	*end = (struct ended_call){
		.call = current->call,
		.outcome =
			{
				.duration_ns = end_ns > since_ns ? end_ns - since_ns : 0,
				.partial = current->partial,
				.err = err,
			},
		.partial = current->partial,
		.since_ns = since_ns,
		.capture = current->capture,
		.memory = current->memory,
		.is_replaced = current->is_replaced,
	};
	memcpy(end->args, current->args, sizeof(end->args));
	return end;
}

/* The call will never return. */
static void abandon_call(const struct current_call *current, uint64_t now_ns, struct step *step)
{
	struct ended_call *end = end_call(current, now_ns, 0, step);
	end->outcome.partial = true;
	end->never_returned = true;
}

/* The call failed with EINTR when it was interrupted, because a handler ran. */
static void fail_call(const struct current_call *current, struct step *step)
{
	end_call(current, current->interrupted_ns, EINTR, step);
}

/* Whether CALL can fail, so that its result may be an error. */
static bool can_fail(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	/*
	 * sigreturn restores the register, which may hold the result of another call. Of the calls
	 * that never fail, those of 32-bit ABIs can return values that look like errors: a high
	 * user ID, a time. In other ABIs it is an error, from a seccomp filter.
	 */
	bool never_fails = desc && desc->never_fails && abi_is_32bit(call.abi);
	return !ends_handler(call) && !never_fails;
}

/* The current call has returned RESULT. */
static void return_call(
	struct tracee *tracee, int64_t result, bool is_error, uint64_t now_ns, struct step *step)
{
	const struct current_call *current = &tracee->current;
	bool failed = is_error && can_fail(current->call);
	struct ended_call *end = end_call(current, now_ns, failed ? (int)-result : 0, step);
	end->result = result;
	if (!failed)
		end->outcome.bytes = transfer_bytes(current->call, current->args, result);
	tracee->phase = TRACEE_USER;
}

/* Calls that begin, are interrupted and continue. */

/* The call that VIEW shows becomes the current one. */
static void set_current_call(
	struct tracee *tracee, const struct syscall_view *view, uint64_t since_ns, bool partial)
{
	tracee->current = (struct current_call){
		.call = view->call,
		.partial = partial,
		.since_ns = since_ns,
		.ip = view->ip,
		.sp = view->sp,
	};
	memcpy(tracee->current.args, view->args, sizeof(view->args));
}

/* Whether the entry that VIEW shows is the kernel's restart of CALL. */
static bool is_restart(const struct current_call *call, const struct syscall_view *view)
{
	/* A handler can make the same call at the same address, but with another stack pointer. */
	if (call->ip && (view->ip != call->ip || view->sp != call->sp))
		return false;
	return call_equal(view->call, call->call) || is_named(view->call, "restart_syscall");
}

/* Suspends the interrupted call while a handler runs; ends the outermost one if there is no room.
 */
static void suspend_call(struct tracee *tracee, struct step *step)
{
	if (tracee->suspended_count == TRACEE_SUSPENDED) {
		fail_call(&tracee->suspended[0], step);
		tracee->suspended_count--;
		memmove(&tracee->suspended[0], &tracee->suspended[1],
			tracee->suspended_count * sizeof(tracee->suspended[0]));
	}
	tracee->suspended[tracee->suspended_count++] = tracee->current;
}

/* The entry in VIEW follows an interruption. Returns whether the interrupted call continues. */
static bool settle_interrupted(
	struct tracee *tracee, const struct syscall_view *view, struct step *step)
{
	if (is_restart(&tracee->current, view))
		return true;
	if (tracee->signalled && restart_survives_handler(tracee->current.restart))
		suspend_call(tracee, step);
	else
		fail_call(&tracee->current, step);
	return false;
}

/* The entry in VIEW follows a handler. Returns whether the call suspended for it continues. */
static bool settle_suspended(
	struct tracee *tracee, const struct syscall_view *view, struct step *step)
{
	const struct current_call *call = &tracee->suspended[tracee->suspended_count - 1];
	bool continues = is_restart(call, view);
	/* Another handler has begun before the call was made again. */
	if (!continues && tracee->signalled)
		return false;
	tracee->suspended_count--;
	if (!continues) {
		fail_call(call, step);
		return false;
	}
	tracee->current = *call;
	step->entered = true;
	return true;
}

/* Whether the entry in VIEW continues a call, instead of beginning one. */
static bool continues_call(
	struct tracee *tracee, const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	bool handler_over = tracee->handler_over;
	tracee->handler_over = false;
	if (tracee->phase == TRACEE_INTERRUPTED)
		return settle_interrupted(tracee, view, step);
	if (tracee->phase == TRACEE_CALL)
		abandon_call(&tracee->current, now_ns, step);
	return handler_over && tracee->suspended_count && settle_suspended(tracee, view, step);
}

/* Sets the timeout that CURRENT is made with. */
static void write_timeout(const struct current_call *current, uint64_t value, struct step *step)
{
	step->set_argument = true;
	step->argument = current->timeout;
	step->value = value;
}

static void at_entry(
	struct tracee *tracee, const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	if (continues_call(tracee, view, now_ns, step)) {
		tracee->phase = TRACEE_CALL;
		if (tracee->current.once_more)
			write_timeout(&tracee->current, 0, step);
		return;
	}
	set_current_call(tracee, view, now_ns, false);
	if (never_returns(view->call)) {
		/* It has no exit stop, so it is counted now. */
		abandon_call(&tracee->current, now_ns, step);
		tracee->phase = TRACEE_USER;
		set_state(tracee, TASK_EXITING, step);
		return;
	}
	tracee->phase = TRACEE_CALL;
	step->entered = true;
}

static void interrupt_call(struct tracee *tracee, enum restart restart, uint64_t now_ns)
{
	tracee->phase = TRACEE_INTERRUPTED;
	tracee->signalled = false;
	tracee->current.interrupted_ns = now_ns;
	tracee->current.restart = restart;
}

static void write_result(int64_t result, struct step *step)
{
	step->set_result = true;
	step->result = result;
}

/*
 * When the timeout in VIEW of CURRENT, interrupted, ends; 0: never. What remains of it is known
 * best when it is interrupted for the first time.
 */
static uint64_t find_deadline_ns(
	struct current_call *current, const struct syscall_view *view, uint64_t now_ns)
{
	uint64_t begun_ns = current->begun_ns ? current->begun_ns : current->since_ns;
	if (view->timeout_ns == REPAIR_FOREVER)
		return 0;
	if (view->remains)
		return current->deadline_ns ? current->deadline_ns : now_ns + view->timeout_ns;
	/* The kernel has ended that wait: this is the next one, interrupted as it began. */
	if (current->partial && !current->deadline_ns && now_ns >= begun_ns + view->timeout_ns)
		begun_ns = current->begun_ns = now_ns;
	return begun_ns + view->timeout_ns;
}

/*
 * The call failed with EINTR only because it is traced, or must not be restarted as another one:
 * continues it, or ends it at its timeout.
 */
static void repair_call(
	struct tracee *tracee, const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	struct current_call *current = &tracee->current;
	uint64_t deadline_ns = find_deadline_ns(current, view, now_ns);
	/* A restarted connect that timed out before we could end it fails with EALREADY. */
	bool expired = (deadline_ns && now_ns >= deadline_ns) || view->result == -EALREADY;
	int result = view->repair->on_timeout;
	if (expired && result != REPAIR_ONCE_MORE) {
		write_result(result, step);
		return_call(tracee, result, result < 0, now_ns, step);
		return;
	}
	/* The kernel restarts io_pgetevents, but with its full timeout. */
	if (view->result != -RESTART_NOHAND) {
		current->repaired = (int)-view->result;
		write_result(-RESTART_NOHAND, step);
	} else if (tracee->phase != TRACEE_INTERRUPTED) {
		current->repaired = 0;
	}
	current->once_more = expired;
	current->timeout = view->repair->argument;
	interrupt_call(tracee, RESTART_NOHAND, now_ns);
	current->deadline_ns = deadline_ns;
}

/* In a call, at its exit stop or at the attach, with its result so far. */
static void handle_result(
	struct tracee *tracee, const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	bool can_restart = view->is_error && !ends_handler(tracee->current.call);
	enum restart restart = can_restart ? restart_of_result(view->result) : RESTART_NONE;
	bool second = tracee->current.repaired && view->result == -EALREADY;
	bool failed = view->is_error && (view->result == -EINTR || second);
	bool restarts = restart == RESTART_NOHAND || restart == RESTART_BLOCK;
	if (view->repair && (failed || restarts))
		repair_call(tracee, view, now_ns, step);
	else if (restart)
		interrupt_call(tracee, restart, now_ns);
	else
		return_call(tracee, view->result, view->is_error, now_ns, step);
}

/*
 * A handler returns to the address in VIEW: to the instruction of the suspended call, which is made
 * again; after it, if the call failed with EINTR; or elsewhere, into another handler that it had
 * interrupted.
 */
static void end_handler(struct tracee *tracee, const struct syscall_view *view, struct step *step)
{
	const struct current_call *call = &tracee->suspended[tracee->suspended_count - 1];
	/* Another handler can be about to make the same call, with another stack pointer. */
	bool is_same_frame = view->sp == call->sp;
	tracee->handler_over = is_same_frame && view->ip + arch.syscall_size == call->ip;
	tracee->signalled = false;
	if (!is_same_frame || view->ip != call->ip)
		return;
	fail_call(call, step);
	tracee->suspended_count--;
}

static void at_exit(
	struct tracee *tracee, const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	if (tracee->phase == TRACEE_INTERRUPTED)
		fail_call(&tracee->current, step);
	if (tracee->phase != TRACEE_CALL)
		set_current_call(tracee, view, tracee->attached_ns, true);
	if (tracee->current.once_more)
		write_timeout(
			&tracee->current, tracee->current.args[tracee->current.timeout], step);
	handle_result(tracee, view, now_ns, step);
	if (tracee->suspended_count && ends_handler(tracee->current.call))
		end_handler(tracee, view, step);
}

/* The first stop after the attach: VIEW tells whether it is in a call, regardless of /proc. */
static void at_attach(
	struct tracee *tracee, const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	tracee->phase = TRACEE_USER;
	if (view->op != SYSCALL_PENDING) {
		step->state_changed = true;
		return;
	}
	set_current_call(tracee, view, tracee->attached_ns, true);
	tracee->current.begun_ns = tracee->begun_ns;
	handle_result(tracee, view, now_ns, step);
	step->entered = tracee->phase == TRACEE_INTERRUPTED;
}

/* Handlers for each kind of stop. */

static void on_syscall(struct tracee *tracee, const struct stop *stop,
	const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	(void)stop;
	set_state(tracee, TASK_RUNNING, step);
	if (view->op == SYSCALL_ENTRY)
		at_entry(tracee, view, now_ns, step);
	else if (view->op == SYSCALL_EXIT)
		at_exit(tracee, view, now_ns, step);
}

/*
 * Whether VIEW, at a later stop, shows TRACEE still in its interrupted call. The kernel may have
 * set it up to be made again, and would take a result for the number of the call; or a handler
 * begins, and the registers are those of the call, with a result of 0.
 */
static bool is_still_interrupted(const struct tracee *tracee, const struct syscall_view *view)
{
	return tracee->phase == TRACEE_INTERRUPTED && view->op == SYSCALL_PENDING &&
	       view->is_error && is_restart(&tracee->current, view);
}

/* Whether VIEW, likewise, shows it about to make that call again. */
static bool is_restarting(const struct tracee *tracee, const struct syscall_view *view)
{
	const struct current_call *current = &tracee->current;
	return tracee->phase == TRACEE_INTERRUPTED && view->ip &&
	       view->ip + arch.syscall_size == current->ip && view->sp == current->sp;
}

/* Whether VIEW, likewise, shows it in a handler: then the call has failed. */
static bool is_in_handler(const struct tracee *tracee, const struct syscall_view *view)
{
	return view->ip && !is_restarting(tracee, view) && !is_still_interrupted(tracee, view);
}

static void on_signal(struct tracee *tracee, const struct stop *stop,
	const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	(void)now_ns;
	tracee->signalled = true;
	step->signal = stop->signal;
	step->take_back = is_restarting(tracee, view);
}

/* The kernel is to restart the call as it does without a tracer, by restart_syscall. */
static void undo_restart(struct tracee *tracee, struct step *step)
{
	write_result(-RESTART_BLOCK, step);
	tracee->current.repaired = 0;
	tracee->current.restart = RESTART_BLOCK;
}

/*
 * A stop signal interrupts the call, also one that we had interrupted, and that the kernel has set
 * up to be made again: it is taken back, as what comes after the stop may end it, and we may be
 * gone by then. A repair is undone.
 */
static void on_group(struct tracee *tracee, const struct stop *stop,
	const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	(void)stop, (void)now_ns;
	step->resume = RESUME_LISTEN;
	set_state(tracee, TASK_STOPPED, step);
	step->take_back = is_restarting(tracee, view);
	if (tracee->phase != TRACEE_INTERRUPTED || !tracee->current.repaired)
		return;
	bool is_interrupted = step->take_back || is_still_interrupted(tracee, view);
	if (tracee->current.repaired == RESTART_BLOCK) {
		if (is_interrupted)
			undo_restart(tracee, step);
		return;
	}
	if (!is_interrupted && !is_in_handler(tracee, view))
		return;
	if (is_interrupted)
		write_result(-EINTR, step);
	step->entered = false;
	fail_call(&tracee->current, step);
	tracee->phase = TRACEE_USER;
	step->state_changed = true;
}

static void on_trap(struct tracee *tracee, const struct stop *stop, const struct syscall_view *view,
	uint64_t now_ns, struct step *step)
{
	(void)stop;
	if (tracee->state == TASK_STOPPED)
		set_state(tracee, TASK_RUNNING, step);
	/* It was about to be restarted, and its timeout has expired. */
	uint64_t deadline_ns = tracee_deadline_ns(tracee);
	if (is_still_interrupted(tracee, view) && deadline_ns && now_ns >= deadline_ns)
		handle_result(tracee, view, now_ns, step);
}

static void on_resume(struct tracee *tracee, const struct stop *stop,
	const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	(void)tracee, (void)stop, (void)view, (void)now_ns, (void)step;
}

/*
 * The exit stop of the execve comes next. If its entry was not seen, the call can no longer be read
 * from the registers, which are those of the new program; execve is assumed, which is right for a
 * command that we started. No handler survives it.
 */
static void on_exec(struct tracee *tracee, const struct stop *stop, const struct syscall_view *view,
	uint64_t now_ns, struct step *step)
{
	(void)stop, (void)view, (void)now_ns;
	while (tracee->suspended_count)
		fail_call(&tracee->suspended[--tracee->suspended_count], step);
	if (tracee->phase == TRACEE_CALL)
		return;
	static const struct call execve = {.nr = SYS_execve, .abi = ABI_NATIVE};
	set_current_call(tracee, &(struct syscall_view){.call = execve}, tracee->attached_ns, true);
	tracee->phase = TRACEE_CALL;
}

static void on_end(struct tracee *tracee, const struct stop *stop, const struct syscall_view *view,
	uint64_t now_ns, struct step *step)
{
	(void)stop, (void)view;
	tracee_vanish(tracee, now_ns, step);
}

typedef void on_stop(struct tracee *tracee, const struct stop *stop,
	const struct syscall_view *view, uint64_t now_ns, struct step *step);

static on_stop *const handlers[STOP_KINDS] = {
	[STOP_SYSCALL] = on_syscall,
	[STOP_SIGNAL] = on_signal,
	[STOP_GROUP] = on_group,
	[STOP_TRAP] = on_trap,
	[STOP_FORK] = on_resume,
	[STOP_VFORK] = on_resume,
	[STOP_CLONE] = on_resume,
	[STOP_VFORK_DONE] = on_resume,
	[STOP_EXEC] = on_exec,
	[STOP_OTHER] = on_resume,
	[STOP_EXITED] = on_end,
	[STOP_KILLED] = on_end,
};

/* Whether STOP is the first one of a thread that was attached or has just been created. */
static bool is_first(const struct tracee *tracee, const struct stop *stop)
{
	bool fresh = tracee->phase == TRACEE_SEIZED || tracee->phase == TRACEE_BORN;
	return fresh &&
	       (stop->kind == STOP_TRAP || stop->kind == STOP_GROUP || stop->kind == STOP_SIGNAL);
}

void tracee_step(struct tracee *tracee, const struct stop *stop, const struct syscall_view *view,
	uint64_t now_ns, struct step *step)
{
	static const struct syscall_view nothing = {.op = SYSCALL_NONE};
	step_init(step, RESUME_SYSCALL);
	if (is_first(tracee, stop)) {
		bool born = tracee->phase == TRACEE_BORN;
		at_attach(tracee, view && !born ? view : &nothing, now_ns, step);
	}
	handlers[stop->kind](tracee, stop, view ? view : &nothing, now_ns, step);
	/* It is repaired, or we keep its timeout, and we did not interrupt it. */
	if (tracee->phase == TRACEE_INTERRUPTED &&
		(step->set_result || tracee->current.deadline_ns) && stop->kind != STOP_TRAP)
		tracee->ignored_signal_ns = now_ns;
}

void tracee_vanish(struct tracee *tracee, uint64_t now_ns, struct step *step)
{
	step_init(step, RESUME_NOT);
	while (tracee->suspended_count)
		fail_call(&tracee->suspended[--tracee->suspended_count], step);
	if (tracee_in_call(tracee))
		abandon_call(&tracee->current, now_ns, step);
	tracee->phase = TRACEE_USER;
}
