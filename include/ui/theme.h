/*
 * What things look like: cells carry what they mean, and a theme says how that is shown.
 *
 * Meaning is never carried by colour alone: without colours the attributes tell the same. Pure.
 */
#ifndef STOP_UI_THEME_H
#define STOP_UI_THEME_H

#include <stdbool.h>

#include "model/time_class.h"

/* What a cell means. */
enum style {
	STYLE_TEXT,         /* most of the screen */
	STYLE_TITLE,        /* what the screen is about: the target's name */
	STYLE_LABEL,        /* what a number in the header is */
	STYLE_VALUE,        /* the number */
	STYLE_COLUMN,       /* titles of columns and panes, where the keys go */
	STYLE_COLUMN_OFF,   /* and where they do not */
	STYLE_SORTED,       /* the title of the column that orders the rows */
	STYLE_SELECTED,     /* the selected row */
	STYLE_SELECTED_OFF, /* in a pane to which the keys do not go */
	STYLE_DIM,          /* what matters less: zeros, classes */
	STYLE_ERROR,        /* failed calls, things that went wrong */
	STYLE_WARNING,      /* what the user should know: lost details, an end */
	STYLE_GOOD,         /* running */
	STYLE_GRAPH,        /* bars of graphs */
	STYLE_MARK,         /* what is marked in a graph: percentiles */
	STYLE_KEY,          /* a key in the bar or the help */
	STYLE_KEY_TEXT,     /* what the key does */
	STYLE_MESSAGE,      /* an answer to a key */
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

/* A colour that is the terminal's own. */
#define APPEARANCE_DEFAULT (-1)

/* How a style is shown. */
struct appearance {
	int attributes;             /* of enum appearance_attribute */
	int foreground, background; /* APPEARANCE_DEFAULT, a number of the terminal's palette, or,
	                               where it has 16 million colours, 0xRRGGBB */
};

enum theme {
	THEME_DARK, /* for a dark background */
	THEME_LIGHT,
	THEME_CONTRAST, /* few colours, far vm_process */
	THEME_MONO,     /* none */
	THEME_COUNT,
};

/* The name of THEME, for --theme and the setup: "dark", "light", "contrast", "mono"; static. */
const char *theme_name(enum theme theme);

/* The theme called NAME, or THEME_COUNT. */
enum theme theme_by_name(const char *name);

/*
 * How THEME shows STYLE on a terminal of COLOURS colours (fewer than 8: none are used; 2^24: they
 * are numbers of red, green and blue). All colours of the result are below COLOURS.
 */
struct appearance theme_appearance(enum theme theme, enum style style, int colours);

/* How many of the terminal's COLOURS are to be used: none where the user has set NO_COLOR. */
int theme_colours(int colours, const char *no_color);

#endif
