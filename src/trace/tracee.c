/* One tracee's state machine; the drawing is in trace/tracee.h. */
#include "config.h"

#include "trace/tracee.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

/*
 * Results that a call never returns to the program: the kernel runs it again once the signal that
 * broke it turns out to have no handler (include/linux/errno.h of the kernel).
 */
enum {
	ERR_RESTARTSYS = 512,
	ERR_RESTARTNOINTR = 513,
	ERR_RESTARTNOHAND = 514,
	ERR_RESTART_RESTARTBLOCK = 516, /* continues as restart_syscall */
};

static bool will_restart(const struct syscall_view *view)
{
	return view->is_error &&
	       (-view->result == ERR_RESTARTSYS || -view->result == ERR_RESTARTNOINTR ||
		       -view->result == ERR_RESTARTNOHAND ||
		       -view->result == ERR_RESTART_RESTARTBLOCK);
}

static bool is_named(struct call call, const char *name)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	return desc && strcmp(desc->name, name) == 0;
}

static bool never_returns(struct call call)
{
	return is_named(call, "exit_group") || is_named(call, "exit");
}

static void set_state(struct tracee *tracee, enum task_state state, struct step *step)
{
	step->state_changed |= tracee->state != state;
	tracee->state = state;
}

/* The current call has ended at END_NS. */
static void end_call(struct tracee *tracee, uint64_t end_ns, int err, struct step *step)
{
	const struct current_call *current = &tracee->current;
	uint64_t since_ns = current->since_ns;
	step->ended = true;
	step->end = (struct ended_call){
		.call = current->call,
		.outcome =
			{
				.duration_ns = end_ns > since_ns ? end_ns - since_ns : 0,
				.partial = current->partial,
				.err = err,
			},
		.capture = current->capture,
	};
}

/* The current call will never return. */
static void abandon_call(struct tracee *tracee, uint64_t now_ns, struct step *step)
{
	end_call(tracee, now_ns, 0, step);
	step->end.outcome.partial = true;
	step->end.never_returned = true;
}

/* The current call has returned what VIEW says. */
static void return_call(
	struct tracee *tracee, const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	const struct syscall_desc *desc = syscall_lookup(tracee->current.call);
	bool failed = view->is_error && !(desc && desc->never_fails);
	end_call(tracee, now_ns, failed ? (int)-view->result : 0, step);
	step->end.result = view->result;
	tracee->phase = TRACEE_USER;
}

/* The call that VIEW shows becomes the current one. */
static void take_call(
	struct tracee *tracee, const struct syscall_view *view, uint64_t since_ns, bool partial)
{
	tracee->current = (struct current_call){
		.call = view->call,
		.partial = partial,
		.since_ns = since_ns,
		.ip = view->ip,
	};
	memcpy(tracee->current.args, view->args, sizeof(view->args));
}

/* Whether the entry that VIEW shows is the kernel's restart of the call that was broken. */
static bool is_restart(const struct tracee *tracee, const struct syscall_view *view)
{
	const struct current_call *current = &tracee->current;
	if (current->ip && view->ip != current->ip)
		return false;
	return call_equal(view->call, current->call) || is_named(view->call, "restart_syscall");
}

static void at_entry(
	struct tracee *tracee, const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	if (tracee->phase == TRACEE_BROKEN && is_restart(tracee, view)) {
		tracee->phase = TRACEE_CALL;
		return;
	}
	if (tracee->phase == TRACEE_BROKEN)
		end_call(tracee, tracee->broken_ns, EINTR, step);
	else if (tracee->phase == TRACEE_CALL)
		abandon_call(tracee, now_ns, step);
	take_call(tracee, view, now_ns, false);
	if (never_returns(view->call)) {
		/* Its exit stop never comes: it counts now, and the task is not in it for long. */
		abandon_call(tracee, now_ns, step);
		tracee->phase = TRACEE_USER;
		set_state(tracee, TASK_EXITING, step);
		return;
	}
	tracee->phase = TRACEE_CALL;
	step->entered = true;
}

/* Inside a call, at its exit stop or at the attach, with the result as it stands. */
static void at_result(
	struct tracee *tracee, const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	if (will_restart(view)) {
		tracee->phase = TRACEE_BROKEN;
		tracee->broken_ns = now_ns;
		return;
	}
	return_call(tracee, view, now_ns, step);
}

static void at_exit(
	struct tracee *tracee, const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	if (tracee->phase == TRACEE_BROKEN)
		end_call(tracee, tracee->broken_ns, EINTR, step);
	if (tracee->phase != TRACEE_CALL)
		take_call(tracee, view, tracee->attached_ns, true);
	at_result(tracee, view, now_ns, step);
}

/* The first stop of a thread that was attached to: VIEW, not /proc, knows whether it is in a call.
 */
static void at_attach(
	struct tracee *tracee, const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	tracee->phase = TRACEE_USER;
	if (view->op != SYSCALL_PENDING) {
		step->state_changed = true;
		return;
	}
	take_call(tracee, view, tracee->attached_ns, true);
	at_result(tracee, view, now_ns, step);
	step->entered = tracee->phase == TRACEE_BROKEN;
}

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

static void on_signal(struct tracee *tracee, const struct stop *stop,
	const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	(void)tracee, (void)view, (void)now_ns;
	step->signal = stop->signal;
}

static void on_group(struct tracee *tracee, const struct stop *stop,
	const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	(void)stop, (void)view, (void)now_ns;
	step->resume = RESUME_LISTEN;
	set_state(tracee, TASK_STOPPED, step);
}

static void on_trap(struct tracee *tracee, const struct stop *stop, const struct syscall_view *view,
	uint64_t now_ns, struct step *step)
{
	(void)stop, (void)view, (void)now_ns;
	if (tracee->state == TASK_STOPPED)
		set_state(tracee, TASK_RUNNING, step);
}

static void on_resume(struct tracee *tracee, const struct stop *stop,
	const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	(void)tracee, (void)stop, (void)view, (void)now_ns, (void)step;
}

/*
 * The exit stop of the execve comes next. Where its entry was not seen, no register tells any more
 * what it was: the new program's have none. That it was execve is known, and of a started command
 * it is so.
 */
static void on_exec(struct tracee *tracee, const struct stop *stop, const struct syscall_view *view,
	uint64_t now_ns, struct step *step)
{
	(void)stop, (void)view, (void)now_ns, (void)step;
	if (tracee->phase == TRACEE_CALL)
		return;
	static const struct call execve = {.nr = SYS_execve, .abi = ABI_X86_64};
	take_call(tracee, &(struct syscall_view){.call = execve}, tracee->attached_ns, true);
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

/* Whether STOP shows a thread that was attached to, or was just born, at rest for the first time.
 */
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
	*step = (struct step){.resume = RESUME_SYSCALL};
	if (is_first(tracee, stop)) {
		bool born = tracee->phase == TRACEE_BORN;
		at_attach(tracee, view && !born ? view : &nothing, now_ns, step);
	}
	handlers[stop->kind](tracee, stop, view ? view : &nothing, now_ns, step);
}

void tracee_vanish(struct tracee *tracee, uint64_t now_ns, struct step *step)
{
	*step = (struct step){.resume = RESUME_NOT};
	if (tracee_in_call(tracee))
		abandon_call(tracee, now_ns, step);
	tracee->phase = TRACEE_USER;
}
