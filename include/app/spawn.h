/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starts a command that is traced from its first instruction.
 *
 * The child waits for a byte before its execve; the engine attaches to it and sends the byte, so it
 * need not be stopped by a signal. If stop dies meanwhile, the child reads end of file and exits.
 * For the main thread, before other threads exist.
 */
#ifndef STOP_APP_SPAWN_H
#define STOP_APP_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

struct user;

/* How to start the command. */
struct spawn_how {
	char *const *argv;         /* as for execvp(3) */
	int stdio[3];              /* descriptors that become 0, 1 and 2, or -1: inherited */
	bool new_session;          /* setsid(2): it gets no signals from the terminal */
	const struct user *user;   /* whom it is run as; NULL: ourselves */
	void (*before_exec)(void); /* called in the child, last; NULL: nothing */
};

/* A command being started. */
struct spawn {
	pid_t pid;
	int go_fd;     /* for engine_request.go_fd */
	int status_fd; /* 0 when it waits; then the errno of a failed execve, or the end of file */
	bool is_waiting; /* the former was read */
};

/* Forks the child. Returns 0 or -errno. */
int spawn_start(const struct spawn_how *how, struct spawn *spawn);

/*
 * Waits until the child only waits for the engine: its descriptors are those of the command then,
 * but for those that its execve closes. Returns also if it has died.
 */
void spawn_await(struct spawn *spawn);

/*
 * Waits until the command has been started by the engine. Returns 0, or the -errno of the failed
 * execve. Closes SPAWN's descriptors.
 */
int spawn_finish(struct spawn *spawn);

/*
 * Whether the command, which is no longer traced, has ended. If so, reaps it and sets *EXIT_CODE or
 * *EXIT_SIGNAL, as in struct event_gone.
 */
bool spawn_has_ended(pid_t pid, int *exit_code, int *exit_signal);

/* Cancels a command that has not been started: it exits without having run. */
void spawn_cancel(struct spawn *spawn);

/* Whether orphans become our children: we are process 1 of a PID namespace, or a subreaper. */
bool spawn_adopts_orphans(void);

/* A child that has ended and was not reaped, whichever; 0: none. */
pid_t spawn_any_ended(void);

/* The same as spawn_has_ended(), for any child. Returns PID, or 0. */
pid_t spawn_reap(pid_t pid, int *exit_code, int *exit_signal);

#endif
