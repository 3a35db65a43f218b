/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user's signals: they are blocked, and delivered only while signals_poll() waits.
 *
 * Not a signalfd(2): its poller is woken by every signal of the process, and the kernel sends a
 * SIGCHLD for each ptrace stop. The drawing thread would be woken for every call.
 *
 * Main thread only; all other threads block every signal.
 */
#ifndef STOP_APP_SIGNALS_H
#define STOP_APP_SIGNALS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The exit status of a process killed by signal N is this plus N. */
#define SIGNALS_STATUS 128

/* The source of a signal. */
struct signal_source {
	bool is_kernel; /* a key of the terminal, or the loss of it */
	pid_t pid;      /* the sending process; 0: unknown */
};

/*
 * Saves how signals are handled, for signals_give_back(), and prevents SIGUSR1, SIGUSR2 and
 * SIGXFSZ from ending the program. Call this first of all.
 */
void signals_begin(void);

/*
 * Calls RESCUE, which is async-signal-safe, before any other signal ends the process; those that
 * were ignored at the start and come from another process are ignored.
 */
void signals_rescue(void (*rescue)(void));

/* Blocks the signals and installs handlers. Call this before creating other threads. */
void signals_take(void);

/* Restores the state at signals_begin(), in a child that becomes a command. */
void signals_give_back(void);

/*
 * poll(2) with a timeout in milliseconds, during which signals are delivered. Returns its result;
 * the revents of FDS are always valid.
 */
int signals_poll(struct pollfd *fds, size_t count, int timeout_ms);

/* Returns the next signal that was delivered, and its *SOURCE; 0: none. */
int signals_next(struct signal_source *source);

/* Stops this process by SIGTSTP, as its shell expects, until it is continued. */
void signals_stop_self(void);

#endif
