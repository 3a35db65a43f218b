/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A vm-sharing process; see base/vm_process.h. */
#include "config.h"

#include "base/vm_process.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"

/*
 * The process uses a part of the reaper thread's stack, above a guard: if its stack overflows, it
 * must not write into what the thread still needs. A multiple of any page size.
 */
#define STACK_SIZE        ((size_t)512 << 10)
#define GUARD_SIZE        ((size_t)64 << 10)
#define REAPER_STACK_SIZE (STACK_SIZE + 2 * GUARD_SIZE + ((size_t)256 << 10))

/* In the process. */
static int run_process(void *argument)
{
	struct vm_process *process = argument;
	/* Do not receive the signals that a terminal or a shell sends to the job. */
	setpgid(0, 0);
	prctl(PR_SET_NAME, process->name);
	/* Sent at the exit of whichever of our threads is its parent by then. */
	prctl(PR_SET_PDEATHSIG, process->death_signal);
	if (getppid() != process->parent)
		_exit(0);
	process->run(process->argument);
	_exit(0);
}

/* Starts the process on the stack that ends at TOP. Returns its PID, or -errno. */
static pid_t start_process(struct vm_process *process, char *top)
{
	/* No exit signal: only the reaper waits for its exit. */
	pid_t pid = clone(run_process, top, CLONE_VM | CLONE_FS | CLONE_FILES, process);
	return pid < 0 ? -errno : pid;
}

/*
 * In the reaper thread: until the process has exited, nothing here may access thread-local data,
 * such as errno.
 */
static void *run_reaper(void *argument)
{
	struct vm_process *process = argument;
	char room[STACK_SIZE + 2 * GUARD_SIZE];
	char *guard = room + GUARD_SIZE - (uintptr_t)room % GUARD_SIZE;
	/* Undone at the end, because the C library gives the stack to another thread. */
	pid_t pid = mprotect(guard, GUARD_SIZE, PROT_NONE) < 0
	                    ? -errno
	                    : start_process(process, guard + GUARD_SIZE + STACK_SIZE);
	process->pid = pid;
	process->error = pid < 0 ? -pid : 0;
	sem_post(&process->started);
	/* All signals are blocked, so none interrupts it; the raw call is not a cancellation point.
	 */
	bool has_exited = pid > 0 && syscall(SYS_wait4, pid, NULL, __WALL, NULL) == pid;
	mprotect(guard, GUARD_SIZE, PROT_READ | PROT_WRITE);
	if (has_exited && process->after)
		process->after(process->argument);
	return NULL;
}

static int start_reaper(struct vm_process *process)
{
	pthread_attr_t attributes;
	int error = pthread_attr_init(&attributes);
	if (error)
		return error;
	pthread_attr_setstacksize(&attributes, REAPER_STACK_SIZE);
	error = pthread_create(&process->reaper, &attributes, run_reaper, process);
	pthread_attr_destroy(&attributes);
	return error;
}

static void await(sem_t *semaphore)
{
	while (sem_wait(semaphore) < 0 && errno == EINTR)
		;
}

int vm_process_start(struct vm_process *process, int death_signal)
{
	sigset_t all, before;
	process->parent = getpid();
	process->death_signal = death_signal;
	sem_init(&process->started, 0, 0);
	sem_init(&process->ready, 0, 0);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = start_reaper(process);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	process->joined = error != 0;
	if (error)
		return -error;
	await(&process->started);
	if (process->error) {
		pthread_join(process->reaper, NULL);
		process->joined = true;
	}
	return -process->error;
}

static int compare_descriptors(const void *a, const void *b)
{
	int first = *(const int *)a, second = *(const int *)b;
	return (first > second) - (first < second);
}

/* Closes those from FIRST to LAST. Without the call (before Linux 5.9) they stay open. */
static void close_from_to(int first, unsigned int last)
{
	if (first >= 0 && (unsigned int)first <= last)
		syscall(SYS_close_range, first, last, 0);
}

int vm_process_separate_descriptors(int *kept, size_t count)
{
	int next = STDERR_FILENO + 1;
	if (unshare(CLONE_FILES | CLONE_FS) < 0)
		return -errno;
	qsort(kept, count, sizeof(*kept), compare_descriptors);
	for (size_t i = 0; i < count; i++) {
		if (kept[i] < next)
			continue;
		close_from_to(next, (unsigned int)kept[i] - 1);
		next = kept[i] + 1;
	}
	close_from_to(next, UINT_MAX);
	return 0;
}

/* Called in the process, where all signals are blocked. */
void vm_process_limit_time(unsigned int seconds)
{
	sigset_t alarms;
	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	signal(SIGALRM, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &alarms, NULL);
	alarm(seconds);
}

/* What it runs, above its stack, in so much room. */
#define SUCCESSOR_ROOM 64

/* How long it may take. */
#define SUCCESSOR_S    30

struct successor {
	void (*run)(void *argument);
	void *argument;
};

static int run_successor(void *argument)
{
	const struct successor *successor = argument;
	vm_process_limit_time(SUCCESSOR_S);
	successor->run(successor->argument);
	_exit(0);
}

int vm_process_succeed(void (*run)(void *argument), void *argument)
{
	char *room = mmap(NULL, GUARD_SIZE + STACK_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (room == MAP_FAILED)
		return -errno;
	struct successor *successor = (void *)(room + GUARD_SIZE + STACK_SIZE - SUCCESSOR_ROOM);
	*successor = (struct successor){run, argument};
	/* It has our thread-local data, which nobody else uses from now on. */
	if (mprotect(room, GUARD_SIZE, PROT_NONE) == 0 &&
		clone(run_successor, successor, CLONE_VM | CLONE_FS | CLONE_FILES, successor) > 0)
		_exit(0);
	int error = errno;
	munmap(room, GUARD_SIZE + STACK_SIZE);
	return -error;
}

void vm_process_await_ready(struct vm_process *process)
{
	await(&process->ready);
}

bool vm_process_join(struct vm_process *process, uint64_t timeout_ns)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)timeout_ns;
	if (until.tv_nsec >= (long)NS_PER_S) {
		until.tv_nsec -= (long)NS_PER_S;
		until.tv_sec++;
	}
	if (!process->joined)
		process->joined = pthread_clockjoin_np(
					  process->reaper, NULL, CLOCK_MONOTONIC, &until) == 0;
	return process->joined;
}

void vm_process_clear(struct vm_process *process)
{
	sem_destroy(&process->started);
	sem_destroy(&process->ready);
}

void vm_process_set_ready(struct vm_process *process)
{
	sem_post(&process->ready);
}
