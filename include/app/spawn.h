/*
 * Starting a command that is traced from its first instruction on.
 *
 * The child waits for a byte before its execve; the engine attaches to it and sends the byte, so no
 * signal has to stop it. Should stop die meanwhile, the child reads the end of the pipe and is
 * gone. For the main thread, before any other exists.
 */
#ifndef STOP_APP_SPAWN_H
#define STOP_APP_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

/* How the command is to be started. */
struct spawn_how {
	char *const *argv;         /* as for execvp(3) */
	int stdio[3];              /* descriptors that become 0, 1 and 2, or -1: inherited */
	bool new_session;          /* setsid(2): the terminal's keys do not reach it */
	void (*before_exec)(void); /* called in the child, last; NULL: nothing */
};

/* A command on its way. */
struct spawn {
	pid_t pid;
	int go_fd;     /* for engine_request.go_fd */
	int status_fd; /* the errno of a failed execve, or the end of file */
};

/* Forks the child. 0 or -errno. */
int spawn_start(const struct spawn_how *how, struct spawn *spawn);

/*
 * Waits until the command was started, with the engine at work. 0, or the -errno with which execve
 * failed. Closes what SPAWN holds.
 */
int spawn_finish(struct spawn *spawn);

/*
 * Whether the command, untraced by now, has ended. If so, it is reaped, and *EXIT_CODE or
 * *EXIT_SIGNAL says how as in struct event_gone.
 */
bool spawn_has_ended(pid_t pid, int *exit_code, int *exit_signal);

/* Gives up a command that was never let go: it ends without having run. */
void spawn_cancel(struct spawn *spawn);

#endif
