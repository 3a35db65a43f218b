/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program of agree.h on the real kernel: operations.c makes the calls, and a thread of ours is
 * the tracer, so that its end can be seen by the others.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "engine/ptrace/state/syscall_view.h"
#include "engine/ptrace/world/world.h"
#include "simulation/agree.h"
#include "support/ipc.h"
#include "support/pause.h"

#define OPTIONS \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
		PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACEEXEC)

#define PAGE          4096

/* Between two looks for what is expected: at first the processor is given to others, then time. */
#define YIELDS        200
#define LOOK_CLOSER   20 /* every so many looks all is looked at */

/* What is not as expected, and does not change for so long while nobody wants to run, differs. */
#define UNCHANGED_NS  (3 * NS_PER_S)
#define WAIT_MAX_NS   (120 * NS_PER_S)
#define LIMIT_LONG_NS (INT64_C(1000000000) * 100000)

struct real {
	struct shared *shared;
	pid_t spawner;
	int requests, listener;
};

/* A run of a program. */
struct run {
	struct real *real;
	const struct script *script;
	const struct seen *expected;
	uint64_t short_ns;
	enum operation operation[AGREE_TASKS];
	uint64_t notification[AGREE_TASKS]; /* that the filter's supervisor has */
	uint64_t limit_ns[AGREE_TASKS];     /* when a short limit began */
	unsigned int at;                    /* the step */
	pid_t tracer;
	bool ended;      /* the tracer */
	uint64_t end_ns; /* … when it has begun to */
	enum agreement result;
	struct seen *is;
};

static uint64_t now_ns(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

/* What tasks wait for. */

static void drain_pipe(int fd)
{
	char buf[PAGE];
	int count = 0;
	while (ioctl(fd, FIONREAD, &count) == 0 && count > 0 && read(fd, buf, sizeof(buf)) > 0)
		;
}

static void drain_socket(int fd)
{
	struct pollfd waits = {.fd = fd, .events = POLLIN};
	while (poll(&waits, 1, 0) == 1) {
		int connection = accept(fd, NULL, NULL);
		if (connection < 0)
			return;
		close(connection);
	}
}

static void connect_to(int fd)
{
	struct sockaddr_un address;
	socklen_t size = sizeof(address);
	int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	getsockname(fd, (struct sockaddr *)&address, &size);
	if (connect(connection, (struct sockaddr *)&address, size) < 0)
		perror("connect");
	close(connection);
}

static void write_all(int fd, const void *buf, size_t size)
{
	if (write(fd, buf, size) != (ssize_t)size)
		perror("write");
}

static unsigned short slot_number(const struct real *real, const struct slot *slot)
{
	return (unsigned short)(slot - real->shared->slot);
}

/* Nothing that an earlier call has left. */
static void clear_slot(const struct real *real, struct slot *slot)
{
	static const char page[PAGE];
	drain_pipe(slot->data[0]);
	drain_pipe(slot->room[0]);
	write_all(slot->room[1], page, sizeof(page));
	drain_socket(slot->socket);
	semctl(slot->semaphore, slot_number(real, slot), SETVAL, 0);
	slot->release = 0;
}

static void keep_over_exec(int fd)
{
	fcntl(fd, F_SETFD, 0);
}

static bool make_slot(struct slot *slot, int semaphore)
{
	struct epoll_event event = {.events = EPOLLIN};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	slot->semaphore = semaphore;
	slot->epoll = epoll_create1(0);
	slot->socket = socket(AF_UNIX, SOCK_STREAM, 0);
	if (pipe2(slot->gate, O_CLOEXEC) < 0 || pipe2(slot->data, O_CLOEXEC) < 0 ||
		pipe2(slot->room, O_CLOEXEC) < 0 || slot->epoll < 0 || slot->socket < 0 ||
		epoll_ctl(slot->epoll, EPOLL_CTL_ADD, slot->data[0], &event) < 0 ||
		bind(slot->socket, (struct sockaddr *)&address, sizeof(sa_family_t)) < 0 ||
		listen(slot->socket, AGREE_TASKS) < 0 ||
		fcntl(slot->room[1], F_SETPIPE_SZ, PAGE) != PAGE)
		return false;
	keep_over_exec(slot->gate[0]);
	keep_over_exec(slot->data[0]);
	keep_over_exec(slot->room[1]);
	return true;
}

/* The spawner. */

static int run_spawner(const char *operations, int memory, int requests)
{
	char memory_text[16], requests_text[16];
	snprintf(memory_text, sizeof(memory_text), "%d", memory);
	snprintf(requests_text, sizeof(requests_text), "%d", requests);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execl(operations, "operations", "spawn", memory_text, requests_text, (char *)NULL);
	perror(operations);
	return 127;
}

static int take_listener(pid_t spawner, struct shared *shared)
{
	uint64_t end_ns = now_ns() + WAIT_MAX_NS;
	while (!shared->listener && now_ns() < end_ns && kill(spawner, 0) == 0)
		pause_poll();
	if (shared->listener <= 0)
		return -1;
	int pidfd = (int)syscall(SYS_pidfd_open, spawner, 0);
	int listener = (int)syscall(SYS_pidfd_getfd, pidfd, shared->listener, 0);
	close(pidfd);
	return listener;
}

struct real *real_start(const char *operations)
{
	struct real *real = calloc(1, sizeof(*real));
	ipc_ends_with_us();
	int requests[2], semaphore = semget(IPC_PRIVATE, AGREE_TASKS, 0600);
	int memory = memfd_create("agree", 0);
	if (memory < 0 || ftruncate(memory, sizeof(struct shared)) < 0 || semaphore < 0 ||
		pipe2(requests, O_CLOEXEC) < 0)
		goto fail;
	real->shared = mmap(
		NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (real->shared == MAP_FAILED)
		goto fail;
	for (int i = 0; i < AGREE_TASKS; i++) {
		if (!make_slot(&real->shared->slot[i], semaphore))
			goto fail;
	}
	real->requests = requests[1];
	fflush(stdout);
	real->spawner = fork();
	if (real->spawner == 0) {
		keep_over_exec(requests[0]);
		_exit(run_spawner(operations, memory, requests[0]));
	}
	close(requests[0]);
	real->listener = take_listener(real->spawner, real->shared);
	if (real->listener >= 0)
		return real;
fail:
	perror("agree: no real kernel to compare with");
	if (semaphore >= 0)
		semctl(semaphore, 0, IPC_RMID);
	return NULL;
}

void real_stop(struct real *real)
{
	close(real->requests);
	waitpid(real->spawner, NULL, 0);
	semctl(real->shared->slot[0].semaphore, 0, IPC_RMID);
	free(real);
}

/* What is seen. */

static pid_t pid_of(const struct run *run, int number)
{
	return number > 0 ? run->real->shared->slot[number - 1].tid : 0;
}

static int number_of(const struct run *run, pid_t tid)
{
	for (int i = 0; i < AGREE_TASKS; i++) {
		if (tid && run->real->shared->slot[i].tid == tid)
			return i + 1;
	}
	return 0;
}

/* Whether TID is a task of the program: when it has ended, others may get its number. */
static bool is_ours(const struct run *run, pid_t tid)
{
	return tid && getsid(tid) == run->real->spawner;
}

/* The thread of SLOT has number NUMBER, as on the simulated kernel. */
static void see_task(const struct run *run, unsigned int slot, int number, struct seen_task *seen)
{
	struct world *world = world_kernel();
	struct slot *from = &run->real->shared->slot[slot];
	pid_t tid = pid_of(run, number);
	struct proc_status status;
	struct proc_wait wait;
	siginfo_t info = {0};
	seen->logged = from->logged;
	for (unsigned int i = 0; i < seen->logged && i < AGREE_LOG; i++) {
		seen->log[i] = from->log[i];
		if (seen->log[i] > 0 && (seen->log[i] & LOG_TID))
			seen->log[i] = LOG_TID | number_of(run, (pid_t)(seen->log[i] & ~LOG_TID));
	}
	seen->call = -1;
	if (!is_ours(run, tid) || !(seen->state = world->proc->state(world, tid)))
		return;
	seen->tid = number;
	if (world->proc->status(world, tid, &status) == 0) {
		seen->tgid = number_of(run, status.tgid);
		seen->parent = number_of(run, status.parent);
		seen->tracer = status.tracer != 0;
		if (world->proc->waits(world, status.tgid, tid, &wait) == 1)
			seen->call = (long)wait.nr;
	}
	seen->report = run->ended ? 0 : world->wait->next(world, tid, false, &info);
	if (seen->report == 1) {
		seen->code = info.si_code;
		seen->status = info.si_status;
	}
}

/*
 * Whether the thread of SLOT is to have the leader's NUMBER after its execve, and has its own
 * still: until [de_thread()] has ended the leader, that one is what is seen by the number, asleep
 * in the same call as the new program will be, and what signals are sent to.
 */
static bool has_number_of_its_own(const struct run *run, unsigned int slot, int number)
{
	return number && number != (int)slot + 1 && is_ours(run, pid_of(run, (int)slot + 1));
}

/* Fills in what is to be seen of the tasks; the numbers that EXPECTED has are looked for. */
static void see(const struct run *run, const struct seen *expected, struct seen *seen)
{
	siginfo_t info = {0};
	bool used[AGREE_TASKS + 1] = {false};
	for (unsigned int slot = 0; slot < expected->count; slot++)
		used[expected->task[slot].tid] = true;
	seen->count = expected->count;
	for (unsigned int slot = 0; slot < expected->count; slot++) {
		int number = expected->task[slot].tid;
		if (!number && !used[slot + 1]) /* it is to be gone */
			number = (int)slot + 1;
		if (has_number_of_its_own(run, slot, number))
			number = (int)slot + 1;
		memset(&seen->task[slot], 0, sizeof(seen->task[slot]));
		see_task(run, slot, number, &seen->task[slot]);
		seen->task[slot].limited = expected->task[slot].limited;
	}
	seen->first_report = seen->who = 0;
	if (run->ended)
		return;
	seen->first_report = world_kernel()->wait->next(world_kernel(), 0, false, &info);
	seen->who = seen->first_report == 1 ? number_of(run, info.si_pid) : 0;
}

/* Whether a task may have something to do that is not to wait for an event in user code. */
static bool is_any_busy(const struct seen *seen, const struct seen *expected)
{
	for (unsigned int slot = 0; slot < seen->count; slot++) {
		char state = seen->task[slot].state;
		if ((state == 'R' || state == 'D' || state == 'X') &&
			expected->task[slot].state != state)
			return true;
	}
	return false;
}

/* Whether it is worth it to look closer: the logs and the states are as expected. */
static bool may_agree(const struct run *run, const struct seen *expected)
{
	struct world *world = world_kernel();
	for (unsigned int slot = 0; slot < expected->count; slot++) {
		if (run->real->shared->slot[slot].logged != expected->task[slot].logged)
			return false;
	}
	for (unsigned int slot = 0; slot < expected->count; slot++) {
		const struct seen_task *task = &expected->task[slot];
		if (task->tid && world->proc->state(world, pid_of(run, task->tid)) != task->state)
			return false;
	}
	return true;
}

/* Waits until what is seen is what is expected, or certainly not. */
static bool settle(
	const struct run *run, const struct seen *expected, struct seen *seen, uint64_t *changed_ns)
{
	static _Thread_local struct seen last;
	uint64_t begin_ns = now_ns();
	unsigned int same = 0;
	*changed_ns = begin_ns;
	last = *seen;
	for (unsigned int tries = 1;; tries++) {
		if (tries % LOOK_CLOSER && tries < YIELDS && !may_agree(run, expected)) {
			sched_yield();
			continue;
		}
		see(run, expected, seen);
		/* Twice: a task that ends is a zombie before others are woken. */
		same = memcmp(seen, expected, sizeof(*seen)) == 0 ? same + 1 : 0;
		uint64_t time_ns = now_ns();
		if (same == 2) {
			*changed_ns = time_ns;
			return true;
		}
		if (memcmp(seen, &last, sizeof(*seen)) != 0) {
			last = *seen;
			*changed_ns = time_ns;
		}
		if (!is_any_busy(seen, expected) && time_ns - *changed_ns > UNCHANGED_NS)
			return false;
		if (time_ns - begin_ns > WAIT_MAX_NS)
			return false;
		if (tries < YIELDS)
			sched_yield();
		else
			pause_poll();
	}
}

/* Steps. */

static int64_t limit_ns(const struct run *run, enum limit limit)
{
	switch (limit) {
	case LIMIT_SHORT:
		return (int64_t)run->short_ns;
	case LIMIT_LONG:
		return LIMIT_LONG_NS;
	default:
		return -1;
	}
}

static void give_command(struct run *run, const struct step *step, const struct seen_task *task)
{
	struct slot *slot = &run->real->shared->slot[step->task];
	struct command command = {
		.operation = step->operation,
		.signal = step->value,
		.flag = step->flag,
		.timeout_ns = limit_ns(run, step->limit),
		.child = run->expected[run->at].count,
	};
	if (step->operation == DO_KILL)
		command.child = (uint32_t)pid_of(run, step->flag ? task->tid : task->tgid);
	clear_slot(run->real, slot);
	if (step->operation == DO_ACCEPT) {
		int64_t ns = command.timeout_ns < 0 ? 0 : command.timeout_ns;
		struct timeval time = {ns / 1000000000, ns % 1000000000 / 1000};
		setsockopt(slot->socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
	}
	run->operation[step->task] = step->operation;
	write_all(slot->gate[1], &command, sizeof(command));
}

/* As the supervisor of the seccomp filter. */
static void answer(struct run *run, unsigned int slot)
{
	struct pollfd waits = {.fd = run->real->listener, .events = POLLIN};
	while (poll(&waits, 1, 0) == 1) {
		struct seccomp_notif call = {0};
		if (ioctl(run->real->listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
			continue; /* the caller has been interrupted */
		for (int i = 0; i < AGREE_TASKS; i++) {
			if (run->expected[run->at].task[i].tid == number_of(run, (pid_t)call.pid))
				run->notification[i] = call.id;
		}
	}
	struct seccomp_notif_resp reply = {.id = run->notification[slot], .val = NOTIFIED_VALUE};
	ioctl(run->real->listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

static void bring_event(struct run *run, const struct step *step)
{
	struct slot *slot = &run->real->shared->slot[step->task];
	struct sembuf give = {slot_number(run->real, slot), 1, 0};
	char page[PAGE];
	switch (run->operation[step->task]) {
	case DO_COMPUTE:
		slot->release = 1;
		break;
	case DO_SEMTIMEDOP:
		semop(slot->semaphore, &give, 1);
		break;
	case DO_ACCEPT:
		connect_to(slot->socket);
		break;
	case DO_WRITE:
		if (read(slot->room[0], page, sizeof(page)) != PAGE)
			perror("read");
		break;
	case DO_NOTIFIED:
		answer(run, step->task);
		break;
	default:
		write_all(slot->data[1], "event!", 7);
		break;
	}
}

/* What the simulated kernel has for RESULT of CALL. */
static long value_of(const struct run *run, unsigned int slot, long call, int64_t result)
{
	if (run->expected[run->at].task[slot].call < 0) /* a handler's end, see simulated.c */
		return 1;
	switch (call) {
	case SYS_getppid:
		return 1;
	case SYS_accept:
		return LOG_SOCKET;
	case SYS_clone:
	case SYS_wait4:
		return number_of(run, (pid_t)result);
	case SYS_read:
		return result == sizeof(struct command) ? LOG_GATE : result;
	default:
		return result;
	}
}

static void look_at_call(
	const struct run *run, const struct step *step, pid_t tid, struct seen *seen)
{
	struct world *world = world_kernel();
	struct syscall_view view = {.op = SYSCALL_NONE};
	seen->result = step->kind == STEP_SYSCALL
	                       ? world->trace->syscall(world, tid, true, &view)
	                       : world->trace->pending_syscall(world, tid, &view);
	seen->op = view.op;
	seen->call = view.op ? (long)view.call.nr : -1;
	if (view.op == SYSCALL_EXIT || view.op == SYSCALL_PENDING)
		seen->value = view.result > 0 ? value_of(run, step->task, seen->call, view.result)
		                              : view.result;
}

static void let_time_pass(const struct run *run)
{
	uint64_t end_ns = now_ns() + run->short_ns + NS_PER_MS;
	while (now_ns() < end_ns)
		pause_poll();
}

static void apply(struct run *run, const struct step *step, struct seen *seen)
{
	const struct seen *before = &run->expected[run->at];
	const struct seen_task *task = &before->task[step->task];
	pid_t tid = pid_of(run, task->tid), tgid = pid_of(run, task->tgid), message = 0;
	struct world *world = world_kernel();
	const struct world_trace *trace = world->trace;
	switch (step->kind) {
	case STEP_COMMAND:
		give_command(run, step, task);
		break;
	case STEP_EVENT:
		bring_event(run, step);
		break;
	case STEP_SIGNAL:
		if (step->flag)
			syscall(SYS_tgkill, tgid, tid, step->value);
		else
			kill(tgid, step->value);
		break;
	case STEP_TIME:
		let_time_pass(run);
		break;
	case STEP_SEIZE:
		seen->result = trace->seize(world, tid, OPTIONS);
		break;
	case STEP_INTERRUPT:
		seen->result = trace->interrupt(world, tid);
		break;
	case STEP_RESUME:
		seen->result = trace->resume(world, tid, step->value);
		break;
	case STEP_LISTEN:
		seen->result = trace->listen(world, tid);
		break;
	case STEP_DETACH:
		seen->result = trace->detach(world, tid, step->value);
		break;
	case STEP_MESSAGE:
		seen->result = trace->message(world, tid, &message);
		seen->message = number_of(run, message);
		break;
	case STEP_SYSCALL:
	case STEP_PENDING:
		look_at_call(run, step, tid, seen);
		break;
	case STEP_SET_RESULT:
		seen->result = trace->set_result(world, tid, step->value);
		break;
	case STEP_CONSUME:
		world->wait->consume(world, tid, &(siginfo_t){0});
		break;
	case STEP_CONSUME_END:
		world->wait->consume_end(world, tid);
		break;
	case STEP_END:
	case STEP_KINDS:
		break;
	}
}

/* Compares what is seen after the step, or before the first. */
static bool compare(struct run *run, const struct seen *expected, uint64_t begin_ns)
{
	const struct seen *before = expected > run->expected ? expected - 1 : NULL;
	uint64_t changed_ns;
	bool agrees = settle(run, expected, run->is, &changed_ns);
	run->result = agrees ? AGREES : DIFFERS;
	for (unsigned int slot = 0; slot < expected->count; slot++) {
		bool was = before && slot < before->count && before->task[slot].limited;
		if (expected->task[slot].limited && !was)
			run->limit_ns[slot] = begin_ns;
		bool ends = was && run->result == DIFFERS &&
		            run->script->step[run->at].kind != STEP_TIME;
		if ((expected->task[slot].limited || ends) &&
			changed_ns - run->limit_ns[slot] >= run->short_ns)
			run->result = TOO_SLOW;
	}
	return run->result == AGREES;
}

/* Runs steps, up to the tracer's end. */
static void run_steps(struct run *run)
{
	for (; run->at < run->script->count; run->at++) {
		const struct step *step = &run->script->step[run->at];
		uint64_t begin_ns = step->kind == STEP_END ? run->end_ns : now_ns();
		if (step->kind == STEP_END && !run->ended)
			return;
		memset(run->is, 0, sizeof(*run->is));
		apply(run, step, run->is);
		if (!compare(run, &run->expected[run->at + 1], begin_ns))
			return;
	}
}

static void *run_tracer(void *argument)
{
	struct run *run = argument;
	run->tracer = (pid_t)syscall(SYS_gettid);
	memset(run->is, 0, sizeof(*run->is));
	if (compare(run, &run->expected[0], now_ns()))
		run_steps(run);
	run->end_ns = now_ns();
	return NULL;
}

static bool is_any_alive(const struct run *run)
{
	for (int i = 0; i < AGREE_TASKS; i++) {
		pid_t tid = run->real->shared->slot[i].tid;
		if (is_ours(run, tid)) {
			kill(tid, SIGKILL);
			return true;
		}
	}
	return false;
}

static void begin_program(const struct run *run)
{
	struct shared *shared = run->real->shared;
	memcpy(shared->handling, run->script->handling, sizeof(shared->handling));
	for (int i = 0; i < AGREE_TASKS; i++) {
		struct slot *slot = &shared->slot[i];
		slot->tid = 0;
		slot->logged = 0;
		drain_pipe(slot->gate[0]);
	}
	write_all(run->real->requests, "", 1);
	while (!shared->slot[0].tid)
		sched_yield();
}

enum agreement real_run(struct real *real, const struct script *script, const struct seen *expected,
	uint64_t short_ns, unsigned int *at, struct seen *is)
{
	struct run run = {
		.real = real,
		.script = script,
		.expected = expected,
		.short_ns = short_ns,
		.is = is,
	};
	pthread_t thread;
	begin_program(&run);
	pthread_create(&thread, NULL, run_tracer, &run);
	pthread_join(thread, NULL);
	/* It leaves its tracees after it is joined. */
	while (syscall(SYS_tgkill, getpid(), run.tracer, 0) == 0)
		sched_yield();
	run.ended = true;
	if (run.result == AGREES)
		run_steps(&run);
	*at = run.at;
	while (is_any_alive(&run))
		sched_yield();
	return run.result;
}
