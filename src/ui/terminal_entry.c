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

#include "base/alloc.h"

#define VARIABLE "TERMINFO="

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

static const char *find_built_in(const char *name)
{
	for (size_t i = 0; built_in_terminals[i].name; i++) {
		if (strcmp(built_in_terminals[i].name, name) == 0)
			return built_in_terminals[i].description;
	}
	return NULL;
}

/* The environment with TERMINFO=DESCRIPTION. */
static char **make_environment(const char *description)
{
	size_t count = 0, kept = 0, size = strlen(VARIABLE) + strlen(description) + 1;
	while (environ[count])
		count++;
	char **copy = xcalloc(count + 2, sizeof(*copy));
	char *variable = xcalloc(size, 1);
	snprintf(variable, size, "%s%s", VARIABLE, description);
	copy[kept++] = variable;
	for (size_t i = 0; i < count; i++) {
		if (strncmp(environ[i], VARIABLE, strlen(VARIABLE)) != 0)
			copy[kept++] = environ[i];
	}
	return copy;
}

void terminal_entry_begin(struct terminal_entry *entry, char ***original)
{
	*original = environ;
	if (!entry->description)
		return;
	if (!entry->environment)
		entry->environment = make_environment(entry->description);
	environ = entry->environment;
}

void terminal_entry_end(char **original)
{
	environ = original;
}

void terminal_entry_clear(struct terminal_entry *entry)
{
	if (entry->environment)
		free(entry->environment[0]);
	free(entry->environment);
	entry->environment = NULL;
}

/* Whether ncurses finds ENTRY. */
static bool is_found(struct terminal_entry *entry)
{
	int answer;
	char **original;
	terminal_entry_begin(entry, &original);
	bool found = setupterm(entry->name, STDOUT_FILENO, &answer) == OK;
	terminal_entry_end(original);
	if (!found)
		return false;
	entry->can_move = tigetstr("cup") && tigetstr("cup") != (char *)-1;
	del_curterm(cur_term);
	return true;
}

/* Finds NAME, in the system's database or built in. */
static bool find_name(const char *name, struct terminal_entry *entry)
{
	*entry = (struct terminal_entry){0};
	if (snprintf(entry->name, sizeof(entry->name), "%s", name) >= (int)sizeof(entry->name))
		return false;
	if (is_found(entry))
		return true;
	entry->description = find_built_in(name);
	if (entry->description && is_found(entry))
		return true;
	terminal_entry_clear(entry);
	return false;
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
	if (entry->can_move)
		return true;
	terminal_entry_clear(entry);
	return false;
}

bool terminal_entry_find(const char *term, struct terminal_entry *entry)
{
	const char *other = find_compatible(term);
	return find_direct(term, entry) || find_name(term, entry) ||
	       (other && (find_direct(other, entry) || find_name(other, entry)));
}
