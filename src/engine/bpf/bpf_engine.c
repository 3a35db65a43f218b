/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine that counts in the kernel: the row of the table; see engine/registry.h.
 *
 *     kernel: programs ──▶ records        thread: sweep ──▶ ring        reader
 *                            ▲                │  ten times a second        │
 *                            └────────────────┘◀── the end of a process    │
 *                                             ◀── collect(), nudge() ──────┘
 *
 * The reader's thread sweeps, too, when it wants to be up to date; a lock lets one of them at a
 * time. No thread of a target waits for any of this: what they have to remember is in the kernel.
 */
#include "config.h"

#include "engine/bpf/bpf_engine.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/ring.h"
#include "engine/bpf/detail_reader.h"
#include "engine/bpf/kernel_side.h"
#include "engine/bpf/refusal.h"
#include "engine/bpf/stack_reader.h"
#include "engine/bpf/survivor.h"
#include "engine/bpf/sweep.h"
#include "event/engine.h"
#include "event/event.h"
#include "event/interest.h"
#include "event/sink.h"
#include "proc/cgroup.h"
#include "proc/namespace.h"
#include "proc/stat.h"
#include "proc/status.h"

#define THREAD_NAME   "stop-sweeper"

/*
 * Time between sweeps: usually, and while something is about to end. If there is much to read, the
 * time is SWEEP_RARE times as long as a sweep takes, up to SWEEP_MAX_MS; each frame makes one, too.
 * Requests are looked at in the usual time.
 */
#define SWEEP_MS      100
#define AWAITING_MS   1
#define SWEEP_RARE    100
#define SWEEP_MAX_MS  1500

/* New tasks can need room at any rate: the thread that makes it must not starve. */
#define PRIORITY      1

/*
 * The thread uses at most 1/SWEEP_PART of a CPU, however often the bell rings: it can have a
 * real-time priority, and many records to look at.
 */
#define SWEEP_PART    4

/* A division of the sums is so far in the future that the programs see it before that time. */
#define DIVISION_NS   NS_PER_MS

/* Runs of the iterator: each finds those whose creators the one before has missed. */
#define FINDS_MAX     64

/* The measurement of the overhead: the least of several rounds of calls. */
#define ROUNDS        40
#define CALLS_A_ROUND 64

enum bpf_note {
	NOTE_UNTRACED,  /* tasks that are not traced, because there was no room for them */
	NOTE_OUTSIDERS, /* likewise, because they are in a PID namespace that ours does not have */
	NOTE_UNCOUNTED, /* calls that were not counted, for the same reason */
	NOTE_UNKNOWN,   /* errors whose number is not known */
	NOTE_MISSED,    /* runs of programs that the kernel skipped */
	NOTE_STACKS,    /* stacks cannot be captured */
	NOTE_UNSPLIT,   /* switches and wake-ups likewise */
	NOTE_REQUESTS,  /* requests of io_uring are not counted */
	NOTE_REFUSED,   /* the programs that split time cannot be attached */
	NOTE_DETAILS,   /* details cannot be sent */
	NOTE_SIGNALS,   /* signals were not seen */
	BPF_NOTES,
};

/* The programs, loaded and not attached. */
struct engine_trial {
	struct kernel_side *side;
};

struct engine {
	struct kernel_side *side;
	struct sweep *sweep;
	struct stack_reader *stacks; /* NULL: none are captured */
	struct detail_reader *details;
	const struct engine_survivor
		*last_words;       /* what is done when our process has died, or NULL */
	struct survivor *survivor; /* who does it; NULL: nobody */
	const struct interest *interest;
	struct ring *ring;
	int details_error; /* -errno: no details or signals are sent */
	int split_error;   /* 0, or the -errno of the last try to split time */
	int wake_fd;
	int go_fd; /* where the command waits for a byte, or -1 */
	pthread_t thread;
	bool has_thread;
	bool has_stuck_thread;    /* of `stacks`: it and `side` are in use until we exit */
	int leave_fd;             /* an eventfd: the thread has to exit */
	pthread_mutex_t lock;     /* of what follows, and of `side` and `sweep` */
	_Atomic bool is_sweeping; /* what a sweep changes can be half-written */
	bool is_broken;           /* … and is, as we died in one */
	bool all_written;
	bool is_left;
	int stacks_error;  /* -errno: no stacks are captured */
	bool is_attaching; /* there can be no task yet */
	bool attached_pending, end_pending, has_ended;
	enum engine_scope scope;
	struct cgroup cgroup; /* ENGINE_CGROUP */
	bool is_endless;      /* more tasks can come while there is none */
	uint64_t spent_ns;    /* CPU time of sweeps */
	uint64_t sweep_ns;    /* … of the last */
	uint64_t swept_ns;    /* when that was */
	_Atomic bool ended;
	/* Of an empty call: added to a traced one, and to any other; measured. 0: unknown. */
	uint64_t call_ns, others_ns, minimum_ns;
};

static uint64_t cpu_now_ns(void)
{
	struct timespec time;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

static void wake_reader(struct engine *engine)
{
	const uint64_t one = 1;
	if (write(engine->wake_fd, &one, sizeof(one)) < 0)
		return; /* it is awake */
}

/* Sweeping. */

/* Writes what follows a sweep of which all was written. Returns whether there was room. */
static bool push_pending(struct engine *engine)
{
	const struct event attached = {.type = EVENT_ATTACHED, .time_ns = clock_now_ns()};
	const struct event_end end = {.event = {.type = EVENT_END, .time_ns = clock_now_ns()}};
	if (engine->attached_pending && !ring_push(engine->ring, &attached, sizeof(attached)))
		return false;
	engine->attached_pending = false;
	if (!engine->end_pending || engine->has_ended)
		return true;
	if (!ring_push(engine->ring, &end, sizeof(end)))
		return false;
	engine->has_ended = true;
	atomic_store_explicit(&engine->ended, true, memory_order_release);
	return true;
}

static void request_stacks(struct engine *engine)
{
	if (engine->stacks)
		engine->stacks_error = stack_reader_request(engine->stacks, engine->interest);
}

/* Whether the last task has ended, and there will be no other. */
static bool is_over(const struct engine *engine)
{
	if (engine->is_attaching || sweep_living(engine->sweep) || engine->is_endless)
		return false;
	return engine->scope != ENGINE_CGROUP || !cgroup_exists(&engine->cgroup);
}

/* Splits time if that is requested. It is tried once. */
static void request_split(struct engine *engine)
{
	bool is_wanted = interest_has_split(engine->interest);
	if (!is_wanted)
		engine->split_error = 0;
	if (engine->split_error == 0)
		engine->split_error = kernel_side_split(engine->side, is_wanted);
}

static void request_details(struct engine *engine)
{
	engine->details_error = detail_reader_request(engine->details);
}

/* Does what is asked for, and makes room. */
static void serve(struct engine *engine)
{
	request_stacks(engine);
	request_split(engine);
	request_details(engine);
	/* If memory is refused, the programs count what they have no room for. */
	kernel_side_grow(engine->side);
	if (kernel_side_has_moves(engine->side))
		kernel_side_find(engine->side);
}

static void begin_sweep(struct engine *engine)
{
	atomic_store_explicit(&engine->is_sweeping, true, memory_order_relaxed);
}

/* Everything that was looked at was written, if ALL_WRITTEN. */
static void end_sweep(struct engine *engine, bool all_written)
{
	bool had_ended = engine->has_ended;
	engine->end_pending |= is_over(engine);
	engine->all_written = all_written && push_pending(engine);
	bool is_half_full = ring_used(engine->ring) > ring_capacity(engine->ring) / 2;
	if (!engine->all_written || engine->has_ended != had_ended || is_half_full)
		wake_reader(engine);
	atomic_store_explicit(&engine->is_sweeping, false, memory_order_release);
}

/* Writes what is new into the ring. */
static void sweep(struct engine *engine)
{
	uint64_t begin_ns = cpu_now_ns();
	begin_sweep(engine);
	if (!engine->is_left) {
		kernel_side_hush(engine->side);
		serve(engine);
	}
	bool all_written = engine->has_ended ||
	                   sweep_run(engine->sweep, clock_now_ns(), engine->is_left);
	if (engine->stacks)
		stack_reader_note_sweep(
			engine->stacks, sweep_captured(engine->sweep), sweep_living(engine->sweep));
	end_sweep(engine, all_written);
	engine->sweep_ns = cpu_now_ns() - begin_ns;
	engine->spent_ns += engine->sweep_ns;
	engine->swept_ns = clock_now_ns();
}

/*
 * The reader has made room. It must not look for more: if the ring holds less than is new at any
 * time, the reader would do nothing else.
 */
static void finish_sweep(struct engine *engine)
{
	begin_sweep(engine);
	end_sweep(engine, sweep_finish(engine->sweep, clock_now_ns()));
}

/* Time until the next sweep is due. */
static uint64_t sweep_in_ns(const struct engine *engine)
{
	uint64_t pace_ns = engine->sweep_ns * SWEEP_RARE,
		 since_ns = clock_now_ns() - engine->swept_ns;
	/* Details wait in a ring that can fill. */
	bool has_details = !detail_reader_has_read(
		engine->details, detail_reader_end(engine->details));
	if (pace_ns < SWEEP_MS * NS_PER_MS || has_details)
		pace_ns = SWEEP_MS * NS_PER_MS;
	if (pace_ns > SWEEP_MAX_MS * NS_PER_MS)
		pace_ns = SWEEP_MAX_MS * NS_PER_MS;
	if (sweep_is_awaiting(engine->sweep))
		pace_ns = AWAITING_MS * NS_PER_MS;
	return pace_ns > since_ns ? pace_ns - since_ns : 0;
}

/*
 * Sweeps if that is due, or IS_ASKED for. Stores how long that took. Returns for how long to wait
 * then, in milliseconds.
 */
static int sweep_if_due(struct engine *engine, bool is_asked, uint64_t *spent_ns)
{
	pthread_mutex_lock(&engine->lock);
	bool is_due = is_asked || sweep_in_ns(engine) == 0;
	if (is_due)
		sweep(engine);
	else if (!engine->is_left)
		serve(engine);
	*spent_ns = is_due ? engine->sweep_ns : 0;
	uint64_t wait_ms = (sweep_in_ns(engine) + NS_PER_MS - 1) / NS_PER_MS;
	pthread_mutex_unlock(&engine->lock);
	return wait_ms < SWEEP_MS ? (int)wait_ms : SWEEP_MS;
}

/* If the command is dead, this is a SIGPIPE, which is not ours to die of; its end is found. */
static void start_command(const struct engine *engine)
{
	const struct timespec now = {0};
	sigset_t pipes, before;
	if (engine->go_fd < 0)
		return;
	sigemptyset(&pipes);
	sigaddset(&pipes, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipes, &before);
	if (write(engine->go_fd, "", 1) < 0)
		sigtimedwait(&pipes, NULL, &now);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* If that is not allowed, the thread goes on as it is. */
static void raise_priority(void)
{
	const struct sched_param priority = {.sched_priority = PRIORITY};
	sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &priority);
}

/* A lock that lends the priority of the thread that waits for it to the one that has it. */
static void make_lock(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attributes;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(lock, &attributes);
	pthread_mutexattr_destroy(&attributes);
}

static void make_room(struct engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	if (!engine->is_left)
		kernel_side_grow(engine->side);
	pthread_mutex_unlock(&engine->lock);
}

/* What the thread waits for. */
enum {
	AWAITED_LEAVE,
	AWAITED_ROOM, /* records are needed */
	AWAITED_BELL, /* … looked at */
	AWAITED,
};

/* Waits for SPAN_NS, or until it has to leave, and makes room meanwhile. */
static void rest(struct engine *engine, struct pollfd fds[AWAITED], uint64_t span_ns)
{
	uint64_t until_ns = clock_now_ns() + span_ns;
	for (uint64_t now_ns; (now_ns = clock_now_ns()) < until_ns;) {
		const struct timespec span = {
			.tv_sec = (time_t)((until_ns - now_ns) / NS_PER_S),
			.tv_nsec = (long)((until_ns - now_ns) % NS_PER_S),
		};
		if (ppoll(fds, AWAITED_BELL, &span, NULL) <= 0)
			continue;
		if (fds[AWAITED_LEAVE].revents)
			break;
		make_room(engine);
	}
}

static void *run(void *argument)
{
	struct engine *engine = argument;
	struct pollfd fds[AWAITED] = {
		[AWAITED_LEAVE] = {.fd = engine->leave_fd, .events = POLLIN},
		[AWAITED_ROOM] = {.fd = kernel_side_room_bell(engine->side), .events = POLLIN},
		[AWAITED_BELL] = {.fd = kernel_side_bell(engine->side), .events = POLLIN},
	};
	prctl(PR_SET_NAME, THREAD_NAME);
	raise_priority();
	for (int wait_ms = SWEEP_MS; !fds[AWAITED_LEAVE].revents;) {
		uint64_t spent_ns;
		poll(fds, AWAITED, wait_ms);
		bool is_asked = fds[AWAITED_LEAVE].revents || fds[AWAITED_BELL].revents;
		wait_ms = sweep_if_due(engine, is_asked, &spent_ns);
		rest(engine, fds, (SWEEP_PART - 1) * spent_ns);
	}
	return NULL;
}

static int start_thread(struct engine *engine)
{
	sigset_t all, before;
	engine->leave_fd = eventfd(0, EFD_CLOEXEC);
	if (engine->leave_fd < 0)
		return -errno;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&engine->thread, NULL, run, engine);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	engine->has_thread = error == 0;
	return -error;
}

/* Survival. */

/*
 * In the survivor's process: ours is dead, and with it the programs. Nothing else uses the engine
 * any more. If it was killed in a sweep, what is in the ring is all that is known.
 */
static void finish_after_death(void *context)
{
	struct engine *engine = context;
	const struct engine_survivor *last_words = engine->last_words;
	last_words->restore(last_words->context);
	make_lock(&engine->lock); /* who had it is dead */
	engine->is_broken = !engine->sweep ||
	                    atomic_load_explicit(&engine->is_sweeping, memory_order_acquire);
	engine->is_left = engine->end_pending = true;
	engine->all_written = engine->is_broken;
	last_words->finish(last_words->context);
}

static void start_survivor(struct engine *engine)
{
	const int kept[] = {
		engine->last_words->fd, kernel_side_errors_fd(engine->side), engine->wake_fd};
	engine->survivor = survivor_start(
		finish_after_death, engine, kept, sizeof(kept) / sizeof(*kept));
}

/* The overhead. */

/* The least time of an empty call. */
static uint64_t time_call_ns(void)
{
	uint64_t least_ns = UINT64_MAX;
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t begin_ns = clock_now_ns();
		for (int i = 0; i < CALLS_A_ROUND; i++)
			syscall(SYS_getppid);
		uint64_t span_ns = clock_now_ns() - begin_ns;
		if (span_ns < least_ns)
			least_ns = span_ns;
	}
	return least_ns / CALLS_A_ROUND;
}

static uint64_t added_ns(uint64_t before_ns, uint64_t after_ns)
{
	return after_ns > before_ns ? after_ns - before_ns : 0;
}

/* Attaches the programs. Measures what a call takes before, and then an untraced and a traced one.
 */
static int attach_and_measure(struct engine *engine)
{
	uint64_t before_ns = time_call_ns();
	int result = kernel_side_attach(engine->side);
	uint64_t untraced_ns = result < 0 ? 0 : time_call_ns();
	uint32_t slot = result < 0 ? 0 : kernel_side_trace_self(engine->side);
	if (!slot)
		return result;
	uint64_t traced_ns = time_call_ns();
	uint32_t index = kernel_side_task(engine->side, slot)->cell[SYS_getppid];
	engine->call_ns = added_ns(before_ns, traced_ns);
	engine->others_ns = added_ns(before_ns, untraced_ns);
	engine->minimum_ns = index ? kernel_side_cell(engine->side, index)->min_ns : 0;
	kernel_side_untrace_self(engine->side, slot);
	return 0;
}

/* Starting. */

/* What /proc does not show is a process, or it is not found. */
static bool is_process(pid_t tid)
{
	struct proc_status status;
	return proc_status(tid, &status) < 0 || status.tgid == tid;
}

static int name_targets(struct engine *engine, const struct engine_request *request)
{
	int result = 0;
	for (size_t i = 0; i < request->target_count && result == 0; i++) {
		pid_t tid = request->targets[i];
		result = kernel_side_target(engine->side, tid,
			is_process(tid) ? BPF_TARGET_PROCESS : BPF_TARGET_THREAD);
	}
	if (request->command && result == 0)
		result = kernel_side_target(engine->side, request->command, BPF_TARGET_COMMAND);
	return result;
}

/*
 * Finds the tasks of the targets, also those that are created meanwhile. These need room: the
 * thread can make it between two runs.
 */
static int find_tasks(struct engine *engine)
{
	int found = 1;
	for (int i = 0; found > 0 && i < FINDS_MAX; i++) {
		pthread_mutex_lock(&engine->lock);
		found = kernel_side_find(engine->side);
		pthread_mutex_unlock(&engine->lock);
	}
	kernel_side_attached(engine->side);
	return found < 0 ? found : 0;
}

/* Why target TID was not found. */
static const char *reason_of_absence(pid_t tid)
{
	struct proc_status status;
	if (proc_status(tid, &status) < 0)
		return "no such process or thread; find it with `pgrep -a NAME`";
	if (status.state == 'Z' || status.state == 'X')
		return "it has already exited and waits to be reaped by its parent; name a process "
		       "that is running";
	if (proc_is_kernel_thread(tid))
		return "it is a kernel thread, which makes no system calls; name a user-space "
		       "process";
	return "it has just exited, or is a kernel worker, which makes no system calls";
}

/* Whether all targets that must be traced are. Otherwise ERROR has the reason. */
static int check_targets(
	struct engine *engine, const struct engine_request *request, char error[ENGINE_ERROR_MAX])
{
	for (size_t i = 0; i < request->target_count - request->optional_count; i++) {
		pid_t tid = request->targets[i];
		if (tid == getpid()) {
			snprintf(error, ENGINE_ERROR_MAX,
				"cannot trace %d: it is stop itself; name another process",
				(int)tid);
			return -EINVAL;
		}
		if (sweep_has(engine->sweep, tid))
			continue;
		snprintf(error, ENGINE_ERROR_MAX, "cannot trace %d: %s", (int)tid,
			reason_of_absence(tid));
		return -ESRCH;
	}
	return 0;
}

static const enum bpf_scope_kind scope_kinds[] = {
	[ENGINE_TASKS] = BPF_SCOPE_TASKS,
	[ENGINE_CGROUP] = BPF_SCOPE_CGROUP,
	[ENGINE_PID_NAMESPACE] = BPF_SCOPE_NAMESPACE,
	[ENGINE_MACHINE] = BPF_SCOPE_MACHINE,
};

/* What the programs have to know of REQUEST. */
static struct bpf_scope scope_of(const struct engine_request *request)
{
	struct bpf_scope scope = {
		.follow_forks = request->follow != FOLLOW_THREADS,
		.follow_tree = request->follow == FOLLOW_TREE,
	};
	if (request->scope == ENGINE_CGROUP) {
		scope.hierarchy = (uint32_t)request->cgroup->hierarchy;
		scope.inode = request->cgroup->inode;
	} else if (request->scope == ENGINE_PID_NAMESPACE) {
		scope.inode = request->pid_namespace;
	}
	return scope;
}

static void set_scope(struct engine *engine, const struct engine_request *request)
{
	engine->scope = request->scope;
	if (request->scope == ENGINE_CGROUP)
		engine->cgroup = *request->cgroup;
	engine->is_endless = request->scope == ENGINE_MACHINE ||
	                     (request->scope == ENGINE_PID_NAMESPACE &&
				     request->pid_namespace == proc_namespace(getpid(), "pid"));
}

static int open_side(const struct kernel_purpose *purpose, struct kernel_side **side)
{
	return bpf_is_permitted() ? kernel_side_open(purpose, side) : -EPERM;
}

/* The programs that TRIAL, which is freed, has loaded; NULL: there are none. */
static struct kernel_side *take_loaded(struct engine_trial *trial)
{
	struct kernel_side *side = trial ? trial->side : NULL;
	xfree(trial);
	return side;
}

/* Loads the programs for REQUEST, unless its trial has done that. */
static int load(struct engine *engine, const struct engine_request *request)
{
	const struct kernel_purpose purpose = {
		.kind = scope_kinds[request->scope],
		.targets = request->target_count + (request->command != 0),
	};
	struct kernel_side *loaded = take_loaded(request->trial);
	if (loaded && kernel_side_serves(loaded, &purpose)) {
		engine->side = loaded;
		return 0;
	}
	kernel_side_close(loaded);
	return open_side(&purpose, &engine->side);
}

/* All tasks were found. Like start_all(). */
static int finish_attach(
	struct engine *engine, const struct engine_request *request, char error[ENGINE_ERROR_MAX])
{
	pthread_mutex_lock(&engine->lock);
	sweep(engine);
	int result = check_targets(engine, request, error);
	engine->is_attaching = false;
	engine->attached_pending = true;
	if (result == 0)
		sweep(engine);
	pthread_mutex_unlock(&engine->lock);
	if (result == 0)
		start_command(engine);
	return result;
}

/* Like start(), but frees nothing if it fails. A failure without a text is one of BPF. */
static int start_all(struct engine *engine, const struct engine_request *request,
	const struct engine_links *links, char error[ENGINE_ERROR_MAX])
{
	const struct bpf_scope scope = scope_of(request);
	int result = load(engine, request);
	if (result == 0)
		kernel_side_set_scope(engine->side, &scope);
	if (result == 0 && links->stacks)
		engine->stacks = stack_reader_new(engine->side, links->stacks);
	/* Without stacks, of which the measured calls would have some. */
	if (result == 0)
		result = attach_and_measure(engine);
	if (result == 0)
		request_stacks(engine);
	/* Then the first call has its details, and is split. */
	if (result == 0) {
		engine->details = detail_reader_new(engine->side, links->ring, links->interest);
		request_details(engine);
	}
	if (result == 0)
		result = kernel_side_split(engine->side, interest_has_split(links->interest));
	if (result < 0)
		return result;
	if (engine->last_words)
		start_survivor(engine);
	engine->is_attaching = true;
	engine->sweep = sweep_new(
		engine->side, links->ring, links->interest, engine->details, request->command);
	result = start_thread(engine);
	if (result == 0)
		result = name_targets(engine, request);
	if (result == 0)
		result = find_tasks(engine);
	if (result < 0)
		return result;
	return finish_attach(engine, request, error);
}

/* Writes why BPF failed with RESULT to TEXT. */
static void explain(int result, char text[ENGINE_ERROR_MAX])
{
	struct bpf_facts facts;
	bpf_facts_find(-result, &facts);
	bpf_refusal_text(&facts, text, ENGINE_ERROR_MAX);
}

/* Loads the programs for a trial. */
static int engine_check(const struct engine_needs *needs, struct engine_trial **trial,
	char reason[ENGINE_ERROR_MAX])
{
	const struct kernel_purpose purpose = {.kind = scope_kinds[needs->scope]};
	struct kernel_side *side = NULL;
	if (needs->stack_size > BPF_STACK_MAX) {
		snprintf(reason, ENGINE_ERROR_MAX, "BPF copies at most %d bytes of a stack",
			BPF_STACK_MAX);
		return -ENOTSUP;
	}
	if (!bpf_has_descriptors(reason, ENGINE_ERROR_MAX))
		return -EMFILE;
	int result = open_side(&purpose, &side);
	if (result < 0)
		explain(result, reason);
	if (result < 0)
		return result;
	if (trial) {
		*trial = xcalloc(1, sizeof(**trial));
		(*trial)->side = side;
	} else {
		kernel_side_close(side);
	}
	return 0;
}

static void engine_discard(struct engine_trial *trial)
{
	kernel_side_close(take_loaded(trial));
}

static void engine_leave(struct engine *engine);

static void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	/* Until here, all that was counted may not have been read. */
	survivor_end(engine->survivor);
	sweep_free(engine->sweep);
	detail_reader_free(engine->details);
	if (!engine->has_stuck_thread) {
		stack_reader_free(engine->stacks);
		kernel_side_close(engine->side);
	}
	pthread_mutex_destroy(&engine->lock);
	xfree(engine);
}

static int engine_start(const struct engine_request *request, const struct engine_links *links,
	struct engine **out, char error[ENGINE_ERROR_MAX])
{
	struct engine *engine = xcalloc(1, sizeof(*engine));
	engine->ring = links->ring;
	engine->interest = links->interest;
	engine->wake_fd = links->wake_fd;
	engine->leave_fd = -1;
	engine->last_words = links->survivor;
	set_scope(engine, request);
	engine->go_fd = request->command ? request->go_fd : -1;
	make_lock(&engine->lock);
	error[0] = '\0';
	int result = start_all(engine, request, links, error);
	if (result == 0) {
		*out = engine;
		return 0;
	}
	if (!error[0])
		explain(result, error);
	engine_leave(engine);
	engine_free(engine);
	return result;
}

/* Running. */

static void engine_nudge(struct engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	if (!engine->all_written && engine->is_left)
		sweep(engine); /* nothing is counted any more */
	else if (!engine->all_written)
		finish_sweep(engine);
	pthread_mutex_unlock(&engine->lock);
}

static void send_cost(const struct engine *engine, uint64_t now_ns, struct event_sink *sink)
{
	struct event_cost cost = {
		.event = {.type = EVENT_COST, .time_ns = now_ns},
		.never_stops = true,
		.details_lost = detail_reader_lost(engine->details),
		.cpu_ns = engine->spent_ns,
		.minimum = engine->minimum_ns ? MINIMUM_KNOWN : MINIMUM_UNKNOWN,
		.processors = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN),
		.minimum_ns = engine->minimum_ns,
		.call_ns = engine->call_ns,
		.others_ns = engine->others_ns,
		.lost_ns = sweep_calls(engine->sweep) * engine->call_ns,
		.user = "the sweeper",
	};
	event_send(sink, &cost.event);
}

/* The text of each note is its count, a noun, an "s" if needed, and the rest. */
static const struct {
	const char *noun, *rest;
} note_texts[BPF_NOTES] = {
	[NOTE_UNTRACED] = {"new task", " not traced: there was no room for them"},
	[NOTE_OUTSIDERS] = {"new task", " not traced, outside of stop's PID namespace: run stop on "
					"the host"},
	[NOTE_UNCOUNTED] = {"call", " not counted: there was no room for them"},
	[NOTE_UNKNOWN] = {"error", " of an unknown kind: there was no room for them"},
	[NOTE_MISSED] = {"call", " not counted: the kernel has skipped the BPF program"},
	[NOTE_STACKS] = {"reason", " why no stacks are captured: no memory for their BPF maps"},
	[NOTE_UNSPLIT] = {"switch or wake-up", " not seen: the kernel has skipped the BPF program"},
	[NOTE_REQUESTS] = {"tracepoint", " of io_uring is missing: its requests are not counted"},
	[NOTE_DETAILS] = {"reason", " why no arguments are known: no memory for their BPF maps"},
	[NOTE_SIGNALS] = {"signal", " not seen: the kernel has skipped the BPF program"},
	[NOTE_REFUSED] = {"program", " that splits time cannot be attached; the split is unknown"},
};

static void send_notes(const struct engine *engine, uint64_t now_ns, struct event_sink *sink)
{
	const struct kernel_losses losses = kernel_side_losses(engine->side);
	const uint64_t counts[BPF_NOTES] = {
		[NOTE_UNTRACED] = losses.tasks,
		[NOTE_OUTSIDERS] = losses.outsiders,
		[NOTE_UNCOUNTED] = sweep_uncounted(engine->sweep),
		[NOTE_UNKNOWN] = losses.errors,
		[NOTE_MISSED] = losses.missed,
		[NOTE_STACKS] = engine->stacks_error < 0,
		[NOTE_UNSPLIT] = losses.unsplit,
		[NOTE_REQUESTS] = !kernel_side_has_requests(engine->side),
		[NOTE_REFUSED] = engine->split_error != 0,
		[NOTE_DETAILS] = engine->details_error < 0,
		[NOTE_SIGNALS] = losses.unsignalled,
	};
	for (enum bpf_note id = 0; id < BPF_NOTES; id++) {
		struct event_note note = {
			.event = {.type = EVENT_NOTE, .time_ns = now_ns},
			.id = id,
			.transient = id == NOTE_REQUESTS,
			.count = counts[id],
		};
		snprintf(note.text, sizeof(note.text), "%" PRIu64 " %s%s%s", counts[id],
			note_texts[id].noun, counts[id] == 1 ? "" : "s", note_texts[id].rest);
		event_send(sink, &note.event);
	}
}

static void engine_collect(struct engine *engine, uint64_t now_ns, struct event_sink *sink)
{
	pthread_mutex_lock(&engine->lock);
	if (!engine->is_left)
		sweep(engine);
	send_cost(engine, now_ns, sink);
	send_notes(engine, now_ns, sink);
	pthread_mutex_unlock(&engine->lock);
}

/* SINK gets nothing: all sums come through the ring. */
static uint64_t engine_divide(struct engine *engine, struct event_sink *sink)
{
	uint64_t time_ns;
	(void)sink;
	pthread_mutex_lock(&engine->lock);
	/* What is asked for now is sent of all calls that begin after that time. */
	if (!engine->is_left)
		request_details(engine);
	do {
		time_ns = clock_now_ns() + DIVISION_NS;
		kernel_side_divide(engine->side, time_ns);
		/* If we were preempted for long, a call that ended later may have missed it. */
	} while (clock_now_ns() >= time_ns);
	pthread_mutex_unlock(&engine->lock);
	return time_ns;
}

static enum engine_state engine_state(const struct engine *engine)
{
	if (engine->is_broken)
		return ENGINE_LOST;
	return atomic_load_explicit(&engine->ended, memory_order_acquire) ? ENGINE_ENDED
	                                                                  : ENGINE_RUNNING;
}

/* Ending. */

static void end_thread(struct engine *engine)
{
	const uint64_t one = 1;
	if (engine->has_thread && write(engine->leave_fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(engine->thread, NULL);
	engine->has_thread = false;
	if (engine->leave_fd >= 0)
		close(engine->leave_fd);
	engine->leave_fd = -1;
}

static void end_stacks(struct engine *engine)
{
	if (engine->stacks && !stack_reader_finish(engine->stacks))
		engine->has_stuck_thread = true;
}

static void engine_leave(struct engine *engine)
{
	end_thread(engine);
	if (!engine->sweep)
		end_stacks(engine);
	if (engine->is_left || !engine->sweep)
		return;
	pthread_mutex_lock(&engine->lock);
	kernel_side_detach(engine->side);
	end_stacks(engine);
	engine->is_left = engine->end_pending = true;
	sweep(engine);
	pthread_mutex_unlock(&engine->lock);
}

static int engine_drain(struct engine *engine)
{
	engine_nudge(engine);
	return !engine->all_written;
}

/* It has no process of its own. */
static bool engine_remains(const struct engine *engine, char *text, size_t size)
{
	(void)engine, (void)text, (void)size;
	return false;
}

const struct engine_class bpf_engine = {
	.name = "bpf",
	.summary = "counts calls in the kernel; stops nobody",
	.capabilities = ENGINE_READS_ARGS | ENGINE_TRACES_COMMANDS | ENGINE_COPIES_STACKS |
                        ENGINE_TRACES_CGROUPS | ENGINE_TRACES_NAMESPACES | ENGINE_TRACES_MACHINE |
                        ENGINE_SPLITS_TIME | ENGINE_SENDS_DETAILS,
	.check = engine_check,
	.discard = engine_discard,
	.start = engine_start,
	.nudge = engine_nudge,
	.collect = engine_collect,
	.divide = engine_divide,
	.state = engine_state,
	.leave = engine_leave,
	.drain = engine_drain,
	.remains = engine_remains,
	.free = engine_free,
};
