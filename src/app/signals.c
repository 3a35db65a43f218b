/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's signals; see app/signals.h. */
#include "config.h"

#include "app/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define MS_PER_S 1000

/* The signals handled. */
static const int taken[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGUSR1, SIGUSR2};

#define TAKEN_COUNT (sizeof(taken) / sizeof(*taken))

/* Which have been delivered; global because the handler has no context. */
static struct {
	volatile sig_atomic_t is_new;
	struct signal_source source; /* if it is new */
} delivered[TAKEN_COUNT];

/* The state at the start of the program; global for the child of a fork. */
static struct {
	struct sigaction actions[NSIG];
	sigset_t mask;
} before;

/* What signals_rescue() installs. */
static void (*rescue)(void);

/*
 * The two signals that the C library keeps for itself: it refuses to tell about them, and handles
 * them once there is a thread, after which a command would not have them ignored.
 */
enum { OWN_FIRST = 32, OWN_COUNT = 2 };

/* The kernel's struct sigaction, of which the beginning counts here. */
struct kernel_action {
	void (*handler)(int signal);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

static bool is_own_ignored[OWN_COUNT];

static void save_own(void)
{
	for (int i = 0; i < OWN_COUNT; i++) {
		struct kernel_action action = {.handler = SIG_DFL};
		is_own_ignored[i] = syscall(SYS_rt_sigaction, OWN_FIRST + i, NULL, &action,
					    sizeof(action.mask)) == 0 &&
		                    action.handler == SIG_IGN;
	}
}

static void give_back_own(void)
{
	const struct kernel_action ignore = {.handler = SIG_IGN};
	for (int i = 0; i < OWN_COUNT; i++) {
		if (is_own_ignored[i])
			syscall(SYS_rt_sigaction, OWN_FIRST + i, &ignore, NULL,
				sizeof(ignore.mask));
	}
}

void signals_begin(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, &before.mask);
	for (int signal = 1; signal < NSIG; signal++)
		sigaction(signal, NULL, &before.actions[signal]);
	save_own();
	/* A write beyond `ulimit -f` must fail with EFBIG. */
	sigaction(SIGXFSZ, &ignore, NULL);
}

static void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)context;
	for (size_t i = 0; i < TAKEN_COUNT; i++) {
		if (taken[i] != signal)
			continue;
		delivered[i].is_new = 1;
		delivered[i].source.is_kernel = info->si_code == SI_KERNEL;
		delivered[i].source.pid = info->si_code <= 0 ? info->si_pid : 0;
	}
}

static sigset_t taken_set(void)
{
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < TAKEN_COUNT; i++)
		sigaddset(&set, taken[i]);
	return set;
}

void signals_take(void)
{
	struct sigaction action = {
		.sa_sigaction = on_signal,
		.sa_flags = SA_RESTART | SA_SIGINFO,
	};
	struct sigaction child = {.sa_handler = SIG_DFL};
	sigset_t set = taken_set();
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* Also those that were ignored: a SIGINT sent to a background job is intentional. But with
	 * nohup(1) the program is to outlive its terminal. */
	for (size_t i = 0; i < TAKEN_COUNT; i++) {
		if (taken[i] != SIGHUP || before.actions[SIGHUP].sa_handler != SIG_IGN)
			sigaction(taken[i], &action, NULL);
	}
	/* If it is ignored, the kernel reaps the command and its status is lost. */
	sigaction(SIGCHLD, &child, NULL);
}

void signals_give_back(void)
{
	for (int signal = 1; signal < NSIG; signal++)
		sigaction(signal, &before.actions[signal], NULL);
	give_back_own();
	sigprocmask(SIG_SETMASK, &before.mask, NULL);
}

/* Whether the default action of SIGNAL, which is not one of those taken, ends the process. */
static bool is_fatal(int signal)
{
	static const int harmless[] = {SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG,
		SIGWINCH, SIGXFSZ, SIGKILL};
	for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++) {
		if (harmless[i] == signal)
			return false;
	}
	for (size_t i = 0; i < TAKEN_COUNT; i++) {
		if (taken[i] == signal)
			return false;
	}
	return true;
}

/* Whether SIGNAL is caused by an instruction. Then the kernel kills the process even if ignored. */
static bool is_fault(int signal)
{
	return signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL ||
	       signal == SIGTRAP || signal == SIGSYS || signal == SIGABRT;
}

static void on_fatal(int signal, siginfo_t *info, void *context)
{
	struct sigaction end = {.sa_handler = SIG_DFL};
	sigset_t set;
	(void)context;
	/* Sent by another process (SI_USER and the like), and ignored at the start. */
	if (before.actions[signal].sa_handler == SIG_IGN && info->si_code <= 0)
		return;
	rescue();
	sigaction(signal, &end, NULL);
	sigemptyset(&set);
	sigaddset(&set, signal);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(signal);
	/* Process 1 of a PID namespace survives that (pid_namespaces(7)). */
	_exit(SIGNALS_STATUS + signal);
}

void signals_rescue(void (*function)(void))
{
	struct sigaction action = {
		.sa_sigaction = on_fatal,
		.sa_flags = SA_NODEFER | SA_SIGINFO,
	};
	rescue = function;
	for (int signal = 1; signal < NSIG; signal++) {
		bool is_ignored = before.actions[signal].sa_handler == SIG_IGN;
		if (is_fatal(signal) && (!is_ignored || is_fault(signal)))
			sigaction(signal, &action, NULL);
	}
}

int signals_poll(struct pollfd *fds, size_t count, int timeout_ms)
{
	struct timespec timeout = {
		.tv_sec = timeout_ms / MS_PER_S,
		.tv_nsec = (long)((uint64_t)(timeout_ms % MS_PER_S) * NS_PER_MS),
	};
	sigset_t mask, open;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	open = mask;
	for (size_t i = 0; i < TAKEN_COUNT; i++)
		sigdelset(&open, taken[i]);
	for (size_t i = 0; i < count; i++)
		fds[i].revents = 0; /* not written by the kernel on EINTR */
	int ready = ppoll(fds, (nfds_t)count, timeout_ms < 0 ? NULL : &timeout, &open);
	/* If a descriptor is ready, ppoll(2) leaves signals pending: one that is always ready would
	 * block them. */
	if (ready > 0) {
		sigprocmask(SIG_SETMASK, &open, NULL);
		sigprocmask(SIG_SETMASK, &mask, NULL);
	}
	return ready;
}

int signals_next(struct signal_source *source)
{
	for (size_t i = 0; i < TAKEN_COUNT; i++) {
		if (!delivered[i].is_new)
			continue;
		delivered[i].is_new = 0; /* blocked here: none can arrive between these two lines */
		*source = delivered[i].source;
		return taken[i];
	}
	return 0;
}

void signals_stop_self(void)
{
	struct sigaction stop = {.sa_handler = SIG_DFL}, action;
	sigset_t set, mask;
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigaction(SIGTSTP, &stop, &action);
	raise(SIGTSTP);
	/* It is pending, and stops the process when unblocked. */
	sigprocmask(SIG_UNBLOCK, &set, &mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigaction(SIGTSTP, &action, NULL);
}
