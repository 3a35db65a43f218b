/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who runs next, and what happens to whom; see sim.h.
 *
 * The tracer and the session are coroutines. A task is a state machine, so that whoever has the
 * turn steps it in place: only a change between the two coroutines switches stacks.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ring.h"
#include "base/time.h"
#include "engine/ptrace/ptrace_engine.h"
#include "event/event.h"
#include "event/interest.h"
#include "event/sink.h"
#include "simulation/sim.h"

/* The engine itself; the registry knows it the same way. */
extern const struct engine_class ptrace_engine;

#define STACK_SIZE     (256 * 1024)
#define NOBODY         UINT32_MAX

#define STEPS_MAX      500000

/* A storm of kicks: one in each of so many steps. */
#define KICK_STORM     200

/* How often an orphan kicks itself. */
#define ORPHAN_KICK_NS (400 * NS_PER_MS)

/* After the tracer's end, what was harmed has this long to show. */
#define SETTLE_NS      (50 * NS_PER_MS)
#define SETTLE_STEPS   1500

#define EARLY_DILATION 4

/* Of a thousand requests, or steps of births, execves and ends, so many meet something. */
#define MEETINGS       60

/* Of a thousand, so many have whom they are about run just before, for up to so many steps. */
#define RUNS_BEFORE    600
#define STEPS_BEFORE   60

/* Threads of a crowd: with more than 64 tracees the tracer sleeps in another way. */
#define CROWD          70

const char *const trouble_names[TROUBLES] = {
	[TROUBLE_SIGNALS] = "signals",
	[TROUBLE_IGNORED] = "ignored-signals",
	[TROUBLE_STOPS] = "stops",
	[TROUBLE_DEATHS] = "deaths",
	[TROUBLE_STARVATION] = "starvation",
	[TROUBLE_LONG] = "long-starvation",
	[TROUBLE_KICKS] = "kicks",
	[TROUBLE_KILL_TRACER] = "kill-tracer",
	[TROUBLE_KILL_SESSION] = "kill-session",
	[TROUBLE_NO_FILES] = "no-files",
	[TROUBLE_NO_MEMORY] = "no-memory",
	[TROUBLE_NO_TIMES] = "no-times",
	[TROUBLE_LISTS] = "lists",
	[TROUBLE_SMALL_RING] = "small-ring",
	[TROUBLE_SLOW_READER] = "slow-reader",
	[TROUBLE_CROWD] = "crowd",
	[TROUBLE_SLOW] = "slow",
	[TROUBLE_REFUSALS] = "refusals",
	[TROUBLE_FILTERS] = "filters",
	[TROUBLE_MEETINGS] = "meetings",
	[TROUBLE_TIMEOUTS] = "timeouts",
};

void sim_story(const struct sim *sim, const char *format, ...)
{
	va_list arguments;
	if (!sim->plan.story)
		return;
	printf("%10.3f ms  ", (double)sim->now_ns / NS_PER_MS);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

/* The tracer's process. */

void sim_wake_tracer(struct sim *sim)
{
	if (sim->tracer_blocked && sim->tracer_wakes_ns > sim->now_ns && !sim->tracer_seizing)
		sim->tracer_wakes_ns = sim->now_ns;
}

void sim_kick(struct sim *sim)
{
	if (!sim->tracer_exists)
		return;
	sim->kick_pending = true;
	if (!sim->takes_kicks)
		return;
	sim->kicked = sim->kick_arrived = true;
	if (sim->tracer_blocked && sim->tracer_wakes_ns > sim->now_ns)
		sim->tracer_wakes_ns = sim->now_ns;
}

/* See on_kick() of the engine's kick.c. */
void sim_orphan(struct sim *sim)
{
	sim->death_pending = true;
	if (!sim->takes_kicks)
		return;
	sim->orphan = true;
	sim->orphan_kick_ns = sim->now_ns + ORPHAN_KICK_NS;
	sim_kick(sim);
}

static void end_tracer(struct sim *sim)
{
	sim->tracer_exists = false;
	sim->tracer_dead = true;
	sim->left_ns = sim->ended_ns = sim->now_ns;
	sim_link_tracer_death(sim);
	/* The reaper thread, where there is one. */
	if (!sim->session_dead) {
		sim->atomic = true;
		sim->process_of_tracer->after(sim->process_of_tracer->argument);
		sim->atomic = false;
	}
}

static struct sim *current; /* the run of a coroutine that begins */

/*
 * Coroutines. To begin one takes system calls, for the signal mask; a change between them is made
 * hundreds of times in a run, and takes none.
 */

/* Not in the function that has called __builtin_setjmp(). */
static __attribute__((noinline, noreturn)) void go_on_in(struct sim_context *context)
{
	static ucontext_t left; /* nobody comes back to it */
	ucontext_t *begin = context->begin;
	context->begin = NULL;
	if (begin)
		swapcontext(&left, begin);
	__builtin_longjmp(context->rest, 1);
}

static __attribute__((noinline)) void change_context(
	struct sim_context *from, struct sim_context *to)
{
	if (__builtin_setjmp(from->rest) == 0)
		go_on_in(to);
}

static void run_tracer(void)
{
	struct sim *sim = current;
	sim->process_of_tracer->run(sim->process_of_tracer->argument);
	sim_story(sim, "the tracer ends");
	end_tracer(sim);
	go_on_in(&sim->main);
}

void sim_succeed_tracer(struct sim *sim, void (*run)(void *argument), void *argument)
{
	sim_story(sim, "another process takes the tracer's place");
	end_tracer(sim);
	sim->atomic = true;
	run(argument);
	sim->atomic = false;
	go_on_in(&sim->main);
}

static void make_context(
	struct sim_context *context, ucontext_t *begin, void *stack, void (*function)(void))
{
	getcontext(begin);
	begin->uc_stack.ss_sp = stack;
	begin->uc_stack.ss_size = STACK_SIZE;
	begin->uc_link = NULL;
	makecontext(begin, function, 0);
	context->begin = begin;
}

void sim_start_tracer(struct sim *sim, struct vm_process *process)
{
	static char stack[STACK_SIZE];
	static ucontext_t begin;
	sim->process_of_tracer = process;
	sim->tracer_exists = true;
	make_context(&sim->tracer_context, &begin, stack, run_tracer);
}

void sim_kill_tracer(struct sim *sim)
{
	if (!sim->tracer_exists)
		return;
	sim_story(sim, "the tracer is killed");
	sim->tracer_was_killed = true;
	end_tracer(sim);
}

/* The session. */

struct session {
	struct event_sink sink; /* of what is collected */
	struct sim *sim;
	struct ring *ring;
	struct engine *engine; /* NULL: none has started */
	struct engine_survivor survivor;
};

static void take_event(struct event_sink *sink, const struct event *event)
{
	sim_check_event(((struct session *)sink)->sim, event);
}

static void read_ring(struct session *session)
{
	const struct event *event;
	while ((event = ring_peek(session->ring))) {
		sim_check_event(session->sim, event);
		ring_pop(session->ring);
	}
}

/* Some of what is in the ring, or nothing, if the reader is slow. */
static void read_some(struct session *session)
{
	struct sim *sim = session->sim;
	const struct event *event;
	if (!SIM_ANY(sim, TROUBLE_SLOW_READER)) {
		read_ring(session);
		return;
	}
	for (uint32_t left = choose_small(sim->choices, 16);
		left && (event = ring_peek(session->ring)); left--) {
		sim_check_event(sim, event);
		ring_pop(session->ring);
	}
}

static void session_sleep(struct sim *sim, uint64_t span_ns)
{
	sim->session_wakes_ns = sim->now_ns + span_ns;
	sim_turn(sim, PARTY_SESSION);
}

/* What the session does with an engine that has attached, until it leaves. */
static void stay(struct session *session, struct engine *engine)
{
	static const uint64_t stays_ns[] = {
		0, NS_PER_MS, 4 * NS_PER_MS, 20 * NS_PER_MS, 50 * NS_PER_MS, 100 * NS_PER_MS};
	struct sim *sim = session->sim;
	uint64_t leaves_ns = sim->now_ns + stays_ns[choose(sim->choices, 6)];
	while (sim->now_ns < leaves_ns) {
		session_sleep(sim, 300 * NS_PER_US);
		read_some(session);
		ptrace_engine.nudge(engine);
		/* It has to be quicker than a millisecond. */
		if (choose_rarely(sim->choices, 20) && sim->steps < SIM_DILATE_AT) {
			sim_story(sim, "the session counts from now");
			sim->division_ns = ptrace_engine.divide(engine, &session->sink);
		}
		if (ptrace_engine.state(engine) != ENGINE_RUNNING)
			break;
	}
}

static void leave(struct session *session, struct engine *engine)
{
	struct sim *sim = session->sim;
	sim_check_watching(sim);
	sim->leaving = true;
	sim->leaving_ns = sim->now_ns;
	sim_story(sim, "the session leaves");
	ptrace_engine.leave(engine);
	sim_story(sim, "the session has left");
	/* The next engine does not know of it. */
	if (sim->now_ns < sim->division_ns)
		sim_violation(sim, "left before a division", "by %.3f ms",
			(double)(sim->division_ns - sim->now_ns) / NS_PER_MS);
	read_ring(session);
	while (ptrace_engine.drain(engine))
		read_ring(session);
	read_ring(session);
	ptrace_engine.collect(engine, sim->now_ns, &session->sink);
	sim->ring_lost = ptrace_engine.state(engine) == ENGINE_LOST;
	if (!sim->ring_lost)
		sim_check_notes(sim);
}

/* What the tracer does when we have died; as in app/pump.c. */

static void restore(void *context)
{
	struct session *session = context;
	session->sim->restored++;
}

static void finish(void *context)
{
	struct session *session = context;
	struct sim *sim = session->sim;
	sim_story(sim, "the tracer writes the report");
	sim->finished++;
	if (!session->engine)
		return;
	while (ptrace_engine.drain(session->engine))
		read_ring(session);
	read_ring(session);
	ptrace_engine.collect(session->engine, sim->now_ns, &session->sink);
	if (!sim->orphan)
		sim_violation(sim, "a report too many", "we live");
}

/* The process of the tracer is another one from now on. */
static void forget_tracer(struct sim *sim)
{
	sim->tracer_dead = sim->tracer_blocked = sim->tracer_seizing = false;
	sim->tracer_trapping = false;
	sim->takes_kicks = sim->kick_pending = sim->death_pending = false;
	sim->kicked = sim->orphan = sim->kick_arrived = false;
	sim->stop_signals = sim->ready = sim->own_descriptors = sim->leaving = false;
	sim->stays_behind = sim->kick_taken = sim->is_whole = sim->has_late = false;
	sim->kicks_queued = 0;
	sim->stop_signal = 0;
	sim->ended_ns = sim->left_ns = 0;
	sim->same_lists = 0;
	sim->former_links = sim->links;
	for (unsigned int i = 0; i < sim->task_count; i++)
		sim->log[i].in_call = false;
}

/*
 * A session that goes on has no target that it must find again: they may have ended. Another one
 * has, but lacks nothing else.
 */
static void check_refusal(struct sim *sim, bool again, const char *error)
{
	static const uint32_t reasons = 1U << TROUBLE_NO_FILES | 1U << TROUBLE_NO_MEMORY |
	                                1U << TROUBLE_KILL_TRACER;
	bool is_excused = !again && !strstr(error, "lacks a resource");
	if (!is_excused && !(sim->troubles & reasons))
		sim_violation(sim, "not resumed", "%s", error);
}

/*
 * Attaches, stays and leaves. AGAIN: after it was suspended, to what is left of its targets.
 * Returns whether the tracer has ended, and can be started again.
 */
static bool trace(struct session *session, bool again)
{
	static struct interest interest;
	struct sim *sim = session->sim;
	struct engine_request request = {
		.scope = ENGINE_TASKS,
		.targets = sim->targets,
		.target_count = sim->command && !again ? 0 : sim->target_count,
		.optional_count = again ? sim->target_count : 0,
		.command = again ? 0 : sim->command,
		.follow = (enum follow)choose(sim->choices, 3),
	};
	struct engine_links links = {.ring = session->ring,
		.interest = &interest,
		.survivor = &session->survivor,
		.wake_fd = -1};
	char error[ENGINE_ERROR_MAX];
	struct engine *engine;
	sim->follow = request.follow;
	sim->engine_is_known = false;
	session->engine = NULL;
	interest_request_all(&interest, INTEREST_LOG_FILE, INTEREST_DETAILS, sim->plan.details);
	interest_request_all(&interest, INTEREST_LOG_FILE, INTEREST_DATA, sim->plan.details);
	interest.signals = sim->plan.details;
	interest.string_max = 32;
	sim->calls_seen = sim->details_seen = sim->details_lost = 0;
	sim_story(sim, "the session starts the tracer");
	if (ptrace_engine_start(&sim->world, &request, &links, &engine, error) < 0) {
		sim_story(sim, "the session cannot: %s", error);
		sim->refused = true;
		check_refusal(sim, again, error);
		read_ring(session);
		return false;
	}
	session->engine = engine;
	sim->attached = sim->engine_is_known = true;
	sim->attached_idle_ns = sim_idle_ns(sim);
	sim_story(sim, "the session is attached");
	if (!again && sim->tracer_exists && !sim->orphan)
		sim_check_attached(sim);
	stay(session, engine);
	leave(session, engine);
	if (sim->ring_lost)
		return false;
	session->engine = NULL;
	ptrace_engine.free(engine);
	return true;
}

/* Suspended by the user for a while, in which the targets may end. */
static void suspend(struct session *session)
{
	static const uint64_t spans_ns[] = {0, 400 * NS_PER_US, 2 * NS_PER_MS, 8 * NS_PER_MS};
	struct sim *sim = session->sim;
	sim_story(sim, "the session is suspended");
	for (unsigned int i = 0; i < sim->target_count; i++) {
		const struct sim_task *leader = sim_find(sim, sim->targets[i]);
		if (leader && choose_rarely(sim->choices, 150))
			sim_send(sim, leader->process, NULL, SIGKILL);
	}
	session_sleep(sim, spans_ns[choose(sim->choices, 4)]);
	sim_story(sim, "the session is resumed");
	forget_tracer(sim);
}

static void run_session(void)
{
	static struct session session; /* the tracer needs it when we have died */
	static const size_t small[] = {4096, 2048};
	struct sim *sim = current;
	sim->begun = true;
	sim->began_ns = sim->now_ns;
	size_t size = SIM_ANY(sim, TROUBLE_SMALL_RING) ? small[choose(sim->choices, 2)] : 65536;
	session = (struct session){
		.sink = {.take = take_event},
		.sim = sim,
		.ring = ring_new(size),
		.survivor = {.restore = restore, .finish = finish, .context = &session, .fd = -1},
	};
	bool ended = trace(&session, false);
	while (ended && !sim->tracer_exists && choose_rarely(sim->choices, 200)) {
		suspend(&session);
		ended = trace(&session, true);
	}
	/* Its process ends, whose tracer may still be leaving, and use the ring. */
	if (!sim->ring_lost)
		ring_free(session.ring);
	sim->is_freed = !sim->ring_lost && !sim->tracer_was_killed && !sim->has_stayed &&
	                !sim->tracer_exists;
	if (sim->tracer_exists)
		sim_orphan(sim);
	sim->session_done = true;
	sim->ended_ns = sim->now_ns;
	go_on_in(&sim->main);
}

static void start_session(struct sim *sim)
{
	static char stack[STACK_SIZE];
	static ucontext_t begin;
	make_context(&sim->session_context, &begin, stack, run_session);
	current = sim;
}

static void kill_session(struct sim *sim)
{
	if (sim->session_done || sim->session_dead)
		return;
	sim_story(sim, "the session is killed");
	sim->session_dead = true;
	sim->death_turn = sim->tracer_turns;
	if (sim->tracer_exists)
		sim_orphan(sim);
}

/* What happens. */

static struct sim_task *choose_task(struct sim *sim)
{
	struct sim_task *alive[SIM_TASKS];
	unsigned int count = 0;
	for (unsigned int i = 0; i < sim->task_count; i++) {
		if (sim->task[i].run != GONE && sim->task[i].run != ZOMBIE)
			alive[count++] = &sim->task[i];
	}
	return count ? alive[choose(sim->choices, count)] : NULL;
}

static void starve_task(struct sim *sim, struct sim_task *task, uint64_t span_ns)
{
	task->starved_until_ns = sim->now_ns + span_ns;
	sim_story(sim, "%d gets no processor for %.1f ms", task->tid, (double)span_ns / NS_PER_MS);
}

static void send(struct sim *sim, int signal)
{
	struct sim_task *task = choose_task(sim);
	if (!task)
		return;
	bool one = signal != SIGKILL && signal != SIGTERM && task->program &&
	           choose(sim->choices, 2);
	sim_story(sim, "signal %d is sent to %s %d", signal, one ? "thread" : "the process of",
		task->tid);
	sim_send(sim, task->process, one ? task : NULL, signal);
	/* What it has woken does not run at once. */
	if (SIM_ANY(sim, TROUBLE_STARVATION) && choose(sim->choices, 2))
		starve_task(sim, task, NS_PER_MS << choose(sim->choices, 6));
}

static void starve_tracer(struct sim *sim, uint64_t span_ns)
{
	uint64_t *until_ns = &sim->starved_until_ns[PARTY_TRACER];
	uint64_t from_ns = *until_ns > sim->now_ns ? *until_ns : sim->now_ns;
	if (sim->now_ns + span_ns > from_ns) {
		sim->starved_ns += sim->now_ns + span_ns - from_ns;
		*until_ns = sim->now_ns + span_ns;
	}
	sim_story(sim, "the tracer gets no processor for %.1f ms", (double)span_ns / NS_PER_MS);
}

static void starve(struct sim *sim, bool is_long)
{
	static const uint64_t short_ns[] = {
		100 * NS_PER_US, NS_PER_MS, 10 * NS_PER_MS, 100 * NS_PER_MS};
	static const uint64_t long_ns[] = {
		350 * NS_PER_MS, 600 * NS_PER_MS, NS_PER_S, 2 * NS_PER_S};
	uint64_t span_ns = (is_long ? long_ns : short_ns)[choose(sim->choices, 4)];
	unsigned int which = choose(sim->choices, 4);
	if (which == 0) {
		starve_tracer(sim, span_ns);
		return;
	}
	struct sim_task *task = choose_task(sim);
	if (task)
		starve_task(sim, task, span_ns);
}

/* Starves a task that the tracer has just asked to stop. */
static bool starve_interrupted(struct sim *sim)
{
	static const uint64_t spans_ns[] = {350 * NS_PER_MS, 700 * NS_PER_MS};
	for (unsigned int i = 0; i < sim->task_count; i++) {
		struct sim_task *task = &sim->task[i];
		if (task->run == RUNS && task->traced && (task->jobctl & TRAP_STOP) &&
			task->starved_until_ns < sim->now_ns) {
			starve_task(sim, task, spans_ns[choose(sim->choices, 2)]);
			return true;
		}
	}
	return false;
}

static void happen(struct sim *sim, enum trouble trouble)
{
	static const int handled[] = {SIGUSR1, SIGUSR2, SIM_RT_SIGNAL};
	switch (trouble) {
	case TROUBLE_SIGNALS:
		send(sim, handled[choose(sim->choices, 3)]);
		break;
	case TROUBLE_IGNORED:
		send(sim, SIGWINCH);
		break;
	case TROUBLE_STOPS:
		send(sim, choose(sim->choices, 2) ? SIGSTOP : SIGCONT);
		break;
	case TROUBLE_DEATHS:
		send(sim, choose(sim->choices, 2) ? SIGKILL : SIGTERM);
		break;
	case TROUBLE_STARVATION:
		starve(sim, false);
		break;
	case TROUBLE_LONG:
		if (!starve_interrupted(sim))
			starve(sim, true);
		break;
	case TROUBLE_KICKS:
		sim_story(sim, "the tracer is kicked");
		sim_kick(sim);
		sim->kicks_left = choose_rarely(sim->choices, 200) ? KICK_STORM : 0;
		break;
	case TROUBLE_KILL_TRACER:
		sim_kill_tracer(sim);
		break;
	case TROUBLE_KILL_SESSION:
		kill_session(sim);
		break;
	default:
		break;
	}
}

static bool is_end(enum trouble trouble)
{
	return trouble == TROUBLE_DEATHS || trouble == TROUBLE_KILL_SESSION ||
	       trouble == TROUBLE_KILL_TRACER;
}

/* What a meeting can be: of these, those that are on in this run. */
static bool hits_one(enum trouble trouble)
{
	return trouble <= TROUBLE_STARVATION;
}

static void hit(struct sim *sim, struct sim_task *task, enum trouble trouble)
{
	static const int signals[][3] = {
		[TROUBLE_SIGNALS] = {SIGUSR1, SIGUSR2, SIM_RT_SIGNAL},
		[TROUBLE_IGNORED] = {SIGWINCH, SIGWINCH, SIGWINCH},
		[TROUBLE_STOPS] = {SIGSTOP, SIGSTOP, SIGCONT},
		[TROUBLE_DEATHS] = {SIGKILL, SIGKILL, SIGTERM},
	};
	if (trouble == TROUBLE_STARVATION) {
		starve_task(sim, task, NS_PER_MS << choose(sim->choices, 8));
		return;
	}
	int signal = signals[trouble][choose(sim->choices, 3)];
	sim_story(sim, "signal %d meets %d", signal, task->tid);
	sim_send(
		sim, task->process, choose(sim->choices, 2) && task->program ? task : NULL, signal);
}

void sim_meet(struct sim *sim, struct sim_task *task)
{
	enum trouble kinds[TROUBLES];
	unsigned int count = 0;
	if (!SIM_ANY(sim, TROUBLE_MEETINGS) || sim->atomic || !sim->actions_left ||
		!choose_rarely(sim->choices, MEETINGS))
		return;
	for (enum trouble trouble = 0; hits_one(trouble); trouble++) {
		if (SIM_ANY(sim, trouble) && (!is_end(trouble) || sim->tracer_exists))
			kinds[count++] = trouble;
	}
	if (!count)
		return;
	sim->actions_left--;
	enum trouble trouble = kinds[choose(sim->choices, count)];
	if (!is_end(trouble) || choose_rarely(sim->choices, 300))
		hit(sim, task, trouble);
}

static void plan_action(struct sim *sim)
{
	sim->action_in = 0;
	if (!sim->actions_left)
		return;
	sim->actions_left--;
	sim->action_in = choose_small(sim->choices, 400);
}

static void act(struct sim *sim)
{
	enum trouble kinds[TROUBLES];
	unsigned int count = 0;
	if (sim->kicks_left) {
		sim->kicks_left--;
		sim_kick(sim);
	}
	if (!sim->action_in || --sim->action_in)
		return;
	for (enum trouble trouble = 0; trouble <= TROUBLE_KILL_SESSION; trouble++) {
		if (SIM_ANY(sim, trouble) &&
			(!is_end(trouble) || sim->tracer_exists || sim->plan.bare))
			kinds[count++] = trouble;
	}
	if (count) {
		enum trouble trouble = kinds[choose(sim->choices, count)];
		/* What ends all comes late enough for the others. */
		if (!is_end(trouble) || choose_rarely(sim->choices, 150))
			happen(sim, trouble);
	}
	plan_action(sim);
}

/* Time. */

static void fire_timers(struct sim *sim)
{
	for (int i = 0; i < SIM_TIMERS; i++) {
		struct sim_timer *timer = &sim->timer[i];
		if (!timer->used || !timer->at_ns || timer->at_ns > sim->now_ns)
			continue;
		timer->at_ns = timer->every_ns ? sim->now_ns + timer->every_ns : 0;
		sim_kick(sim);
	}
	if (sim->orphan && sim->tracer_exists && sim->now_ns >= sim->orphan_kick_ns) {
		sim->orphan_kick_ns = sim->now_ns + ORPHAN_KICK_NS;
		sim_kick(sim);
	}
}

static void earlier(uint64_t *least_ns, uint64_t at_ns)
{
	if (at_ns < *least_ns)
		*least_ns = at_ns;
}

static bool can_tracer_run(const struct sim *sim)
{
	return sim->tracer_exists && sim->starved_until_ns[PARTY_TRACER] <= sim->now_ns &&
	       (!sim->tracer_blocked || sim->tracer_wakes_ns <= sim->now_ns);
}

static bool can_session_run(const struct sim *sim)
{
	if (sim->starved_until_ns[PARTY_SESSION] > sim->now_ns || sim->session_done ||
		sim->session_dead || sim->plan.bare)
		return false;
	if (sim->session_blocked_ready)
		return sim->ready;
	if (sim->session_joins && !sim->tracer_exists)
		return true;
	return sim->session_wakes_ns <= sim->now_ns;
}

static bool can_run(const struct sim *sim, unsigned int party)
{
	if (party < SIM_TASKS)
		return party < sim->task_count && sim_task_can_run(sim, &sim->task[party]);
	return party == PARTY_TRACER ? can_tracer_run(sim) : can_session_run(sim);
}

/* When somebody can run next, if nobody can now. */
static uint64_t next_ns(const struct sim *sim)
{
	uint64_t least_ns = SIM_FOREVER;
	for (unsigned int i = 0; i < sim->task_count; i++) {
		const struct sim_task *task = &sim->task[i];
		uint64_t at_ns = task->run == RUNS                             ? sim->now_ns
		                 : task->run == SLEEPS || task->run == BLOCKED ? task->wake_ns
		                                                               : SIM_FOREVER;
		if (at_ns != SIM_FOREVER && at_ns < task->starved_until_ns)
			at_ns = task->starved_until_ns;
		earlier(&least_ns, at_ns);
	}
	if (sim->tracer_exists) {
		uint64_t at_ns = sim->tracer_blocked ? sim->tracer_wakes_ns : sim->now_ns;
		if (at_ns != SIM_FOREVER && at_ns < sim->starved_until_ns[PARTY_TRACER])
			at_ns = sim->starved_until_ns[PARTY_TRACER];
		earlier(&least_ns, at_ns);
		for (int i = 0; i < SIM_TIMERS; i++) {
			if (sim->timer[i].used && sim->timer[i].at_ns)
				earlier(&least_ns, sim->timer[i].at_ns);
		}
		if (sim->orphan)
			earlier(&least_ns, sim->orphan_kick_ns);
	}
	if (!sim->session_done && !sim->session_dead && !sim->plan.bare &&
		!sim->session_blocked_ready)
		earlier(&least_ns, sim->session_wakes_ns);
	return least_ns;
}

static bool is_over(const struct sim *sim)
{
	return sim->violation ||
	       (sim->ended_ns && !sim->tracer_exists && (sim->session_done || sim->session_dead) &&
		       (sim->now_ns > sim->ended_ns + SETTLE_NS || sim->steps > sim->end_steps));
}

/* Nobody harms anybody from now on: it is seen what is left. */
static void begin_end(struct sim *sim)
{
	sim->actions_left = sim->action_in = 0;
	for (unsigned int i = 0; i < sim->task_count; i++)
		sim->task[i].starved_until_ns = 0;
	sim->end_steps = sim->steps + SETTLE_STEPS;
	sim->ended_ns = sim->now_ns;
}

/* Adds the tasks from FIRST to before END that can run to ABLE, of which there are COUNT. */
static unsigned int add_tasks(const struct sim *sim, unsigned int first, unsigned int end,
	unsigned int able[PARTIES], unsigned int count)
{
	for (unsigned int party = first; party < end; party++) {
		if (sim_task_can_run(sim, &sim->task[party]))
			able[count++] = party;
	}
	return count;
}

/* All that can run, in a circle that begins after the one that runs. Returns how many. */
static unsigned int list_able(const struct sim *sim, unsigned int able[PARTIES])
{
	unsigned int last = sim->running;
	unsigned int next = last < sim->task_count ? last + 1 : sim->task_count;
	bool tracer = can_tracer_run(sim), session = can_session_run(sim);
	unsigned int count = add_tasks(sim, last + 1, sim->task_count, able, 0);
	if (tracer && last < PARTY_TRACER)
		able[count++] = PARTY_TRACER;
	if (session && last < PARTY_SESSION)
		able[count++] = PARTY_SESSION;
	count = add_tasks(sim, 0, next, able, count);
	if (tracer && last >= PARTY_TRACER)
		able[count++] = PARTY_TRACER;
	if (session && last == PARTY_SESSION)
		able[count++] = PARTY_SESSION;
	return count;
}

/* Who runs next; NOBODY: the run is over. */
static unsigned int pick(struct sim *sim)
{
	for (;;) {
		if (!sim->end_steps && sim->ended_ns && !sim->tracer_exists &&
			(sim->session_done || sim->session_dead))
			begin_end(sim);
		if (is_over(sim))
			return NOBODY;
		act(sim);
		fire_timers(sim);
		if (sim->burst && can_run(sim, sim->running)) {
			sim->burst--;
			return sim->running;
		}
		unsigned int able[PARTIES], count = list_able(sim, able);
		if (count) {
			sim->running = able[count > 1 ? choose(sim->choices, count) : 0];
			sim->burst = choose_small(sim->choices, 24);
			return sim->running;
		}
		uint64_t at_ns = next_ns(sim);
		if (at_ns == SIM_FOREVER) {
			if (!sim->end_steps && sim->ended_ns && !sim->tracer_exists)
				continue;
			if (!sim->end_steps)
				sim_violation(sim, "everybody waits", "for ever");
			return NOBODY;
		}
		if (at_ns > sim->now_ns)
			sim->now_ns = at_ns;
	}
}

static uint64_t tick_ns(const struct sim *sim, unsigned int party)
{
	uint64_t dilation = sim->end_steps ? 0 : sim->steps / SIM_DILATE_AT;
	/* Before somebody attaches, it passes faster as well. */
	if (!sim->begun && !sim->plan.bare)
		dilation = EARLY_DILATION;
	return sim->tick_ns[party] << (dilation < 12 ? dilation : 12);
}

static void count_step(struct sim *sim, unsigned int party)
{
	sim->now_ns += tick_ns(sim, party);
	if (++sim->steps > STEPS_MAX)
		sim_violation(sim, "never ends", "%lu steps", (unsigned long)sim->steps);
}

static struct sim_context *context_of(struct sim *sim, unsigned int party)
{
	return party == PARTY_TRACER ? &sim->tracer_context : &sim->session_context;
}

static bool is_dead(const struct sim *sim, unsigned int party)
{
	return party == PARTY_TRACER ? !sim->tracer_exists : sim->session_dead;
}

void sim_turn(struct sim *sim, unsigned int party)
{
	if (sim->atomic)
		return;
	count_step(sim, party);
	sim->tracer_turns += party == PARTY_TRACER;
	for (;;) {
		unsigned int next = pick(sim);
		if (is_dead(sim, party))
			go_on_in(&sim->main);
		if (next == party)
			return;
		if (next == NOBODY) {
			change_context(context_of(sim, party), &sim->main);
			return;
		}
		if (next >= SIM_TASKS) {
			sim->handed_over = true;
			change_context(context_of(sim, party), context_of(sim, next));
			return;
		}
		count_step(sim, next);
		sim_step_task(sim, &sim->task[next]);
	}
}

void sim_let_run(struct sim *sim, struct sim_task *task)
{
	if (!SIM_ANY(sim, TROUBLE_MEETINGS) || sim->atomic ||
		!choose_rarely(sim->choices, RUNS_BEFORE))
		return;
	for (uint32_t left = choose(sim->choices, STEPS_BEFORE);
		left && sim_task_can_run(sim, task); left--) {
		count_step(sim, (unsigned int)(task - sim->task));
		sim_step_task(sim, task);
	}
}

static void choose_troubles(struct sim *sim)
{
	sim->troubles = 0;
	for (enum trouble trouble = 0; trouble < TROUBLES; trouble++) {
		if ((sim->plan.allowed >> trouble & 1) && choose_rarely(sim->choices, 300))
			sim->troubles |= UINT32_C(1) << trouble;
	}
	sim->filter = SIM_ANY(sim, TROUBLE_FILTERS) ? (enum sim_filter)(1 + choose(sim->choices, 3))
	                                            : NO_FILTER;
	uint64_t base_ns = SIM_ANY(sim, TROUBLE_SLOW) ? 20000 : 500;
	for (unsigned int i = 0; i < PARTIES; i++)
		sim->tick_ns[i] = base_ns << choose(sim->choices, 4);
}

/* A child of the session, that waits until the tracer lets it become another program. */
static void make_command(struct sim *sim)
{
	sim->command_program = (struct program){
		.op = {{.kind = OP_READ,
			       .event_ns = SIM_FOREVER,
			       .timeout_ns = SIM_FOREVER,
			       .repeats = true},
			{.kind = OP_EXEC,
				.event_ns = SIM_FOREVER,
				.timeout_ns = SIM_FOREVER,
				.argument = choose(sim->choices, SIM_PROGRAMS)}},
		.number = SIM_PROGRAMS,
		.count = 2,
		.rounds = 1,
	};
	sim->command = sim_new_process(sim, &sim->command_program, SIM_HOME)->tid;
	sim->targets[0] = sim->command;
	sim->target_count = 1;
}

/* Of a leader that ends before its threads. */
static const struct program brief_program = {
	.op = {{.kind = OP_GETPPID}},
	.number = SIM_PROGRAMS,
	.count = 1,
	.rounds = 1,
	.ends_thread = true,
};

/* Of many: they wait, most of them for nothing. */
static const struct program crowd_programs[] = {
	{.op = {{.kind = OP_EPOLL, .event_ns = SIM_FOREVER, .timeout_ns = SIM_FOREVER}},
		.number = SIM_PROGRAMS,
		.count = 1,
		.rounds = 100},
	{.op = {{.kind = OP_READ, .event_ns = 3 * NS_PER_MS, .timeout_ns = SIM_FOREVER}},
		.number = SIM_PROGRAMS,
		.count = 1,
		.rounds = 100},
};

static void make_crowd(struct sim *sim)
{
	struct sim_task *leader = sim_new_process(sim, &sim->program[0], 1);
	for (unsigned int left = CROWD; left; left--)
		sim_new_thread(
			sim, leader->process, &crowd_programs[choose_rarely(sim->choices, 100)]);
	sim->targets[0] = leader->tid;
	sim->target_count = 1;
}

static void make_targets(struct sim *sim)
{
	if (!sim->plan.bare && choose_rarely(sim->choices, 100)) {
		make_command(sim);
		return;
	}
	if (SIM_ANY(sim, TROUBLE_CROWD) && choose_rarely(sim->choices, 100)) {
		make_crowd(sim);
		return;
	}
	sim->target_count = 1 + choose_rarely(sim->choices, 200);
	for (size_t i = 0; i < sim->target_count; i++) {
		bool ends = choose_rarely(sim->choices, 80);
		struct sim_task *leader = sim_new_process(
			sim, ends ? &brief_program : &sim->program[i], 1);
		sim->targets[i] = leader->tid;
		for (uint32_t more = choose(sim->choices, 3); more; more--)
			sim_new_thread(sim, leader->process,
				&sim->program[choose(sim->choices, SIM_PROGRAMS)]);
		if (choose_rarely(sim->choices, 150)) {
			struct sim_task *worker = sim_new_thread(sim, leader->process, NULL);
			worker->blocked = ~(UINT64_C(1) << SIGKILL);
		}
	}
}

void sim_run(struct sim *sim, const struct sim_plan *plan, struct choices *choices)
{
	static const uint64_t delays_ns[] = {0, 30 * NS_PER_US, 200 * NS_PER_US, 1200 * NS_PER_US,
		8 * NS_PER_MS, 45 * NS_PER_MS};
	sim_clear(sim);
	sim->plan = *plan;
	sim->choices = choices;
	sim->now_ns = NS_PER_S;
	sim->running = PARTY_SESSION;
	sim_world_init(sim);
	choose_troubles(sim);
	sim_make_programs(sim);
	make_targets(sim);
	sim->actions_left = sim->troubles ? 60 : 0;
	plan_action(sim);
	/* They run for a while before somebody attaches. */
	sim->session_wakes_ns = sim->now_ns + delays_ns[choose(choices, 6)];
	if (plan->bare)
		sim->ended_ns = sim->now_ns;
	else
		start_session(sim);
	if (plan->bare)
		sim->session_done = true;
	for (;;) {
		unsigned int next = pick(sim);
		if (next == NOBODY)
			break;
		if (next < SIM_TASKS) {
			count_step(sim, next);
			sim_step_task(sim, &sim->task[next]);
		} else {
			change_context(&sim->main, context_of(sim, next));
		}
	}
	if (!sim->violation)
		sim_check_end(sim);
}
