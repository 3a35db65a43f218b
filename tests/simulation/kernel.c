/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's rules of signals, job control, ptrace stops, births and ends; see sim.h.
 *
 * Names in brackets are the functions of Linux 6.12 that a rule is taken from: kernel/signal.c,
 * kernel/ptrace.c, kernel/fork.c, kernel/exit.c, fs/exec.c, kernel/entry/common.c; what is of x86,
 * arch/x86/kernel/signal.c. agree.c checks that the real kernel does the same.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "simulation/sim.h"

#define BIT(signal)   (UINT64_C(1) << (signal))
#define STOPS         (BIT(SIGSTOP) | BIT(SIGTSTP))
#define IGNORED       (BIT(SIGCHLD) | BIT(SIGWINCH) | BIT(SIGCONT) | BIT(SIGURG))
#define TRAP_EVENT(e) (SIGTRAP | (e) << 8)

/* The tracer's last look for reports is within so many turns of its end, … */
#define LAST_TURNS    8
/* … and before that it has looked at each task, which takes so many. */
#define LOOK_TURNS    2

struct sim_task *sim_find(struct sim *sim, pid_t tid)
{
	bool is_number = tid >= SIM_TID && tid < SIM_TID + SIM_TASKS;
	struct sim_task *task = is_number ? sim->by_number[tid - SIM_TID] : NULL;
	return task && task->run != GONE ? task : NULL;
}

#define FOR_EACH_THREAD(sim, of_process, thread_) \
	for (struct sim_task *thread_ = &(sim)->task[0]; \
		thread_ < &(sim)->task[(sim)->task_count]; thread_++) \
		if (thread_->process == (of_process) && thread_->run != GONE)

static bool is_leader(const struct sim_task *task)
{
	return task->tid == task->process->tgid;
}

char sim_state_char(const struct sim_task *task)
{
	static const char letters[] = {'R', 'S', 'D', 'T', 't', 'Z', '\0'};
	return letters[task->run];
}

/* Sleeping. */

void sim_sleep(struct sim *sim, struct sim_task *task, enum run_state run, uint64_t until_ns)
{
	task->run = run;
	task->wake_ns = until_ns;
	task->slept_ns = sim->now_ns;
	task->sleeps++;
}

static void wake(struct sim_task *task)
{
	task->run = RUNS;
}

/* Signals. */

/* [recalc_sigpending_tsk] Sets TIF_SIGPENDING, and never clears it. */
static bool recalc_tsk(struct sim_task *task)
{
	if (!(task->jobctl & PENDING_MASK) && !sim_has_signal(task))
		return false;
	task->sigpending = true;
	return true;
}

/* [recalc_sigpending] */
static void recalc(struct sim_task *task)
{
	if (!recalc_tsk(task))
		task->sigpending = false;
}

/* [render_sigset_t] of proc_pid_status() */
bool sim_has_signal(const struct sim_task *task)
{
	const struct sim_process *process = task->process;
	bool queued = (task->queued || process->queued) && !(task->blocked & BIT(SIM_RT_SIGNAL));
	return queued || task->killed || ((task->pending | process->pending) & ~task->blocked);
}

/* [signal_wake_up] */
void sim_signal_wake_up(struct sim_task *task, bool kills)
{
	bool killable = task->run == BLOCKED &&
	                (task->place == AT_VFORKED || task->process->execing == task->tid);
	task->sigpending = true;
	if (task->run == SLEEPS ||
		(kills && (task->run == STOPPED || task->run == TRACED || killable)))
		wake(task);
}

/* [ptrace_signal_wake_up] */
void sim_trace_wake_up(struct sim_task *task, bool resume)
{
	task->sigpending = true;
	if (task->run == SLEEPS || (resume && task->run == TRACED))
		wake(task);
}

/* [task_set_jobctl_pending] */
bool sim_set_jobctl(struct sim_task *task, unsigned int mask)
{
	if (task->killed || task->exiting)
		return false;
	if (mask & STOP_SIGMASK)
		task->jobctl &= ~(unsigned int)STOP_SIGMASK;
	task->jobctl |= mask;
	return true;
}

/* [task_clear_jobctl_pending] */
static void clear_jobctl(struct sim_task *task, unsigned int mask)
{
	if (mask & STOP_PENDING)
		mask |= STOP_CONSUME | STOP_DEQUEUED;
	task->jobctl &= ~mask;
}

/* [ptrace_trap_notify] */
static void trap_notify(struct sim_task *task)
{
	sim_set_jobctl(task, TRAP_NOTIFY);
	sim_trace_wake_up(task, task->jobctl & LISTENING);
}

/* [flush_sigqueue_mask] */
static void flush(struct sim *sim, struct sim_process *process, uint64_t mask)
{
	process->pending &= ~mask;
	FOR_EACH_THREAD(sim, process, task)
	task->pending &= ~mask;
}

/* SIGCONT is gone again before the thread that was woken for it, as that is traced, has taken it.
 */
static void flush_cont(struct sim *sim, struct sim_process *process)
{
	flush(sim, process, BIT(SIGCONT));
	FOR_EACH_THREAD(sim, process, task)
	{
		struct sim_call *call = &task->frame[task->level].call;
		call->unrepairable |= call->ignored && !task->syscall_trace;
	}
}

/* [sig_kernel_ignore] */
static bool is_default_ignored(int signal)
{
	return BIT(signal) & IGNORED;
}

/* [sig_handler_ignored] */
static bool is_ignored(const struct sim_process *process, int signal)
{
	enum disposition disposition = process->disposition[signal];
	return disposition == IGNORE || (disposition == DEFAULT && is_default_ignored(signal));
}

static void note_ignored(const struct sim *sim, struct sim_call *call)
{
	if (!call->ignored)
		call->first_ignored_ns = sim->now_ns;
	call->ignored = true;
	call->ignored_ns = sim->now_ns;
}

/* TASK is woken only because it, or another thread, is traced. */
static void disturb(struct sim *sim, struct sim_task *task)
{
	struct sim_call *call = &task->frame[task->level].call;
	note_ignored(sim, call);
	call->ignored_turn = sim->tracer_turns;
	call->is_seen = false; /* that was another one */
	call->as_we_leave |= (sim->leaving || sim->orphan) && !task->syscall_trace;
}

/* [prepare_signal] Returns whether the signal is to be queued. */
static bool prepare(struct sim *sim, struct sim_process *process, struct sim_task *task, int signal)
{
	if (process->group_exit)
		return signal == SIGKILL;
	if (BIT(signal) & STOPS) {
		flush_cont(sim, process);
	} else if (signal == SIGCONT) {
		flush(sim, process, STOPS);
		FOR_EACH_THREAD(sim, process, thread)
		{
			clear_jobctl(thread, STOP_PENDING);
			if (thread->traced) {
				disturb(sim, thread);
				trap_notify(thread);
			} else if (thread->run == STOPPED)
				wake(thread);
		}
		if (process->stop_stopped || process->group_stop_count)
			process->tells_parent = true; /* SIGNAL_CLD_MASK */
		process->stop_stopped = false;
		process->group_stop_count = 0;
	}
	/* [sig_ignored] "Tracers may want to know about even ignored signal" */
	if (task->blocked & BIT(signal))
		return true;
	if (task->traced && signal != SIGKILL)
		return true;
	return !is_ignored(process, signal);
}

/* [wants_signal] */
static bool wants(const struct sim_task *task, int signal)
{
	if (task->run == ZOMBIE || task->run == GONE || task->exiting)
		return false;
	if (task->blocked & BIT(signal))
		return false;
	if (signal == SIGKILL)
		return true;
	return task->run != STOPPED && task->run != TRACED && !task->sigpending;
}

/* [zap_other_threads], and the same of a signal that ends all in [complete_signal] */
static void kill_thread(struct sim *sim, struct sim_task *task)
{
	if (task->run == ZOMBIE || task->exiting)
		return;
	/* The tracer may have taken its report. */
	if (task->run == TRACED)
		sim_log_exit(sim, task, false);
	clear_jobctl(task, PENDING_MASK);
	task->killed = true;
	sim_signal_wake_up(task, true);
}

/* [sig_fatal] */
static bool is_fatal(const struct sim_process *process, int signal)
{
	return process->disposition[signal] == DEFAULT && !is_default_ignored(signal) &&
	       !(BIT(signal) & STOPS);
}

/* [next_thread] */
static struct sim_task *next_thread(struct sim *sim, struct sim_task *task)
{
	unsigned int at = (unsigned int)(task - sim->task);
	struct sim_task *next;
	do {
		at = (at + 1) % sim->task_count;
		next = &sim->task[at];
	} while (next != task && (next->process != task->process || next->run == GONE));
	return next;
}

/* Which thread is woken for a signal, TASK or one that has not been for longest; or NULL. */
static struct sim_task *choose_taker(struct sim *sim, struct sim_process *process,
	struct sim_task *task, bool for_one, int signal)
{
	if (wants(task, signal))
		return task;
	if (for_one)
		return NULL;
	struct sim_task *taker = process->curr_target;
	while (!wants(taker, signal)) {
		taker = next_thread(sim, taker);
		if (taker == process->curr_target)
			return NULL;
	}
	process->curr_target = taker;
	return taker;
}

/* [complete_signal] TASK is the one that the signal is for, or where the choice begins. */
static void complete(struct sim *sim, struct sim_process *process, struct sim_task *task,
	bool for_one, int signal)
{
	struct sim_task *taker = choose_taker(sim, process, task, for_one, signal);
	if (!taker)
		return;
	if (is_fatal(process, signal) && !(taker->blocked & BIT(signal)) &&
		(signal == SIGKILL || !task->traced)) {
		process->group_exit = true;
		process->group_exit_code = signal;
		FOR_EACH_THREAD(sim, process, thread)
		kill_thread(sim, thread);
		return;
	}
	/* Another thread may take it first, and this one was woken for nothing. */
	taker->frame[taker->level].call.stopped |= !is_ignored(process, signal);
	if (is_ignored(process, signal))
		disturb(sim, taker);
	sim_signal_wake_up(taker, signal == SIGKILL);
}

static bool has_handler(const struct sim_process *process, int signal)
{
	return process->disposition[signal] >= HANDLER;
}

/* [send_signal_locked] To TASK, alone or as one of its process. */
static void send(struct sim *sim, struct sim_task *task, bool for_one, int signal)
{
	struct sim_process *process = task->process;
	bool is_lost = for_one && task->exiting;
	if (signal == SIGSTOP && !is_lost)
		process->is_stopped = true;
	if (signal == SIGCONT)
		process->is_stopped = false;
	if (!prepare(sim, process, task, signal))
		return;
	if (has_handler(process, signal) && !is_lost) {
		process->sent[signal]++;
		process->owed |= BIT(signal);
	}
	uint64_t *pending = for_one ? &task->pending : &process->pending;
	if (signal == SIM_RT_SIGNAL)
		(*(for_one ? &task->queued : &process->queued))++;
	else if (signal != SIGKILL && (*pending & BIT(signal)))
		return;
	else
		*pending |= BIT(signal);
	complete(sim, process, task, for_one, signal);
}

/* To TASK alone, or to PROCESS where that is NULL. */
void sim_send(struct sim *sim, struct sim_process *process, struct sim_task *task, int signal)
{
	struct sim_task *leader = task ? task : sim_find(sim, process->tgid);
	if (leader && leader->run != GONE && !(task && task->run == ZOMBIE))
		send(sim, leader, task != NULL, signal);
}

/* [retarget_shared_pending] TASK does not take the signals WHICH any more: others are woken. */
static void retarget(struct sim *sim, struct sim_task *task, uint64_t which)
{
	struct sim_process *process = task->process;
	uint64_t left = process->pending & which;
	if (process->queued && (which & BIT(SIM_RT_SIGNAL)))
		left |= BIT(SIM_RT_SIGNAL);
	for (struct sim_task *other = next_thread(sim, task); left && other != task;
		other = next_thread(sim, other)) {
		if (other->exiting || other->run == ZOMBIE || !(left & ~other->blocked))
			continue;
		left &= other->blocked;
		if (other->sigpending)
			continue;
		other->frame[other->level].call.stopped = true;
		sim_signal_wake_up(other, false);
	}
}

/* [__set_task_blocked], [set_current_blocked] */
void sim_set_blocked(struct sim *sim, struct sim_task *task, uint64_t blocked)
{
	if (blocked == task->blocked) /* "In case the signal mask hasn't changed" */
		return;
	if (task->sigpending)
		retarget(sim, task, blocked & ~task->blocked);
	task->blocked = blocked;
	recalc(task);
}

/*
 * TASK has taken a signal of the whole process that is ignored, and only comes because a tracer
 * might want it. The thread that was woken for it may be another one, and may not be traced, or not
 * stop where its calls end: nobody can repair its call then.
 */
static void mark_unrepairable(struct sim *sim, struct sim_task *task)
{
	FOR_EACH_THREAD(sim, task->process, other)
	{
		if (other != task && other->sigpending && !other->syscall_trace)
			other->frame[other->level].call.unrepairable = true;
	}
}

/* [dequeue_signal] The lowest number; the thread's own come first. */
static int dequeue(struct sim *sim, struct sim_task *task)
{
	struct sim_process *process = task->process;
	uint64_t *sets[] = {&task->pending, &process->pending};
	unsigned int *queues[] = {&task->queued, &process->queued};
	int signal = 0;
	task->delivers_shared = false;
	for (int i = 0; i < 2 && !signal; i++) {
		uint64_t set = *sets[i] & ~task->blocked;
		if (*queues[i] && !(task->blocked & BIT(SIM_RT_SIGNAL)))
			set |= BIT(SIM_RT_SIGNAL);
		if (!set)
			continue;
		signal = __builtin_ctzll(set);
		task->delivers_shared = i == 1;
		if (signal == SIM_RT_SIGNAL)
			--*queues[i];
		else
			*sets[i] &= ~BIT(signal);
		if (i == 1 && is_ignored(process, signal))
			mark_unrepairable(sim, task);
	}
	recalc(task);
	if (signal && (BIT(signal) & STOPS))
		task->jobctl |= STOP_DEQUEUED;
	return signal;
}

/* Group stops. */

/* [task_participate_group_stop] Returns whether that completes the stop. */
static bool participate(struct sim_task *task)
{
	struct sim_process *process = task->process;
	bool consume = task->jobctl & STOP_CONSUME;
	clear_jobctl(task, STOP_PENDING);
	if (!consume)
		return false;
	if (process->group_stop_count > 0)
		process->group_stop_count--;
	if (process->group_stop_count || process->group_exit || process->stop_stopped)
		return false;
	process->stop_stopped = true;
	return true;
}

/* [do_notify_parent_cldstop] to the parent of PROCESS, which has stopped or goes on */
static void notify_parent_of_stop(struct sim *sim, const struct sim_process *process)
{
	struct sim_task *parent = process->parent_task;
	if (parent && parent->process->disposition[SIGCHLD] != IGNORE)
		send(sim, parent, false, SIGCHLD);
}

/* TASK stops with its process, in the call that it makes, if it makes one. */
static void note_stop(const struct sim *sim, struct sim_task *task)
{
	struct sim_call *call = &task->frame[task->level].call;
	if (!call->active || call->interrupted)
		return;
	call->interrupted = true;
	call->stopped_ns = sim->now_ns;
	call->stopped_link = task->traced ? task->link_number : 0;
}

/* [do_signal_stop] Returns whether the task stays where it is now. */
static bool signal_stop(struct sim *sim, struct sim_task *task, int signal)
{
	struct sim_process *process = task->process;
	if (!(task->jobctl & STOP_PENDING)) {
		unsigned int stop = STOP_PENDING | STOP_CONSUME | (unsigned int)signal;
		if (!(task->jobctl & STOP_DEQUEUED) || process->group_exit || process->execing)
			return false;
		process->group_stop_count = 0;
		process->group_stop_count += sim_set_jobctl(task, stop);
		FOR_EACH_THREAD(sim, process, other)
		{
			if (other == task || other->run == STOPPED || !sim_set_jobctl(other, stop))
				continue;
			process->group_stop_count++;
			other->frame[other->level].call.stopped = true;
			if (other->traced)
				trap_notify(other);
			else
				sim_signal_wake_up(other, false);
		}
	}
	if (!task->traced) {
		bool completes = participate(task);
		note_stop(sim, task);
		sim_sleep(sim, task, STOPPED, SIM_FOREVER);
		task->same_loop = false; /* [get_signal] "goto relock" */
		if (completes)
			notify_parent_of_stop(sim, process);
		return true;
	}
	sim_set_jobctl(task, TRAP_STOP);
	return false;
}

/* Whether a stop of the whole process is on its way: one that was for a dead thread is not. */
static void recount_stop(struct sim *sim, struct sim_process *process)
{
	uint64_t pending = process->pending;
	FOR_EACH_THREAD(sim, process, task)
	{
		if (task->exiting)
			continue;
		pending |= task->pending;
		/* A SIGCONT has undone it [task_clear_jobctl_pending], see [do_signal_stop]. */
		if (task->place == AT_DELIVER && (task->jobctl & STOP_DEQUEUED))
			pending |= BIT(task->delivering);
	}
	process->is_stopped = (pending & STOPS) || process->stop_stopped ||
	                      process->group_stop_count > 0;
}

/* Stops for the tracer. */

/* [do_notify_parent_cldstop] to the tracer */
static void notify_tracer(struct sim *sim, const struct sim_task *task)
{
	if (sim->stop_signals && !sim->stop_signal)
		sim->stop_signal = task->tid;
	sim_wake_tracer(sim);
}

uint64_t sim_tracer_ns(const struct sim *sim)
{
	uint64_t until_ns = sim->starved_until_ns[PARTY_TRACER];
	uint64_t left_ns = until_ns > sim->now_ns ? until_ns - sim->now_ns : 0;
	return sim->now_ns - (sim->starved_ns - left_ns);
}

uint64_t sim_idle_ns(const struct sim *sim)
{
	uint64_t until_ns = sim->now_ns < sim->tracer_wakes_ns ? sim->now_ns : sim->tracer_wakes_ns;
	bool sleeps = sim->tracer_blocked && !sim->tracer_trapping &&
	              until_ns > sim->tracer_sleeps_ns;
	return sim->idle_ns + (sleeps ? until_ns - sim->tracer_sleeps_ns : 0);
}

/* [ptrace_stop] Returns whether it has stopped; if not, it is as if it had been resumed at once. */
static bool trace_stop(struct sim *sim, struct sim_task *task, int code, long message)
{
	bool is_event_stop = code >> 8 == PTRACE_EVENT_STOP;
	task->op = NO_OP;
	if (!task->traced || task->killed) {
		task->exit_code = task->killed ? 0 : code;
		return false;
	}
	task->exit_code = task->stop_code = code;
	task->message = message;
	bool completes = is_event_stop && (task->jobctl & STOP_PENDING) && participate(task);
	clear_jobctl(task, TRAP_STOP | (is_event_stop ? TRAP_NOTIFY : 0));
	clear_jobctl(task, TRAPPING);
	sim_sleep(sim, task, TRACED, SIM_FOREVER);
	task->stopped_turn = sim->tracer_turns;
	task->has_stopped = true;
	sim->other_stops += code != (SIGTRAP | 0x80);
	task->other_stops = sim->other_stops;
	task->tracer_ns = sim_tracer_ns(sim);
	task->idle_ns = sim_idle_ns(sim);
	sim_story(sim, "%d stops for the tracer: status %#x, call %ld, result %ld", task->tid, code,
		task->nr, (long)task->result);
	notify_tracer(sim, task);
	if (completes)
		notify_parent_of_stop(sim, task->process);
	return true;
}

/* The end of [ptrace_stop]. Returns the signal that the tracer wants delivered. */
static int leave_stop(struct sim_task *task)
{
	int code = task->exit_code;
	task->exit_code = task->stop_code = 0;
	task->op = NO_OP;
	task->jobctl &= ~(unsigned int)LISTENING;
	recalc_tsk(task);
	return code;
}

/* [do_jobctl_trap] */
static void jobctl_trap(struct sim *sim, struct sim_task *task)
{
	const struct sim_process *process = task->process;
	int signal = task->jobctl & STOP_SIGMASK;
	if (!process->group_stop_count && !process->stop_stopped)
		signal = SIGTRAP;
	else
		note_stop(sim, task);
	trace_stop(sim, task, signal | PTRACE_EVENT_STOP << 8, 0);
}

/* [ptrace_report_syscall] */
static bool syscall_stop(struct sim *sim, struct sim_task *task, bool entry)
{
	if (!task->traced || !task->syscall_trace)
		return false;
	if (!trace_stop(sim, task, SIGTRAP | 0x80, 0))
		return false;
	task->op = entry ? ENTRY_OP : EXIT_OP;
	return true;
}

/* Its second half: what the tracer resumes it with is sent to it, if it is a signal. */
static void end_syscall_stop(struct sim *sim, struct sim_task *task)
{
	int code = leave_stop(task);
	if (code > 0 && code <= 64)
		sim_send(sim, task->process, task, code);
}

/* Attaching and leaving. */

static void notify_parent(struct sim *sim, struct sim_task *leader);

static bool is_alone(struct sim *sim, const struct sim_task *task)
{
	FOR_EACH_THREAD(sim, task->process, other)
	{
		if (other != task)
			return false;
	}
	return true;
}

/* [__ptrace_unlink] */
static void unlink_only(struct sim_task *task)
{
	struct sim_process *process = task->process;
	task->syscall_trace = false;
	task->traced = false;
	clear_jobctl(task, TRAP_MASK | TRAPPING);
	if (!task->exiting && (process->stop_stopped || process->group_stop_count))
		task->jobctl |= STOP_PENDING;
	if ((task->jobctl & STOP_PENDING) || task->run == TRACED)
		sim_trace_wake_up(task, true);
}

static void release(struct sim *sim, struct sim_task *task);

/* [__ptrace_detach] */
void sim_unlink(struct sim *sim, struct sim_task *task)
{
	unlink_only(task);
	if (task->run != ZOMBIE)
		return;
	if (!is_leader(task))
		release(sim, task);
	else if (is_alone(sim, task))
		notify_parent(sim, task);
}

/* How many turns a last look at all tasks takes at most. */
static uint64_t look_turns(const struct sim *sim)
{
	uint64_t turns = LAST_TURNS;
	for (unsigned int i = 0; i < sim->task_count; i++)
		turns += sim->task[i].traced ? LOOK_TURNS : 0;
	return turns;
}

/* [exit_ptrace] */
void sim_link_tracer_death(struct sim *sim)
{
	const uint64_t last_look = look_turns(sim);
	for (unsigned int i = 0; i < sim->task_count; i++) {
		struct sim_task *task = &sim->task[i];
		if (task->run == GONE || !task->traced)
			continue;
		if (sim->tracer_was_killed) {
			for (unsigned int level = 0; level <= task->level; level++)
				task->frame[level].call.tracer_died = true;
		}
		/* An ignored signal that comes as the tracer has decided to end, or has not been
		 * taken yet. */
		struct sim_call *call = &task->frame[task->level].call;
		bool is_late = sim->tracer_turns - call->ignored_turn < LAST_TURNS ||
		               sim->tracer_turns - task->stopped_turn < LAST_TURNS ||
		               (call->ignored_turn >= task->looked_turn &&
				       sim->tracer_turns - task->looked_turn < last_look);
		call->is_seen = call->ignored && task->syscall_trace && !is_late &&
		                !call->looked_asleep;
		call->unrepairable |= call->ignored && !call->is_seen &&
		                      (is_late || task->run == RUNS);
		sim_story(sim, "%d is not traced any more (%c)", task->tid, sim_state_char(task));
		sim_unlink(sim, task);
	}
}

/* [wait_task_zombie] by the tracer */
void sim_reap(struct sim *sim, struct sim_task *task)
{
	sim->other_stops++;
	sim_check_reap(sim, task);
	if (!is_leader(task)) {
		release(sim, task);
		return;
	}
	task->traced = false;
	if (is_alone(sim, task))
		notify_parent(sim, task);
}

/* Ends. */

/* The signal that tells PARENT of the end of PROCESS; 0: none. SIGCHLD once PARENT has called
 * execve.
 */
static int end_signal(const struct sim_process *process, const struct sim_task *parent)
{
	return process->parents_execs == parent->process->execs ? process->exit_signal : SIGCHLD;
}

/* [do_notify_parent] of a whole process that has ended. What is no task of ours reaps at once. */
static void notify_parent(struct sim *sim, struct sim_task *leader)
{
	struct sim_task *parent = leader->process->parent_task;
	int signal = parent ? end_signal(leader->process, parent) : 0;
	bool is_ignored = !parent ||
	                  (signal == SIGCHLD && parent->process->disposition[SIGCHLD] == IGNORE);
	if (is_ignored)
		release(sim, leader);
	if (!parent)
		return;
	if (!is_ignored) {
		parent->process->zombies++;
		if (signal)
			send(sim, parent, false, signal);
	}
	FOR_EACH_THREAD(sim, parent->process, task)
	{
		if (task->run == SLEEPS && sim_op(task) && sim_op(task)->kind == OP_WAIT)
			wake(task);
	}
}

/* [release_task] */
static void release(struct sim *sim, struct sim_task *task)
{
	struct sim_process *process = task->process;
	if (process->curr_target == task) /* [__exit_signal] */
		process->curr_target = next_thread(sim, task);
	task->run = GONE;
	task->traced = false;
	process->threads--;
	FOR_EACH_THREAD(sim, process, other)
	{
		if (other->tid == process->execing && other->run == BLOCKED)
			wake(other);
	}
	FOR_EACH_THREAD(sim, process, leader)
	{
		if (is_leader(leader) && leader->run == ZOMBIE && is_alone(sim, leader)) {
			if (leader->traced)
				notify_tracer(sim, leader);
			else
				notify_parent(sim, leader);
			return;
		}
	}
}

/* [forget_original_parent] The children of TASK become another thread's, or init's. */
static void orphan_children(struct sim *sim, struct sim_task *task)
{
	struct sim_task *parent = NULL;
	FOR_EACH_THREAD(sim, task->process, other)
	{
		if (!parent && !other->exiting)
			parent = other;
	}
	for (unsigned int i = 0; i < sim->task_count; i++) {
		struct sim_process *child = &sim->process[i];
		if (child->tgid == 0 || child->parent_task != task)
			continue;
		child->parent_task = parent;
		if (parent)
			continue;
		child->parent = 1;
		child->exit_signal = SIGCHLD; /* [reparent_leader] */
		struct sim_task *leader = sim_find(sim, child->tgid);
		if (leader && leader->run == ZOMBIE && !leader->traced && is_alone(sim, leader))
			release(sim, leader);
	}
}

/* [complete_vfork_done] */
static void end_vfork(struct sim *sim, struct sim_task *task)
{
	struct sim_task *parent = task->vfork_parent ? sim_find(sim, task->vfork_parent) : NULL;
	task->vfork_parent = 0;
	if (parent && parent->vfork_child == task->tid) {
		parent->vfork_child = 0;
		if (parent->place == AT_VFORKED && parent->run == BLOCKED)
			wake(parent);
	}
}

/* [io_wq_exit_workers] Kernel workers do not outlive the threads that they work for. */
static void end_workers(struct sim *sim, struct sim_process *process)
{
	bool any = false;
	FOR_EACH_THREAD(sim, process, task)
	any |= task->program && !task->exiting;
	FOR_EACH_THREAD(sim, process, worker)
	{
		if (!any && !worker->program)
			kill_thread(sim, worker);
	}
}

/* [exit_notify] */
static void notify_of_end(struct sim *sim, struct sim_task *task)
{
	struct sim_process *process = task->process;
	task->run = ZOMBIE;
	task->idle_ns = sim_idle_ns(sim);
	sim->deaths++;
	sim_story(sim, "%d has ended, status %#x", task->tid, (unsigned int)task->exit_status);
	orphan_children(sim, task);
	FOR_EACH_THREAD(sim, process, other)
	{ /* "mt-exec, de_thread() is waiting" */
		if (other->tid == process->execing && other->run == BLOCKED)
			wake(other);
	}
	if (task->traced)
		notify_tracer(sim, task);
	else if (!is_leader(task))
		release(sim, task);
	else if (is_alone(sim, task))
		notify_parent(sim, task);
}

/* [do_exit], until others are told: [exit_signals], [mm_release] */
static void die(struct sim *sim, struct sim_task *task)
{
	struct sim_process *process = task->process;
	if (process->group_exit)
		task->exit_status = process->group_exit_code;
	task->exiting = true;
	task->place = AT_END;
	if (!process->group_exit && !is_alone(sim, task)) {
		if (task->sigpending)
			retarget(sim, task, ~task->blocked);
		if ((task->jobctl & STOP_PENDING) && participate(task))
			notify_parent_of_stop(sim, process);
	}
	process->owed &= ~task->pending;
	if (task->pending & STOPS)
		recount_stop(sim, process);
	process->sent[SIM_RT_SIGNAL] -= task->queued;
	if (process->sent[SIM_RT_SIGNAL] == process->taken[SIM_RT_SIGNAL])
		process->owed &= ~BIT(SIM_RT_SIGNAL);
	end_vfork(sim, task);
	end_workers(sim, process);
	clear_jobctl(task, TRAPPING);
}

/* [do_group_exit] */
static void group_exit(struct sim *sim, struct sim_task *task, int status)
{
	struct sim_process *process = task->process;
	if (!process->group_exit) {
		process->group_exit = true;
		process->group_exit_code = status;
		FOR_EACH_THREAD(sim, process, other)
		{
			if (other != task)
				kill_thread(sim, other);
		}
	}
	die(sim, task);
}

/* Births. */

static struct sim_task *new_task(struct sim *sim, const struct program *program)
{
	if (sim->task_count == SIM_TASKS)
		return NULL;
	struct sim_task *task = &sim->task[sim->task_count];
	*task = (struct sim_task){
		.tid = SIM_TID + (pid_t)sim->task_count,
		.program = program,
		.nr = -1,
	};
	sim->by_number[sim->task_count] = task;
	sim->task_count++;
	sim->births++;
	return task;
}

struct sim_task *sim_new_process(struct sim *sim, const struct program *program, pid_t parent)
{
	struct sim_task *task = new_task(sim, program);
	if (!task)
		return NULL;
	struct sim_process *process = &sim->process[task - sim->task];
	*process = (struct sim_process){
		.tgid = task->tid,
		.parent = parent,
		.threads = 1,
		.curr_target = task,
		.exit_signal = SIGCHLD,
	};
	process->disposition[SIGUSR1] = HANDLER_RESTART;
	process->disposition[SIGUSR2] = HANDLER;
	process->disposition[SIM_RT_SIGNAL] = HANDLER_RESTART;
	task->process = process;
	return task;
}

struct sim_task *sim_new_thread(
	struct sim *sim, struct sim_process *process, const struct program *program)
{
	struct sim_task *task = new_task(sim, program);
	if (!task)
		return NULL;
	task->process = process;
	process->threads++;
	return task;
}

/* [ptrace_init_task] */
static void init_trace(struct sim *sim, const struct sim_task *parent, struct sim_task *child)
{
	child->traced = true;
	child->seized_ns = sim->now_ns;
	child->link_number = sim_log(sim, child->tid)->link = ++sim->links;
	child->was_traced = true;
	child->options = parent->options;
	sim_set_jobctl(child, TRAP_STOP);
	child->sigpending = true;
	sim_story(sim, "%d is born a tracee", child->tid);
}

/* [task_join_group_stop] CHILD is a thread that TASK makes. */
static void join_stop(const struct sim_task *task, struct sim_task *child)
{
	struct sim_process *process = task->process;
	unsigned int mask = task->jobctl & STOP_SIGMASK;
	if (process->group_stop_count) {
		process->group_stop_count++;
		mask |= STOP_CONSUME;
	} else if (!process->stop_stopped) {
		return;
	}
	sim_set_jobctl(child, mask | STOP_PENDING);
	child->sigpending = true;
}

struct birth {
	unsigned long option;
	int event;
	bool thread, vfork, untraced, of_parent;
	int exit_signal; /* of a process */
};

static const struct birth births[ALL_OP_KINDS] = {
	[OP_CLONE] = {PTRACE_O_TRACECLONE, PTRACE_EVENT_CLONE, .thread = true},
	[OP_FORK] = {PTRACE_O_TRACEFORK, PTRACE_EVENT_FORK, .exit_signal = SIGCHLD},
	[OP_VFORK] = {PTRACE_O_TRACEVFORK, PTRACE_EVENT_VFORK, .vfork = true,
		.exit_signal = SIGCHLD},
	[OP_UNTRACED] = {.thread = true, .untraced = true},
	[OP_UNTRACED3] = {.thread = true, .untraced = true},
	[OP_CLONE_PARENT] = {PTRACE_O_TRACEFORK, PTRACE_EVENT_FORK, .of_parent = true},
	[OP_CLONE_SIGNAL] = {PTRACE_O_TRACECLONE, PTRACE_EVENT_CLONE, .exit_signal = SIGUSR1},
	[OP_CLONE_SILENT] = {PTRACE_O_TRACECLONE, PTRACE_EVENT_CLONE},
	[OP_VFORK_THREAD] = {PTRACE_O_TRACEVFORK, PTRACE_EVENT_VFORK, .thread = true,
		.vfork = true},
};

/* [kernel_clone], and the beginning of [copy_process] */
static void clone_task(struct sim *sim, struct sim_task *task)
{
	const struct op *op = sim_op(task);
	const struct birth *birth = &births[op->kind];
	recalc(task);
	if (task->sigpending) {
		task->result = -513; /* ERESTARTNOINTR */
		task->place = AT_EXIT;
		return;
	}
	task->born_event = task->traced && !birth->untraced && (task->options & birth->option);
	task->made_by_link = task->traced ? task->link_number : 0;
	task->place = AT_CLONE;
	sim_meet(sim, task);
}

/* [copy_process] PROCESS is the child of TASK, or of its parent. */
static void make_process(
	const struct birth *birth, struct sim_task *task, struct sim_process *process)
{
	const struct sim_process *of = task->process;
	process->parent_task = birth->of_parent ? of->parent_task : task;
	process->exit_signal = birth->of_parent ? of->exit_signal : birth->exit_signal;
	process->parents_execs = birth->of_parent ? of->parents_execs : of->execs;
	process->execs = of->execs;
	memcpy(process->disposition, of->disposition, sizeof(process->disposition));
}

/* [copy_process], from where the task is seen */
static void at_clone(struct sim *sim, struct sim_task *task)
{
	const struct op *op = sim_op(task);
	const struct birth *birth = &births[op->kind];
	if (task->killed) { /* "fatal_signal_pending(current)" */
		task->result = -EINTR;
		task->place = AT_EXIT;
		return;
	}
	const struct program *program = &sim->program[op->argument];
	pid_t parent = birth->of_parent ? task->process->parent : task->process->tgid;
	struct sim_task *child = birth->thread ? sim_new_thread(sim, task->process, program)
	                                       : sim_new_process(sim, program, parent);
	if (!child) {
		task->result = -EAGAIN;
		task->place = AT_EXIT;
		return;
	}
	child->blocked = task->blocked;
	child->nr = task->nr;
	child->place = AT_RETURN;
	if (!birth->thread)
		make_process(birth, task, child->process);
	sim_story(
		sim, "%d makes %s %d", task->tid, birth->thread ? "thread" : "process", child->tid);
	if (task->born_event && task->traced)
		init_trace(sim, task, child);
	if (birth->thread)
		join_stop(task, child);
	child->made_untraced = (birth->untraced && task->made_by_link) ||
	                       (task->made_untraced && !task->was_traced);
	sim_check_birth(sim, task, child, birth->thread);
	task->child = child->tid;
	task->place = AT_BIRTH;
	if (birth->vfork) {
		task->vfork_child = child->tid;
		child->vfork_parent = task->tid;
	}
	sim_meet(sim, task);
}

/*
 * After the birth: [ptrace_event_pid], [wait_for_vfork_done]. The event goes to who traces it now,
 * if that wants it [ptrace_event_enabled]; the child became a tracee of who did before.
 */
static void at_birth(struct sim *sim, struct sim_task *task)
{
	const struct birth *birth = &births[sim_op(task)->kind];
	bool event = task->born_event && task->traced && (task->options & birth->option);
	task->born_event = false;
	task->place = birth->vfork ? AT_VFORKED : AT_EXIT;
	if (event)
		trace_stop(sim, task, TRAP_EVENT(birth->event), task->child);
}

static void at_vforked(struct sim *sim, struct sim_task *task)
{
	if (task->stop_code)
		leave_stop(task);
	if (task->vfork_child && !task->killed) {
		sim_sleep(sim, task, BLOCKED, SIM_FOREVER);
		return;
	}
	task->place = AT_EXIT;
	if (!task->killed && task->traced && (task->options & PTRACE_O_TRACEVFORKDONE))
		trace_stop(sim, task, TRAP_EVENT(PTRACE_EVENT_VFORK_DONE), task->child);
}

/* Execve. */

/* [de_thread] Whether the others are gone. */
static bool is_last(struct sim *sim, struct sim_task *task)
{
	FOR_EACH_THREAD(sim, task->process, other)
	{
		if (other != task && !(is_leader(other) && other->run == ZOMBIE))
			return false;
	}
	return true;
}

/* [de_thread], [begin_new_exec], [ptrace_event] */
static void at_exec(struct sim *sim, struct sim_task *task)
{
	struct sim_process *process = task->process;
	pid_t former = task->tid;
	if (task->killed && process->group_exit) {
		process->execing = 0;
		task->result = -EINTR;
		task->place = AT_EXIT;
		return;
	}
	if (!process->execing) {
		process->execing = task->tid;
		FOR_EACH_THREAD(sim, process, other)
		{
			if (other != task)
				kill_thread(sim, other);
		}
		sim_meet(sim, task);
	}
	if (!is_last(sim, task)) {
		sim_sleep(sim, task, BLOCKED, SIM_FOREVER);
		return;
	}
	FOR_EACH_THREAD(sim, process, leader)
	{
		if (leader == task)
			continue;
		/* Its number is the caller's now; its tracer is not told. */
		leader->run = GONE;
		leader->traced = false;
		leader->tid = 0;
		sim_log(sim, process->tgid)->replaced = true;
		process->threads--;
	}
	process->curr_target = task;
	sim->by_number[former - SIM_TID] = NULL;
	task->tid = process->tgid;
	sim->by_number[task->tid - SIM_TID] = task;
	sim->task[former - SIM_TID].gone_seen = former != task->tid;
	if (task->traced)
		sim_log(sim, task->tid)->link = task->link_number;
	process->execing = 0;
	for (int i = 1; i <= 64; i++) {
		if (process->disposition[i] >= HANDLER)
			process->disposition[i] = DEFAULT;
	}
	process->owed = 0;
	process->exit_signal = SIGCHLD; /* "we have changed execution domain" */
	process->execs++;
	recount_stop(sim, process);
	memset(process->sent, 0, sizeof(process->sent));
	memset(process->taken, 0, sizeof(process->taken));
	end_vfork(sim, task);
	task->program = &sim->program[sim_op(task)->argument];
	task->level = 0;
	task->frame[0] = (struct frame){.execed = true, .call = task->frame[0].call};
	task->result = -ENOSYS; /* until the call returns */
	task->place = AT_EXECED;
	sim_story(sim, "%d is a new program, and was %d", task->tid, former);
	if (task->traced && (task->options & PTRACE_O_TRACEEXEC))
		trace_stop(sim, task, TRAP_EVENT(PTRACE_EVENT_EXEC), former);
}

/* Return to user code. */

static void to_user(struct sim_task *task)
{
	task->place = AT_USER;
	task->in_get_signal = false;
	task->nr = -1;
}

/* [arch_do_signal_or_restart] without a handler */
static void restart(struct sim_task *task)
{
	struct frame *frame = &task->frame[task->level];
	bool restarts = task->result == -512 || task->result == -513 || task->result == -514 ||
	                task->result == -516;
	if (task->nr == -1 || !restarts)
		return;
	frame->after = false;
	frame->restart = task->result == -516;
	frame->call.restarted++;
}

/* [handle_signal] */
static void run_handler(struct sim *sim, struct sim_task *task, int signal)
{
	struct sim_process *process = task->process;
	struct frame *frame = &task->frame[task->level];
	bool restarts = process->disposition[signal] == HANDLER_RESTART;
	sim_check_delivery(sim, task, signal);
	frame->call.handled = true;
	if (task->nr != -1) {
		if (task->result == -514 || task->result == -516 ||
			(task->result == -512 && !restarts)) {
			task->result = frame->result = -EINTR;
		} else if (task->result == -512 || task->result == -513) {
			frame->after = frame->restart = false;
			frame->call.restarted++;
		}
	}
	process->taken[signal]++;
	process->owed &= ~BIT(signal);
	for (unsigned int level = 0; level < task->level; level++)
		task->frame[level].call.handled = true;
	task->level++;
	task->frame[task->level] = (struct frame){
		.signal = signal,
		.calls_left = signal == SIGUSR2 ? 0 : 1,
		.blocked = task->blocked,
	};
	sim_set_blocked(sim, task, task->blocked | BIT(signal)); /* [signal_delivered] */
	/* [x64_setup_rt_frame] The call's number stays until user code runs, with a result of 0. */
	task->result = 0;
	task->in_get_signal = false;
}

/* [get_signal] A signal was dequeued, and the tracer has let it through. */
static void deliver(struct sim *sim, struct sim_task *task, int signal)
{
	struct sim_process *process = task->process;
	struct sim_call *call = &task->frame[task->level].call;
	if (process->disposition[signal] >= HANDLER) {
		run_handler(sim, task, signal);
		return;
	}
	if (is_ignored(process, signal)) {
		note_ignored(sim, call);
		call->unrepairable |= !task->traced && !call->is_seen;
		return;
	}
	if (BIT(signal) & STOPS) {
		call->stopped = true;
		signal_stop(sim, task, signal);
		return;
	}
	group_exit(sim, task, signal);
}

/* [get_signal], one turn of its loop a step */
static void at_return(struct sim *sim, struct sim_task *task)
{
	struct sim_process *process = task->process;
	if (task->stop_code)
		leave_stop(task);
	if (task->killed || process->group_exit) {
		if (!process->group_exit) /* an execve of another thread: [do_group_exit] */
			task->exit_status = 0;
		die(sim, task);
		return;
	}
	if (!task->sigpending && !task->in_get_signal) {
		to_user(task);
		return;
	}
	task->in_get_signal = true;
	/* At `relock`: not after a signal that is ignored, which goes to the next in the loop. */
	if (process->tells_parent && !task->same_loop) {
		process->tells_parent = false;
		notify_parent_of_stop(sim, process);
	}
	task->same_loop = false;
	if (task->jobctl & STOP_PENDING)
		task->frame[task->level].call.stopped = true;
	if ((task->jobctl & STOP_PENDING) && signal_stop(sim, task, 0))
		return;
	if (task->jobctl & TRAP_MASK) {
		jobctl_trap(sim, task);
		return;
	}
	int signal = dequeue(sim, task);
	if (!signal) {
		restart(task);
		to_user(task);
		return;
	}
	if (!task->traced || signal == SIGKILL) {
		deliver(sim, task, signal);
		return;
	}
	/* [ptrace_signal] */
	task->delivering = signal;
	task->place = AT_DELIVER;
	task->jobctl |= STOP_DEQUEUED;
	if (!trace_stop(sim, task, signal, 0))
		task->exit_code = 0;
}

static void at_deliver(struct sim *sim, struct sim_task *task)
{
	int signal = leave_stop(task);
	task->place = AT_RETURN;
	task->same_loop = true;
	if (!signal)
		return;
	/* [ptrace_signal] It is queued again where the signal came from that is delivered. */
	if ((task->blocked & BIT(signal)) || task->killed)
		send(sim, task, !task->delivers_shared, signal);
	else
		deliver(sim, task, signal);
}

/* [syscall_exit_work] */
static void at_exit(struct sim *sim, struct sim_task *task)
{
	struct frame *frame = &task->frame[task->level];
	if (task->child) /* a stop on the way has -ENOSYS */
		task->result = task->child;
	task->child = 0;
	if (task->nr != -1) {
		frame->after = true;
		frame->result = task->result;
		frame->call.exit_reported = false;
	}
	task->place = AT_RETURN;
	syscall_stop(sim, task, false);
}

/* [syscall_trace_enter] */
static void at_entry(struct sim *sim, struct sim_task *task)
{
	task->result = -ENOSYS;
	task->place = AT_CALL;
	task->frame[task->level].call.entry_reported = false;
	/* Its first stop was postponed: a signal that it finds now looks like one in its last wait.
	 */
	if (task->traced && !task->syscall_trace)
		sim_meet(sim, task);
	syscall_stop(sim, task, true);
}

static void at_call(struct sim *sim, struct sim_task *task)
{
	if (task->op == ENTRY_OP)
		end_syscall_stop(sim, task);
	if (task->killed) {
		if (task->process->execing == task->tid)
			task->process->execing = 0;
		task->place = AT_EXIT;
		return;
	}
	if (task->nr == SYS_restart_syscall && sim->filter != NO_FILTER && sim->filter != PERMITS) {
		task->result = -EPERM; /* [__seccomp_filter] */
		task->place = AT_EXIT;
		return;
	}
	if (task->nr == SYS_rt_sigreturn) {
		struct frame *handler = &task->frame[task->level--];
		struct frame *frame = &task->frame[task->level];
		sim_set_blocked(sim, task, handler->blocked);
		task->result = frame->after          ? frame->result
		               : !frame->call.active ? 0
		               : frame->restart      ? SYS_restart_syscall
		                                     : sim_call_number(task);
		task->nr = -1;
		task->place = AT_EXIT;
		task->restarts_no_block = true; /* [restore_sigcontext] */
		return;
	}
	const struct op *op = sim_op(task);
	if (op && (births[op->kind].event || births[op->kind].untraced))
		clone_task(sim, task);
	else if (op && op->kind == OP_EXEC)
		at_exec(sim, task);
	else if (task->nr == SYS_exit) {
		task->exit_status = 0;
		die(sim, task);
	} else if (task->nr == SYS_exit_group)
		group_exit(sim, task, 0);
	else
		sim_call_begin(sim, task);
}

static void next_op(const struct sim *sim, const struct sim_task *task, struct frame *frame)
{
	if (++frame->pc >= task->program->count) {
		frame->pc = 0;
		frame->round++;
	}
	if (task->program->is_bounded && sim->steps > SIM_PROGRAMS_END)
		frame->round = task->program->rounds;
}

/* User code: a step of it, or the next call. */
static void at_user(struct sim *sim, struct sim_task *task)
{
	struct frame *frame = &task->frame[task->level];
	if (task->sigpending) { /* an interrupt or an inter-processor interrupt */
		task->place = AT_RETURN;
		task->nr = -1;
		return;
	}
	if (task->level && !frame->entered) {
		frame->entered = true;
		sim_check_handler(sim, task, frame->signal);
		return;
	}
	if (frame->after && frame->execed) {
		*frame = (struct frame){0};
		return;
	}
	if (frame->after) {
		sim_check_return(sim, task, frame);
		const struct op *done = sim_op(task);
		frame->after = false;
		frame->restart = false;
		frame->call = (struct sim_call){0};
		if (task->level) {
			frame->calls_left--;
		} else if (done->repeats && frame->result < 0) {
			return;
		} else {
			next_op(sim, task, frame);
		}
		return;
	}
	const struct op *op = sim_op(task);
	if (op && op->kind == OP_COMPUTE) {
		if (!task->computing) {
			task->compute_ns = op->event_ns;
			task->computing = true;
		}
		uint64_t tick_ns = sim->tick_ns[task - sim->task];
		task->cpu_ns += tick_ns;
		task->compute_ns -= task->compute_ns < tick_ns ? task->compute_ns : tick_ns;
		if (task->compute_ns)
			return;
		task->computing = false;
		next_op(sim, task, frame);
		return;
	}
	task->nr = frame->restart ? SYS_restart_syscall : sim_call_number(task);
	if (!frame->call.active) {
		frame->call = (struct sim_call){
			.active = true,
			.begun_ns = sim->now_ns,
			.event_ns = SIM_FOREVER,
			.expires_ns = SIM_FOREVER,
		};
		if (op && op->event_ns != SIM_FOREVER)
			frame->call.event_ns = sim->now_ns + op->event_ns;
		sim_story(sim, "%d calls %s", task->tid,
			op ? call_rules[op->kind].name : "a handler's call");
	}
	task->place = AT_ENTRY;
}

/*
 * A worker of io_uring [io_wq_worker()] waits on behalf of its process. It takes part in group
 * stops; a trap ends what it waits for.
 */
static void step_worker(struct sim *sim, struct sim_task *task)
{
	if (task->killed || task->process->group_exit) {
		die(sim, task);
		return;
	}
	if (task->jobctl & TRAP_MASK)
		sim_violation(sim, "a worker disturbed", "%d", task->tid);
	if ((task->jobctl & STOP_PENDING) && signal_stop(sim, task, 0))
		return;
	recalc(task);
	sim_sleep(sim, task, SLEEPS, SIM_FOREVER);
}

void sim_step_task(struct sim *sim, struct sim_task *task)
{
	task->run = RUNS;
	task->cpu_ns += 100;
	if (task->place == AT_END) {
		notify_of_end(sim, task);
		return;
	}
	if (!task->program) {
		step_worker(sim, task);
		return;
	}
	switch (task->place) {
	case AT_USER:
		at_user(sim, task);
		break;
	case AT_ENTRY:
		at_entry(sim, task);
		break;
	case AT_CALL:
		at_call(sim, task);
		break;
	case AT_WAIT:
		sim_call_go_on(sim, task);
		break;
	case AT_CLONE:
		at_clone(sim, task);
		break;
	case AT_BIRTH:
		at_birth(sim, task);
		break;
	case AT_VFORKED:
		at_vforked(sim, task);
		break;
	case AT_EXECED:
		task->result = 0;
		task->place = AT_EXIT;
		break;
	case AT_EXIT:
		if (task->stop_code)
			leave_stop(task);
		at_exit(sim, task);
		break;
	case AT_RETURN:
		if (task->op == EXIT_OP)
			end_syscall_stop(sim, task);
		at_return(sim, task);
		break;
	case AT_DELIVER:
		at_deliver(sim, task);
		break;
	case AT_END: /* see above */
		break;
	}
}
