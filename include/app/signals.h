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
#include <stddef.h>

/* Blocks the signals and installs handlers. Call this before creating other threads. */
void signals_take(void);

/* Restores the state before signals_take(), in a child that becomes a command. */
void signals_give_back(void);

/*
 * poll(2) with a timeout in milliseconds, during which signals are delivered. Returns its result;
 * the revents of FDS are always valid.
 */
int signals_poll(struct pollfd *fds, size_t count, int timeout_ms);

/* The next signal that was delivered; 0: none. */
int signals_next(void);

/* Stops this process by SIGTSTP, as its shell expects, until it is continued. */
void signals_stop_self(void);

#endif
