/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interactive stop on its own pseudo-terminal, tracing a target.
 */
#ifndef STOP_TESTS_SUPPORT_DESK_H
#define STOP_TESTS_SUPPORT_DESK_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

#include "support/program.h"
#include "support/pty.h"
#include "support/vt.h"

/* How stop is started. */
struct desk_how {
	const char *target;    /* command of the target; NULL: "sleep 1000" */
	const char *term;      /* TERM; NULL: "xterm-256color" */
	const char *options;   /* separated by blanks; NULL: "-d 0.2" */
	const char *command;   /* started by stop, separated by blanks; NULL: it attaches */
	void (*prepare)(void); /* called in the child, before stop; NULL: nothing */
};

struct desk {
	struct pty pty;
	struct program *target; /* NULL: stop starts a command */
	pid_t stop;             /* 0: it has ended */
	int status;             /* from waitpid(2), once it has ended */
	struct termios before;  /* the terminal's modes before stop */
	struct vt vt;           /* the screen, as read so far */
	size_t fed;             /* number of bytes of pty.output processed by `vt` */
};

/* Starts stop and the target, and waits until the screen shows calls. */
void desk_open(struct desk *desk, const struct desk_how *how);

/* Kills both if necessary, and frees everything. */
void desk_close(struct desk *desk);

/* Waits until SEQUENCE is sent to the terminal. */
void desk_await_sequence(struct desk *desk, const char *sequence);

/* Waits until the screen shows TEXT. */
void desk_await_text(struct desk *desk, const char *text);

/* Types KEYS, and waits until the screen shows TEXT. */
void desk_type(struct desk *desk, const char *keys, const char *text);

/* Whether the screen shows TEXT. Reads more. */
bool desk_shows(struct desk *desk, const char *text);

/* Conditions for await(), whose context is a desk: stop has ended; the target is not traced. */
bool desk_stop_has_ended(void *context);
bool desk_is_untraced(void *context);

/* Whether the target is alive. */
bool desk_target_lives(const struct desk *desk);

/* Waits until stop has exited and the target, which must be alive, is no longer traced. */
void desk_await_end(struct desk *desk);

/* Whether A and B are equal. */
bool desk_modes_equal(const struct termios *a, const struct termios *b);

#endif
