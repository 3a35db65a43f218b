/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding the description of a terminal; see ui/terminal_entry.h. */
#include "config.h"

#include "ui/terminal_entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curses.h>
#include <term.h>

/* What the names of terminals begin with, and an older one that they understand. */
static const struct {
	const char *prefix, *name;
} compatible[] = {
	{"alacritty", "xterm-256color"},
	{"contour", "xterm-256color"},
	{"foot", "xterm-256color"},
	{"ghostty", "xterm-256color"},
	{"gnome", "xterm-256color"},
	{"iTerm", "xterm-256color"},
	{"kitty", "xterm-256color"},
	{"konsole", "xterm-256color"},
	{"ms-terminal", "xterm-256color"},
	{"mlterm", "xterm-256color"},
	{"putty", "xterm-256color"},
	{"rio", "xterm-256color"},
	{"screen", "screen-256color"},
	{"st-", "xterm-256color"},
	{"tmux", "screen-256color"},
	{"vte", "xterm-256color"},
	{"wezterm", "xterm-256color"},
	{"xterm", "xterm-256color"},
};

/* A terminal that understands what TERM does, or NULL. */
static const char *find_compatible(const char *term)
{
	for (size_t i = 0; i < sizeof(compatible) / sizeof(*compatible); i++) {
		if (strncmp(term, compatible[i].prefix, strlen(compatible[i].prefix)) == 0)
			return compatible[i].name;
	}
	return NULL;
}

/* Finds NAME, in the system's database or built in. */
static bool find_name(const char *name, struct terminal_entry *entry)
{
	int answer;
	*entry = (struct terminal_entry){0};
	if (snprintf(entry->name, sizeof(entry->name), "%s", name) >= (int)sizeof(entry->name) ||
		setupterm(entry->name, STDOUT_FILENO, &answer) != OK)
		return false;
	entry->can_move = tigetstr("cup") && tigetstr("cup") != (char *)-1;
	del_curterm(cur_term);
	return true;
}

/*
 * Finds the entry for a terminal that has 16 million colours, as COLORTERM says, such as
 * "xterm-direct" for "xterm-256color".
 */
static bool find_direct(const char *term, struct terminal_entry *entry)
{
	static const char few[] = "-256color";
	char name[TERMINAL_NAME_MAX];
	const char *colours = getenv("COLORTERM");
	size_t length = strlen(term);
	if (!colours || (strcmp(colours, "truecolor") != 0 && strcmp(colours, "24bit") != 0))
		return false;
	if (length >= strlen(few) && strcmp(term + length - strlen(few), few) == 0)
		length -= strlen(few);
	if (snprintf(name, sizeof(name), "%.*s-direct", (int)length, term) >= (int)sizeof(name) ||
		!find_name(name, entry))
		return false;
	return entry->can_move;
}

bool terminal_entry_find(const char *term, struct terminal_entry *entry)
{
	const char *other = find_compatible(term);
	return find_direct(term, entry) || find_name(term, entry) ||
	       (other && (find_direct(other, entry) || find_name(other, entry)));
}
