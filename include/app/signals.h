/*
 * The signals that the user sends: they are blocked, and come in while signals_poll() waits.
 *
 * Not a signalfd(2): whoever polls one is woken by every signal of the process, and the engine has
 * the kernel send a SIGCHLD for each stop. The thread that draws would be woken for every call.
 *
 * One thread, the first of the process; all others block every signal.
 */
#ifndef STOP_APP_SIGNALS_H
#define STOP_APP_SIGNALS_H

#include <poll.h>
#include <stddef.h>

/* Blocks the signals and takes them, for good. To be called before there is another thread. */
void signals_take(void);

/* Gives the signals back as they were before signals_take(): in a child that becomes a command. */
void signals_give_back(void);

/*
 * poll(2) with a time in milliseconds, during which signals come in. Returns its result; the
 * revents of FDS are valid in any case.
 */
int signals_poll(struct pollfd *fds, size_t count, int timeout_ms);

/* A signal that has come in and was not told yet; 0: there is none. */
int signals_next(void);

/* Stops this process as SIGTSTP does, as its shell expects it, until it is continued. */
void signals_stop_self(void);

#endif
