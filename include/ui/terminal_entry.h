/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which description of terminfo(5) is used for a terminal: the one that TERM names, in the system's
 * database or built in, or the one of an older terminal that it is compatible with: on a server,
 * nobody knows the terminal that was released this year. Main thread only.
 */
#ifndef STOP_UI_TERMINAL_ENTRY_H
#define STOP_UI_TERMINAL_ENTRY_H

#include <stdbool.h>

/* Size of the longest name, including the final NUL. */
#define TERMINAL_NAME_MAX 64

struct terminal_entry {
	char name[TERMINAL_NAME_MAX];
	const char
		*description; /* built in, as in $TERMINFO (ncurses(3x)); NULL: the system has it */
	bool can_move;        /* the cursor: else newterm(3x) exits */
	char **environment;   /* ours; see terminal_entry_begin() */
};

/* Finds that of the terminal called TERM. Returns whether there is one; it has to be cleared. */
bool terminal_entry_find(const char *term, struct terminal_entry *entry);

/*
 * In between, setupterm(3x) and newterm(3x) find ENTRY by its name: what is built in is in a second
 * environment, with TERMINFO, and no process is started. Other threads may read the environment.
 */
void terminal_entry_begin(struct terminal_entry *entry, char ***original);
void terminal_entry_end(char **original);

/* Frees what ENTRY owns. No thread may use the environment that it had. */
void terminal_entry_clear(struct terminal_entry *entry);

/* A terminal that is built in: the last has no name. Written at build time (terminals.sh). */
struct built_in_terminal {
	const char *name, *description;
};

extern const struct built_in_terminal built_in_terminals[];

#endif
