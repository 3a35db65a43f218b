/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pseudo-terminal: a test types at one end, and reads the output of the program at the other end.
 */
#ifndef STOP_TESTS_SUPPORT_PTY_H
#define STOP_TESTS_SUPPORT_PTY_H

#include <stdbool.h>
#include <stddef.h>

/* Its size. */
#define PTY_ROWS    24
#define PTY_COLUMNS 80

struct pty {
	int master, slave; /* -1: closed */
	char *output;      /* what was read since pty_forget(), NUL-terminated; owned */
	size_t used;       /* bytes in output */
};

/* Opens a terminal of PTY_ROWS and PTY_COLUMNS. */
void pty_open(struct pty *pty);

/* Closes both ends and frees the output. */
void pty_close(struct pty *pty);

/*
 * In a child: starts a session with this as its controlling terminal and standard descriptors.
 */
void pty_become_terminal(const struct pty *pty);

/* Reads the program's output, waiting at most MS milliseconds for it. False: it is closed. */
bool pty_read(struct pty *pty, int ms);

/* Discards the output read so far. */
void pty_forget(struct pty *pty);

/* Whether the output contains TEXT. Reads more first. */
bool pty_has(struct pty *pty, const char *text);

/* Types KEYS. */
void pty_type(struct pty *pty, const char *keys);

#endif
