/*
 * Interactive stop on a pseudo-terminal of its own, tracing a target.
 */
#ifndef STOP_TESTS_SUPPORT_DESK_H
#define STOP_TESTS_SUPPORT_DESK_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

#include "support/program.h"
#include "support/pty.h"

/* How stop is started. */
struct desk_how {
	const char *target;    /* command of the target; NULL: "sleep 1000" */
	const char *term;      /* TERM; NULL: "xterm-256color" */
	const char *options;   /* separated by blanks; NULL: "-d 0.2" */
	const char *command;   /* that stop starts, separated by blanks; NULL: it attaches */
	void (*prepare)(void); /* called in the child, before stop; NULL: nothing */
};

struct desk {
	struct pty pty;
	struct program *target; /* NULL: stop starts a command */
	pid_t stop;             /* 0: it has ended */
	int status;             /* as waitpid(2) gives it, once it has ended */
	struct termios before;  /* the terminal's modes before stop */
};

/* Starts both, waits until the screen shows calls, and forgets what was read until then. */
void desk_open(struct desk *desk, const struct desk_how *how);

/* Kills what is left, and frees everything. */
void desk_close(struct desk *desk);

/* Waits until TEXT is read, from what the screen sends from the last pty_forget() on. */
void desk_await_text(struct desk *desk, const char *text);

/* Types KEYS, and waits for TEXT, which was not there before. */
void desk_type(struct desk *desk, const char *keys, const char *text);

/* Conditions for await(), whose context is a desk: stop has ended; the target is not traced. */
bool desk_stop_has_ended(void *context);
bool desk_is_untraced(void *context);

/* Waits for the end of stop, and until the target, which lives, is not traced any more. */
void desk_await_end(struct desk *desk);

/* Whether A and B are the same modes. */
bool desk_modes_equal(const struct termios *a, const struct termios *b);

#endif
