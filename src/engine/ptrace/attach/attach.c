/* Attaching to processes and threads; see engine/ptrace/attach/attach.h. */
#include "config.h"

#include "engine/ptrace/attach/attach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/ptrace/attach/postpone.h"
#include "engine/ptrace/wait/alarm.h"
#include "engine/ptrace/world/pt.h"
#include "proc/comm.h"
#include "proc/program.h"
#include "proc/stat.h"
#include "proc/status.h"
#include "proc/tasks.h"

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
 * So often a list that is not whole, or of which threads have ended, is reason for another: where
 * threads are short-lived that may be so for ever, and long before that one of those that make them
 * is a tracee.
 */
#define VAGUE_PASSES    200
#define VAGUE_TREES     20 /* a look at all processes takes milliseconds */

/*
 * A thread that is asked to stop in its wait has done so after some 50 µs, or where the processors
 * are busy; in a frozen cgroup, never. So long all of a target's are waited for together in vain.
 */
#define FRAGILE_WAIT_NS (200 * NS_PER_MS)

/* Between two rounds of looks, the threads that have been stopped are served. */
#define SETTLE_PAUSE_NS (50 * NS_PER_US)

/* A thread that runs in a call for so long may be making another: it is not waited for longer. */
#define SETTLE_MAX_NS   (200 * NS_PER_MS)

/* A stop that was killed has left after two seconds, by force if need be. */
#define LEFT_WAIT_NS    (5 * NS_PER_S)

/* One target, while its threads are being found. */
struct target {
	pid_t tgid;
	struct proc_status status; /* of the thread that was named */
	bool compat;               /* it runs a 32-bit program */
	unsigned long options;
	struct sleep_clock sleep_clock;
	struct tid_list asked; /* threads that were asked to stop */
	uint64_t patience_ns;  /* what is left of FRAGILE_WAIT_NS */
	uint64_t settle_ns;    /* and of SETTLE_MAX_NS */
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

/* Whether TID is no more, but for what its parent is yet to be told. */
static bool is_dead(pid_t tid)
{
	char state = proc_state(tid);
	return state == 'Z' || state == 'X' || state == '\0';
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

/*
 * Seizes TID, and waits for a stop that is leaving it. Of one that is just dying the kernel says
 * that it may not be (ptrace_attach()).
 */
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
	return result == -EPERM && is_dead(tid) ? -ESRCH : result;
}

static void remember_refusal(struct target *target, pid_t tid, int error)
{
	if (error == -ESRCH || target->refused)
		return;
	target->refused = tid;
	target->error = -error;
}

static bool makes_threads(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	return desc && (strcmp(desc->name, "clone") == 0 || strcmp(desc->name, "clone3") == 0);
}

/* Whether TRACEE may be in a clone(2) that it was in when it was attached to. */
static bool may_be_cloning(const struct task *task)
{
	const struct tracee *tracee = &task->tracee;
	struct current_call wait = tracee->current;
	if (tracee->phase != TRACEE_SEIZED)
		return false;
	return !(tracee->waiting || postpone_find_wait(task, &wait)) || makes_threads(wait.call);
}

static bool is_any_cloning(const struct tracer *tracer)
{
	const struct task *task;
	MAP_FOR_EACH (&tracer->tasks, at, task) {
		if (may_be_cloning(task))
			return true;
	}
	return false;
}

/*
 * Waits until every thread is asked to stop, or is known to wait: from then on no call of those
 * that ran is missed. That is three looks, a millisecond vm_process, as a rule. And until each has
 * stopped or is seen elsewhere that may be making a thread: as that call begins the kernel decides
 * whether the thread is traced (kernel_clone()). That one may last, so for no longer than
 * *PATIENCE_NS.
 */
static void settle(struct tracer *tracer, uint64_t *patience_ns)
{
	const struct timespec pause = {.tv_nsec = SETTLE_PAUSE_NS};
	uint64_t begin_ns = clock_now_ns(), spent_ns = 0;
	while (postpone_serve_running(tracer) ||
		(spent_ns < *patience_ns && is_any_cloning(tracer))) {
		tracer_catch_up(tracer);
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
		spent_ns = clock_now_ns() - begin_ns;
	}
	*patience_ns -= spent_ns < *patience_ns ? spent_ns : *patience_ns;
}

/*
 * Until its call is repaired, TRACEE's wait fails if we are killed: so only one is at stake at a
 * time.
 */
static void await_stop(struct tracer *tracer, struct target *target, pid_t tid)
{
	uint64_t begin_ns = clock_now_ns(), spent_ns = 0;
	const struct task *task;
	while ((task = map_get(&tracer->tasks, (uint64_t)tid)) && task->interrupting &&
		spent_ns < target->patience_ns) {
		tracer_serve(tracer);
		spent_ns = clock_now_ns() - begin_ns;
	}
	if (task && task->interrupting)
		target->patience_ns = 0;
}

/* Whether TRACEE waits in a call that an interrupt harms unless it is repaired or spared. */
static bool may_break(const struct task *task)
{
	struct current_call wait;
	return postpone_find_wait(task, &wait) &&
	       (call_is_cut_short(wait.call, wait.args) || repair_find(wait.call));
}

/* What came of a thread that a list named. */
enum found {
	FOUND_KNOWN,    /* it is a tracee already, or cannot be one */
	FOUND_VANISHED, /* it has ended before it could be, and may have made others */
	FOUND_NEW,      /* it is one now */
	FOUND_KINDS,
};

/* What came of a list. */
enum pass {
	PASS_ALL_KNOWN,
	PASS_NEWS,
	PASS_VAGUE, /* nobody is new, but not all that there are may have been there */
};

/* Attaches to thread TID of TARGET. */
static enum found attach_thread(struct tracer *tracer, struct target *target, pid_t tid)
{
	if (map_get(&tracer->tasks, (uint64_t)tid) || pt_orphaned())
		return FOUND_KNOWN;
	int result = seize(tracer, tid, target->options);
	uint64_t now_ns = clock_now_ns();
	/* A tracee's child may have told of itself meanwhile, where reports had to be taken. */
	if (map_get(&tracer->tasks, (uint64_t)tid))
		return FOUND_KNOWN;
	if (result < 0 && !(result == -EPERM && is_ours(tid))) {
		remember_refusal(target, tid, result);
		/* One that leads a process and is dead makes no more of them. */
		return result == -ESRCH && tid != target->tgid ? FOUND_VANISHED : FOUND_KNOWN;
	}
	/* Of a thread all but its name is its process's, and a status costs ten times a name. */
	struct proc_status status = target->status;
	if (status.ns_tid)
		proc_status(tid, &status);
	else
		proc_comm(tid, status.comm);
	struct new_task facts = {
		.tid = tid,
		.tgid = target->tgid,
		.parent = status.parent,
		.ns_tid = status.ns_tid,
		.comm = status.comm,
		.phase = result == 0 ? TRACEE_SEIZED : TRACEE_BORN,
		.attached_ns = now_ns,
	};
	struct task *task = tracer_add(tracer, &facts);
	task->compat = target->compat;
	task->found = true;
	/* Its maker is a tracee, too: while that makes threads, there are some in every list. */
	if (result < 0)
		return FOUND_KNOWN;
	target->seized++;
	if (!tracer->repair && may_break(task))
		tracer_note(tracer, NOTE_MAY_FAIL, 1);
	enum activity activity = tracer->repair ? postpone_find_activity(task) : ACTIVITY_HARMLESS;
	if (!postpone_allows(task, activity, false)) {
		postpone_begin(tracer, task, activity, &target->sleep_clock, now_ns);
	} else if (tracer_interrupt(tracer, task) == 0) {
		tid_list_add(&target->asked, tid);
		if (activity == ACTIVITY_FRAGILE)
			await_stop(tracer, target, tid);
	}
	/* At once: what has stopped stands still, and the next thread may take its time. */
	tracer_serve(tracer);
	return FOUND_NEW;
}

/* As attach_threads(), once. Returns what the list was and what it has brought. */
static enum pass attach_listed(struct tracer *tracer, struct target *target)
{
	struct tid_list threads = {0};
	size_t found[FOUND_KINDS] = {0};
	int result = proc_threads(target->tgid, &threads);
	if (result < 0)
		remember_refusal(target, target->tgid, -ESRCH);
	for (size_t i = 0; i < threads.count; i++)
		found[attach_thread(tracer, target, threads.tid[i])]++;
	tid_list_clear(&threads);
	if (found[FOUND_NEW])
		return PASS_NEWS;
	return result == 1 || found[FOUND_VANISHED] ? PASS_VAGUE : PASS_ALL_KNOWN;
}

/*
 * Attaches to every thread of TARGET, looking again until all that there are were known before:
 * from then on each thread that is made has a tracee for its maker, and the kernel attaches us to
 * it.
 */
static void attach_threads(struct tracer *tracer, struct target *target)
{
	int patience = VAGUE_PASSES;
	enum pass pass;
	do {
		settle(tracer, &target->settle_ns);
		pass = attach_listed(tracer, target);
	} while (pass == PASS_NEWS || (pass == PASS_VAGUE && --patience));
}

/* Tells of the threads that were asked to stop and have not: they may not for long (vfork's
 * parent). */
static void write_waits_of_unstopped(struct tracer *tracer, const struct tid_list *asked)
{
	for (size_t i = 0; i < asked->count; i++) {
		struct task *task = map_get(&tracer->tasks, (uint64_t)asked->tid[i]);
		if (task && task->tracee.phase == TRACEE_SEIZED)
			postpone_write_wait(tracer, task);
	}
}

/* Whether process TGID traces process PID. */
static bool traces(pid_t tgid, pid_t pid)
{
	struct proc_status status;
	return proc_status(pid, &status) == 0 && status.tracer &&
	       proc_is_thread_of(status.tracer, tgid);
}

/* Attaches to process or thread PID. Returns 1, 0 where all of it was ours, or -errno. */
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
		.compat = proc_is_32bit(status.tgid),
		.options = follow_options(follow),
		.patience_ns = FRAGILE_WAIT_NS,
		.settle_ns = SETTLE_MAX_NS,
	};
	if (status.tgid == pid) {
		attach_threads(tracer, &target);
	} else {
		target.options = OPTIONS_ALWAYS;
		attach_thread(tracer, &target, pid);
	}
	tracer_serve(tracer);
	write_waits_of_unstopped(tracer, &target.asked);
	bool traced = target.seized || map_get(&tracer->tasks, (uint64_t)pid);
	if (!traced)
		refusal_find(pid, target.refused ? target.error : ESRCH, refusal);
	tid_list_clear(&target.asked);
	if (!traced)
		return target.refused ? -EPERM : -ESRCH;
	return target.seized > 0;
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
	struct new_task facts = {
		.tid = request->command,
		.tgid = request->command,
		.parent = tracer->home,
		.comm = comm,
		.phase = TRACEE_SEIZED,
		.attached_ns = clock_now_ns(),
	};
	tracer_add(tracer, &facts);
	/* A command that runs for nothing is worse than none: it is let go by the end of file. */
	if (pt_orphaned())
		return -EINTR;
	if (write(request->go_fd, "", 1) == 1)
		return 0;
	*refusal = (struct refusal){.reason = REFUSAL_SYSTEM, .error = errno};
	return -errno;
}

/*
 * Attaches to the descendants of TARGETS, looking again until none is new: one that was being made
 * escapes the first look, and one that has ended since may have made others.
 */
static void attach_descendants(struct tracer *tracer, struct tid_list *targets)
{
	struct refusal unnamed; /* one that belongs to somebody else is left out */
	int patience = VAGUE_TREES;
	bool found_new, vague = false;
	do {
		size_t first = targets->count;
		found_new = false;
		proc_children(targets, &vague);
		for (size_t i = first; i < targets->count; i++) {
			int result = attach_target(tracer, targets->tid[i], FOLLOW_TREE, &unnamed);
			found_new |= result == 1;
			vague |= result == -ESRCH;
		}
	} while (found_new || (vague && --patience));
}

/* Whether REFUSAL is only that the process has ended since it was listed. */
static bool has_ended(const struct refusal *refusal)
{
	return refusal->reason == REFUSAL_NO_PROCESS || refusal->reason == REFUSAL_ZOMBIE;
}

static int attach_targets(
	struct tracer *tracer, const struct engine_request *request, struct refusal *refusal)
{
	struct tid_list targets = {0};
	size_t needed = request->target_count - request->optional_count;
	int result = 0;
	for (size_t i = 0; i < request->target_count && result >= 0; i++) {
		tid_list_add(&targets, request->targets[i]);
		result = attach_target(tracer, request->targets[i], request->follow, refusal);
		if (result < 0 && i >= needed) {
			if (!has_ended(refusal))
				tracer_note(tracer, NOTE_LEFT_OUT, 1);
			result = 0;
		}
	}
	if (request->follow == FOLLOW_TREE && result >= 0)
		attach_descendants(tracer, &targets);
	tid_list_clear(&targets);
	return result < 0 ? result : 0;
}

int attach_all(struct tracer *tracer, const struct engine_request *request, struct refusal *refusal)
{
	struct alarm guard;
	uint64_t settle_ns = 0; /* those of targets have settled */
	int result = alarm_init(&guard);
	if (result < 0) {
		*refusal = (struct refusal){.reason = REFUSAL_SYSTEM, .error = -result};
		return result;
	}
	alarm_set(&guard, clock_now_ns() + SEIZE_GUARD_NS, SEIZE_GUARD_NS);
	result = request->command ? attach_command(tracer, request, refusal)
	                          : attach_targets(tracer, request, refusal);
	settle(tracer, &settle_ns);
	alarm_clear(&guard);
	return result;
}
