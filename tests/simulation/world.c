/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct world over the simulated kernel; see sim.h. Each function is one turn of its caller: the
 * others run before it, for as long as the scheduler likes.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "base/subprocess.h"
#include "base/time.h"
#include "engine/ptrace/state/syscall_view.h"
#include "simulation/sim.h"

#define SPURIOUS   (SIGTRAP | PTRACE_EVENT_EXEC << 8)

/* So many lists of threads that nothing has changed since may follow each other. */
#define SAME_LISTS 12

static struct sim *sim_of(struct world *world)
{
	return (struct sim *)world;
}

/* What was sent while the tracer had no CPU. */
static void deliver_kicks(struct sim *sim)
{
	if (sim->running != PARTY_TRACER || !sim->takes_kicks)
		return;
	for (; sim->kicks_queued; sim->kicks_queued--)
		sim->on_kick(sim->on_kick_argument);
}

/* The caller's turn: the tracer's, or the session's. */
static struct sim *turn(struct world *world)
{
	struct sim *sim = sim_of(world);
	sim_turn(sim, sim->running);
	deliver_kicks(sim);
	return sim;
}

static bool fails(struct sim *sim, enum trouble trouble, unsigned int per_thousand)
{
	/* The tracer's own descriptors do not run out once it has them. */
	if (trouble == TROUBLE_NO_FILES && sim->own_descriptors)
		return false;
	return SIM_ANY(sim, trouble) && !sim->atomic && choose_rarely(sim->choices, per_thousand);
}

/* Lets the tracer wait until it is woken, UNTIL_NS at most. */
static void block_tracer(struct sim *sim, uint64_t until_ns)
{
	sim_check_sleep(sim);
	sim->tracer_blocked = true;
	sim->tracer_sleeps_ns = sim->now_ns;
	sim->tracer_wakes_ns = until_ns;
	sim_turn(sim, PARTY_TRACER);
	sim->idle_ns = sim_idle_ns(sim);
	sim->tracer_blocked = false;
	deliver_kicks(sim);
}

/* Requests. */

static struct sim_task *find_tracee(struct sim *sim, pid_t tid)
{
	struct sim_task *task = sim_find(sim, tid);
	return task && task->traced ? task : NULL;
}

/* [ptrace_check_attach], [ptrace_freeze_traced], [looks_like_a_spurious_pid] */
static struct sim_task *find_stopped(struct sim *sim, pid_t tid)
{
	struct sim_task *task = find_tracee(sim, tid);
	if (!task || task->run != TRACED || (task->jobctl & LISTENING) || task->killed)
		return NULL;
	if (task->exit_code == SPURIOUS && task->message != tid)
		return NULL;
	return task;
}

/* [ptrace_attach] */
static int seize(struct world *world, pid_t tid, unsigned long options)
{
	struct sim *sim = turn(world);
	struct sim_task *task = sim_find(sim, tid);
	if (!task)
		return -ESRCH;
	while (task->process->execing) { /* cred_guard_mutex */
		sim->kick_arrived = false;
		sim->tracer_seizing = true;
		block_tracer(sim, sim->now_ns + NS_PER_MS);
		sim->tracer_seizing = false;
		if (sim->kick_arrived)
			return -EINTR;
		if (!(task = sim_find(sim, tid)))
			return -ESRCH;
	}
	if (task->run == ZOMBIE || task->exiting || task->traced ||
		fails(sim, TROUBLE_REFUSALS, 60)) {
		sim_story(
			sim, "the tracer cannot seize %d, which is %c", tid, sim_state_char(task));
		return -EPERM;
	}
	task->traced = task->was_traced = true;
	task->seized_ns = sim->now_ns;
	task->has_stopped = false;
	task->link_number = sim_log(sim, tid)->link = ++sim->links;
	sim->same_lists = 0;
	task->options = options;
	sim_story(sim, "the tracer seizes %d, which is %c", tid, sim_state_char(task));
	sim_meet(sim, task);
	if (task->run == STOPPED && sim_set_jobctl(task, TRAP_STOP | TRAPPING)) {
		task->sigpending = true;
		task->run = RUNS;
		/* It is one turn, however long, and not a sleep: nothing ends it. */
		sim->tracer_trapping = true;
		for (; (task->jobctl & TRAPPING) && task->tid == tid && task->run != GONE;
			sim->tracer_turns--)
			block_tracer(sim, sim->now_ns + NS_PER_MS);
		sim->tracer_trapping = false;
	}
	return fails(sim, TROUBLE_KICKS, 50) ? -EINTR : 0;
}

static int interrupt(struct world *world, pid_t tid)
{
	struct sim *sim = turn(world);
	struct sim_task *task = find_tracee(sim, tid);
	if (task)
		sim_let_run(sim, task);
	if (!task || task->tid != tid || !task->traced || task->run == GONE)
		return -ESRCH;
	sim_story(sim, "the tracer interrupts %d, which is %c in call %ld", tid,
		sim_state_char(task), task->nr);
	/* It was seen in another call, or running, or runs: BUGS of the manual. */
	struct sim_call *call = &task->frame[task->level].call;
	call->interrupt_early |= task->run == RUNS || task->seen_ns != call->begun_ns;
	if (sim_set_jobctl(task, TRAP_STOP))
		sim_trace_wake_up(task, task->jobctl & LISTENING);
	sim_meet(sim, task);
	return 0;
}

/* TASK goes on from the stop that the tracer has taken. */
static void resume_from_stop(
	struct sim *sim, struct sim_task *task, int signal, bool syscalls, const char *how)
{
	sim_check_resume(sim, task, signal);
	sim_log_exit(sim, task, true);
	/* By its report the tracer knows that the thread which has called execve is no more. */
	if (task->stop_code == (SIGTRAP | PTRACE_EVENT_EXEC << 8) && task->message != task->tid)
		sim_log(sim, (pid_t)task->message)->reaped |= !sim->stays_behind && !sim->orphan;
	if (task->op == ENTRY_OP)
		task->frame[task->level].call.entry_reported = true;
	sim_story(sim, "the tracer %s %d, signal %d", how, task->tid, signal);
	task->syscall_trace = syscalls;
	task->exit_code = signal;
	task->run = RUNS;
}

static int resume(struct world *world, pid_t tid, int signal)
{
	struct sim *sim = turn(world);
	struct sim_task *task = find_stopped(sim, tid);
	if (!task)
		return -ESRCH;
	resume_from_stop(sim, task, signal, true, "resumes");
	sim_log(sim, tid)->resumed |= !sim->stays_behind && !sim->orphan;
	sim_meet(sim, task);
	return 0;
}

/* [ptrace_request], PTRACE_LISTEN */
static int stay_stopped(struct world *world, pid_t tid)
{
	struct sim *sim = turn(world);
	struct sim_task *task = find_stopped(sim, tid);
	if (!task)
		return -ESRCH;
	if (task->stop_code >> 8 != PTRACE_EVENT_STOP)
		return -EIO;
	sim_story(sim, "the tracer leaves %d stopped", tid);
	task->jobctl |= LISTENING;
	if (task->jobctl & TRAP_NOTIFY)
		sim_trace_wake_up(task, true);
	return 0;
}

/* [ptrace_detach] */
static int detach(struct world *world, pid_t tid, int signal)
{
	struct sim *sim = turn(world);
	struct sim_task *task = find_stopped(sim, tid);
	if (!task)
		return -ESRCH;
	resume_from_stop(sim, task, signal, false, "detaches from");
	task->run = TRACED;
	sim_unlink(sim, task);
	sim_meet(sim, task);
	return 0;
}

static int message(struct world *world, pid_t tid, pid_t *out)
{
	struct sim *sim = turn(world);
	struct sim_task *task = find_stopped(sim, tid);
	if (!task)
		return -ESRCH;
	*out = (pid_t)task->message;
	return 0;
}

static bool is_error(int64_t result)
{
	return result < 0 && result >= -4095;
}

static void view_call(const struct sim_task *task, struct syscall_view *view)
{
	view->call = (struct call){.nr = (uint32_t)task->nr, .abi = ABI_NATIVE};
	sim_call_args(task, view->args);
}

static int view_syscall(struct world *world, pid_t tid, bool need_call, struct syscall_view *view)
{
	struct sim *sim = turn(world);
	struct sim_task *task = find_stopped(sim, tid);
	if (!task)
		return -ESRCH;
	*view = (struct syscall_view){.ip = sim_ip(task), .sp = sim_sp(task)};
	if (task->op == NO_OP)
		return 0;
	view->op = task->op == ENTRY_OP ? SYSCALL_ENTRY : SYSCALL_EXIT;
	if (task->op == ENTRY_OP || (need_call && task->nr != -1))
		view_call(task, view);
	if (task->op == EXIT_OP) {
		view->result = task->result;
		view->is_error = is_error(task->result);
	}
	return 0;
}

static int pending_syscall(struct world *world, pid_t tid, struct syscall_view *view)
{
	struct sim *sim = turn(world);
	struct sim_task *task = find_stopped(sim, tid);
	if (!task)
		return -ESRCH;
	*view = (struct syscall_view){.ip = sim_ip(task), .sp = sim_sp(task)};
	if (task->nr == -1)
		return 0;
	view->op = SYSCALL_PENDING;
	view_call(task, view);
	view->result = task->result;
	view->is_error = is_error(task->result);
	return 0;
}

static int set_result(struct world *world, pid_t tid, int64_t result)
{
	struct sim *sim = turn(world);
	struct sim_task *task = find_stopped(sim, tid);
	if (!task)
		return -ESRCH;
	sim_story(sim, "the tracer makes the result of %d %ld", tid, (long)result);
	/* After its exit stop, at which it was to be restarted. */
	struct sim_call *call = &task->frame[task->level].call;
	bool ends = result != -514 && result != -516 && result != -EINTR;
	if (task->op == NO_OP && call->exit_reported && ends)
		sim_log_end(sim, task, result);
	if (!ends && result != -EINTR)
		sim_log_repair(sim, task);
	task->result = result;
	task->frame[task->level].call.repaired = true;
	if (task->frame[task->level].after)
		task->frame[task->level].result = result;
	return 0;
}

/* The registers are again those of [restart]'s begin. */
static int set_interrupted(struct world *world, pid_t tid, struct call call, int error)
{
	struct sim *sim = turn(world);
	struct sim_task *task = find_stopped(sim, tid);
	if (!task)
		return -ESRCH;
	struct frame *frame = &task->frame[task->level];
	sim_story(
		sim, "the tracer takes %d back to call %ld, result %d", tid, (long)call.nr, -error);
	bool is_in_get_signal = task->place == AT_DELIVER ||
	                        task->stop_code >> 8 == PTRACE_EVENT_STOP;
	if (!is_in_get_signal || task->nr != -1 || !frame->call.active || frame->after)
		sim_violation(sim, "taken back", "%d: from nowhere", tid);
	task->nr = call.nr;
	task->result = frame->result = -error;
	frame->after = true;
	frame->restart = false;
	return 0;
}

/* Only the timeout of poll is ever changed, at its entry, and restored at its exit. */
static int set_argument(struct world *world, pid_t tid, unsigned int index, uint64_t value)
{
	struct sim *sim = turn(world);
	struct sim_task *task = find_stopped(sim, tid);
	if (!task)
		return -ESRCH;
	const struct op *op = sim_op(task);
	struct sim_call *call = &task->frame[task->level].call;
	sim_story(sim, "the tracer makes argument %u of %d %ld", index, tid, (long)value);
	if (!op || op->kind != OP_POLL || index != 2 || task->op == NO_OP)
		sim_violation(sim, "an argument changed", "%d: argument %u", tid, index);
	call->has_timeout = task->op == ENTRY_OP || value != op->timeout_ns / NS_PER_MS;
	call->timeout_ms = value;
	return 0;
}

/* [seccomp_get_filter] */
static int read_filter(struct world *world, pid_t tid, unsigned int index,
	struct filter_instruction code[FILTER_MAX])
{
	struct sim *sim = turn(world);
	if (!find_stopped(sim, tid))
		return -ESRCH;
	if (sim->filter == REFUSES_HIDDEN)
		return -EACCES;
	if (sim->filter == NO_FILTER || index)
		return -ENOENT;
	/* Load the number of the call; if it is this, fail. */
	code[0] = (struct filter_instruction){0x20, 0, 0, 0};
	code[1] = (struct filter_instruction){
		0x15, 0, 1, sim->filter == REFUSES ? SYS_restart_syscall : UINT32_MAX};
	code[2] = (struct filter_instruction){0x06, 0, 0, 0x00050000 | EPERM};
	code[3] = (struct filter_instruction){0x06, 0, 0, 0x7fff0000};
	return 4;
}

static int registers(struct world *world, pid_t tid, struct arch_regs *regs)
{
	(void)world, (void)tid, (void)regs;
	return -EIO;
}

static int signal_info(struct world *world, pid_t tid, siginfo_t *info)
{
	struct sim *sim = turn(world);
	const struct sim_task *task = find_stopped(sim, tid);
	if (!task)
		return -ESRCH;
	*info = (siginfo_t){.si_signo = task->stop_code, .si_code = SI_USER};
	return 0;
}

static const struct world_trace sim_trace = {
	.signal_info = signal_info,
	.seize = seize,
	.interrupt = interrupt,
	.resume = resume,
	.listen = stay_stopped,
	.detach = detach,
	.message = message,
	.syscall = view_syscall,
	.pending_syscall = pending_syscall,
	.set_result = set_result,
	.set_interrupted = set_interrupted,
	.set_argument = set_argument,
	.filter = read_filter,
	.registers = registers,
};

/* Reports. */

/* [wait_task_stopped], [wait_consider_task] */
static bool has_report(struct sim *sim, const struct sim_task *task, siginfo_t *info)
{
	info->si_pid = task->tid;
	if (task->run == TRACED && task->exit_code && !(task->jobctl & LISTENING) &&
		!task->killed) {
		info->si_code = CLD_TRAPPED;
		info->si_status = task->exit_code;
		return true;
	}
	if (task->run != ZOMBIE || (task->tid == task->process->tgid && task->process->threads > 1))
		return false;
	(void)sim;
	/* [wait_task_zombie] That of the process, also if the thread has ended before. */
	const struct sim_process *process = task->process;
	int code = process->group_exit ? process->group_exit_code : task->exit_status;
	info->si_code = code ? CLD_KILLED : CLD_EXITED;
	info->si_status = code;
	return true;
}

/* [do_wait_pid] */
static int look_for_report_of(struct sim *sim, pid_t tid, siginfo_t *info)
{
	const struct sim_task *task = find_tracee(sim, tid);
	siginfo_t report = {0};
	if (!task)
		return -ECHILD;
	if (!has_report(sim, task, &report))
		return 0;
	*info = report;
	return 1;
}

/* [do_wait] looks at the tracees as [__ptrace_link] has put them: the newest first. */
static int look_for_any_report(struct sim *sim, siginfo_t *info)
{
	int result = -ECHILD;
	unsigned int newest = 0;
	for (unsigned int i = 0; i < sim->task_count; i++) {
		const struct sim_task *task = &sim->task[i];
		siginfo_t report = {0};
		if (task->run == GONE || !task->traced)
			continue;
		if (result < 0)
			result = 0;
		if (task->link_number <= newest || !has_report(sim, task, &report))
			continue;
		newest = task->link_number;
		*info = report;
		result = 1;
	}
	return result;
}

static int look_for_report(struct sim *sim, pid_t tid, siginfo_t *info)
{
	return tid ? look_for_report_of(sim, tid, info) : look_for_any_report(sim, info);
}

/* The tracer is about to sleep (or not): a kick that it has taken is for something. */
static void check_sleep(struct sim *sim, bool sleeps)
{
	if (sleeps && sim->kick_taken)
		sim_violation(
			sim, "sleeps over a kick", "turn %lu", (unsigned long)sim->tracer_turns);
}

static int next(struct world *world, pid_t tid, bool block, siginfo_t *info)
{
	struct sim *sim = turn(world);
	int result;
	if (block && tid)
		sim_violation(sim, "waits for one task", "for %d", tid);
	check_sleep(sim, block);
	sim->kick_arrived = false;
	while ((result = look_for_report(sim, tid, info)) == 0 && block && !sim->kick_arrived) {
		sim_check_late(sim);
		block_tracer(sim, SIM_FOREVER);
	}
	return result;
}

static bool consume(struct world *world, pid_t tid, siginfo_t *info)
{
	struct sim *sim = turn(world);
	struct sim_task *task = find_tracee(sim, tid);
	if (!task || task->run == ZOMBIE || !has_report(sim, task, info))
		return false;
	task->exit_code = 0;
	return true;
}

/* [wait_task_stopped] That of a tracee's stop is consumed as well: WSTOPPED is for children. */
static void consume_end(struct world *world, pid_t tid)
{
	struct sim *sim = turn(world);
	struct sim_task *task = find_tracee(sim, tid);
	siginfo_t info;
	if (!task || !has_report(sim, task, &info))
		return;
	if (task->run != ZOMBIE) {
		task->exit_code = 0;
		return;
	}
	sim_log(sim, tid)->reaped |= !sim->stays_behind && !sim->orphan;
	sim_reap(sim, task);
}

static void reap(struct world *world, pid_t tid)
{
	(void)tid;
	turn(world);
}

static void setup_stop_signal(struct world *world)
{
	sim_of(world)->stop_signals = false;
}

static void enable_stop_signal(struct world *world, bool enabled)
{
	sim_of(world)->stop_signals = enabled;
}

static int await_stop_signal(struct world *world, uint64_t timeout_ns, pid_t *tid)
{
	struct sim *sim = turn(world);
	uint64_t until_ns = timeout_ns == WORLD_FOREVER ? SIM_FOREVER : sim->now_ns + timeout_ns;
	check_sleep(sim, timeout_ns > 0);
	if (timeout_ns && fails(sim, TROUBLE_KICKS, 20))
		return -EINTR; /* SIGSTOP and SIGCONT end it, too: signal(7) */
	sim->kick_arrived = false;
	sim->tracer_for_signal = true;
	while (!sim->stop_signal && !sim->kick_arrived && sim->now_ns < until_ns)
		block_tracer(sim, until_ns);
	sim->tracer_for_signal = false;
	if (sim->stop_signal) {
		*tid = sim->stop_signal;
		sim->stop_signal = 0;
		return 0;
	}
	return sim->kick_arrived ? -EINTR : -EAGAIN;
}

static void setup_kick(struct world *world, void (*arrived)(void *argument), void *argument)
{
	struct sim *sim = sim_of(world);
	sim->on_kick = arrived;
	sim->on_kick_argument = argument;
	sim->takes_kicks = true;
	deliver_kicks(sim);
	if (sim->death_pending)
		sim_orphan(sim);
	else if (sim->kick_pending)
		sim_kick(sim);
}

static bool is_kicked(struct world *world)
{
	return sim_of(world)->kicked;
}

static bool clear_kick(struct world *world)
{
	struct sim *sim = turn(world);
	bool was = sim->kicked;
	sim->kicked = false;
	sim->kick_taken |= was;
	return was;
}

static bool is_orphan(struct world *world)
{
	struct sim *sim = sim_of(world);
	sim->kick_taken = false;
	return sim->orphan;
}

static const struct world_wait sim_wait = {
	.next = next,
	.consume = consume,
	.consume_end = consume_end,
	.reap = reap,
	.setup_stop_signal = setup_stop_signal,
	.enable_stop_signal = enable_stop_signal,
	.await_stop_signal = await_stop_signal,
	.setup_kick = setup_kick,
	.is_kicked = is_kicked,
	.clear_kick = clear_kick,
	.is_orphan = is_orphan,
};

/* The clock. */

static uint64_t now_ns(struct world *world)
{
	return turn(world)->now_ns;
}

static void sleep_for(struct world *world, uint64_t span_ns)
{
	struct sim *sim = sim_of(world);
	uint64_t until_ns = sim->now_ns + span_ns;
	if (sim->running == PARTY_SESSION) {
		sim->session_wakes_ns = until_ns;
		sim_turn(sim, PARTY_SESSION);
		return;
	}
	sim->kick_arrived = false;
	block_tracer(sim, until_ns);
}

static int new_timer(struct world *world, timer_t *timer)
{
	struct sim *sim = turn(world);
	if (fails(sim, TROUBLE_NO_FILES, 100))
		return -EAGAIN;
	for (intptr_t i = 0; i < SIM_TIMERS; i++) {
		if (sim->timer[i].used)
			continue;
		sim->timer[i] = (struct sim_timer){.used = true};
		*timer = (timer_t)i; /* NOLINT */
		return 0;
	}
	return -EAGAIN;
}

static void set_timer(struct world *world, timer_t timer, uint64_t at_ns, uint64_t every_ns)
{
	struct sim *sim = turn(world);
	sim->timer[(intptr_t)timer].at_ns = at_ns;
	sim->timer[(intptr_t)timer].every_ns = every_ns;
}

static void free_timer(struct world *world, timer_t timer)
{
	sim_of(world)->timer[(intptr_t)timer].used = false;
}

static const struct world_clock sim_clock = {
	.now_ns = now_ns,
	.sleep = sleep_for,
	.new_timer = new_timer,
	.set_timer = set_timer,
	.free_timer = free_timer,
};

/* /proc. */

/* A file cannot be opened (EMFILE), or read (ENOMEM). */
static bool cannot_read(struct sim *sim)
{
	unsigned int no_memory = SIM_ANY(sim, TROUBLE_MEETINGS) ? 300 : 15;
	return fails(sim, TROUBLE_NO_FILES, 80) || fails(sim, TROUBLE_NO_MEMORY, no_memory);
}

static int status(struct world *world, pid_t tid, struct proc_status *out)
{
	struct sim *sim = turn(world);
	if (cannot_read(sim))
		return -EMFILE;
	if (tid == SIM_HOME || tid == SIM_TRACER) {
		*out = (struct proc_status){.comm = "stop", .state = 'S', .tgid = tid, .parent = 1};
		return 0;
	}
	struct sim_task *task = sim_find(sim, tid);
	if (!task)
		return -ENOENT;
	*out = (struct proc_status){
		.comm = "task",
		.state = sim_state_char(task),
		.tgid = task->process->tgid,
		.parent = task->process->parent,
		.tracer = task->traced ? SIM_TRACER : 0,
		.sleeps = task->sleeps,
		.filters = sim->filter != NO_FILTER,
	};
	return 0;
}

static int comm(struct world *world, pid_t tid, char out[TASK_COMM_SIZE])
{
	struct proc_status answer;
	int result = status(world, tid, &answer);
	if (result == 0)
		memcpy(out, answer.comm, TASK_COMM_SIZE);
	return result;
}

static char state(struct world *world, pid_t tid)
{
	struct sim *sim = turn(world);
	if (tid == SIM_TRACER)
		return sim->tracer_blocked ? 'S' : 'R';
	struct sim_task *task = sim_find(sim, tid);
	if (!task)
		return '\0';
	if (cannot_read(sim))
		return PROC_STATE_LATER;
	task->looked_turn = sim->tracer_turns;
	/*
	 * [prepare_to_wait] It looks for signals, and what it waits for, when it is seen to sleep:
	 * one that is ignored, came before, and was taken by another thread may still end its wait
	 * (known.txt).
	 */
	const struct op *op = sim_op(task);
	bool is_about_to_wait = task->run == RUNS && task->nr != -1 && op && op->kind >= OP_READ &&
	                        op->kind <= OP_ACCEPT &&
	                        (task->place == AT_CALL || task->place == AT_WAIT);
	struct sim_call *call = &task->frame[task->level].call;
	bool looks_asleep = is_about_to_wait && SIM_ANY(sim, TROUBLE_MEETINGS) &&
	                    choose_rarely(sim->choices, 300);
	call->shown_asleep = looks_asleep;
	call->looked_asleep |= looks_asleep && !sim_has_signal(task);
	return looks_asleep ? 'S' : sim_state_char(task);
}

static int cpu(struct world *world, pid_t tid)
{
	(void)tid;
	turn(world);
	return -1;
}

/* Those of a zombie are there until it is reaped: [release_task]. */
static int times(struct world *world, pid_t tgid, pid_t tid, struct proc_times *times)
{
	struct sim *sim = turn(world);
	struct sim_task *task = sim_find(sim, tid);
	(void)tgid;
	if (!task || cannot_read(sim))
		return -ENOENT;
	*times = (struct proc_times){.cpu_ns = task->cpu_ns, .user_ns = task->cpu_ns};
	return 0;
}

static uint64_t cpu_ns(struct world *world, pid_t tid)
{
	struct sim *sim = turn(world);
	struct sim_task *task = sim_find(sim, tid);
	return task && !cannot_read(sim) ? task->cpu_ns : UINT64_MAX;
}

static uint64_t sleeps(struct world *world, pid_t tid)
{
	struct sim *sim = turn(world);
	struct sim_task *task = sim_find(sim, tid);
	return task && !cannot_read(sim) ? task->sleeps : 0;
}

static bool is_thread_of(struct world *world, pid_t tid, pid_t tgid)
{
	struct sim *sim = turn(world);
	struct sim_task *task = sim_find(sim, tid);
	return task && task->process->tgid == tgid;
}

static bool is_worker(struct world *world, pid_t tgid, pid_t tid)
{
	struct sim *sim = turn(world);
	struct sim_task *task = sim_find(sim, tid);
	return task && task->process->tgid == tgid && !task->program;
}

static bool is_32bit(struct world *world, pid_t tgid)
{
	(void)tgid;
	turn(world);
	return false;
}

/* Counts the lists of threads of which each could be the last: nothing has happened meanwhile. */
static void count_list(struct sim *sim, pid_t tgid)
{
	bool same = sim->births == sim->listed_births && sim->deaths == sim->listed_deaths &&
	            sim->listed == tgid;
	sim->listed = tgid;
	sim->listed_births = sim->births;
	sim->listed_deaths = sim->deaths;
	sim->same_lists = same ? sim->same_lists + 1 : 0;
	sim_story(sim, "the tracer lists the threads of %d", tgid);
	if (sim->same_lists > SAME_LISTS && !SIM_ANY(sim, TROUBLE_LISTS) &&
		!SIM_ANY(sim, TROUBLE_NO_MEMORY))
		sim_violation(sim, "lists without end", "%u of the same", sim->same_lists);
}

/* [proc_task_readdir] */
static int threads(
	struct world *world, pid_t tgid, struct tid_list *list, const struct proc_break *breaks)
{
	struct sim *sim = turn(world);
	bool any = false, missing = false;
	if (cannot_read(sim))
		return -EMFILE;
	count_list(sim, tgid);
	for (unsigned int i = 0; i < sim->task_count; i++) {
		const struct sim_task *task = &sim->task[i];
		if (task->run == GONE || task->process->tgid != tgid)
			continue;
		any = true;
		if (fails(sim, TROUBLE_LISTS, 200))
			missing = true;
		else
			tid_list_add(list, task->tid);
		breaks->take(breaks->argument);
	}
	if (!any)
		return -ENOENT;
	return missing;
}

static bool is_listed(const struct tid_list *list, pid_t tid)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->tid[i] == tid)
			return true;
	}
	return false;
}

static int children(struct world *world, struct tid_list *list, bool *incomplete,
	const struct proc_break *breaks)
{
	struct sim *sim = turn(world);
	int added = 0;
	*incomplete = false;
	for (unsigned int i = 0; i < sim->task_count; i++) {
		const struct sim_process *process = &sim->process[i];
		if (!process->tgid || !process->threads || is_listed(list, process->tgid) ||
			!is_listed(list, process->parent))
			continue;
		if (fails(sim, TROUBLE_LISTS, 200)) {
			*incomplete = true;
			continue;
		}
		tid_list_add(list, process->tgid);
		added++;
		breaks->take(breaks->argument);
	}
	return added;
}

/* [proc_pid_syscall], [task_current_syscall] */
static int waits(struct world *world, pid_t tgid, pid_t tid, struct proc_wait *wait)
{
	struct sim *sim = turn(world);
	struct sim_task *task = sim_find(sim, tid);
	(void)tgid;
	if (!task)
		return -ESRCH;
	if (cannot_read(sim))
		return -EMFILE;
	if (task->run == RUNS || task->run == ZOMBIE || task->nr == -1)
		return 0;
	task->seen_ns = task->frame[task->level].call.begun_ns;
	*wait = (struct proc_wait){
		.nr = (uint64_t)task->nr, .ip = sim_ip(task), .sp = sim_sp(task)};
	sim_call_args(task, wait->args);
	return 1;
}

/* It waits for the supervisor of a seccomp filter. */
static bool waits_for_server(struct world *world, pid_t tgid, pid_t tid)
{
	struct sim *sim = turn(world);
	struct sim_task *task = sim_find(sim, tid);
	(void)tgid;
	return task && task->run == SLEEPS && sim_op(task) && sim_op(task)->kind == OP_NOTIFIED;
}

/* [proc_pid_status], [get_wchan] */
static bool is_woken(struct world *world, pid_t tgid, pid_t tid)
{
	struct sim *sim = turn(world);
	struct sim_task *task = sim_find(sim, tid);
	(void)tgid;
	if (!task || task->run != RUNS)
		return false;
	/* Another thread may have taken it since. */
	struct sim_call *call = &task->frame[task->level].call;
	call->looked_asleep |= call->shown_asleep && !sim_has_signal(task);
	return sim_has_signal(task);
}

static uint64_t asleep_since(struct world *world, struct sleep_clock *clock, pid_t tid)
{
	struct sim *sim = turn(world);
	struct sim_task *task = sim_find(sim, tid);
	(void)clock;
	if (!task || SIM_ANY(sim, TROUBLE_NO_TIMES))
		return 0;
	return task->slept_ns;
}

static int program(struct world *world, pid_t tid, struct proc_program *out)
{
	(void)tid;
	turn(world);
	*out = (struct proc_program){.mode = 0755};
	return 0;
}

static const struct world_proc sim_proc = {
	.status = status,
	.comm = comm,
	.state = state,
	.cpu = cpu,
	.cpu_ns = cpu_ns,
	.times = times,
	.sleeps = sleeps,
	.is_thread_of = is_thread_of,
	.is_worker = is_worker,
	.is_32bit = is_32bit,
	.threads = threads,
	.children = children,
	.waits = waits,
	.waits_for_server = waits_for_server,
	.is_woken = is_woken,
	.asleep_since = asleep_since,
	.program = program,
};

/* Memory and sockets of a target. What copying a few bytes needs is never refused. */

static int read_memory(struct world *world, pid_t tid, uint64_t address, void *buf, size_t size)
{
	struct sim *sim = turn(world);
	struct sim_task *task = sim_find(sim, tid);
	if (!task)
		return -ESRCH;
	const struct op *op = sim_op(task);
	if (op && op->kind == OP_UNTRACED3 && address == 0x2000 && size == sizeof(uint64_t) &&
		!fails(sim, TROUBLE_NO_FILES, 50)) {
		*(uint64_t *)buf = 0x00800000 | 0x10f00; /* as in calls.c */
		return 0;
	}
	if (!op || address != 0x1000 || size != 16 || fails(sim, TROUBLE_NO_FILES, 50))
		return -EFAULT;
	const struct sim_call *call = &task->frame[0].call;
	bool remains = op->kind == OP_NANOSLEEP && call->remaining_ns && sim_stores_remaining(op);
	uint64_t timeout_ns = remains ? call->remaining_ns : op->timeout_ns;
	int64_t time[2] = {(int64_t)(timeout_ns / NS_PER_S), (int64_t)(timeout_ns % NS_PER_S)};
	memcpy(buf, time, sizeof(time));
	return 0;
}

static int socket_timeout(struct world *world, pid_t tid, int fd, enum socket_direction direction,
	uint64_t *timeout_ns)
{
	struct sim *sim = turn(world);
	struct sim_task *task = sim_find(sim, tid);
	(void)direction;
	if (!task)
		return -ESRCH;
	if (fails(sim, TROUBLE_NO_FILES, 50))
		return -EMFILE;
	const struct op *op = sim_op_of_fd(sim, fd);
	if (!op || op->kind != OP_ACCEPT)
		return -ENOTSOCK;
	*timeout_ns = op->timeout_ns;
	return 0;
}

/* No call of the simulated kernel waits for several bytes. */
static int read_minimum(struct world *world, pid_t tid, int fd, unsigned int *bytes)
{
	(void)world, (void)tid, (void)fd;
	*bytes = 1;
	return 0;
}

static int socket_domain(struct world *world, pid_t tid, int fd)
{
	(void)tid, (void)fd;
	turn(world);
	return 1;
}

/* What details read: pages of zeros, of which some are absent. */

/* A handle is the task's number: that of a dead one reads nothing. */
static int open_pages(struct world *world, pid_t pid)
{
	struct sim *sim = turn(world);
	if (!sim_find(sim, pid))
		return -ENOENT;
	return fails(sim, TROUBLE_NO_FILES, 50) ? -EMFILE : pid;
}

static void close_pages(struct world *world, int pages)
{
	(void)world, (void)pages;
}

static size_t copy_memory(
	struct world *world, int pages, pid_t pid, uint64_t address, void *buf, size_t size)
{
	struct sim *sim = turn(world);
	(void)pages;
	if (!sim_find(sim, pid) || address < 0x1000 || choose_rarely(sim->choices, 100))
		return 0;
	memset(buf, 0, size);
	return size;
}

/* One in some processes is stuck. */
static int begin_query(struct world *world, pid_t pid, struct subprocess *query)
{
	struct sim *sim = turn(world);
	*query = (struct subprocess){.pid = choose_rarely(sim->choices, 100) ? 0 : pid};
	return fails(sim, TROUBLE_NO_FILES, 50) ? -EMFILE : 0;
}

static bool has_returned(struct world *world, const struct subprocess *query)
{
	turn(world);
	return query->pid != 0;
}

static void end_query(struct world *world, struct subprocess *query)
{
	(void)query;
	turn(world);
}

/* No stacks are copied. */
static const struct world_target sim_target = {
	.open_pages = open_pages,
	.close_pages = close_pages,
	.copy = copy_memory,
	.begin_query = begin_query,
	.has_returned = has_returned,
	.end_query = end_query,
	.read = read_memory,
	.socket_timeout = socket_timeout,
	.socket_domain = socket_domain,
	.read_minimum = read_minimum,
};

/* The scheduler: never colocated. */

static bool can_leave_idle(struct world *world)
{
	(void)world;
	return false;
}

static bool set_idle(struct world *world, pid_t tid, bool idle)
{
	(void)world, (void)tid, (void)idle;
	return true;
}

static bool get_cpus(struct world *world, cpu_set_t *cpus)
{
	(void)world;
	CPU_ZERO(cpus);
	CPU_SET(0, cpus);
	CPU_SET(1, cpus);
	return true;
}

static unsigned int online_cpus(struct world *world)
{
	(void)world;
	return 2;
}

/* As on kernels without CONFIG_SCHED_INFO. */
static uint64_t queued_ns(struct world *world)
{
	(void)world;
	return 0;
}

static int open_load(struct world *world)
{
	sim_of(world)->loads++;
	return 0;
}

static int runnable(struct world *world, int load)
{
	struct sim *sim = sim_of(world);
	int count = 0;
	(void)load;
	for (unsigned int i = 0; i < sim->task_count; i++)
		count += sim->task[i].run == RUNS;
	return count;
}

static void close_load(struct world *world, int load)
{
	sim_of(world)->loads -= load >= 0;
}

static const struct world_sched sim_sched = {
	.can_leave_idle = can_leave_idle,
	.set_idle = set_idle,
	.get_cpus = get_cpus,
	.online_cpus = online_cpus,
	.queued_ns = queued_ns,
	.open_load = open_load,
	.runnable = runnable,
	.close_load = close_load,
};

/* Our own processes. */

static pid_t self(struct world *world)
{
	return sim_of(world)->running == PARTY_TRACER ? SIM_TRACER : SIM_HOME;
}

static int start(struct world *world, struct vm_process *process)
{
	struct sim *sim = turn(world);
	if (fails(sim, TROUBLE_NO_FILES, 50)) {
		process->joined = true;
		return -EAGAIN;
	}
	process->pid = SIM_TRACER;
	sim_start_tracer(sim, process);
	return 0;
}

static void await_ready(struct world *world, struct vm_process *process)
{
	struct sim *sim = sim_of(world);
	(void)process;
	sim->session_blocked_ready = true;
	sim_turn(sim, PARTY_SESSION);
	sim->session_blocked_ready = false;
}

static bool join(struct world *world, struct vm_process *process, uint64_t timeout_ns)
{
	struct sim *sim = sim_of(world);
	sim->session_joins = true;
	sim->session_wakes_ns = sim->now_ns + timeout_ns;
	sim_turn(sim, PARTY_SESSION);
	sim->session_joins = false;
	process->joined = !sim->tracer_exists;
	return process->joined;
}

static void clear(struct world *world, struct vm_process *process)
{
	(void)world, (void)process;
}

static void set_ready(struct world *world, struct vm_process *process)
{
	(void)process;
	sim_of(world)->ready = true;
}

/* [__send_signal_locked] Real-time signals are queued; each is a frame on the tracer's stack. */
static int kick(struct world *world, pid_t pid)
{
	struct sim *sim = turn(world);
	(void)pid;
	if (!sim->tracer_exists)
		return -ESRCH;
	if (++sim->kicks_queued > 1)
		sim_violation(sim, "kicks pile up", "%u are queued", sim->kicks_queued);
	sim_kick(sim);
	deliver_kicks(sim);
	return 0;
}

static void kill_process(struct world *world, pid_t pid)
{
	struct sim *sim = turn(world);
	if (pid == SIM_TRACER)
		sim_kill_tracer(sim);
}

static void continue_process(struct world *world, pid_t pid)
{
	(void)pid;
	turn(world);
}

static uint64_t process_cpu_ns(struct world *world, pid_t pid)
{
	(void)pid;
	return sim_of(world)->now_ns;
}

/* What a call costs is not measured here. */
static pid_t start_caller(struct world *world)
{
	(void)world;
	return -EAGAIN;
}

static void empty_call(struct world *world)
{
	(void)world;
}

static int separate_descriptors(struct world *world, int *kept, size_t count)
{
	struct sim *sim = turn(world);
	(void)kept, (void)count;
	if (fails(sim, TROUBLE_NO_FILES, 100))
		return -EMFILE;
	sim->own_descriptors = true;
	return 0;
}

/* What the tracer sees from now on is not in the report. */
static void stay_behind(struct world *world)
{
	struct sim *sim = turn(world);
	sim_story(sim, "the tracer stays behind");
	sim->stays_behind = sim->has_stayed = true;
}

static int succeed(struct world *world, void (*run)(void *argument), void *argument)
{
	struct sim *sim = turn(world);
	if (fails(sim, TROUBLE_NO_MEMORY, 300))
		return -ENOMEM;
	sim_succeed_tracer(sim, run, argument);
	return 0;
}

static void wake(struct world *world, int fd)
{
	(void)fd;
	sim_of(world)->session_wakes_ns = 0;
}

/* The command's read ends. */
static int start_command(struct world *world, int fd)
{
	struct sim *sim = turn(world);
	struct sim_task *task = sim_find(sim, sim->command);
	(void)fd;
	if (fails(sim, TROUBLE_NO_FILES, 200))
		return -EPIPE;
	sim_story(sim, "the tracer lets the command start");
	sim->command_program.op[0].event_ns = 0;
	if (!task || task->program != &sim->command_program || !task->frame[0].call.active)
		return 0;
	task->frame[0].call.event_ns = sim->now_ns;
	if (task->run == SLEEPS)
		task->wake_ns = sim->now_ns;
	return 0;
}

static const struct world_process sim_process_table = {
	.self = self,
	.thread = self,
	.start = start,
	.await_ready = await_ready,
	.join = join,
	.clear = clear,
	.set_ready = set_ready,
	.kick = kick,
	.kill = kill_process,
	.go_on = continue_process,
	.cpu_ns = process_cpu_ns,
	.start_caller = start_caller,
	.empty_call = empty_call,
	.separate_descriptors = separate_descriptors,
	.stay_behind = stay_behind,
	.succeed = succeed,
	.wake = wake,
	.start_command = start_command,
};

/* Rights: for the text of a refusal. */

static bool kernel_version(struct world *world, int *major, int *minor)
{
	(void)world;
	*major = 6;
	*minor = 12;
	return true;
}

static void credentials(struct world *world, struct world_credentials *out)
{
	(void)world;
	*out = (struct world_credentials){0};
}

static bool exists(struct world *world, pid_t pid)
{
	return sim_find(sim_of(world), pid) != NULL;
}

static bool is_kernel_thread(struct world *world, pid_t pid)
{
	(void)world, (void)pid;
	return false;
}

static int yama_scope(struct world *world)
{
	(void)world;
	return 0;
}

static bool is_outside(struct world *world, pid_t pid, uid_t uid, bool may_trace)
{
	(void)world, (void)pid, (void)uid, (void)may_trace;
	return false;
}

static bool is_protected(struct world *world, pid_t pid, uid_t uid)
{
	(void)world, (void)pid, (void)uid;
	return false;
}

static void user_name(struct world *world, uid_t uid, char *name, size_t size)
{
	(void)world, (void)uid;
	if (size)
		name[0] = '\0';
}

static const struct world_access sim_access = {
	.kernel_version = kernel_version,
	.credentials = credentials,
	.exists = exists,
	.is_kernel_thread = is_kernel_thread,
	.yama_scope = yama_scope,
	.is_outside = is_outside,
	.is_protected = is_protected,
	.user_name = user_name,
};

void sim_world_init(struct sim *sim)
{
	sim->world = (struct world){
		.trace = &sim_trace,
		.wait = &sim_wait,
		.clock = &sim_clock,
		.proc = &sim_proc,
		.target = &sim_target,
		.sched = &sim_sched,
		.process = &sim_process_table,
		.access = &sim_access,
	};
}
