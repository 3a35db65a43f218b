/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reports and attaching in a fake world: which requests the tracer makes, in which order, and what
 * it writes, for stops and failures that cannot be triggered on a real kernel at will.
 *
 * The world has a single process with one thread. It records the requests in a list, one per line.
 * The tests trigger stops; each reading of the clock takes 1 ns.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "base/ring.h"
#include "base/time.h"
#include "engine/ptrace/attach/attach.h"
#include "engine/ptrace/attach/leave.h"
#include "engine/ptrace/attach/refusal.h"
#include "engine/ptrace/report.h"
#include "engine/ptrace/tracer.h"
#include "engine/ptrace/world/world.h"
#include "event/event.h"

#define TARGET    100
#define CHILD     101
#define RING_SIZE (1 << 16)
#define COMMAND   "target"

/* The world; struct world comes first, so that its functions can find the rest. */
struct fake {
	struct world world;
	uint64_t now_ns;
	bool alive, traced, stopped;
	bool is_woken;        /* in a wait: it looks asleep, and a signal is there */
	char unread;          /* what state() returns in place of its state; '\0': nothing */
	bool no_proc;         /* … and there is nothing to be read at all */
	bool starved;         /* it does not stop when it is asked to */
	int seize_results[4]; /* what the first calls of seize() return; then 0 */
	unsigned int seizes;  /* number of calls of seize() */
	bool seizes_late;     /* it is interrupted when it has attached */
	int resume_result;    /* of the next request that resumes; then 0 */
	pid_t message;        /* of an event */
	bool has_report;      /* `report` is pending */
	siginfo_t report;
	struct syscall_view view; /* of the call in which it is stopped */
	uint64_t alarm_ns;
	char requests[2048];

	/* What is not the world's. */
	struct ring *ring;
	struct interest interest;
	struct tracer tracer;
};

static struct fake *fake_of(struct world *world)
{
	return (struct fake *)world;
}

/* Adds a line to the list of requests. */
static __attribute__((format(printf, 2, 3))) void list(struct world *world, const char *format, ...)
{
	struct fake *fake = fake_of(world);
	size_t used = strlen(fake->requests);
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(fake->requests + used, sizeof(fake->requests) - used, format, arguments);
	va_end(arguments);
}

/* Makes TID report STATUS as si_status, with CODE. */
static void report_of(struct fake *fake, pid_t tid, int code, int status)
{
	assert_false(fake->has_report);
	fake->has_report = true;
	fake->report = (siginfo_t){.si_signo = SIGCHLD, .si_code = code};
	fake->report.si_pid = tid;
	fake->report.si_status = status;
	fake->stopped = code == CLD_TRAPPED;
}

/* The same of the target. */
static void report(struct fake *fake, int code, int status)
{
	report_of(fake, TARGET, code, status);
}

/* Requests. */

static int seize(struct world *world, pid_t tid, unsigned long options)
{
	struct fake *fake = fake_of(world);
	list(world, "seize %d%s\n", (int)tid, options & PTRACE_O_TRACESYSGOOD ? "" : " badly");
	int result = fake->seizes < COUNT_OF(fake->seize_results)
	                     ? fake->seize_results[fake->seizes]
	                     : 0;
	fake->seizes++;
	fake->traced |= result == 0 || fake->seizes_late;
	fake->alive &= result != -ESRCH;
	return result;
}

static int interrupt(struct world *world, pid_t tid)
{
	struct fake *fake = fake_of(world);
	list(world, "interrupt %d\n", (int)tid);
	if (!fake->has_report && !fake->stopped && !fake->starved)
		report(fake, CLD_TRAPPED, SIGTRAP | PTRACE_EVENT_STOP << 8);
	return 0;
}

static int resume_target(struct world *world)
{
	struct fake *fake = fake_of(world);
	int result = fake->resume_result;
	fake->resume_result = 0;
	fake->stopped = false;
	fake->has_report = false;
	return result;
}

static int resume(struct world *world, pid_t tid, int signal)
{
	list(world, "resume %d %d\n", (int)tid, signal);
	return resume_target(world);
}

static int stay_stopped(struct world *world, pid_t tid)
{
	list(world, "listen %d\n", (int)tid);
	fake_of(world)->has_report = false;
	return 0;
}

static int detach(struct world *world, pid_t tid, int signal)
{
	list(world, "detach %d %d\n", (int)tid, signal);
	fake_of(world)->traced = false;
	return resume_target(world);
}

static int view_syscall(struct world *world, pid_t tid, bool need_call, struct syscall_view *view)
{
	(void)tid, (void)need_call;
	*view = fake_of(world)->view;
	return fake_of(world)->stopped ? 0 : -ESRCH;
}

static int view_pending_syscall(struct world *world, pid_t tid, struct syscall_view *view)
{
	return view_syscall(world, tid, true, view);
}

static int message(struct world *world, pid_t tid, pid_t *message)
{
	(void)tid;
	*message = fake_of(world)->message;
	return 0;
}

static int set_result(struct world *world, pid_t tid, int64_t result)
{
	list(world, "result %d %lld\n", (int)tid, (long long)result);
	return 0;
}

static const struct world_trace fake_trace = {
	.seize = seize,
	.interrupt = interrupt,
	.resume = resume,
	.listen = stay_stopped,
	.detach = detach,
	.message = message,
	.syscall = view_syscall,
	.pending_syscall = view_pending_syscall,
	.set_result = set_result,
};

/* Waiting. */

static int next(struct world *world, pid_t tid, bool block, siginfo_t *info)
{
	struct fake *fake = fake_of(world);
	if (!fake->traced || (tid && tid != TARGET))
		return -ECHILD;
	/* Otherwise the test would never end. */
	assert_true(fake->has_report || !block);
	if (fake->has_report)
		*info = fake->report;
	return fake->has_report;
}

static bool consume(struct world *world, pid_t tid, siginfo_t *info)
{
	struct fake *fake = fake_of(world);
	bool consumes = fake->has_report && fake->stopped;
	list(world, "consume %d\n", (int)tid);
	*info = fake->report;
	fake->has_report &= !fake->stopped;
	return consumes;
}

static void consume_end(struct world *world, pid_t tid)
{
	struct fake *fake = fake_of(world);
	list(world, "consume the end of %d\n", (int)tid);
	fake->has_report &= fake->stopped;
	fake->traced = fake->traced && fake->stopped;
}

static bool no(struct world *world)
{
	(void)world;
	return false;
}

static void enable_stop_signal(struct world *world, bool enabled)
{
	(void)world, (void)enabled;
}

static int await_stop_signal(struct world *world, uint64_t timeout_ns, pid_t *tid)
{
	(void)tid;
	fake_of(world)->now_ns += timeout_ns;
	return -EAGAIN;
}

static const struct world_wait fake_wait = {
	.next = next,
	.consume = consume,
	.consume_end = consume_end,
	.enable_stop_signal = enable_stop_signal,
	.await_stop_signal = await_stop_signal,
	.is_kicked = no,
	.clear_kick = no,
	.is_orphan = no,
};

/* The clock. */

static uint64_t now_ns(struct world *world)
{
	return ++fake_of(world)->now_ns;
}

static void sleep_for(struct world *world, uint64_t span_ns)
{
	fake_of(world)->now_ns += span_ns;
}

static int new_timer(struct world *world, timer_t *timer)
{
	(void)world;
	*timer = NULL;
	return 0;
}

static void set_timer(struct world *world, timer_t timer, uint64_t at_ns, uint64_t every_ns)
{
	(void)timer, (void)every_ns;
	fake_of(world)->alarm_ns = at_ns;
}

static void free_timer(struct world *world, timer_t timer)
{
	(void)timer;
	fake_of(world)->alarm_ns = 0;
}

static const struct world_clock fake_clock = {
	.now_ns = now_ns,
	.sleep = sleep_for,
	.new_timer = new_timer,
	.set_timer = set_timer,
	.free_timer = free_timer,
};

/* /proc. */

static int status(struct world *world, pid_t tid, struct proc_status *status)
{
	if (tid != TARGET || !fake_of(world)->alive)
		return -ENOENT;
	*status = (struct proc_status){.comm = COMMAND, .state = 'S', .tgid = TARGET, .parent = 1};
	return 0;
}

static int comm(struct world *world, pid_t tid, char comm[TASK_COMM_SIZE])
{
	(void)world, (void)tid;
	snprintf(comm, TASK_COMM_SIZE, COMMAND);
	return 0;
}

static char state(struct world *world, pid_t tid)
{
	(void)tid;
	if (!fake_of(world)->alive || fake_of(world)->no_proc)
		return '\0';
	return fake_of(world)->unread ? fake_of(world)->unread : 'S';
}

static int no_times(struct world *world, pid_t tgid, pid_t tid, struct proc_times *times)
{
	(void)world, (void)tgid, (void)tid, (void)times;
	return -ENOENT;
}

static uint64_t zero_of(struct world *world, pid_t tid)
{
	(void)world, (void)tid;
	return 0;
}

static bool is_32bit(struct world *world, pid_t tgid)
{
	(void)world, (void)tgid;
	return false;
}

static bool is_thread_of(struct world *world, pid_t tid, pid_t tgid)
{
	(void)world, (void)tid;
	return tgid == TARGET;
}

static int threads(
	struct world *world, pid_t tgid, struct tid_list *list, const struct proc_break *breaks)
{
	(void)breaks;
	if (!fake_of(world)->alive)
		return -ENOENT;
	tid_list_add(list, tgid);
	return 0;
}

/* In a call that the kernel restarts. */
static int waits(struct world *world, pid_t tgid, pid_t tid, struct proc_wait *wait)
{
	(void)world, (void)tgid, (void)tid;
	*wait = (struct proc_wait){.nr = SYS_futex};
	return 1;
}

static bool waits_for_server(struct world *world, pid_t tgid, pid_t tid)
{
	(void)world, (void)tgid, (void)tid;
	return false;
}

static bool is_woken(struct world *world, pid_t tgid, pid_t tid)
{
	(void)tgid, (void)tid;
	return fake_of(world)->is_woken;
}

static const struct world_proc fake_proc = {
	.status = status,
	.comm = comm,
	.state = state,
	.cpu_ns = zero_of,
	.times = no_times,
	.sleeps = zero_of,
	.is_32bit = is_32bit,
	.is_thread_of = is_thread_of,
	.threads = threads,
	.waits = waits,
	.waits_for_server = waits_for_server,
	.is_woken = is_woken,
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
	return 2;
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

static bool exists(struct world *world, pid_t pid)
{
	(void)pid;
	return fake_of(world)->alive;
}

static const struct world_access fake_access = {.exists = exists};

/* A tracer in that world. */

static void setup(struct fake *fake)
{
	*fake = (struct fake){
		.world =
			{
				.trace = &fake_trace,
				.wait = &fake_wait,
				.clock = &fake_clock,
				.proc = &fake_proc,
				.sched = &fake_sched,
				.process = &fake_process,
				.access = &fake_access,
			},
		.now_ns = NS_PER_S,
		.alive = true,
		.ring = ring_new(RING_SIZE),
	};
	const struct engine_links links = {.ring = fake->ring, .interest = &fake->interest};
	const struct engine_request request = {.follow = FOLLOW_FORKS};
	tracer_init(&fake->tracer, &fake->world, &links, RING_SIZE, &request);
	assert_int_equal(alarm_init(&fake->tracer.alarm, &fake->world), 0);
	fake->tracer.home = 1;
}

static void teardown(struct fake *fake)
{
	alarm_clear(&fake->tracer.alarm);
	tracer_clear(&fake->tracer);
	ring_free(fake->ring);
}

static int attach(struct fake *fake, struct refusal *refusal)
{
	static const pid_t target = TARGET;
	const struct engine_request request = {
		.targets = &target, .target_count = 1, .follow = FOLLOW_FORKS};
	return attach_all(&fake->tracer, &request, refusal);
}

/* Requests since the last check. */
static void assert_requests(struct fake *fake, const char *expected)
{
	assert_string_equal(fake->requests, expected);
	fake->requests[0] = '\0';
}

/* The next event, which must have TYPE. */
static const void *take_event(struct fake *fake, enum event_type type)
{
	static unsigned char copy[1024];
	const struct event *event = ring_peek(fake->ring);
	assert_non_null(event);
	assert_int_equal(event->type, type);
	assert_int_equal(event->tid, TARGET);
	memcpy(copy, event,
		event->type == EVENT_ENTER  ? sizeof(struct event_enter)
		: event->type == EVENT_EXIT ? sizeof(struct event_exit)
					    : sizeof(struct event));
	ring_pop(fake->ring);
	return copy;
}

static void assert_no_event(struct fake *fake)
{
	assert_null(ring_peek(fake->ring));
}

/* Attaches the target, which is in user code, and discards the events. */
static void attach_and_discard(struct fake *fake)
{
	struct refusal refusal;
	setup(fake);
	assert_int_equal(attach(fake, &refusal), 0);
	assert_requests(fake, "seize 100\ninterrupt 100\nresume 100 0\n");
	take_event(fake, EVENT_TASK);
	take_event(fake, EVENT_STATE);
	assert_no_event(fake);
}

/* Makes the target stop at the entry or exit of a call, according to VIEW. */
static void stop_in_call(struct fake *fake, const struct syscall_view *view)
{
	siginfo_t info;
	fake->view = *view;
	report(fake, CLD_TRAPPED, SIGTRAP | 0x80);
	assert_int_equal(poller_next(&fake->tracer.poller, &info), 1);
	report_handle(&fake->tracer, &info);
}

static const struct syscall_view enters_read = {
	.op = SYSCALL_ENTRY, .call = {.nr = SYS_read, .abi = ABI_NATIVE}, .args = {3}, .ip = 2};
static const struct syscall_view leaves_read = {.op = SYSCALL_EXIT, .result = 5, .ip = 2};

/* Handles the report that there is. */
static void handle_report(struct fake *fake)
{
	siginfo_t info;
	assert_int_equal(poller_next(&fake->tracer.poller, &info), 1);
	report_handle(&fake->tracer, &info);
}

/* Its status cannot be read. */
static void a_new_thread_is_followed_without_its_status(void **state)
{
	struct fake fake;
	(void)state;
	attach_and_discard(&fake);
	fake.tracer.follow = FOLLOW_THREADS;
	report_of(&fake, CHILD, CLD_TRAPPED, SIGTRAP | PTRACE_EVENT_STOP << 8);
	handle_report(&fake);
	assert_requests(&fake, "resume 101 0\n");
	assert_int_equal(tracer_find(&fake.tracer, CHILD)->tracee.tgid, TARGET);
	teardown(&fake);
}

/* The call that has created it had begun before the attach. */
static void a_child_of_a_former_tracer_is_no_task(void **state)
{
	struct fake fake;
	(void)state;
	attach_and_discard(&fake);
	fake.message = CHILD;
	report(&fake, CLD_TRAPPED, SIGTRAP | PTRACE_EVENT_VFORK << 8);
	handle_report(&fake);
	assert_requests(&fake, "resume 100 0\n");
	assert_null(tracer_find(&fake.tracer, CHILD));
	assert_no_event(&fake);
	teardown(&fake);
}

static void a_call_is_resumed_twice_and_written_in_between(void **state)
{
	struct fake fake;
	(void)state;
	attach_and_discard(&fake);
	stop_in_call(&fake, &enters_read);
	assert_requests(&fake, "resume 100 0\n");
	const struct event_enter *enter = take_event(&fake, EVENT_ENTER);
	uint64_t since_ns = enter->event.time_ns;
	assert_int_equal(enter->call.nr, SYS_read);
	fake.now_ns += 1000;
	stop_in_call(&fake, &leaves_read);
	assert_requests(&fake, "resume 100 0\n");
	const struct event_exit *exit = take_event(&fake, EVENT_EXIT);
	assert_int_equal(exit->result, 5);
	assert_int_equal(exit->outcome.duration_ns, exit->event.time_ns - since_ns);
	assert_in_range(exit->outcome.duration_ns, 1000, 1100);
	assert_no_event(&fake);
	teardown(&fake);
}

/* It was killed between its stop and the resume, which fails; then its exit is reported. */
static void a_target_killed_at_a_stop_ends_its_call(void **state)
{
	struct fake fake;
	siginfo_t info;
	(void)state;
	attach_and_discard(&fake);
	fake.resume_result = -ESRCH;
	stop_in_call(&fake, &enters_read);
	take_event(&fake, EVENT_ENTER);
	report(&fake, CLD_KILLED, SIGKILL);
	assert_int_equal(poller_next(&fake.tracer.poller, &info), 1);
	report_handle(&fake.tracer, &info);
	assert_requests(&fake, "resume 100 0\nconsume the end of 100\n");
	const struct event_exit *exit = take_event(&fake, EVENT_EXIT);
	assert_true(exit->never_returned);
	take_event(&fake, EVENT_GONE);
	assert_int_equal(poller_next(&fake.tracer.poller, &info), -ECHILD);
	teardown(&fake);
}

static void a_target_that_exits_during_the_attach_does_not_exist(void **state)
{
	struct fake fake;
	struct refusal refusal;
	(void)state;
	setup(&fake);
	fake.seize_results[0] = -ESRCH;
	assert_int_equal(attach(&fake, &refusal), -ESRCH);
	assert_int_equal(refusal.reason, REFUSAL_NO_PROCESS);
	assert_requests(&fake, "seize 100\n");
	assert_no_event(&fake);
	teardown(&fake);
}

/* The attach timeout interrupts the request, which an execve might block. */
static void an_interrupted_attach_is_retried(void **state)
{
	struct fake fake;
	struct refusal refusal;
	(void)state;
	setup(&fake);
	fake.seize_results[0] = fake.seize_results[1] = -EINTR;
	assert_int_equal(attach(&fake, &refusal), 0);
	assert_requests(&fake, "seize 100\nseize 100\nseize 100\ninterrupt 100\nresume 100 0\n");
	teardown(&fake);
}

/* A wait of 1 ms fails with EINTR because it is traced: it is restarted, and ended in time. */
/* Also where /proc cannot be read. */
static void an_attach_that_is_interrupted_late_is_not_repeated(void **state)
{
	struct fake fake;
	struct refusal refusal;
	(void)state;
	setup(&fake);
	fake.seize_results[0] = -EINTR;
	fake.seizes_late = fake.no_proc = true;
	assert_int_equal(attach(&fake, &refusal), 0);
	assert_requests(&fake, "seize 100\ninterrupt 100\nresume 100 0\n");
	teardown(&fake);
}

static void a_repaired_call_is_ended_at_its_timeout(void **state)
{
	static const struct syscall_view enters = {
		.op = SYSCALL_ENTRY,
		.call = {.nr = SYS_epoll_pwait, .abi = ABI_NATIVE},
		.args = {3, 0, 1, 1},
		.ip = 2,
	};
	static const struct syscall_view fails = {
		.op = SYSCALL_EXIT, .result = -EINTR, .is_error = true, .ip = 2};
	struct fake fake;
	(void)state;
	attach_and_discard(&fake);
	stop_in_call(&fake, &enters);
	uint64_t since_ns =
		((const struct event_enter *)take_event(&fake, EVENT_ENTER))->event.time_ns;
	stop_in_call(&fake, &fails);
	stop_in_call(&fake, &enters);
	assert_requests(&fake, "resume 100 0\nresult 100 -514\nresume 100 0\nresume 100 0\n");
	assert_int_equal(fake.alarm_ns, since_ns + NS_PER_MS);
	tracer_serve_deadlines(&fake.tracer);
	assert_requests(&fake, "");
	fake.now_ns = fake.alarm_ns;
	tracer_serve_deadlines(&fake.tracer);
	assert_requests(&fake, "interrupt 100\n");
	/* The interrupt makes it fail again: now it returns the result of a timeout. */
	fake.has_report = false;
	stop_in_call(&fake, &fails);
	assert_requests(&fake, "result 100 0\nresume 100 0\n");
	const struct event_exit *exit = take_event(&fake, EVENT_EXIT);
	assert_int_equal(exit->outcome.err, 0);
	assert_true(exit->outcome.duration_ns >= NS_PER_MS);
	assert_no_event(&fake);
	teardown(&fake);
}

/* Leaves for a second. Returns whether all is left. */
static bool leave(struct fake *fake)
{
	leave_begin(&fake->tracer);
	return leave_until(&fake->tracer, fake->now_ns + NS_PER_S);
}

/* At an entry, a detach would wake the call, so it is traced to its exit, if it does not wait. */
static void leaving_detaches_outside_calls_and_resumes_at_entries(void **state)
{
	struct fake fake;
	(void)state;
	attach_and_discard(&fake);
	assert_true(leave(&fake));
	assert_requests(&fake, "interrupt 100\ndetach 100 0\n");
	teardown(&fake);

	attach_and_discard(&fake);
	fake.view = enters_read;
	report(&fake, CLD_TRAPPED, SIGTRAP | 0x80);
	assert_true(leave(&fake));
	assert_requests(&fake, "resume 100 0\n");
	teardown(&fake);
}

static void a_thread_that_was_asked_to_stop_is_never_given_up(void **state)
{
	struct fake fake;
	(void)state;
	attach_and_discard(&fake);
	fake.starved = true;
	assert_false(leave(&fake));
	assert_requests(&fake, "interrupt 100\n");
	struct leave_rest rest = leave_count_rest(&fake.tracer);
	assert_int_equal(rest.unserved, 1);
	assert_int_equal(rest.timed, 0);
	leave_alone(&fake.tracer);
	for (int i = 0; i < 100; i++)
		assert_false(leave_until(&fake.tracer, fake.now_ns + NS_PER_S));
	/* Its wait had been interrupted. */
	fake.view = (struct syscall_view){.op = SYSCALL_NONE};
	report(&fake, CLD_TRAPPED, SIGTRAP | PTRACE_EVENT_STOP << 8);
	assert_true(leave_until(&fake.tracer, fake.now_ns + NS_PER_S));
	assert_requests(&fake, "detach 100 0\n");
	teardown(&fake);
}

/* Leaves a thread that waits in epoll_wait, which fails if it is interrupted. */
static bool leave_waiting(struct fake *fake)
{
	static const struct syscall_view enters_wait = {.op = SYSCALL_ENTRY,
		.call = {.nr = SYS_epoll_wait, .abi = ABI_NATIVE},
		.args = {3, 0, 0, (uint64_t)-1}};
	stop_in_call(fake, &enters_wait);
	return leave(fake);
}

/* It may have been interrupted. */
static void a_thread_whose_state_cannot_be_read_now_is_not_left(void **state)
{
	struct fake fake;
	(void)state;
	attach_and_discard(&fake);
	fake.unread = PROC_STATE_LATER;
	assert_false(leave_waiting(&fake));
	fake.unread = '\0';
	assert_true(leave_until(&fake.tracer, fake.now_ns + NS_PER_S));
	teardown(&fake);
}

/* Its wait is to be repaired once the signal has ended it. */
static void a_thread_that_has_a_signal_to_take_is_not_left(void **state)
{
	struct fake fake;
	(void)state;
	attach_and_discard(&fake);
	fake.is_woken = true;
	assert_false(leave_waiting(&fake));
	fake.is_woken = false;
	assert_true(leave_until(&fake.tracer, fake.now_ns + NS_PER_S));
	teardown(&fake);
}

static void without_proc_threads_in_calls_are_left(void **state)
{
	struct fake fake;
	(void)state;
	attach_and_discard(&fake);
	fake.no_proc = true;
	assert_true(leave_waiting(&fake));
	teardown(&fake);
}

/* It was asked to stop at the entry of its call, where the number of its sleeps was not known. */
static void a_thread_that_is_not_seen_to_sleep_is_asked_again(void **state)
{
	struct fake fake;
	(void)state;
	attach_and_discard(&fake);
	fake.starved = true;
	assert_false(leave(&fake));
	assert_requests(&fake, "interrupt 100\n");
	assert_false(leave_waiting(&fake));
	assert_requests(&fake, "resume 100 0\ninterrupt 100\n");
	teardown(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_thread_is_followed_without_its_status),
		cmocka_unit_test(a_child_of_a_former_tracer_is_no_task),
		cmocka_unit_test(a_call_is_resumed_twice_and_written_in_between),
		cmocka_unit_test(a_target_killed_at_a_stop_ends_its_call),
		cmocka_unit_test(a_target_that_exits_during_the_attach_does_not_exist),
		cmocka_unit_test(an_interrupted_attach_is_retried),
		cmocka_unit_test(an_attach_that_is_interrupted_late_is_not_repeated),
		cmocka_unit_test(a_repaired_call_is_ended_at_its_timeout),
		cmocka_unit_test(leaving_detaches_outside_calls_and_resumes_at_entries),
		cmocka_unit_test(a_thread_that_was_asked_to_stop_is_never_given_up),
		cmocka_unit_test(a_thread_whose_state_cannot_be_read_now_is_not_left),
		cmocka_unit_test(a_thread_that_has_a_signal_to_take_is_not_left),
		cmocka_unit_test(without_proc_threads_in_calls_are_left),
		cmocka_unit_test(a_thread_that_is_not_seen_to_sleep_is_asked_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
