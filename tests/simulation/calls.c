/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the system calls of the simulated programs do, and the programs; see sim.h. How each is
 * interrupted and restarted is in signal(7), "Interruption of system calls", and in the kernel's
 * functions that are named here.
 */
#include "config.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

#include "abi/syscall.h"
#include "base/time.h"
#include "simulation/sim.h"

#define PARTS        3
#define PART_SIZE    4096

/* Of a thread. */
#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)

/* A program makes others in so many of its rounds. */
#define BIRTH_ROUNDS 2

/* Each op has a descriptor of its own, so that a socket has its timeout whoever asks. */
#define FIRST_FD     16

/* What becomes of a wait that is interrupted. */
enum interruption {
	NEVER,      /* it is uninterruptible, or no wait */
	RESTARTS,   /* ERESTARTSYS */
	NO_HANDLER, /* ERESTARTNOHAND */
	BLOCK,      /* ERESTART_RESTARTBLOCK: the timeout goes on */
	FAILS,      /* EINTR: a relative timeout would start anew */
};

const struct call_rule call_rules[ALL_OP_KINDS] = {
	[OP_GETPPID] = {"getppid", SYS_getppid},
	[OP_CLOSE] = {"close", SYS_close},
	[OP_COMPUTE] = {"computes", -1},
	[OP_READ] = {"read", SYS_read},
	[OP_NANOSLEEP] = {"nanosleep", SYS_nanosleep},
	[OP_POLL] = {"poll", SYS_poll},
	[OP_PAUSE] = {"pause", SYS_pause},
	[OP_EPOLL] = {"epoll_wait", SYS_epoll_wait},
	[OP_SEMTIMEDOP] = {"semtimedop", SYS_semtimedop},
	[OP_ACCEPT] = {"accept", SYS_accept},
	[OP_WRITE] = {"write", SYS_write},
	[OP_FSYNC] = {"fsync", SYS_fsync},
	[OP_NOTIFIED] = {"openat", SYS_openat},
	[OP_KILL] = {"kill", SYS_kill},
	[OP_SIGMASK] = {"rt_sigprocmask", SYS_rt_sigprocmask},
	[OP_CLONE] = {"clone", SYS_clone},
	[OP_FORK] = {"fork", SYS_fork},
	[OP_VFORK] = {"vfork", SYS_vfork},
	[OP_UNTRACED] = {"clone(CLONE_UNTRACED)", SYS_clone},
	[OP_UNTRACED3] = {"clone3(CLONE_UNTRACED)", SYS_clone3},
	[OP_WAIT] = {"wait4", SYS_wait4},
	[OP_EXEC] = {"execve", SYS_execve},
	[OP_EXIT] = {"exit", SYS_exit},
	[OP_EXIT_GROUP] = {"exit_group", SYS_exit_group},
	[OP_CLONE_PARENT] = {"clone(CLONE_PARENT)", SYS_clone},
	[OP_CLONE_SIGNAL] = {"clone(SIGUSR1)", SYS_clone},
	[OP_CLONE_SILENT] = {"clone(0)", SYS_clone},
	[OP_VFORK_THREAD] = {"clone(CLONE_VFORK | CLONE_THREAD)", SYS_clone},
};

static const struct {
	enum interruption interruption;
	int64_t on_event, on_timeout;
} waits[ALL_OP_KINDS] = {
	[OP_READ] = {RESTARTS, 7, 0},
	[OP_NANOSLEEP] = {BLOCK, 0, 0},        /* hrtimer_nanosleep() */
	[OP_POLL] = {BLOCK, 1, 0},             /* do_restart_poll() */
	[OP_PAUSE] = {NO_HANDLER, 0, 0},       /* sys_pause() */
	[OP_EPOLL] = {FAILS, 1, 0},            /* ep_poll() */
	[OP_SEMTIMEDOP] = {FAILS, 0, -EAGAIN}, /* __do_semtimedop() */
	[OP_ACCEPT] = {FAILS, 9, -EAGAIN},     /* sock_intr_errno(), with a timeout */
	[OP_FSYNC] = {NEVER, 0, 0},
	[OP_NOTIFIED] = {RESTARTS, 7, 0}, /* seccomp_do_user_notification() */
};

int64_t sim_timeout_result(const struct op *op)
{
	return waits[op->kind].on_timeout;
}

static const struct op plain_op = {.kind = OP_GETPPID, .event_ns = SIM_FOREVER};
static const struct op thread_end = {.kind = OP_EXIT, .event_ns = SIM_FOREVER};
static const struct op process_end = {.kind = OP_EXIT_GROUP, .event_ns = SIM_FOREVER};

bool sim_makes_task(enum op_kind kind)
{
	return (kind >= OP_CLONE && kind <= OP_UNTRACED3) ||
	       (kind >= OP_CLONE_PARENT && kind <= OP_VFORK_THREAD);
}

/*
 * Whether PROGRAM makes a plain call in place of the op that FRAME is at: it makes others in its
 * first rounds only, as there is no room for many, and ends early in its last.
 */
static bool is_replaced(const struct program *program, const struct frame *frame)
{
	enum op_kind kind = program->op[frame->pc].kind;
	bool ends = kind == OP_EXEC || kind == OP_EXIT || kind == OP_EXIT_GROUP;
	if (!program->is_bounded)
		return false;
	return ends ? frame->round + 1 < program->rounds
	            : sim_makes_task(kind) && frame->round >= BIRTH_ROUNDS;
}

/* The op that TASK is at; NULL in a handler. */
const struct op *sim_op(const struct sim_task *task)
{
	const struct frame *frame = &task->frame[0];
	const struct program *program = task->program;
	if (task->level || !program)
		return NULL;
	if (frame->round >= program->rounds)
		return program->ends_thread ? &thread_end : &process_end;
	return is_replaced(program, frame) ? &plain_op : &program->op[frame->pc];
}

/* The op of its program that a handler of TASK has interrupted. */
static const struct op *interrupted_op(const struct sim_task *task)
{
	const struct frame *frame = &task->frame[0];
	return is_replaced(task->program, frame) ? &plain_op : &task->program->op[frame->pc];
}

/* Whether the handler that TASK is in makes the call that it has interrupted. */
static bool repeats(const struct sim_task *task)
{
	const struct frame *frame = &task->frame[0];
	const struct program *program = task->program;
	return program->handlers_repeat && frame->call.active && frame->round < program->rounds &&
	       waits[interrupted_op(task)->kind].interruption != NEVER;
}

long sim_call_number(const struct sim_task *task)
{
	const struct op *op = sim_op(task);
	if (op)
		return call_rules[op->kind].nr;
	if (!task->frame[task->level].calls_left)
		return SYS_rt_sigreturn;
	return repeats(task) ? call_rules[interrupted_op(task)->kind].nr : SYS_getppid;
}

uint64_t sim_ip(const struct sim_task *task)
{
	const struct frame *frame = &task->frame[task->level];
	bool shared = task->level && frame->call.active && frame->calls_left && repeats(task);
	uint64_t at = task->level && !shared
	                      ? 0x500000 + (uint64_t)frame->signal * 64 + frame->calls_left * 16
	                      : 0x400000 + (uint64_t)task->frame[0].pc * 16;
	return at + (task->nr != -1 || frame->after ? 2 : 0);
}

uint64_t sim_sp(const struct sim_task *task)
{
	return 0x7ffff000 - (uint64_t)task->level * 0x1000;
}

void sim_call_args(const struct sim_task *task, uint64_t args[6])
{
	const struct op *op = sim_op(task);
	for (int i = 0; i < 6; i++)
		args[i] = 0;
	if (!op)
		return;
	if (op >= task->program->op && op < task->program->op + SIM_OPS &&
		task->program->number < SIM_PROGRAMS)
		args[0] = FIRST_FD + task->program->number * SIM_OPS +
		          (uint64_t)(op - task->program->op);
	if (op->kind == OP_NANOSLEEP) {
		args[0] = 0x1000; /* see world.c */
		args[1] = sim_stores_remaining(op) ? args[0] : 0;
	}
	if (op->kind == OP_EPOLL || op->kind == OP_POLL)
		args[op->kind == OP_EPOLL ? 3 : 2] = op->timeout_ns == SIM_FOREVER
		                                             ? (uint64_t)-1
		                                             : op->timeout_ns / NS_PER_MS;
	if (task->frame[0].call.has_timeout)
		args[2] = task->frame[0].call.timeout_ms;
	if (op->kind == OP_SEMTIMEDOP)
		args[3] = op->timeout_ns == SIM_FOREVER ? 0 : 0x1000; /* see world.c */
	if (op->kind == OP_UNTRACED)
		args[0] = CLONE_UNTRACED | THREAD_FLAGS;
	if (op->kind == OP_CLONE_PARENT)
		args[0] = CLONE_PARENT | SIGCHLD;
	if (op->kind == OP_CLONE_SIGNAL)
		args[0] = SIGUSR1;
	if (op->kind == OP_CLONE_SILENT)
		args[0] = 0;
	if (op->kind == OP_VFORK_THREAD)
		args[0] = CLONE_VFORK | THREAD_FLAGS;
	if (op->kind == OP_UNTRACED3)
		args[0] = 0x2000;
}

const struct op *sim_op_of_fd(const struct sim *sim, int fd)
{
	int number = fd - FIRST_FD;
	if (number < 0 || number >= SIM_PROGRAMS * SIM_OPS)
		return NULL;
	return &sim->program[number / SIM_OPS].op[number % SIM_OPS];
}

static void finish(struct sim_task *task, int64_t result)
{
	task->result = result;
	task->place = AT_EXIT;
}

static void sleep_until(struct sim *sim, struct sim_task *task, uint64_t until_ns, bool deep)
{
	task->place = AT_WAIT;
	task->waited_in = sim_op(task)->kind;
	sim_sleep(sim, task, deep ? BLOCKED : SLEEPS, until_ns);
}

/* Whether TASK, which has something to look for before it goes on, has only a stop for the tracer.
 */
static bool is_only_trapped(const struct sim_task *task)
{
	const struct sim_process *process = task->process;
	uint64_t signals = (task->pending | process->pending) & ~task->blocked;
	return (task->jobctl & TRAP_MASK) && !(task->jobctl & STOP_PENDING) && !signals &&
	       !task->queued && !process->queued;
}

/* A wait for one event, with or without a timeout. */
static void go_on_waiting(struct sim *sim, struct sim_task *task, const struct op *op)
{
	static const int64_t results[] = {
		[RESTARTS] = -512, [NO_HANDLER] = -514, [BLOCK] = -516, [FAILS] = -EINTR};
	struct sim_call *call = &task->frame[0].call;
	enum interruption interruption = waits[op->kind].interruption;
	bool timed = op->timeout_ns != SIM_FOREVER;
	/* [do_poll], [inet_csk_wait_for_connect]: they look for signals before the time. */
	bool is_interrupted = task->sigpending && (op->kind == OP_POLL || op->kind == OP_ACCEPT);
	if (op->kind == OP_ACCEPT && !timed)
		interruption = RESTARTS;
	if (call->event_ns <= sim->now_ns && op->kind != OP_NANOSLEEP)
		finish(task, waits[op->kind].on_event);
	else if (timed && call->expires_ns <= sim->now_ns && !is_interrupted)
		finish(task, waits[op->kind].on_timeout);
	else if (task->sigpending && interruption != NEVER) {
		/* [nanosleep_copyout] */
		if (op->kind == OP_NANOSLEEP)
			call->remaining_ns = call->expires_ns - sim->now_ns;
		if (interruption == BLOCK)
			task->restarts_no_block = false;
		call->only_trapped = is_only_trapped(task);
		finish(task, results[interruption]);
	} else {
		uint64_t until_ns = op->kind == OP_NANOSLEEP ? SIM_FOREVER : call->event_ns;
		if (timed && call->expires_ns < until_ns)
			until_ns = call->expires_ns;
		sleep_until(sim, task, until_ns, interruption == NEVER);
	}
}

/* A transfer [pipe_write()]: what waits for room returns what it has written if interrupted. */
static void go_on_writing(struct sim *sim, struct sim_task *task, const struct op *op)
{
	struct sim_call *call = &task->frame[0].call;
	uint64_t part_ns = op->event_ns == SIM_FOREVER ? SIM_FOREVER / 8 : op->event_ns / PARTS;
	while (call->parts < PARTS &&
		(call->parts < call->room ||
			call->begun_ns + part_ns * (call->parts + 1) <= sim->now_ns))
		call->parts++;
	if (call->parts == PARTS)
		finish(task, PARTS * PART_SIZE);
	else if (task->sigpending)
		finish(task, call->parts ? (int64_t)call->parts * PART_SIZE : -512);
	else
		sleep_until(sim, task, call->begun_ns + part_ns * (call->parts + 1), false);
}

/* [do_wait()] by a program; a zombie that is traced is not shown to its parent. */
static void go_on_reaping(struct sim *sim, struct sim_task *task)
{
	bool any = false;
	for (unsigned int i = 0; i < sim->task_count; i++) {
		struct sim_process *child = &sim->process[i];
		if (!child->tgid || !child->threads || child->parent != task->process->tgid ||
			child->exit_signal != SIGCHLD) /* [eligible_child] */
			continue;
		any = true;
		struct sim_task *leader = sim_find(sim, child->tgid);
		if (leader && leader->run == ZOMBIE && !leader->traced && child->threads == 1) {
			pid_t tid = leader->tid;
			leader->run = GONE;
			child->threads = 0;
			finish(task, tid);
			return;
		}
	}
	if (!any)
		finish(task, -ECHILD);
	else if (task->sigpending)
		finish(task, -512);
	else
		sleep_until(sim, task, SIM_FOREVER, false);
}

void sim_call_go_on(struct sim *sim, struct sim_task *task)
{
	const struct op *op = sim_op(task);
	if (op->kind == OP_WRITE)
		go_on_writing(sim, task, op);
	else if (op->kind == OP_WAIT)
		go_on_reaping(sim, task);
	else
		go_on_waiting(sim, task, op);
}

bool sim_stores_remaining(const struct op *op)
{
	return op->timeout_ns / NS_PER_MS % 2; /* some do */
}

/* The timeout with which OP is made now. */
static uint64_t timeout_of(const struct op *op, const struct sim_call *call)
{
	if (call->has_timeout)
		return call->timeout_ms * NS_PER_MS;
	if (op->kind == OP_NANOSLEEP && call->remaining_ns && sim_stores_remaining(op))
		return call->remaining_ns;
	return op->timeout_ns;
}

void sim_call_begin(struct sim *sim, struct sim_task *task)
{
	static const int signals[] = {SIGWINCH, SIGUSR1, SIGUSR2, SIM_RT_SIGNAL};
	const struct op *op = sim_op(task);
	struct sim_call *call = &task->frame[0].call;
	if (!op || op->kind == OP_GETPPID) {
		finish(task, 1);
		return;
	}
	if (task->nr == SYS_restart_syscall && task->restarts_no_block) {
		finish(task, -EINTR); /* [do_no_restart_syscall] */
		return;
	}
	int signal = (int)(op->argument >> OP_SIGNAL_SHIFT);
	uint64_t mask;
	call->interrupt_early |= task->sigpending;
	call->is_distinct |= task->sigpending && op->kind != task->waited_in;
	call->may_be_first = task->seized_ns && sim->now_ns < task->seized_ns + op->timeout_ns;
	switch (op->kind) {
	case OP_CLOSE:
		finish(task, -EBADF);
		return;
	case OP_KILL:
		finish(task, 0);
		sim_send(sim, task->process, op->argument & OP_KILLS_THREAD ? task : NULL,
			signal ? signal : signals[op->argument % 4]);
		return;
	case OP_SIGMASK:
		mask = UINT64_C(1) << (signal ? signal : SIGUSR1);
		finish(task, 0);
		sim_set_blocked(
			sim, task, op->argument & 1 ? task->blocked | mask : task->blocked & ~mask);
		return;
	case OP_NOTIFIED:
		call->notified++;
		break;
	default:
		break;
	}
	/* What is restarted as restart_syscall keeps its end. */
	if (op->timeout_ns != SIM_FOREVER && task->nr != SYS_restart_syscall)
		call->expires_ns = sim->now_ns + timeout_of(op, call);
	sim_call_go_on(sim, task);
}

/* Programs. */

static const uint64_t events_ns[] = {20 * NS_PER_US, 100 * NS_PER_US, 300 * NS_PER_US,
	2 * NS_PER_MS, 5 * NS_PER_MS, 15 * NS_PER_MS, SIM_FOREVER};

#define FORK_VARIANTS (ALL_OP_KINDS - OP_CLONE_PARENT)

#define ENDING        6 /* of these, that come */
#define EVENTS        7
static const uint64_t timeouts_ns[] = {
	SIM_FOREVER, 1 * NS_PER_MS, 5 * NS_PER_MS, 40 * NS_PER_MS, 300 * NS_PER_MS};

/* How often each kind is made; 1: as most. */
static const uint8_t weights[OP_KINDS] = {
	[OP_COMPUTE] = 2,
	[OP_READ] = 3,
	[OP_NANOSLEEP] = 3,
	[OP_POLL] = 3,
	[OP_EPOLL] = 4,
	[OP_SEMTIMEDOP] = 4,
	[OP_ACCEPT] = 4,
	[OP_WRITE] = 3,
	[OP_NOTIFIED] = 2,
	[OP_KILL] = 2,
};

static enum op_kind choose_kind(struct sim *sim)
{
	enum op_kind allowed[OP_KINDS * 4];
	unsigned int count = 0;
	for (enum op_kind kind = 0; kind < OP_KINDS; kind++) {
		if (!(sim->kinds >> kind & 1))
			continue;
		allowed[count++] = kind;
		for (uint8_t more = 1; more < weights[kind]; more++)
			allowed[count++] = kind;
	}
	return allowed[choose(sim->choices, count)];
}

static void let_time_out(struct sim *sim, struct op *op)
{
	if (SIM_ANY(sim, TROUBLE_TIMEOUTS) && choose_rarely(sim->choices, 600))
		op->event_ns = SIM_FOREVER;
}

static struct op make_op(struct sim *sim, unsigned int program)
{
	struct op op = {
		.kind = choose_kind(sim), .event_ns = SIM_FOREVER, .timeout_ns = SIM_FOREVER};
	struct choices *choices = sim->choices;
	switch (op.kind) {
	case OP_CLONE:
	case OP_FORK:
	case OP_VFORK:
	case OP_UNTRACED:
	case OP_UNTRACED3:
	case OP_EXEC: /* of a later program, so that this comes to an end */
		if (program + 1 >= SIM_PROGRAMS) {
			op.kind = OP_GETPPID;
			break;
		}
		op.argument = program + 1 + choose(choices, SIM_PROGRAMS - program - 1);
		/* Without a choice more, which would change what the seeds of the corpus mean. */
		if (op.kind == OP_FORK && choose_rarely(choices, 250))
			op.kind = OP_CLONE_PARENT + (program + op.argument) % FORK_VARIANTS;
		break;
	case OP_NANOSLEEP:
		op.timeout_ns = timeouts_ns[1 + choose(choices, 4)];
		break;
	case OP_PAUSE:
		break;
	case OP_COMPUTE:
	case OP_WRITE:
	case OP_FSYNC:
	case OP_NOTIFIED:
		op.event_ns = events_ns[choose(choices, ENDING)];
		break;
	case OP_READ:
		op.event_ns = events_ns[choose(choices, EVENTS)];
		break;
	case OP_POLL:
	case OP_EPOLL:
	case OP_SEMTIMEDOP:
		op.event_ns = events_ns[choose(choices, EVENTS)];
		op.timeout_ns = timeouts_ns[choose(choices, 5)];
		let_time_out(sim, &op);
		break;
	case OP_ACCEPT: /* without a timeout it restarts as a read does */
		op.event_ns = events_ns[choose(choices, EVENTS)];
		op.timeout_ns = timeouts_ns[1 + choose(choices, 4)];
		let_time_out(sim, &op);
		break;
	case OP_KILL:
	case OP_SIGMASK:
		op.argument = choose(choices, 4);
		break;
	default:
		break;
	}
	return op;
}

/* Some runs have few kinds of calls, so that what only these do to each other happens often. */
static void choose_kinds(struct sim *sim)
{
	bool is_narrow = choose_rarely(sim->choices, 300);
	uint64_t kinds = UINT64_C(1) << OP_GETPPID;
	for (enum op_kind kind = 1; is_narrow && kind < OP_KINDS; kind++)
		kinds |= (uint64_t)choose_rarely(sim->choices, 150) << kind;
	sim->kinds = is_narrow ? kinds & sim->plan.ops : sim->plan.ops;
}

void sim_make_programs(struct sim *sim)
{
	/* Some runs have many short programs, others have long ones. */
	static const uint32_t lengths[] = {10, 40, 120, 400};
	uint32_t length = lengths[choose(sim->choices, 4)];
	choose_kinds(sim);
	for (unsigned int i = 0; i < SIM_PROGRAMS; i++) {
		struct program *program = &sim->program[i];
		program->number = i;
		program->count = 1 + choose(sim->choices, 5);
		/* The first two are those of leaders, and so end later. */
		program->rounds = i < 2 ? length / 2 + choose(sim->choices, length)
		                        : 1 + choose_small(sim->choices, length);
		for (unsigned int op = 0; op < program->count; op++)
			program->op[op] = make_op(sim, i);
		program->is_bounded = true;
		/* A leader can end before its threads. */
		program->ends_thread = choose(sim->choices, 2);
		program->handlers_repeat = choose_rarely(sim->choices, 300);
	}
}
