/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capabilities of the terminal; see ui/terminfo.h. */
#include "config.h"

#include "ui/terminfo.h"

#include <string.h>

#include <curses.h>
#include <term.h>

#include "base/alloc.h"

/* Removes each "$<10/>" from TEXT. */
static void strip_padding(char *text)
{
	char *out = text;
	while (*text) {
		const char *end = strncmp(text, "$<", 2) == 0 ? strchr(text, '>') : NULL;
		if (end)
			text += end + 1 - text;
		else
			*out++ = *text++;
	}
	*out = '\0';
}

char *terminfo_string(const char *name)
{
	const char *text = tigetstr(name);
	if (!text || text == (char *)-1)
		return NULL;
	char *copy = xstrdup(text);
	strip_padding(copy);
	return copy;
}

bool terminfo_flag(const char *name)
{
	return tigetflag(name) > 0;
}

int terminfo_number(const char *name)
{
	int number = tigetnum(name);
	return number < 0 ? -1 : number;
}

char *terminfo_format(const char *format, int first, int second, char buf[TERMINFO_MAX])
{
	const char *text = format ? tiparm(format, first, second) : NULL;
	if (!text || strlen(text) >= TERMINFO_MAX)
		text = "";
	return strcpy(buf, text);
}
