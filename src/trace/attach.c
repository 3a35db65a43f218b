/* Attaching to processes and threads; see trace/attach.h. */
#include "config.h"

#include "trace/attach.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
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

/* One target, while its threads are being found. */
struct target {
	pid_t tgid;
	unsigned long options;
	struct tid_list asked; /* threads that were asked to stop */
	size_t seized;         /* threads that could be attached to */
	pid_t refused;         /* a thread that refused, and with what */
	int error;
};

static unsigned long follow_options(enum follow follow)
{
	return OPTIONS_ALWAYS | (follow == FOLLOW_THREADS ? OPTIONS_THREADS : OPTIONS_FORKS);
}

/* Seizes TID, again and again where the guard fires. */
static int seize(pid_t tid, unsigned long options)
{
	int result = -EINTR;
	for (int i = 0; i < SEIZE_TRIES && result == -EINTR; i++)
		result = pt_seize(tid, options);
	return result;
}

/* Whether TID is traced by us already: made by a thread that is, or seized just before a guard
 * fired. */
static bool is_ours(pid_t tid)
{
	struct proc_status status;
	return proc_status(tid, &status) == 0 && status.tracer == (pid_t)syscall(SYS_gettid);
}

static void remember_refusal(struct target *target, pid_t tid, int error)
{
	if (error == -ESRCH || target->refused)
		return;
	target->refused = tid;
	target->error = -error;
}

/* Attaches to thread TID of TARGET. Returns whether it is a tracee that was not one before. */
static bool attach_thread(struct tracer *tracer, struct target *target, pid_t tid)
{
	if (map_get(&tracer->tracees, (uint64_t)tid))
		return false;
	uint64_t now_ns = clock_now_ns();
	int result = seize(tid, target->options);
	if (result < 0 && !(result == -EPERM && is_ours(tid))) {
		remember_refusal(target, tid, result);
		return false;
	}
	struct proc_status status = {.tgid = target->tgid};
	proc_status(tid, &status);
	struct tracee *tracee = tracer_add(
		tracer, &(struct tracer_task){
				.tid = tid,
				.tgid = status.tgid,
				.parent = status.parent,
				.comm = status.comm,
				.phase = result == 0 ? TRACEE_SEIZED : TRACEE_BORN,
				.attached_ns = now_ns,
			});
	target->seized++;
	if (result == 0 && pt_interrupt(tid) == 0) {
		tid_list_add(&target->asked, tid);
		waiter_expect(&tracer->waiter, &tracee->seat, WAITER_SURE);
	}
	/* At once: what has stopped stands still, and the next thread may take its time. */
	tracer_serve(tracer);
	return true;
}

/*
 * Attaches to every thread of TARGET, looking again until none is new: from then on each thread
 * that is made has a tracee for its maker, and the kernel attaches us to it.
 */
static void attach_threads(struct tracer *tracer, struct target *target)
{
	size_t fresh;
	do {
		struct tid_list threads = {0};
		fresh = 0;
		if (proc_threads(target->tgid, &threads) < 0)
			remember_refusal(target, target->tgid, -ESRCH);
		for (size_t i = 0; i < threads.count; i++)
			fresh += attach_thread(tracer, target, threads.tid[i]);
		tid_list_clear(&threads);
	} while (fresh);
}

/* Tells what a thread that has not stopped yet waits in: it may be long (a vfork's parent). */
static void tell_waiting(struct tracer *tracer, pid_t tid)
{
	struct tracee *tracee = map_get(&tracer->tracees, (uint64_t)tid);
	uint64_t nr;
	if (!tracee || tracee->phase != TRACEE_SEIZED ||
		proc_syscall(tracee->tgid, tid, &nr, tracee->current.args) != 1)
		return;
	tracee->current.call = (struct call){
		.nr = (uint32_t)nr,
		.abi = proc_is_32bit(tracee->tgid) ? ABI_I386 : ABI_X86_64,
	};
	tracee->current.since_ns = tracee->attached_ns;
	tracee->current.partial = true;
	tracee->waiting = true;
	outbox_step(&tracer->outbox, tracee, &(struct step){.entered = true}, clock_now_ns());
}

/* Attaches to process or thread PID. */
static int attach_target(
	struct tracer *tracer, pid_t pid, enum follow follow, struct refusal *refusal)
{
	struct proc_status status;
	if (pid == getpid()) {
		*refusal = (struct refusal){.reason = REFUSAL_SELF, .pid = pid};
		return -EPERM;
	}
	int result = proc_status(pid, &status);
	if (result < 0) {
		refusal_find(pid, ESRCH, refusal);
		return -ESRCH;
	}
	struct target target = {.tgid = status.tgid, .options = follow_options(follow)};
	if (status.tgid == pid) {
		attach_threads(tracer, &target);
	} else {
		target.options = OPTIONS_ALWAYS;
		attach_thread(tracer, &target, pid);
	}
	tracer_serve(tracer);
	for (size_t i = 0; i < target.asked.count; i++)
		tell_waiting(tracer, target.asked.tid[i]);
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
	int result = seize(request->command, follow_options(request->follow));
	if (result < 0) {
		refusal_find(request->command, -result, refusal);
		return result;
	}
	proc_comm(request->command, comm);
	tracer_add(tracer, &(struct tracer_task){
				   .tid = request->command,
				   .tgid = request->command,
				   .parent = getpid(),
				   .comm = comm,
				   .phase = TRACEE_SEIZED,
				   .attached_ns = clock_now_ns(),
			   });
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
		if (i >= request->target_count)
			result = 0;
	}
	tid_list_clear(&targets);
	return result;
}

/* A timer that kicks this thread, for the guard in pt_seize(). */
static int start_guard(timer_t *timer)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = pt_kick_signal(),
	};
	event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	struct itimerspec every = {
		.it_value = {.tv_nsec = SEIZE_GUARD_NS},
		.it_interval = {.tv_nsec = SEIZE_GUARD_NS},
	};
	if (timer_create(CLOCK_MONOTONIC, &event, timer) < 0)
		return -errno;
	timer_settime(*timer, 0, &every, NULL);
	return 0;
}

int attach_all(struct tracer *tracer, const struct engine_request *request, struct refusal *refusal)
{
	timer_t guard;
	int result = start_guard(&guard);
	if (result < 0) {
		*refusal = (struct refusal){.reason = REFUSAL_SYSTEM, .error = -result};
		return result;
	}
	result = request->command ? attach_command(tracer, request, refusal)
	                          : attach_targets(tracer, request, refusal);
	timer_delete(guard);
	return result;
}
