/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kicks, and the one request that a kick has to interrupt; see engine/ptrace/world/wait.h.
 *
 * The state is global because a signal handler needs it. It belongs to a single tracer: the signal
 * is sent to its thread, and only that thread accesses the state.
 */
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "engine/ptrace/world/kernel.h"

/*
 * How often an orphan checks itself, and how many checks in a row may find that it has done nothing
 * in between: it was running at each of them, so it waits for a lock of its dead process.
 */
#define CHECK_EVERY_US 400000
#define CHECKS_MAX     5

static volatile sig_atomic_t kicked, orphan;

/* Called for each kick. */
static struct {
	void (*arrived)(void *argument);
	void *argument;
} listener;

/* Whether the tracer waits for something that will come, and how often it has called the world. */
static volatile sig_atomic_t waiting;
static volatile unsigned int steps;

/* A PTRACE_SEIZE in progress, from which the handler jumps. */
static struct {
	volatile sig_atomic_t armed;
	sigjmp_buf jump;
} seizing;

/* Repeats the kick of an orphan; ends it if it will never go on: the kernel frees its tracees then.
 */
static void on_alarm(int signal)
{
	static unsigned int seen, stuck;
	(void)signal;
	/* The kick may have come between two waits. */
	kicked = 1;
	stuck = waiting || steps != seen ? 0 : stuck + 1;
	seen = steps;
	if (stuck >= CHECKS_MAX)
		syscall(SYS_exit_group, 1);
}

static void check_myself(void)
{
	const struct itimerval every = {
		.it_interval = {.tv_usec = CHECK_EVERY_US},
		.it_value = {.tv_usec = CHECK_EVERY_US},
	};
	setitimer(ITIMER_REAL, &every, NULL);
}

static void on_kick(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	listener.arrived(listener.argument);
	kicked = 1;
	/*
	 * Kicks are sent with tgkill(2) or by a timer. The kernel's signal for the death of our
	 * parent looks like one from kill(2), and comes for each of its threads. prctl() is a raw
	 * call because a sanitizer's wrapper takes a lock.
	 */
	if (info->si_code == SI_USER && !orphan) {
		orphan = 1;
		check_myself();
		syscall(SYS_prctl, PR_SET_NAME, TRACER_ORPHAN_NAME);
	}
	if (seizing.armed) {
		/* Before the jump, because that unblocks the signal. */
		seizing.armed = 0;
		siglongjmp(seizing.jump, 1);
	}
}

void kernel_begin_wait(void)
{
	waiting = 1;
}

void kernel_end_wait(void)
{
	waiting = 0;
	steps++;
}

int kernel_kick_signal(void)
{
	/* glibc reserves the first two real-time signals; programs often use the next few. */
	return SIGRTMIN + 6;
}

int kernel_kick(struct world *world, pid_t pid)
{
	(void)world;
	return syscall(SYS_tgkill, pid, pid, kernel_kick_signal()) < 0 ? -errno : 0;
}

bool kernel_is_kicked(struct world *world)
{
	(void)world;
	return kicked;
}

bool kernel_clear_kick(struct world *world)
{
	bool was = kicked;
	(void)world;
	kicked = 0;
	return was;
}

bool kernel_is_orphan(struct world *world)
{
	(void)world;
	return orphan;
}

void kernel_setup_kick(struct world *world, void (*arrived)(void *argument), void *argument)
{
	(void)world;
	/*
	 * No SA_RESTART, so that waits end. No SA_NODEFER: each signal that interrupts the handler
	 * uses a stack frame, 3 KiB with AVX-512, and anybody may send many.
	 */
	struct sigaction action = {.sa_sigaction = on_kick, .sa_flags = SA_SIGINFO};
	struct sigaction check = {.sa_handler = on_alarm};
	sigset_t set;
	orphan = 0;
	listener.arrived = arrived;
	listener.argument = argument;
	sigaction(kernel_kick_signal(), &action, NULL);
	sigaction(SIGALRM, &check, NULL);
	sigemptyset(&set);
	sigaddset(&set, kernel_kick_signal());
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int kernel_seize(struct world *world, pid_t tid, unsigned long options)
{
	(void)world;
	/*
	 * The kernel takes the target's cred_guard_mutex, which an execve holds while it waits for
	 * its sibling threads to exit; one that is our tracee and stopped never does. The wait is
	 * interruptible but restarts after a handler, so the handler has to jump.
	 */
	if (sigsetjmp(seizing.jump, 1))
		return -EINTR;
	seizing.armed = 1;
	int result = syscall(SYS_ptrace, (long)PTRACE_SEIZE, tid, 0UL, options) < 0 ? -errno : 0;
	seizing.armed = 0;
	return result;
}
