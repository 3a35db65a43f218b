/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attaching in a fake world: a thread that has stopped is resumed within a bounded number of
 * requests, however many other threads there are and whatever they do.
 *
 * The world has a process of some workers and many threads that wait, or many processes of one
 * thread that waits. A worker stops at the entry and the exit of a call, over and over, some time
 * after it was resumed. Each request takes 1 µs, and a wait for any tracee longer, as it has to
 * walk over them. The tests count the requests between each stop of a worker and its end.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "base/ring.h"
#include "base/subprocess.h"
#include "base/time.h"
#include "engine/ptrace/attach/attach.h"
#include "engine/ptrace/attach/refusal.h"
#include "engine/ptrace/tracer.h"
#include "engine/ptrace/world/world.h"
#include "event/event.h"
#include "event/stack_copy.h"

#define LEADER          100
#define WORKERS         4
#define CPUS            2
#define RING_SIZE       (1 << 20)
#define WALK_NS         20                /* a wait for any tracee, per tracee */
#define WORK_NS         (200 * NS_PER_US) /* a worker's time between two stops */

#define FEW             50
#define BURST           500
#define MANY            2000

/*
 * The most requests between a stop and its end. Some hundred belong to reports of others; to attach
 * to a task takes about ten.
 */
#define TURNS_MAX       1000

/*
 * The same where others stop all the time, so that stop signals are lost: of a thread that has not
 * stopped for long, 3 ms to the next sweep and then, in the worst case, a poll of each task.
 */
#define TURNS_MAX_QUIET (3000 + 2 * MANY)

/* The same beside a burst of births: less than one request for each of them. */
#define TURNS_MAX_BURST (BURST / 2)

struct fake_task {
	bool traced, stopped, reported, in_call;
	bool restarted;        /* it has made the call again in which it was attached */
	int status;            /* of the stop: si_status */
	uint64_t stops_at_ns;  /* when a worker stops next; 0: not by itself */
	uint64_t stopped_turn; /* number of requests by then */
};

/* The world; struct world comes first, so that its functions can find the rest. */
struct fake {
	struct world world;
	uint64_t now_ns, turns;
	size_t count, traced;
	bool processes;   /* each task but the workers is a process of its own, a child of LEADER */
	bool running;     /* /proc never shows that a thread waits */
	size_t born;      /* tasks from here on were born, and are as busy; 0: none */
	size_t busy;      /* tasks after the workers that stop again as soon as they are resumed */
	uint64_t work_ns; /* a worker's time between two stops */
	long nr;          /* the call that threads wait in */
	bool restarts;    /* … which the kernel restarts */
	struct fake_task *tasks;
	pid_t signal; /* the sender of the pending stop signal; 0: none */
	bool signals;
	uint64_t end_ns;  /* of the test, once all is traced; 0: not yet known */
	uint64_t slow_ns; /* time that the next read of a call takes in addition */
	uint64_t longest; /* most requests between a worker's stop and its end */

	/* What is not the world's. */
	struct ring *ring;
	struct interest interest;
	struct stack_copy_channel channel;
	struct tracer tracer;
};

static struct fake *fake_of(struct world *world)
{
	return (struct fake *)world;
}

static struct fake_task *find(struct fake *fake, pid_t tid)
{
	assert_in_range(tid, LEADER, LEADER + fake->count - 1);
	return &fake->tasks[tid - LEADER];
}

static void stop_task(struct fake *fake, size_t at, int status)
{
	struct fake_task *task = &fake->tasks[at];
	task->stopped = task->reported = true;
	task->status = status;
	task->stops_at_ns = 0;
	task->stopped_turn = fake->turns;
	if (fake->signals && !fake->signal)
		fake->signal = LEADER + (pid_t)at;
}

/* A request of the tracer: time goes on, and workers stop. */
static struct fake *request(struct world *world, uint64_t duration_ns)
{
	struct fake *fake = fake_of(world);
	fake->turns++;
	fake->now_ns += duration_ns;
	for (size_t i = 0; i < WORKERS; i++) {
		struct fake_task *task = &fake->tasks[i];
		if (task->stops_at_ns && task->stops_at_ns <= fake->now_ns)
			stop_task(fake, i, SIGTRAP | 0x80);
	}
	return fake;
}

static struct fake *turn(struct world *world)
{
	return request(world, NS_PER_US);
}

/* Requests of ptrace(2). */

static int seize(struct world *world, pid_t tid, unsigned long options)
{
	struct fake *fake = turn(world);
	(void)options;
	find(fake, tid)->traced = true;
	fake->traced++;
	return 0;
}

static int interrupt(struct world *world, pid_t tid)
{
	struct fake *fake = turn(world);
	if (!find(fake, tid)->stopped)
		stop_task(fake, (size_t)(tid - LEADER), SIGTRAP | PTRACE_EVENT_STOP << 8);
	return 0;
}

/* Whether the task stops again as soon as it is resumed. */
static bool is_busy(const struct fake *fake, size_t at)
{
	return at < WORKERS + fake->busy || (fake->born && at >= fake->born);
}

static int resume(struct world *world, pid_t tid, int signal)
{
	struct fake *fake = turn(world);
	struct fake_task *task = find(fake, tid);
	(void)signal;
	assert_true(task->stopped);
	task->stopped = task->reported = false;
	if ((size_t)(tid - LEADER) >= WORKERS) {
		bool restarts = fake->restarts && !task->restarted;
		task->restarted = true;
		if (restarts || is_busy(fake, (size_t)(tid - LEADER)))
			stop_task(fake, (size_t)(tid - LEADER), SIGTRAP | 0x80);
		return 0;
	}
	uint64_t turns = fake->turns - task->stopped_turn;
	if (turns > fake->longest)
		fake->longest = turns;
	task->stops_at_ns = fake->now_ns + fake->work_ns;
	return 0;
}

/* What has to be read takes longer than usual, once. */
static void take_long(struct fake *fake)
{
	fake->now_ns += fake->slow_ns;
	fake->slow_ns = 0;
}

static int view_syscall(struct world *world, pid_t tid, bool need_call, struct syscall_view *view)
{
	struct fake *fake = turn(world);
	struct fake_task *task = find(fake, tid);
	(void)need_call;
	take_long(fake);
	task->in_call = !task->in_call;
	*view = (struct syscall_view){
		.op = task->in_call ? SYSCALL_ENTRY : SYSCALL_EXIT,
		.call = {.nr = task->restarted ? (uint32_t)fake->nr : SYS_getppid},
	};
	return 0;
}

static int view_pending_syscall(struct world *world, pid_t tid, struct syscall_view *view)
{
	struct fake *fake = turn(world);
	(void)tid;
	take_long(fake);
	*view = (struct syscall_view){
		.op = SYSCALL_PENDING,
		.call = {.nr = (uint32_t)fake->nr},
		.is_error = fake->restarts,
		.result = fake->restarts ? -RESTART_NOHAND : -EINTR,
	};
	return 0;
}

static int set_result(struct world *world, pid_t tid, int64_t result)
{
	(void)tid, (void)result;
	turn(world);
	return 0;
}

static const struct world_trace fake_trace = {
	.seize = seize,
	.interrupt = interrupt,
	.resume = resume,
	.syscall = view_syscall,
	.pending_syscall = view_pending_syscall,
	.set_result = set_result,
};

/* Waiting. */

static int report_of(const struct fake *fake, size_t at, siginfo_t *info)
{
	if (!fake->tasks[at].reported)
		return 0;
	*info = (siginfo_t){.si_signo = SIGCHLD, .si_code = CLD_TRAPPED};
	info->si_pid = LEADER + (pid_t)at;
	info->si_status = fake->tasks[at].status;
	return 1;
}

static bool is_kicked(struct world *world)
{
	const struct fake *fake = fake_of(world);
	return fake->end_ns && fake->now_ns > fake->end_ns;
}

/* The newest first. */
static int next_of_any(const struct fake *fake, siginfo_t *info)
{
	for (size_t i = fake->count; i-- > 0;) {
		if (report_of(fake, i, info) == 1)
			return 1;
	}
	return fake->traced ? 0 : -ECHILD;
}

static int next(struct world *world, pid_t tid, bool block, siginfo_t *info)
{
	struct fake *fake = request(
		world, NS_PER_US + (tid ? 0 : WALK_NS * fake_of(world)->traced));
	int result;
	if (tid)
		return find(fake, tid)->traced ? report_of(fake, (size_t)(tid - LEADER), info)
		                               : -ECHILD;
	while ((result = next_of_any(fake, info)) == 0 && block && !is_kicked(world))
		turn(world);
	return result;
}

static bool consume(struct world *world, pid_t tid, siginfo_t *info)
{
	(void)info;
	find(turn(world), tid)->reported = false;
	return true;
}

static void enable_stop_signal(struct world *world, bool enabled)
{
	turn(world)->signals = enabled;
}

static int await_stop_signal(struct world *world, uint64_t timeout_ns, pid_t *tid)
{
	struct fake *fake = turn(world);
	if (!fake->signal) {
		fake->now_ns += timeout_ns;
		return -EAGAIN;
	}
	*tid = fake->signal;
	fake->signal = 0;
	return 0;
}

static bool is_orphan(struct world *world)
{
	(void)world;
	return false;
}

static const struct world_wait fake_wait = {
	.next = next,
	.consume = consume,
	.enable_stop_signal = enable_stop_signal,
	.await_stop_signal = await_stop_signal,
	.is_kicked = is_kicked,
	.clear_kick = is_kicked,
	.is_orphan = is_orphan,
};

/* The clock, and an alarm that never goes off: it only ends waits. */

static uint64_t now_ns(struct world *world)
{
	return ++fake_of(world)->now_ns;
}

static void sleep_for(struct world *world, uint64_t span_ns)
{
	turn(world)->now_ns += span_ns;
}

static int new_timer(struct world *world, timer_t *timer)
{
	(void)world;
	*timer = NULL;
	return 0;
}

static void set_timer(struct world *world, timer_t timer, uint64_t at_ns, uint64_t every_ns)
{
	(void)timer, (void)at_ns, (void)every_ns;
	turn(world);
}

static void free_timer(struct world *world, timer_t timer)
{
	(void)world, (void)timer;
}

static const struct world_clock fake_clock = {
	.now_ns = now_ns,
	.sleep = sleep_for,
	.new_timer = new_timer,
	.set_timer = set_timer,
	.free_timer = free_timer,
};

/* /proc. */

static pid_t process_of(const struct fake *fake, pid_t tid)
{
	return fake->processes && tid >= LEADER + WORKERS ? tid : LEADER;
}

static int status(struct world *world, pid_t tid, struct proc_status *status)
{
	struct fake *fake = turn(world);
	*status = (struct proc_status){
		.comm = "task", .state = 'S', .tgid = process_of(fake, tid), .parent = 1};
	return 0;
}

static int comm(struct world *world, pid_t tid, char comm[TASK_COMM_SIZE])
{
	(void)tid;
	turn(world);
	snprintf(comm, TASK_COMM_SIZE, "task");
	return 0;
}

static char state(struct world *world, pid_t tid)
{
	(void)tid;
	turn(world);
	return 'S';
}

static int no_times(struct world *world, pid_t tgid, pid_t tid, struct proc_times *times)
{
	(void)world, (void)tgid, (void)tid, (void)times;
	return -ENOENT;
}

static uint64_t one_of(struct world *world, pid_t tid)
{
	(void)tid;
	turn(world);
	return 1;
}

static bool is_worker(struct world *world, pid_t tgid, pid_t tid)
{
	(void)tgid, (void)tid;
	turn(world);
	return false;
}

static bool is_32bit(struct world *world, pid_t tgid)
{
	(void)tgid;
	turn(world);
	return false;
}

/* Reading an entry of a list is a request too. */
static int threads(
	struct world *world, pid_t tgid, struct tid_list *list, const struct proc_break *breaks)
{
	struct fake *fake = fake_of(world);
	for (size_t i = 0; i < fake->count; i++) {
		pid_t tid = LEADER + (pid_t)i;
		if (process_of(fake, tid) != tgid)
			continue;
		turn(world);
		tid_list_add(list, tid);
		if (i % PROC_BREAK_LISTED == 0)
			breaks->take(breaks->argument);
	}
	return 0;
}

static int children(struct world *world, struct tid_list *list, bool *incomplete,
	const struct proc_break *breaks)
{
	struct fake *fake = fake_of(world);
	static int left; /* of the scans that find something */
	left = list->count == 1 ? 3 : left - 1;
	for (size_t i = WORKERS; i < fake->count; i++) {
		turn(world);
		if (list->count <= fake->count - WORKERS)
			tid_list_add(list, LEADER + (pid_t)i);
		if (i % PROC_BREAK_READ == 0)
			breaks->take(breaks->argument);
	}
	*incomplete = left > 0;
	return 0;
}

static int waits(struct world *world, pid_t tgid, pid_t tid, struct proc_wait *wait)
{
	struct fake *fake = turn(world);
	(void)tgid;
	*wait = (struct proc_wait){.nr = (uint64_t)fake->nr};
	return tid >= LEADER + WORKERS && !fake->running;
}

static bool waits_for_server(struct world *world, pid_t tgid, pid_t tid)
{
	return is_worker(world, tgid, tid);
}

static bool is_woken(struct world *world, pid_t tgid, pid_t tid)
{
	(void)world, (void)tgid, (void)tid;
	return false;
}

static uint64_t asleep_since(struct world *world, struct sleep_clock *clock, pid_t tid)
{
	(void)clock, (void)tid;
	turn(world);
	return 0;
}

static const struct world_proc fake_proc = {
	.status = status,
	.comm = comm,
	.state = state,
	.cpu_ns = one_of,
	.times = no_times,
	.sleeps = one_of,
	.is_worker = is_worker,
	.is_32bit = is_32bit,
	.threads = threads,
	.children = children,
	.waits = waits,
	.waits_for_server = waits_for_server,
	.is_woken = is_woken,
	.asleep_since = asleep_since,
};

/* The target's memory, which never answers. */

static int begin_query(struct world *world, pid_t pid, struct subprocess *query)
{
	(void)pid;
	turn(world);
	*query = (struct subprocess){.pid = 3, .fd = 3};
	return 0;
}

static bool has_returned(struct world *world, const struct subprocess *query)
{
	(void)query;
	turn(world);
	return false;
}

static void end_query(struct world *world, struct subprocess *query)
{
	(void)query;
	turn(world);
}

static const struct world_target fake_target = {
	.begin_query = begin_query,
	.has_returned = has_returned,
	.end_query = end_query,
};

/* Stubs for the rest. */

static bool get_cpus(struct world *world, cpu_set_t *cpus)
{
	(void)world, (void)cpus;
	return false;
}

static unsigned int online_cpus(struct world *world)
{
	(void)world;
	return CPUS;
}

static uint64_t queued_ns(struct world *world)
{
	(void)world;
	return 0;
}

static int open_load(struct world *world)
{
	(void)world;
	return -1;
}

static void close_load(struct world *world, int load)
{
	(void)world, (void)load;
}

static int runnable(struct world *world, int load)
{
	(void)world, (void)load;
	return 0;
}

static const struct world_sched fake_sched = {
	.get_cpus = get_cpus,
	.online_cpus = online_cpus,
	.queued_ns = queued_ns,
	.open_load = open_load,
	.runnable = runnable,
	.close_load = close_load,
};

static pid_t self(struct world *world)
{
	(void)world;
	return 2;
}

static void wake(struct world *world, int fd)
{
	(void)world, (void)fd;
}

static const struct world_process fake_process = {
	.self = self,
	.thread = self,
	.wake = wake,
};

/* A tracer in that world. */

static void init_tracer(struct fake *fake, struct stack_copy_channel *stacks)
{
	const struct engine_links links = {
		.ring = fake->ring, .interest = &fake->interest, .stacks = stacks};
	const struct engine_request request = {.follow = FOLLOW_FORKS};
	tracer_init(&fake->tracer, &fake->world, &links, RING_SIZE, &request);
	assert_int_equal(alarm_init(&fake->tracer.alarm, &fake->world), 0);
	fake->tracer.home = 1;
}

static void setup(struct fake *fake, size_t count, long nr)
{
	*fake = (struct fake){
		.world =
			{
				.trace = &fake_trace,
				.wait = &fake_wait,
				.clock = &fake_clock,
				.proc = &fake_proc,
				.target = &fake_target,
				.sched = &fake_sched,
				.process = &fake_process,
			},
		.now_ns = NS_PER_S,
		.count = count,
		.nr = nr,
		.work_ns = WORK_NS,
		.tasks = xcalloc(count, sizeof(*fake->tasks)),
		.ring = ring_new(RING_SIZE),
	};
	init_tracer(fake, NULL);
}

static void teardown(struct fake *fake)
{
	alarm_clear(&fake->tracer.alarm);
	tracer_clear(&fake->tracer);
	ring_free(fake->ring);
	free(fake->tasks);
}

static void assert_served_within(const struct fake *fake, uint64_t turns)
{
	print_message("%zu tasks: at most %llu requests\n", fake->count,
		(unsigned long long)fake->longest);
	assert_true(fake->longest > 0);
	assert_true(fake->longest <= turns);
}

static void attach(struct fake *fake, enum follow follow)
{
	static const pid_t target = LEADER;
	const struct engine_request request = {
		.targets = &target, .target_count = 1, .follow = follow};
	struct refusal refusal;
	assert_int_equal(attach_all(&fake->tracer, &request, &refusal), 0);
	assert_int_equal(fake->traced, fake->count);
}

static void a_stop_is_served_while_waiting_threads_are_attached(void **state)
{
	struct fake fake;
	(void)state;
	for (size_t count = FEW; count <= MANY; count += MANY - FEW) {
		setup(&fake, count, SYS_pause);
		attach(&fake, FOLLOW_FORKS);
		assert_served_within(&fake, TURNS_MAX);
		teardown(&fake);
	}
}

static void a_stop_is_served_while_fragile_waits_are_attached(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake, MANY, SYS_semop);
	attach(&fake, FOLLOW_FORKS);
	assert_served_within(&fake, TURNS_MAX);
	teardown(&fake);
}

static void a_stop_is_served_while_running_threads_are_attached(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake, MANY, SYS_pause);
	fake.running = true;
	attach(&fake, FOLLOW_FORKS);
	assert_served_within(&fake, TURNS_MAX);
	teardown(&fake);
}

static void a_stop_is_served_while_descendants_are_looked_for(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake, MANY, SYS_pause);
	fake.processes = true;
	attach(&fake, FOLLOW_TREE);
	assert_served_within(&fake, TURNS_MAX);
	teardown(&fake);
}

static uint64_t lost_ns(const struct fake *fake)
{
	return fake->tracer.poller.standstill.lost_ns;
}

/*
 * A task of another process is attached beside the workers, and its memory is locked for ever, for
 * example by a thread that waits for a page from a FUSE file system.
 */
static void a_stop_is_served_while_memory_does_not_answer(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake, FEW, SYS_pause);
	tracer_clear(&fake.tracer);
	assert_int_equal(stack_copy_channel_init(&fake.channel, STACK_COPY_LIMIT), 0);
	init_tracer(&fake, &fake.channel);
	fake.processes = true;
	attach(&fake, FOLLOW_TREE);
	assert_served_within(&fake, TURNS_MAX);
	assert_false(capture_is_preparing(&fake.tracer.capture));
	teardown(&fake);
	stack_copy_channel_clear(&fake.channel);
}

/* Runs the tracer for 200 ms. */
static void run(struct fake *fake)
{
	fake->end_ns = fake->now_ns + 200 * NS_PER_MS;
	while (!is_kicked(&fake->world))
		assert_int_equal(tracer_run(&fake->tracer), 0);
}

/* Transfers: their threads are checked again and again. */
static void a_stop_is_served_while_postponed_stops_are_checked(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake, MANY, SYS_write);
	attach(&fake, FOLLOW_FORKS);
	run(&fake);
	assert_served_within(&fake, TURNS_MAX);
	teardown(&fake);
}

static void a_stop_is_served_beside_busy_threads(void **state)
{
	static const struct {
		size_t busy;
		uint64_t work_ns, turns;
	} cases[] = {
		{8, WORK_NS, TURNS_MAX},
		{40, 300 * WORK_NS, TURNS_MAX_QUIET},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct fake fake;
		setup(&fake, MANY, SYS_pause);
		fake.busy = cases[i].busy;
		fake.work_ns = cases[i].work_ns;
		attach(&fake, FOLLOW_FORKS);
		run(&fake);
		assert_served_within(&fake, cases[i].turns);
		teardown(&fake);
	}
}

/* COUNT threads are born, and make one call after the other. */
static void give_birth(struct fake *fake, size_t count)
{
	fake->born = fake->count;
	fake->tasks = xreallocarray(fake->tasks, fake->count + count, sizeof(*fake->tasks));
	memset(fake->tasks + fake->count, 0, count * sizeof(*fake->tasks));
	fake->count += count;
	for (size_t i = fake->born; i < fake->count; i++) {
		const struct new_task facts = {
			.tid = LEADER + (pid_t)i,
			.tgid = LEADER,
			.comm = "born",
			.phase = TRACEE_BORN,
			.attached_ns = fake->now_ns,
		};
		tracer_add(&fake->tracer, &facts);
		fake->tasks[i].traced = true;
		fake->traced++;
		stop_task(fake, i, SIGTRAP | PTRACE_EVENT_STOP << 8);
	}
}

/* However many there are, every other turn belongs to those that were there before. */
static void a_stop_is_served_beside_a_burst_of_births(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake, FEW, SYS_pause);
	attach(&fake, FOLLOW_FORKS);
	run(&fake);
	run(&fake);
	give_birth(&fake, BURST);
	run(&fake);
	assert_served_within(&fake, TURNS_MAX_BURST);
	teardown(&fake);
}

/*
 * While the tracer is kept busy for 50 ms, all workers stand still: more of them than there are
 * CPUs, so that each CPU has lost that time.
 */
static void all_time_that_threads_stand_still_is_counted(void **state)
{
	struct fake fake;
	(void)state;
	for (size_t count = FEW; count <= MANY; count += MANY - FEW) {
		setup(&fake, count, SYS_pause);
		attach(&fake, FOLLOW_FORKS);
		run(&fake);
		uint64_t before_ns = lost_ns(&fake);
		fake.slow_ns = 50 * NS_PER_MS;
		run(&fake);
		uint64_t lost = lost_ns(&fake) - before_ns;
		print_message(
			"%zu tasks: %llu ms\n", count, (unsigned long long)(lost / NS_PER_MS));
		assert_true(lost > CPUS * 49 * NS_PER_MS);
		assert_true(lost < CPUS * 60 * NS_PER_MS);
		teardown(&fake);
	}
}

/* Waiting threads lose nothing, although each is stopped twice, and one of these stops is long. */
static void the_stops_of_waiting_threads_are_not_counted(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake, MANY, SYS_pause);
	fake.work_ns = 3600 * NS_PER_S;
	fake.restarts = true;
	fake.slow_ns = 50 * NS_PER_MS;
	attach(&fake, FOLLOW_FORKS);
	assert_int_equal(fake.slow_ns, 0);
	run(&fake);
	assert_int_equal(lost_ns(&fake), 0);
	teardown(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stop_is_served_while_waiting_threads_are_attached),
		cmocka_unit_test(a_stop_is_served_while_fragile_waits_are_attached),
		cmocka_unit_test(a_stop_is_served_while_running_threads_are_attached),
		cmocka_unit_test(a_stop_is_served_while_descendants_are_looked_for),
		cmocka_unit_test(a_stop_is_served_while_memory_does_not_answer),
		cmocka_unit_test(a_stop_is_served_while_postponed_stops_are_checked),
		cmocka_unit_test(a_stop_is_served_beside_busy_threads),
		cmocka_unit_test(a_stop_is_served_beside_a_burst_of_births),
		cmocka_unit_test(all_time_that_threads_stand_still_is_counted),
		cmocka_unit_test(the_stops_of_waiting_threads_are_not_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
