/* Attaching to processes and threads; see trace/attach.h. */
#include "config.h"

#include "trace/attach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "trace/alarm.h"
#include "trace/asleep.h"
#include "trace/proc.h"
#include "trace/pt.h"

/*
 * PTRACE_O_EXITKILL would kill the target with us. TRACEEXIT stalls exits. TRACESECCOMP is nothing
 * that a tracer may leave behind.
 */
#define OPTIONS_ALWAYS  (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC)
/* A vfork can make a thread too (CLONE_VFORK | CLONE_THREAD). */
#define OPTIONS_THREADS (PTRACE_O_TRACECLONE | PTRACE_O_TRACEVFORK)
#define OPTIONS_FORKS   (OPTIONS_THREADS | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORKDONE)

/* How often an attach is tried that is dead-locked against an execve of the target. */
#define SEIZE_TRIES     200
#define SEIZE_GUARD_NS  (10 * NS_PER_MS)

/*
 * How long after it was found waiting a thread is looked at again, at first and at last. The first
 * wait that begins between two looks is given a timeout that is late by as much, at most.
 */
#define LOOK_FIRST_NS   NS_PER_MS
#define LOOK_LAST_NS    (16 * NS_PER_MS)

/*
 * How often in a row a thread has to be found running before it is stopped while it does, and how
 * long it has to have run in between without a wait: one that transfers does so for less. On a busy
 * machine a thread that is woken is long found running before it does run.
 */
#define LOOK_TIMES      3
#define LOOK_RUN_NS     (100 * NS_PER_US)

/*
 * But no more looks than these are in vain: it may be in a stop of another kind, or dead, or wait
 * so shortly that no look finds it waiting.
 */
#define LOOK_STUCK      30

/*
 * So often a list of which threads have ended is reason for another: where threads are short-lived
 * that is so for ever, and long before that one of those that make them is a tracee.
 */
#define VANISHED_PASSES 200

/*
 * So many lists in a row without news are the end. One is not: the kernel's walk over the threads
 * ends early where the one that it is at dies (next_tid() in fs/proc/base.c).
 */
#define QUIET_PASSES    4

/*
 * A thread that is asked to stop in its wait has done so after some 50 µs, or where the processors
 * are busy; in a frozen cgroup, never. So long all of a target's are waited for together in vain.
 */
#define FRAGILE_WAIT_NS (200 * NS_PER_MS)

/* Between two rounds of looks, the threads that have been stopped are served. */
#define SETTLE_PAUSE_NS (50 * NS_PER_US)

/* A stop that was killed has left after two seconds, by force if need be. */
#define LEFT_WAIT_NS    (5 * NS_PER_S)

/* One target, while its threads are being found. */
struct target {
	pid_t tgid;
	struct proc_status status; /* of the thread that was named */
	bool narrow;               /* it runs a 32-bit program */
	unsigned long options;
	struct asleep asleep;
	struct tid_list asked; /* threads that were asked to stop */
	uint64_t patience_ns;  /* what is left of FRAGILE_WAIT_NS */
	size_t seized;         /* threads that could be attached to */
	pid_t refused;         /* a thread that refused, and with what */
	int error;
};

static unsigned long follow_options(enum follow follow)
{
	return OPTIONS_ALWAYS | (follow == FOLLOW_THREADS ? OPTIONS_THREADS : OPTIONS_FORKS);
}

/* Whether TID is traced by us already: made by a thread that is, or seized as the guard fired. */
static bool is_ours(pid_t tid)
{
	struct proc_status status;
	return proc_status(tid, &status) == 0 && status.tracer == (pid_t)syscall(SYS_gettid);
}

/* Whether OTHER, a tracer as we are, is no child of a stop any more; it may not know that yet. */
static bool has_lost_home(const struct tracer *tracer, pid_t other)
{
	struct proc_status status;
	char home[TASK_COMM_SIZE] = "", parent[TASK_COMM_SIZE] = "";
	return proc_status(other, &status) == 0 && proc_comm(tracer->home, home) == 0 &&
	       proc_comm(status.parent, parent) == 0 && strcmp(home, parent) != 0;
}

/* Whether TID is traced by another stop, which was killed and will be gone soon. */
static bool is_being_left(const struct tracer *tracer, pid_t tid)
{
	struct proc_status status;
	char comm[TASK_COMM_SIZE] = "";
	if (proc_status(tid, &status) < 0 || !status.tracer || proc_comm(status.tracer, comm) < 0)
		return false;
	return strcmp(comm, PT_ORPHAN_NAME) == 0 ||
	       (strcmp(comm, PT_NAME) == 0 && has_lost_home(tracer, status.tracer));
}

/*
 * Seizes TID, again and again where the guard fires: an execve in its process waits for threads
 * that may be waiting for us, so their reports are taken in between. The guard can fire just as the
 * kernel has done it: then it is ours.
 */
static int seize_guarded(struct tracer *tracer, pid_t tid, unsigned long options)
{
	int result = pt_seize(tid, options);
	for (int i = 0; i < SEIZE_TRIES && result == -EINTR && !pt_orphaned(); i++) {
		tracer_catch_up(tracer);
		result = pt_seize(tid, options);
		if (result == -EPERM && is_ours(tid))
			return 0;
	}
	return result;
}

/* Seizes TID, and waits for a stop that is leaving it. */
static int seize(struct tracer *tracer, pid_t tid, unsigned long options)
{
	const struct timespec pause = {.tv_nsec = SETTLE_PAUSE_NS};
	int result;
	while ((result = seize_guarded(tracer, tid, options)) == -EPERM &&
		is_being_left(tracer, tid)) {
		uint64_t now_ns = clock_now_ns();
		tracer->left_ns = tracer->left_ns ? tracer->left_ns : now_ns + LEFT_WAIT_NS;
		if (now_ns > tracer->left_ns || pt_orphaned())
			break;
		tracer_serve(tracer);
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	}
	return result;
}

static void remember_refusal(struct target *target, pid_t tid, int error)
{
	if (error == -ESRCH || target->refused)
		return;
	target->refused = tid;
	target->error = -error;
}

/* What thread TRACEE waits in, by /proc. Returns whether it waits. */
static bool look_at_wait(const struct tracee *tracee, struct current_call *current)
{
	struct proc_wait wait;
	if (proc_waits(tracee->tgid, tracee->tid, &wait) != 1)
		return false;
	*current = (struct current_call){
		.call =
			{
				.nr = (uint32_t)wait.nr,
				.abi = tracee->narrow ? ABI_I386 : ABI_X86_64,
			},
		.partial = true,
		.since_ns = tracee->attached_ns,
		.ip = wait.ip,
		.sp = wait.sp,
	};
	memcpy(current->args, wait.args, sizeof(current->args));
	return true;
}

/* Tells of a thread that has not stopped what it waits in; it may be long. */
static void tell_waiting(struct tracer *tracer, struct tracee *tracee)
{
	if (!look_at_wait(tracee, &tracee->current))
		return;
	tracee->waiting = true;
	outbox_step(&tracer->outbox, tracee, &(struct step){.entered = true}, clock_now_ns());
}

/* What a thread is found doing, by what an interrupt would do to it. */
enum look {
	LOOK_HARMLESS, /* it waits: the kernel restarts that */
	LOOK_FRAGILE,  /* it waits: we restart that, where we live */
	LOOK_TIMED,    /* it waits: the timeout would start anew, and when it began is not known */
	LOOK_CUT,      /* it waits: it would return with less */
	LOOK_RUNNING,  /* it runs: in user code, or in a transfer that would be cut */
};

static enum look look_at(const struct tracee *tracee)
{
	struct current_call wait;
	uint64_t timeout_ns = REPAIR_FOREVER;
	bool waits = look_at_wait(tracee, &wait);
	/*
	 * The kernel passes the interrupt on to the server, and what that answers is the result: a
	 * failure with EINTR, or SIGBUS where it is no call. To be asked last: what waits in a call
	 * that is told by now may have waited for the server only since.
	 */
	if (proc_waits_for_server(tracee->tgid, tracee->tid))
		return LOOK_CUT;
	if (!waits)
		return LOOK_RUNNING;
	if (repair_is_cut(wait.call, wait.args))
		return LOOK_CUT;
	const struct repair *repair = repair_find(wait.call);
	if (repair)
		repair_timeout(repair, tracee->tid, wait.call, wait.args, &timeout_ns);
	if (!repair)
		return LOOK_HARMLESS;
	if (timeout_ns == REPAIR_FOREVER)
		return LOOK_FRAGILE;
	return repair_is_final(repair) ? LOOK_CUT : LOOK_TIMED;
}

/*
 * Counts a look at TRACEE, by what it found. One that has waited since the look before may be in a
 * transfer, which waits and runs by turns.
 */
static void count_look(struct tracee *tracee, enum look look)
{
	if (look != LOOK_RUNNING) {
		tracee->postponed.running = tracee->postponed.stuck = 0;
		return;
	}
	uint64_t cpu_ns = proc_cpu_ns(tracee->tid), sleeps = proc_sleeps(tracee->tid);
	bool first = !tracee->postponed.running;
	bool further = cpu_ns == UINT64_MAX || cpu_ns - tracee->postponed.cpu_ns >= LOOK_RUN_NS;
	bool slept = sleeps != tracee->postponed.sleeps;
	if (first || slept) {
		tracee->postponed.cpu_ns = cpu_ns;
		tracee->postponed.sleeps = sleeps;
	}
	if (!first && (slept || !further) && ++tracee->postponed.stuck < LOOK_STUCK)
		return;
	tracee->postponed.running++;
	tracee->postponed.cpu_ns = cpu_ns;
}

/* Whether TRACEE, found as LOOK says, can be stopped. MOVED: it has run since the look before. */
static bool can_stop(struct tracee *tracee, enum look look, bool moved)
{
	count_look(tracee, look);
	return look == LOOK_HARMLESS || look == LOOK_FRAGILE || (look == LOOK_TIMED && moved) ||
	       tracee->postponed.running >= LOOK_TIMES;
}

/* Whether TRACEE waits in a call that an interrupt harms unless it is repaired or spared. */
static bool may_break(const struct tracee *tracee)
{
	struct current_call wait;
	return look_at_wait(tracee, &wait) &&
	       (repair_is_cut(wait.call, wait.args) || repair_find(wait.call));
}

static void postpone(struct tracer *tracer, struct target *target, struct tracee *tracee,
	enum look look, uint64_t now_ns)
{
	tracee->postponed.on = true;
	tracee->postponed.pause_ns = LOOK_FIRST_NS;
	tracee->postponed.look_ns = now_ns + LOOK_FIRST_NS;
	tracee->postponed.waits = proc_sleeps(tracee->tid);
	/* In this order: of a wait that begins in between nothing is known, rather than too much.
	 */
	if (look == LOOK_TIMED || look == LOOK_CUT)
		tracee->begun_ns = asleep_since(&target->asleep, tracee->tid);
	tracer_note(tracer, NOTE_POSTPONED, 1);
	if (look != LOOK_RUNNING)
		tell_waiting(tracer, tracee);
	tracer_remind(tracer, tracee->postponed.look_ns);
}

static void stop_postponed(struct tracer *tracer, struct tracee *tracee)
{
	tracee->postponed.on = false;
	tracer_note(tracer, NOTE_POSTPONED, -1);
	/* The wait that was shown is over, at a time that is not known. */
	tracee->waiting = false;
	tracee->attached_ns = clock_now_ns();
	tracee->begun_ns = 0;
	outbox_step(&tracer->outbox, tracee, &(struct step){.state_changed = true},
		tracee->attached_ns);
	tracer_interrupt(tracer, tracee);
}

uint64_t attach_postponed(struct tracer *tracer, struct tracee *tracee, uint64_t now_ns)
{
	if (now_ns < tracee->postponed.look_ns)
		return tracee->postponed.look_ns;
	uint64_t waits = proc_sleeps(tracee->tid);
	enum look look = look_at(tracee);
	if (can_stop(tracee, look, waits != tracee->postponed.waits)) {
		stop_postponed(tracer, tracee);
		return 0;
	}
	tracee->postponed.waits = waits;
	if (look != LOOK_RUNNING && tracee->postponed.pause_ns < LOOK_LAST_NS)
		tracee->postponed.pause_ns *= 2;
	tracee->postponed.look_ns = now_ns + tracee->postponed.pause_ns;
	return tracee->postponed.look_ns;
}

void attach_interrupted(struct tracer *tracer, struct tracee *tracee, uint64_t now_ns)
{
	if (!tracee->postponed.on)
		return;
	/* To stop is to wait once more. Later than it is the call cannot have begun. */
	if (proc_sleeps(tracee->tid) > tracee->postponed.waits + 1) {
		tracee->attached_ns = now_ns;
		tracee->begun_ns = 0;
	}
	tracee->postponed.on = false;
	tracer_note(tracer, NOTE_POSTPONED, -1);
}

/* Looks again at the threads that were found running. Returns whether some still have to be. */
static bool look_at_running(struct tracer *tracer)
{
	struct tracee *tracee;
	bool more = false;
	MAP_FOR_EACH (&tracer->tracees, at, tracee) {
		if (!tracee->postponed.on || !tracee->postponed.running)
			continue;
		attach_postponed(tracer, tracee, clock_now_ns());
		more |= tracee->postponed.on && tracee->postponed.running;
	}
	return more;
}

/*
 * Waits until every thread is asked to stop, or is known to wait: from then on no call of those
 * that ran is missed. That is three looks, a millisecond apart, as a rule.
 */
static void settle_running(struct tracer *tracer)
{
	const struct timespec pause = {.tv_nsec = SETTLE_PAUSE_NS};
	while (look_at_running(tracer)) {
		tracer_serve(tracer);
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	}
}

/*
 * Until its call is repaired, TRACEE's wait fails if we are killed: so only one is at stake at a
 * time.
 */
static void await_stop(struct tracer *tracer, struct target *target, pid_t tid)
{
	uint64_t begin_ns = clock_now_ns(), spent_ns = 0;
	const struct tracee *tracee;
	while ((tracee = map_get(&tracer->tracees, (uint64_t)tid)) && tracee->asked &&
		spent_ns < target->patience_ns) {
		tracer_serve(tracer);
		spent_ns = clock_now_ns() - begin_ns;
	}
	if (tracee && tracee->asked)
		target->patience_ns = 0;
}

/* What came of a thread that a list named. */
enum found {
	FOUND_KNOWN,    /* it is a tracee already, or cannot be one */
	FOUND_VANISHED, /* it has ended before it could be, and may have made others */
	FOUND_NEW,      /* it is one now */
	FOUND_KINDS,
};

/* Attaches to thread TID of TARGET. */
static enum found attach_thread(struct tracer *tracer, struct target *target, pid_t tid)
{
	if (map_get(&tracer->tracees, (uint64_t)tid) || pt_orphaned())
		return FOUND_KNOWN;
	int result = seize(tracer, tid, target->options);
	uint64_t now_ns = clock_now_ns();
	if (result < 0 && !(result == -EPERM && is_ours(tid))) {
		remember_refusal(target, tid, result);
		return result == -ESRCH ? FOUND_VANISHED : FOUND_KNOWN;
	}
	/* Of a thread all but its name is its process's, and a status costs ten times a name. */
	struct proc_status status = target->status;
	if (status.ns_tid)
		proc_status(tid, &status);
	else
		proc_comm(tid, status.comm);
	struct tracer_task task = {
		.tid = tid,
		.tgid = target->tgid,
		.parent = status.parent,
		.ns_tid = status.ns_tid,
		.comm = status.comm,
		.phase = result == 0 ? TRACEE_SEIZED : TRACEE_BORN,
		.attached_ns = now_ns,
	};
	struct tracee *tracee = tracer_add(tracer, &task);
	tracee->narrow = target->narrow;
	tracee->found = true;
	target->seized++;
	if (result < 0)
		return FOUND_NEW;
	if (!tracer->repair && may_break(tracee))
		tracer_note(tracer, NOTE_MAY_FAIL, 1);
	enum look look = tracer->repair ? look_at(tracee) : LOOK_HARMLESS;
	if (!can_stop(tracee, look, false)) {
		postpone(tracer, target, tracee, look, now_ns);
	} else if (tracer_interrupt(tracer, tracee) == 0) {
		tid_list_add(&target->asked, tid);
		if (look == LOOK_FRAGILE)
			await_stop(tracer, target, tid);
	}
	/* At once: what has stopped stands still, and the next thread may take its time. */
	tracer_serve(tracer);
	return FOUND_NEW;
}

/*
 * Attaches to every thread of TARGET, looking again until none is new: from then on each thread
 * that is made has a tracee for its maker, and the kernel attaches us to it.
 */
static void attach_threads(struct tracer *tracer, struct target *target)
{
	int quiet = 0, patience = VANISHED_PASSES;
	while (quiet < QUIET_PASSES) {
		struct tid_list threads = {0};
		size_t found[FOUND_KINDS] = {0};
		if (proc_threads(target->tgid, &threads) < 0)
			remember_refusal(target, target->tgid, -ESRCH);
		for (size_t i = 0; i < threads.count; i++)
			found[attach_thread(tracer, target, threads.tid[i])]++;
		tid_list_clear(&threads);
		bool news = found[FOUND_NEW] || (found[FOUND_VANISHED] && --patience > 0);
		quiet = news ? 0 : quiet + 1;
	}
}

/* Tells of the threads that were asked to stop and have not: they may not for long (vfork's
 * parent). */
static void tell_stubborn(struct tracer *tracer, const struct tid_list *asked)
{
	for (size_t i = 0; i < asked->count; i++) {
		struct tracee *tracee = map_get(&tracer->tracees, (uint64_t)asked->tid[i]);
		if (tracee && tracee->phase == TRACEE_SEIZED)
			tell_waiting(tracer, tracee);
	}
}

/* Whether process TGID traces process PID. */
static bool traces(pid_t tgid, pid_t pid)
{
	struct proc_status status;
	return proc_status(pid, &status) == 0 && status.tracer &&
	       proc_is_thread_of(status.tracer, tgid);
}

/* Attaches to process or thread PID. */
static int attach_target(
	struct tracer *tracer, pid_t pid, enum follow follow, struct refusal *refusal)
{
	struct proc_status status;
	int result = proc_status(pid, &status);
	if (result < 0) {
		refusal_find(pid, ESRCH, refusal);
		return -ESRCH;
	}
	if (status.tgid == tracer->home || status.tgid == getpid()) {
		*refusal = (struct refusal){.reason = REFUSAL_SELF, .pid = pid};
		return -EPERM;
	}
	if (traces(status.tgid, tracer->home) || traces(status.tgid, getpid())) {
		*refusal = (struct refusal){.reason = REFUSAL_OUR_TRACER, .pid = pid};
		return -EPERM;
	}
	struct target target = {
		.tgid = status.tgid,
		.status = status,
		.narrow = proc_is_32bit(status.tgid),
		.options = follow_options(follow),
		.patience_ns = FRAGILE_WAIT_NS,
	};
	if (status.tgid == pid) {
		attach_threads(tracer, &target);
	} else {
		target.options = OPTIONS_ALWAYS;
		attach_thread(tracer, &target, pid);
	}
	tracer_serve(tracer);
	tell_stubborn(tracer, &target.asked);
	bool traced = target.seized || map_get(&tracer->tracees, (uint64_t)pid);
	if (!traced)
		refusal_find(pid, target.refused ? target.error : ESRCH, refusal);
	tid_list_clear(&target.asked);
	return traced ? 0 : -EPERM;
}

/* The child waits in a read for the byte that is written here; its execve is its first stop. */
static int attach_command(
	struct tracer *tracer, const struct engine_request *request, struct refusal *refusal)
{
	char comm[TASK_COMM_SIZE] = "";
	int result = seize(tracer, request->command, follow_options(request->follow));
	if (result < 0) {
		refusal_find(request->command, -result, refusal);
		return result;
	}
	proc_comm(request->command, comm);
	struct tracer_task task = {
		.tid = request->command,
		.tgid = request->command,
		.parent = tracer->home,
		.comm = comm,
		.phase = TRACEE_SEIZED,
		.attached_ns = clock_now_ns(),
	};
	tracer_add(tracer, &task);
	/* A command that runs for nothing is worse than none: it is let go by the end of file. */
	if (pt_orphaned())
		return -EINTR;
	if (write(request->go_fd, "", 1) == 1)
		return 0;
	*refusal = (struct refusal){.reason = REFUSAL_SYSTEM, .error = errno};
	return -errno;
}

static int attach_targets(
	struct tracer *tracer, const struct engine_request *request, struct refusal *refusal)
{
	struct tid_list targets = {0};
	for (size_t i = 0; i < request->target_count; i++)
		tid_list_add(&targets, request->targets[i]);
	if (request->follow == FOLLOW_TREE)
		proc_descendants(&targets);
	int result = 0;
	for (size_t i = 0; i < targets.count && result == 0; i++) {
		result = attach_target(tracer, targets.tid[i], request->follow, refusal);
		/* A descendant may end, or belong to somebody else; the named ones are asked for.
		 */
		bool named = i < request->target_count;
		if (result < 0 && named && i >= request->target_count - request->optional_count)
			tracer_note(tracer, NOTE_LEFT_OUT, 1);
		if (!named || i >= request->target_count - request->optional_count)
			result = 0;
	}
	tid_list_clear(&targets);
	return result;
}

int attach_all(struct tracer *tracer, const struct engine_request *request, struct refusal *refusal)
{
	struct alarm guard;
	int result = alarm_init(&guard);
	if (result < 0) {
		*refusal = (struct refusal){.reason = REFUSAL_SYSTEM, .error = -result};
		return result;
	}
	alarm_set(&guard, clock_now_ns() + SEIZE_GUARD_NS, SEIZE_GUARD_NS);
	result = request->command ? attach_command(tracer, request, refusal)
	                          : attach_targets(tracer, request, refusal);
	settle_running(tracer);
	alarm_clear(&guard);
	return result;
}
