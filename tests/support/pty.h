/*
 * A pseudo-terminal: a test types at one end, and reads what the program at the other end shows.
 */
#ifndef STOP_TESTS_SUPPORT_PTY_H
#define STOP_TESTS_SUPPORT_PTY_H

#include <stdbool.h>
#include <stddef.h>

struct pty {
	int master, slave; /* -1: closed */
	char *output;      /* what was read since pty_forget(), NUL at the end; owned */
	size_t used;       /* bytes in it */
};

/* Opens a terminal of 24 lines and 80 columns. */
void pty_open(struct pty *pty);

/* Closes both ends and frees the output. */
void pty_close(struct pty *pty);

/*
 * In a child: begins a session whose controlling terminal this is, and makes it the standard
 * descriptors.
 */
void pty_become_terminal(const struct pty *pty);

/* Reads what the program has written, waiting MS milliseconds for it at most. False: it is closed.
 */
bool pty_read(struct pty *pty, int ms);

/* Forgets what was read. */
void pty_forget(struct pty *pty);

/* Whether TEXT has been read. Reads more. */
bool pty_has(struct pty *pty, const char *text);

/* Types KEYS. */
void pty_type(struct pty *pty, const char *keys);

#endif
