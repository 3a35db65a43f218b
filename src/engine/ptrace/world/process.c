/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our own processes and descriptors; see engine/ptrace/world/process.h. */
#include "config.h"

#include "engine/ptrace/world/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "engine/ptrace/world/kernel.h"

static pid_t self(struct world *world)
{
	(void)world;
	return getpid();
}

static pid_t thread(struct world *world)
{
	(void)world;
	return (pid_t)syscall(SYS_gettid);
}

/* The tracer's process. */

static int start(struct world *world, struct vm_process *process)
{
	(void)world;
	return vm_process_start(process, kernel_kick_signal());
}

static void await_ready(struct world *world, struct vm_process *process)
{
	(void)world;
	vm_process_await_ready(process);
}

static bool join(struct world *world, struct vm_process *process, uint64_t timeout_ns)
{
	(void)world;
	return vm_process_join(process, timeout_ns);
}

static void clear(struct world *world, struct vm_process *process)
{
	(void)world;
	vm_process_clear(process);
}

static void set_ready(struct world *world, struct vm_process *process)
{
	(void)world;
	vm_process_set_ready(process);
}

static void kill_process(struct world *world, pid_t pid)
{
	(void)world;
	kill(pid, SIGKILL);
}

static void continue_process(struct world *world, pid_t pid)
{
	(void)world;
	kill(pid, SIGCONT);
}

static uint64_t cpu_ns(struct world *world, pid_t pid)
{
	struct timespec time;
	clockid_t clock;
	(void)world;
	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) < 0)
		return 0;
	return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

/* The child whose calls are measured. */

/* Only raw system calls, because other threads may hold locks of the C library. */
static void run_caller(pid_t parent)
{
	syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
	while (syscall(SYS_getppid) == parent)
		;
	_exit(0);
}

static pid_t start_caller(struct world *world)
{
	pid_t parent = getpid();
	(void)world;
	pid_t child = fork();
	if (child == 0)
		run_caller(parent);
	return child < 0 ? -errno : child;
}

static void empty_call(struct world *world)
{
	(void)world;
	syscall(SYS_getppid);
}

/* Descriptors. */

/* The most that the tracer has open at a time, apart from caches: see DESCRIPTORS_FREE. */
static int check_free(void)
{
	int copies[DESCRIPTORS_FREE], error = 0;
	size_t count = 0;
	while (count < DESCRIPTORS_FREE && error == 0) {
		copies[count] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
		if (copies[count] < 0)
			error = -errno;
		else
			count++;
	}
	while (count)
		close(copies[--count]);
	return error;
}

static int separate_descriptors(struct world *world, int *kept, size_t count)
{
	(void)world;
	int result = vm_process_separate_descriptors(kept, count);
	return result < 0 ? result : check_free();
}

/* Raw calls: our process may be dead, and may have held locks of the C library. */
static void stay_behind(struct world *world)
{
	(void)world;
	syscall(SYS_prctl, PR_SET_NAME, TRACER_ORPHAN_NAME);
	syscall(SYS_chdir, "/");
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		syscall(SYS_close, fd);
	syscall(SYS_close_range, STDERR_FILENO + 1, UINT_MAX, 0);
}

static int succeed(struct world *world, void (*run)(void *argument), void *argument)
{
	(void)world;
	return vm_process_succeed(run, argument);
}

static void wake(struct world *world, int fd)
{
	uint64_t one = 1;
	(void)world;
	/* It only fails if the reader was already woken 2^64 times. */
	if (write(fd, &one, sizeof(one)) < 0)
		return;
}

static int start_command(struct world *world, int fd)
{
	(void)world;
	return write(fd, "", 1) == 1 ? 0 : -errno;
}

const struct world_process kernel_process = {
	.self = self,
	.thread = thread,
	.start = start,
	.await_ready = await_ready,
	.join = join,
	.clear = clear,
	.set_ready = set_ready,
	.kick = kernel_kick,
	.kill = kill_process,
	.go_on = continue_process,
	.cpu_ns = cpu_ns,
	.start_caller = start_caller,
	.empty_call = empty_call,
	.separate_descriptors = separate_descriptors,
	.stay_behind = stay_behind,
	.succeed = succeed,
	.wake = wake,
	.start_command = start_command,
};
