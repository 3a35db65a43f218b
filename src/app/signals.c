/* The user's signals; see app/signals.h. */
#include "config.h"

#include "app/signals.h"

#include <signal.h>
#include <time.h>

#include "base/clock.h"

#define MS_PER_S 1000

/* The signals handled. */
static const int taken[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGUSR1};

#define TAKEN_COUNT (sizeof(taken) / sizeof(*taken))

/* Which have been delivered; global because the handler has no context. */
static volatile sig_atomic_t delivered[TAKEN_COUNT];

/* The previous state; global for the child of a fork. */
static struct {
	struct sigaction actions[TAKEN_COUNT];
	struct sigaction child; /* of SIGCHLD */
	sigset_t mask;
} before;

static void on_signal(int signal)
{
	for (size_t i = 0; i < TAKEN_COUNT; i++) {
		if (taken[i] == signal)
			delivered[i] = 1;
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
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	sigset_t set = taken_set();
	sigprocmask(SIG_BLOCK, &set, &before.mask);
	/* Also those that were ignored: a SIGINT sent to a background job is intentional. */
	for (size_t i = 0; i < TAKEN_COUNT; i++)
		sigaction(taken[i], &action, &before.actions[i]);
	/* If it is ignored, the kernel reaps the command and its status is lost. */
	action.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &action, &before.child);
}

void signals_give_back(void)
{
	for (size_t i = 0; i < TAKEN_COUNT; i++)
		sigaction(taken[i], &before.actions[i], NULL);
	sigaction(SIGCHLD, &before.child, NULL);
	sigprocmask(SIG_SETMASK, &before.mask, NULL);
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

int signals_next(void)
{
	for (size_t i = 0; i < TAKEN_COUNT; i++) {
		if (!delivered[i])
			continue;
		delivered[i] = 0; /* blocked here: none can arrive between these two lines */
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
