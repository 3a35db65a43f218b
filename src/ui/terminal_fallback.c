/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminals that are built in, where ncurses looks for such: _nc_fallback2() is the hook for
 * those who link terminals into their programs, and is called if the system has no description. The
 * variable TERMINFO could have one as well, but is not read for root (--disable-root-environ).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#define NCURSES_INTERNALS
#include <curses.h>
#include <term.h>
#undef NCURSES_INTERNALS

#include "base/alloc.h"
#include "ui/terminal_entry.h"

/* The longest description, as in tic.h, which is not for users. */
#define DATA_MAX 32768

/* Neither are its hooks declared for users. */
const TERMTYPE2 *_nc_fallback2(const char *name);

/* What was asked for last; ncurses copies it. */
static struct {
	const struct built_in_terminal *terminal;
	TERMTYPE2 *type;
} last;

static const struct built_in_terminal *find(const char *name)
{
	const struct built_in_terminal *terminal = built_in_terminals;
	while (terminal->name && strcmp(terminal->name, name) != 0)
		terminal++;
	return terminal->name ? terminal : NULL;
}

const TERMTYPE2 *_nc_fallback2(const char *name)
{
	char data[DATA_MAX];
	const struct built_in_terminal *terminal = find(name);
	if (!terminal || terminal->size > sizeof(data))
		return NULL;
	if (terminal == last.terminal)
		return last.type;
	TERMTYPE2 *type = xcalloc(1, sizeof(*type));
	memcpy(data, terminal->data, terminal->size);
	if (_nc_read_termtype(type, data, (int)terminal->size) != 1) {
		free(type);
		return NULL;
	}
	last.terminal = terminal;
	last.type = type;
	return type;
}

size_t terminal_built_in_count(void)
{
	size_t count = 0;
	while (built_in_terminals[count].name)
		count++;
	return count;
}

/* The old interface, in the same object of the static library: it has no colours beyond 32,767. */
const TERMTYPE *_nc_fallback(const char *name)
{
	(void)name;
	return NULL;
}
