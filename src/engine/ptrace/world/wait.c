/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real waiting functions; see engine/ptrace/world/wait.h. */
#include "config.h"

#include "engine/ptrace/world/wait.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"
#include "engine/ptrace/world/kernel.h"

/*
 * __WNOTHREAD: only tracees of this thread, not children of others. Tracees are found without
 * __WALL, which would also find our own children that have no exit signal (base/subprocess.h; the
 * kernel's eligible_child()). The raw system call, because the C library makes it a cancellation
 * point.
 */
static int wait_for(pid_t tid, siginfo_t *info, int options)
{
	kernel_begin_wait();
	int result = (int)syscall(
		SYS_waitid, tid ? P_PID : P_ALL, tid, info, options | __WNOTHREAD, NULL);
	kernel_end_wait();
	return result;
}

static int next(struct world *world, pid_t tid, bool block, siginfo_t *info)
{
	/* WNOWAIT: the report stays pending. */
	int options = WEXITED | WSTOPPED | WNOWAIT | (block ? 0 : WNOHANG);
	(void)world;
	info->si_pid = 0;
	if (wait_for(tid, info, options) < 0)
		return errno == ECHILD ? -ECHILD : 0;
	return info->si_pid != 0;
}

static bool consume(struct world *world, pid_t tid, siginfo_t *info)
{
	(void)world;
	info->si_pid = 0;
	return wait_for(tid, info, WSTOPPED | WNOHANG) == 0 && info->si_pid;
}

static void consume_end(struct world *world, pid_t tid)
{
	siginfo_t info;
	(void)world;
	wait_for(tid, &info, WEXITED | WNOHANG);
}

static void reap(struct world *world, pid_t tid)
{
	siginfo_t info;
	(void)world;
	while (wait_for(tid, &info, WEXITED | __WALL) < 0 && errno == EINTR)
		;
}

/* The stop signal. */

static sigset_t stop_signal_set(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	return set;
}

static void enable_stop_signal(struct world *world, bool enabled)
{
	/* Without the flag, each stop sends a SIGCHLD; an exit sends one in any case. */
	struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = enabled ? 0 : SA_NOCLDSTOP};
	(void)world;
	sigaction(SIGCHLD, &action, NULL);
}

static void setup_stop_signal(struct world *world)
{
	sigset_t set = stop_signal_set();
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	enable_stop_signal(world, false);
}

static int await_stop_signal(struct world *world, uint64_t timeout_ns, pid_t *tid)
{
	sigset_t set = stop_signal_set();
	siginfo_t info;
	struct timespec timeout = {
		.tv_sec = (time_t)(timeout_ns / NS_PER_S),
		.tv_nsec = (long)(timeout_ns % NS_PER_S),
	};
	(void)world;
	kernel_begin_wait();
	int result = sigtimedwait(&set, &info, timeout_ns == WORLD_FOREVER ? NULL : &timeout);
	int error = errno;
	kernel_end_wait();
	if (result < 0)
		return -error;
	*tid = info.si_pid;
	return 0;
}

const struct world_wait kernel_wait = {
	.next = next,
	.consume = consume,
	.consume_end = consume_end,
	.reap = reap,
	.setup_stop_signal = setup_stop_signal,
	.enable_stop_signal = enable_stop_signal,
	.await_stop_signal = await_stop_signal,
	.setup_kick = kernel_setup_kick,
	.is_kicked = kernel_is_kicked,
	.clear_kick = kernel_clear_kick,
	.is_orphan = kernel_is_orphan,
};
