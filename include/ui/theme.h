/*
 * What things look like: cells carry what they mean, and a theme says how that is shown.
 *
 * Meaning is never carried by colour alone: without colours the attributes tell the same. Pure.
 */
#ifndef STOP_UI_THEME_H
#define STOP_UI_THEME_H

#include <stdbool.h>

/* What a cell means. */
enum style {
	STYLE_TEXT,     /* most of the screen */
	STYLE_TITLE,    /* what the screen is about: the target's name */
	STYLE_LABEL,    /* what a number in the header is */
	STYLE_VALUE,    /* the number */
	STYLE_COLUMN,   /* titles of columns */
	STYLE_SORTED,   /* the title of the column that orders the rows */
	STYLE_SELECTED, /* the selected row */
	STYLE_DIM,      /* what matters less: zeros, classes */
	STYLE_ERROR,    /* failed calls, things that went wrong */
	STYLE_WARNING,  /* what the user should know: lost details, an end */
	STYLE_KEY,      /* a key in the bar or the help */
	STYLE_KEY_TEXT, /* what the key does */
	STYLE_MESSAGE,  /* an answer to a key */
	STYLE_COUNT,
};

/* Attributes, in any combination. */
enum look_attribute {
	LOOK_BOLD = 1,
	LOOK_DIM = 2,
	LOOK_REVERSE = 4,
	LOOK_UNDERLINE = 8,
};

/* A colour that is the terminal's own. */
#define LOOK_DEFAULT (-1)

/* How a style is shown. */
struct look {
	int attributes;             /* of enum look_attribute */
	int foreground, background; /* LOOK_DEFAULT, or a number of the terminal's palette */
};

/*
 * How STYLE is shown on a terminal of COLOURS colours (0 or less: none are to be used). All colours
 * of the result are below COLOURS.
 */
struct look theme_look(enum style style, int colours);

/* How many of the terminal's COLOURS are to be used: none where the user has set NO_COLOR. */
int theme_colours(int colours, const char *no_color);

#endif
