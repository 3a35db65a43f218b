/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Themes: cells have a style, which says what they mean, and a theme maps it to an appearance.
 *
 * Meaning is never conveyed by colour alone: without colours the attributes convey the same. Pure.
 */
#ifndef STOP_UI_THEME_H
#define STOP_UI_THEME_H

#include <stdbool.h>

#include "model/time_class.h"

/* The meaning of a cell. */
enum style {
	STYLE_TEXT,         /* most of the screen */
	STYLE_TITLE,        /* the target's name */
	STYLE_LABEL,        /* label of a number in the header */
	STYLE_VALUE,        /* the number */
	STYLE_COLUMN,       /* titles of columns, with the focus */
	STYLE_COLUMN_OFF,   /* and without */
	STYLE_BORDER,       /* the borders of the pane with the focus, */
	STYLE_BORDER_OFF,   /* and of the others */
	STYLE_PANE,         /* the title of the pane with the focus, */
	STYLE_PANE_OFF,     /* and of the others */
	STYLE_SORTED,       /* title of the sort column */
	STYLE_SELECTED,     /* the selected row */
	STYLE_SELECTED_OFF, /* in a pane without the focus */
	STYLE_DIM,          /* what matters less: zeros, classes */
	STYLE_ERROR,        /* failed calls, errors */
	STYLE_WARNING,      /* what the user should know: lost details, an end */
	STYLE_GOOD,         /* running */
	STYLE_GRAPH,        /* bars of graphs */
	STYLE_MARK,         /* what is marked in a graph: percentiles */
	STYLE_KEY,          /* a key in the bar or the help */
	STYLE_KEY_TEXT,     /* what the key does */
	STYLE_MESSAGE,      /* a message in response to a key */
	STYLE_CURSOR,       /* where typed text goes */
	STYLE_MENU,         /* the items of a menu */
	STYLE_MENU_TITLE,
	STYLE_TIME, /* where time goes: STYLE_TIME + enum time_class */
	STYLE_COUNT = STYLE_TIME + TIME_COUNT,
};

/* Attributes, in any combination. */
enum appearance_attribute {
	APPEARANCE_BOLD = 1,
	APPEARANCE_DIM = 2,
	APPEARANCE_REVERSE = 4,
	APPEARANCE_UNDERLINE = 8,
};

/* The terminal's default colour. */
#define APPEARANCE_DEFAULT (-1)

/* How a style is displayed. */
struct appearance {
	int attributes;             /* of enum appearance_attribute */
	int foreground, background; /* APPEARANCE_DEFAULT, a number of the terminal's palette, or,
	                               if it has 16 million colours, 0xRRGGBB */
};

enum theme {
	THEME_DARK, /* for a dark background */
	THEME_LIGHT,
	THEME_CONTRAST, /* few colours, high contrast */
	THEME_MONO,     /* no colours */
	THEME_COUNT,
};

/* The name of THEME, for --theme and the setup: "dark", "light", "contrast", "mono"; static. */
const char *theme_name(enum theme theme);

/* The theme called NAME, or THEME_COUNT. */
enum theme theme_by_name(const char *name);

/*
 * The appearance of STYLE in THEME on a terminal with COLOURS colours (fewer than 8: none are used;
 * 2^24: they are RGB values). All colours of the result are below COLOURS.
 */
struct appearance theme_appearance(enum theme theme, enum style style, int colours);

/* How many of the terminal's COLOURS to use: none if the user has set NO_COLOR. */
int theme_colours(int colours, const char *no_color);

#endif
