/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which description of terminfo(5) is used for a terminal: the one that TERM names, or the one of
 * an older terminal that it is compatible with: on a server, nobody knows the terminal that was
 * released this year. Those of common terminals are built in, for systems that have none.
 */
#ifndef STOP_UI_TERMINAL_ENTRY_H
#define STOP_UI_TERMINAL_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

/* Size of the longest name, including the final NUL. */
#define TERMINAL_NAME_MAX 64

struct terminal_entry {
	char name[TERMINAL_NAME_MAX]; /* for setupterm(3x) and newterm(3x) */
	bool can_move;                /* the cursor: else newterm(3x) exits */
};

/* Finds that of the terminal called TERM. Returns whether there is one. Main thread. */
bool terminal_entry_find(const char *term, struct terminal_entry *entry);

/* How many terminals are built in. */
size_t terminal_built_in_count(void);

/* A terminal that is built in, as compiled by tic(1). */
struct built_in_terminal {
	const char *name;
	const unsigned char *data;
	size_t size;
};

/* Written at build time (terminals.sh). The last has no name. */
extern const struct built_in_terminal built_in_terminals[];

#endif
