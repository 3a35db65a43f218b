/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program of agree.h on the simulated kernel. */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "base/time.h"
#include "engine/ptrace/state/syscall_view.h"
#include "simulation/agree.h"
#include "simulation/sim.h"
#include "support/random.h"

#define SHORT_NS   (10 * NS_PER_MS)
#define LONG_NS    (1000000 * NS_PER_S)
#define STEPS_MAX  5000 /* until all tasks have settled */
#define SAVED_SIZE offsetof(struct sim, log)

/* As the engine has them. */
#define OPTIONS \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
		PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACEEXEC)

/* The program: the simulated kernel, and what its tasks have logged. */
static struct state {
	struct sim sim;
	enum operation operation[AGREE_TASKS]; /* the command of a task that is under way, or was */
	unsigned int logged[AGREE_TASKS];
	int64_t log[AGREE_TASKS][AGREE_LOG];
} state;

static struct sim *const sim = &state.sim;
static struct state saved;
static int order; /* in which tasks run */
static uint64_t random_state;
static bool settling;

static const enum op_kind kinds[OPERATIONS] = {
	[DO_GETPPID] = OP_GETPPID,
	[DO_CLOSE] = OP_CLOSE,
	[DO_REFUSED] = OP_CLOSE,
	[DO_COMPUTE] = OP_COMPUTE,
	[DO_READ] = OP_READ,
	[DO_NANOSLEEP] = OP_NANOSLEEP,
	[DO_POLL] = OP_POLL,
	[DO_PAUSE] = OP_PAUSE,
	[DO_EPOLL] = OP_EPOLL,
	[DO_SEMTIMEDOP] = OP_SEMTIMEDOP,
	[DO_ACCEPT] = OP_ACCEPT,
	[DO_WRITE] = OP_WRITE,
	[DO_NOTIFIED] = OP_NOTIFIED,
	[DO_KILL] = OP_KILL,
	[DO_SIGMASK] = OP_SIGMASK,
	[DO_CLONE] = OP_CLONE,
	[DO_FORK] = OP_FORK,
	[DO_VFORK] = OP_VFORK,
	[DO_UNTRACED] = OP_UNTRACED,
	[DO_CLONE_PARENT] = OP_CLONE_PARENT,
	[DO_CLONE_SIGNAL] = OP_CLONE_SIGNAL,
	[DO_CLONE_SILENT] = OP_CLONE_SILENT,
	[DO_VFORK_THREAD] = OP_VFORK_THREAD,
	[DO_WAIT] = OP_WAIT,
	[DO_EXEC] = OP_EXEC,
	[DO_EXIT] = OP_EXIT,
	[DO_EXIT_GROUP] = OP_EXIT_GROUP,
};

static int number_of(pid_t tid)
{
	return tid >= SIM_TID ? tid - SIM_TID + 1 : 0;
}

static bool is_alive(const struct sim_task *task)
{
	return task->run != GONE && task->run != ZOMBIE && !task->exiting;
}

/* Running the tasks. */

/* Whether TASK is in user code that only an event ends. */
static bool is_computing(const struct sim_task *task)
{
	return task->place == AT_USER && !task->level && task->computing && task->compute_ns &&
	       !task->sigpending;
}

static bool can_run(const struct sim_task *task)
{
	return sim_task_can_run(sim, task) && !is_computing(task);
}

/* The task that runs next; NULL: all have settled. */
static struct sim_task *pick(const struct sim_task *last)
{
	struct sim_task *able[SIM_TASKS];
	unsigned int count = 0;
	bool goes_on = order == 2 || order == 3;
	for (unsigned int i = 0; i < sim->task_count; i++) {
		struct sim_task *task = &sim->task[i];
		if (!can_run(task))
			continue;
		if (goes_on && task == last)
			return task;
		able[count++] = task;
	}
	if (!count)
		return NULL;
	if (order >= 6)
		return able[random_below(&random_state, count)];
	if (order >= 4) /* the first, or the last, whenever it can */
		return able[order == 4 ? 0 : count - 1];
	if (order & 1) {
		for (unsigned int i = count; i-- > 0;) {
			if (able[i] < last)
				return able[i];
		}
		return able[count - 1];
	}
	for (unsigned int i = 0; i < count; i++) {
		if (last && able[i] > last)
			return able[i];
	}
	return able[0];
}

static void settle(void)
{
	struct sim_task *task = NULL;
	for (int steps = 0; (task = pick(task)); steps++) {
		if (steps == STEPS_MAX) {
			sim_violation(sim, "does not settle", "%d", task->tid);
			return;
		}
		sim_step_task(sim, task);
	}
}

/* The functions of schedule.c and check.c. */

void sim_turn(struct sim *of, unsigned int party)
{
	(void)of, (void)party;
	if (settling)
		settle();
}

void sim_let_run(struct sim *of, struct sim_task *task)
{
	(void)of, (void)task;
}

void sim_wake_tracer(struct sim *of)
{
	(void)of;
}

void sim_kick(struct sim *of)
{
	(void)of;
}

void sim_start_tracer(struct sim *of, struct vm_process *process)
{
	(void)of, (void)process;
}

void sim_kill_tracer(struct sim *of)
{
	(void)of;
}

void sim_succeed_tracer(struct sim *of, void (*run)(void *argument), void *argument)
{
	(void)of, (void)run, (void)argument;
}

void sim_orphan(struct sim *of)
{
	(void)of;
}

static bool prints_story;

void simulated_print_story(bool on)
{
	prints_story = on;
}

void sim_story(const struct sim *of, const char *format, ...)
{
	va_list arguments;
	(void)of;
	if (!prints_story || order)
		return;
	printf("        ");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

void sim_violation(struct sim *of, const char *property, const char *format, ...)
{
	va_list arguments;
	(void)of;
	printf("%s: ", property);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
	abort();
}

struct call_log *sim_log(struct sim *of, pid_t tid)
{
	(void)tid;
	return &of->log[0];
}

void sim_log_exit(struct sim *of, struct sim_task *task, bool sure)
{
	(void)of, (void)task, (void)sure;
}

void sim_check_birth(
	struct sim *of, const struct sim_task *task, struct sim_task *child, bool is_thread)
{
	(void)of, (void)task, (void)child, (void)is_thread;
}

void sim_check_late(struct sim *of)
{
	(void)of;
}

void sim_log_end(struct sim *of, const struct sim_task *task, int64_t result)
{
	(void)of, (void)task, (void)result;
}

void sim_log_repair(struct sim *of, const struct sim_task *task)
{
	(void)of, (void)task;
}

void sim_check_resume(struct sim *of, struct sim_task *task, int signal)
{
	(void)of, (void)task, (void)signal;
}

void sim_check_sleep(struct sim *of)
{
	(void)of;
}

void sim_check_reap(struct sim *of, const struct sim_task *task)
{
	(void)of, (void)task;
}

void sim_meet(struct sim *of, struct sim_task *task)
{
	(void)of, (void)task;
}

static void log_value(const struct sim_task *task, int64_t value)
{
	size_t slot = (size_t)(task - sim->task);
	unsigned int at = state.logged[slot]++;
	if (at < AGREE_LOG)
		state.log[slot][at] = value;
}

void sim_check_return(struct sim *of, struct sim_task *task, struct frame *frame)
{
	const struct op *op = sim_op(task);
	bool makes_tid = op && (op->kind == OP_WAIT || sim_makes_task(op->kind));
	log_value(task, makes_tid && frame->result > 0 ? LOG_TID | number_of((pid_t)frame->result)
						       : frame->result);
	if (op && op->repeats && frame->result > 0)
		of->program[task - of->task].op[0].event_ns =
			SIM_FOREVER; /* the command was taken */
}

void sim_check_delivery(struct sim *of, struct sim_task *task, int signal)
{
	(void)of, (void)task, (void)signal;
}

void sim_check_handler(struct sim *of, struct sim_task *task, int signal)
{
	(void)of;
	log_value(task, LOG_HANDLER | signal);
}

/* What is seen. */

static long real_call(size_t slot, long nr)
{
	switch (nr) {
	case SYS_fork:
	case SYS_vfork:
		return SYS_clone;
	case SYS_kill:
		return sim->program[slot].op[1].argument & OP_KILLS_THREAD ? SYS_tkill : SYS_kill;
	case SYS_close:
		return operation_call(state.operation[slot]);
	default:
		return nr;
	}
}

static void see_task(unsigned int slot, struct seen_task *seen)
{
	const struct sim_task *task = &sim->task[slot];
	struct world *world = &sim->world;
	struct proc_status status;
	struct proc_wait wait;
	siginfo_t info = {0};
	seen->logged = state.logged[slot];
	memcpy(seen->log, state.log[slot], sizeof(seen->log));
	seen->call = -1;
	if (task->run == GONE)
		return;
	seen->tid = number_of(task->tid);
	seen->limited = task->frame[0].call.active &&
	                task->frame[0].call.expires_ns > sim->now_ns &&
	                task->frame[0].call.expires_ns < sim->now_ns + NS_PER_S;
	seen->state = world->proc->state(world, task->tid);
	if (world->proc->waits(world, task->process->tgid, task->tid, &wait) == 1)
		seen->call = real_call(slot, (long)wait.nr);
	if (world->proc->status(world, task->tid, &status) == 0) {
		seen->tgid = number_of(status.tgid);
		seen->parent = number_of(status.parent);
		seen->tracer = status.tracer != 0;
	}
	seen->report = sim->tracer_exists ? world->wait->next(world, task->tid, false, &info) : 0;
	if (seen->report == 1) {
		seen->code = info.si_code;
		seen->status = info.si_status;
	}
}

void simulated_see(struct seen *seen)
{
	siginfo_t info = {0};
	seen->count = sim->task_count;
	for (unsigned int slot = 0; slot < sim->task_count; slot++)
		see_task(slot, &seen->task[slot]);
	if (!sim->tracer_exists)
		return;
	seen->first_report = sim->world.wait->next(&sim->world, 0, false, &info);
	seen->who = seen->first_report == 1 ? number_of(info.si_pid) : 0;
}

/* Steps. */

static void wake(struct sim_task *task)
{
	if (task->run == SLEEPS)
		task->wake_ns = sim->now_ns;
}

static void give_command(struct sim_task *task, const struct step *step)
{
	static const uint64_t limits_ns[] = {
		[LIMIT_NONE] = SIM_FOREVER, [LIMIT_SHORT] = SHORT_NS, [LIMIT_LONG] = LONG_NS};
	size_t slot = (size_t)(task - sim->task);
	struct program *program = &sim->program[slot];
	struct op *op = &program->op[1];
	state.operation[slot] = step->operation;
	*op = (struct op){
		.kind = kinds[step->operation],
		.event_ns = SIM_FOREVER,
		.timeout_ns = limits_ns[step->limit],
	};
	if (op->kind == OP_KILL || op->kind == OP_SIGMASK)
		op->argument = (unsigned int)step->value << OP_SIGNAL_SHIFT |
		               (op->kind == OP_KILL ? step->flag * OP_KILLS_THREAD : step->flag);
	else
		op->argument = op->kind == OP_EXEC ? (unsigned int)slot : sim->task_count;
	program->op[0].event_ns = 0;
	task->frame[0].call.event_ns = sim->now_ns;
	wake(task);
}

static void bring_event(struct sim_task *task)
{
	struct sim_call *call = &task->frame[0].call;
	const struct op *op = &sim->program[task - sim->task].op[1];
	if (op->kind == OP_COMPUTE)
		task->compute_ns = 0;
	else if (op->kind == OP_WRITE)
		call->room++;
	else
		call->event_ns = sim->now_ns;
	wake(task);
}

static void look_at_call(const struct step *step, struct sim_task *task, struct seen *seen)
{
	struct world *world = &sim->world;
	struct syscall_view view = {.op = SYSCALL_NONE};
	seen->result = step->kind == STEP_SYSCALL
	                       ? world->trace->syscall(world, task->tid, true, &view)
	                       : world->trace->pending_syscall(world, task->tid, &view);
	seen->op = view.op;
	seen->call = view.op ? real_call((size_t)(task - sim->task), (long)view.call.nr) : -1;
	if (view.op != SYSCALL_EXIT && view.op != SYSCALL_PENDING)
		return;
	bool is_tid = view.result >= SIM_TID && view.result < SIM_TID + SIM_TASKS;
	seen->value = is_tid ? number_of((pid_t)view.result) : view.result;
	/* At a handler's end, what another call has returned, and it is not known which. */
	if (task->nr == -1 && seen->value > 0)
		seen->value = 1;
}

static void apply(const struct step *step, struct seen *seen)
{
	struct sim_task *task = &sim->task[step->task];
	struct world *world = &sim->world;
	const struct world_trace *trace = world->trace;
	pid_t tid = task->tid, message = 0;
	switch (step->kind) {
	case STEP_COMMAND:
		give_command(task, step);
		break;
	case STEP_EVENT:
		bring_event(task);
		break;
	case STEP_SIGNAL:
		sim_send(sim, task->process, step->flag ? task : NULL, step->value);
		break;
	case STEP_TIME:
		sim->now_ns += NS_PER_S;
		break;
	case STEP_SEIZE:
		seen->result = trace->seize(world, tid, OPTIONS);
		break;
	case STEP_INTERRUPT:
		seen->result = trace->interrupt(world, tid);
		break;
	case STEP_RESUME:
		seen->result = trace->resume(world, tid, step->value);
		break;
	case STEP_LISTEN:
		seen->result = trace->listen(world, tid);
		break;
	case STEP_DETACH:
		seen->result = trace->detach(world, tid, step->value);
		break;
	case STEP_MESSAGE:
		seen->result = trace->message(world, tid, &message);
		seen->message = number_of(message);
		break;
	case STEP_SYSCALL:
	case STEP_PENDING:
		look_at_call(step, task, seen);
		break;
	case STEP_SET_RESULT:
		seen->result = trace->set_result(world, tid, step->value);
		break;
	case STEP_CONSUME:
		world->wait->consume(world, tid, &(siginfo_t){0});
		break;
	case STEP_CONSUME_END:
		world->wait->consume_end(world, tid);
		break;
	case STEP_END:
		sim->tracer_exists = false;
		sim->tracer_was_killed = true;
		sim_link_tracer_death(sim);
		break;
	case STEP_KINDS:
		break;
	}
}

/* Clears what says nothing of what comes next: the order of the tasks is seen in it. */
static void forget(void)
{
	for (unsigned int i = 0; i < sim->task_count; i++) {
		struct sim_task *task = &sim->task[i];
		struct sim_process *process = task->process;
		task->cpu_ns = task->sleeps = task->slept_ns = task->stopped_turn = 0;
		task->other_stops = 0;
		process->is_stopped = false;
		process->owed = 0;
		process->zombies = 0;
		memset(process->sent, 0, sizeof(process->sent));
		memset(process->taken, 0, sizeof(process->taken));
		for (unsigned int level = 0; level < SIM_FRAMES; level++) {
			struct frame *frame = &task->frame[level];
			if (level > task->level || task->run == ZOMBIE || task->run == GONE) {
				*frame = (struct frame){0};
				continue;
			}
			struct sim_call *call = &frame->call;
			*call = (struct sim_call){
				.active = call->active,
				.begun_ns = call->begun_ns,
				.event_ns = call->event_ns,
				.expires_ns = call->expires_ns,
				.parts = call->parts,
				.room = call->room,
			};
		}
	}
	sim->stop_signal = 0;
	sim->leaving = false;
}

static void copy(struct state *to, const struct state *from)
{
	memcpy(&to->sim, &from->sim, SAVED_SIZE);
	memcpy(to->operation, from->operation, sizeof(*to) - offsetof(struct state, operation));
}

static bool is_same(const struct state *a, const struct state *b)
{
	return memcmp(a->sim.task, b->sim.task, sizeof(a->sim.task)) == 0 &&
	       memcmp(a->sim.process, b->sim.process, sizeof(a->sim.process)) == 0 &&
	       memcmp(a->logged, b->logged, sizeof(a->logged)) == 0 &&
	       memcmp(a->log, b->log, sizeof(a->log)) == 0;
}

/* Whether TASK, an execve's, has begun to run its new program, and the tracer sees its calls. */
static bool shows_startup(const struct state *before, unsigned int slot)
{
	const struct sim_task *task = &sim->task[slot];
	return before->sim.task[slot].frame[0].execed && is_alive(task) && !task->frame[0].execed &&
	       task->syscall_trace;
}

bool simulated_step(const struct step *step, struct seen *seen)
{
	static struct state first;
	copy(&saved, &state);
	for (order = 0; order < ORDERS; order++) {
		if (order)
			copy(&state, &saved);
		struct seen in_order;
		memset(&in_order, 0, sizeof(in_order));
		random_state = (uint64_t)order * 7919 + 1;
		settling = true;
		apply(step, &in_order);
		settle();
		settling = false;
		forget();
		if (order == 0) {
			copy(&first, &state);
			*seen = in_order;
		}
		bool same = is_same(&first, &state) && memcmp(seen, &in_order, sizeof(*seen)) == 0;
		for (unsigned int slot = 0; slot < sim->task_count; slot++)
			same &= !shows_startup(&saved, slot);
		if (!same) {
			copy(&state, &saved);
			return false;
		}
	}
	order = 0;
	simulated_see(seen);
	return true;
}

/* Which steps are possible. */

static bool has_command(unsigned int slot)
{
	return sim->program[slot].op[0].event_ns != SIM_FOREVER || sim->task[slot].frame[0].pc == 1;
}

static bool makes_task(enum operation operation)
{
	return operation >= DO_CLONE && operation <= DO_VFORK_THREAD;
}

static bool is_command_possible(const struct step *step, const struct sim_task *task)
{
	if (!is_alive(task) || has_command(step->task))
		return false;
	for (unsigned int slot = 0; slot < sim->task_count; slot++) {
		/* The number of a new task is fixed by the command. */
		if (makes_task(step->operation) && is_alive(&sim->task[slot]) &&
			has_command(slot) && makes_task(state.operation[slot]) &&
			sim->program[slot].op[1].argument == sim->task_count)
			return false;
	}
	if (makes_task(step->operation) && sim->task_count >= AGREE_TASKS)
		return false;
	if (step->operation == DO_NANOSLEEP && step->limit == LIMIT_NONE)
		return false;
	bool signals = step->operation == DO_KILL || step->operation == DO_SIGMASK;
	return !signals || (step->value > 0 && step->value <= 64);
}

static bool is_event_possible(const struct step *step, const struct sim_task *task)
{
	const struct op *op = &sim->program[step->task].op[1];
	const struct sim_call *call = &task->frame[0].call;
	if (!is_alive(task) || task->frame[0].pc != 1)
		return false;
	switch (op->kind) {
	case OP_COMPUTE:
		return task->computing && task->compute_ns;
	case OP_WRITE:
		return call->active && call->room == call->parts && call->room < 3;
	case OP_NOTIFIED:
		return call->active && task->run == SLEEPS && task->place == AT_WAIT;
	case OP_READ:
	case OP_POLL:
	case OP_EPOLL:
	case OP_SEMTIMEDOP:
	case OP_ACCEPT:
		return call->active && call->event_ns == SIM_FOREVER;
	default:
		return false;
	}
}

static bool is_restarted(int64_t result)
{
	return result == -EINTR || result == -512 || result == -513 || result == -514;
}

bool simulated_is_possible(const struct step *step)
{
	const struct sim_task *task = &sim->task[step->task];
	if (step->kind == STEP_TIME)
		return true;
	if (step->kind == STEP_END)
		return sim->tracer_exists;
	if (step->task >= sim->task_count || task->run == GONE)
		return false;
	switch (step->kind) {
	case STEP_COMMAND:
		return is_command_possible(step, task);
	case STEP_EVENT:
		return is_event_possible(step, task);
	case STEP_SIGNAL:
		return is_alive(task) && step->value > 0 && step->value <= 64;
	case STEP_SEIZE: /* it waits for an execve that does not end */
		return sim->tracer_exists && !task->process->execing;
	case STEP_SET_RESULT:
		return sim->tracer_exists && task->run == TRACED && task->nr != -1 &&
		       is_restarted(task->result) && is_restarted(step->value);
	case STEP_SYSCALL: /* the registers of user code after a handler are its own */
		return sim->tracer_exists &&
		       !(task->op == EXIT_OP && task->nr == -1 && task->computing && !task->level);
	default:
		return sim->tracer_exists;
	}
}

unsigned int simulated_count(void)
{
	return sim->task_count;
}

void simulated_prospect(unsigned int slot, struct prospect *prospect)
{
	const struct sim_task *task = &sim->task[slot];
	siginfo_t info = {0};
	*prospect = (struct prospect){
		.exists = task->run != GONE,
		.traced = task->traced,
		.at_gate = is_alive(task) && !has_command(slot),
		.sleeps = task->run == SLEEPS,
		.stopped = task->run == STOPPED,
		.in_stop = task->run == TRACED,
		.ended = task->run == ZOMBIE,
		.status = task->stop_code,
		.result = task->result,
		.call = task->nr,
		.runs_code = is_computing(task),
	};
	struct step event = {.kind = STEP_EVENT, .task = slot};
	prospect->waits = prospect->exists && is_event_possible(&event, task);
	prospect->has_report = prospect->exists && sim->tracer_exists &&
	                       sim->world.wait->next(&sim->world, task->tid, false, &info) == 1;
}

void simulated_begin(const struct script *script)
{
	static const enum disposition dispositions[] = {
		[HANDLE_DEFAULT] = DEFAULT,
		[HANDLE_IGNORE] = IGNORE,
		[HANDLE] = HANDLER,
		[HANDLE_RESTART] = HANDLER_RESTART,
	};
	memset(&state.sim, 0, SAVED_SIZE);
	memset(&state.operation, 0, sizeof(state) - offsetof(struct state, operation));
	sim->now_ns = NS_PER_S;
	sim->tracer_exists = true;
	sim->running = PARTY_TRACER;
	sim_world_init(sim);
	for (unsigned int i = 0; i < SIM_TASKS; i++) {
		struct program *program = &sim->program[i];
		*program = (struct program){.number = i, .count = 2, .rounds = UINT32_MAX};
		program->op[0] = (struct op){.kind = OP_READ,
			.event_ns = SIM_FOREVER,
			.timeout_ns = SIM_FOREVER,
			.repeats = true};
	}
	struct sim_task *task = sim_new_process(sim, &sim->program[0], 1);
	for (int signal = 1; signal <= 64; signal++)
		task->process->disposition[signal] = dispositions[script->handling[signal]];
	order = 0;
	settle();
	forget();
}
