/* The theme; see ui/theme.h. */
#include "config.h"

#include "ui/theme.h"

#include <stddef.h>

/* The first eight colours of every palette (ECMA-48, 30 to 37). */
enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE };

/* A grey of the 256-colour palette that is legible on a dark and on a light background. */
#define GREY         244

/* Colours that a palette must have for the second set below. */
#define MANY_COLOURS 256
#define SOME_COLOURS 8

/* One style: its look without colours, with eight, and with 256. */
struct entry {
	struct look plain;
	struct look some;
	struct look many;
};

#define NONE LOOK_DEFAULT, LOOK_DEFAULT

static const struct entry entries[STYLE_COUNT] = {
	[STYLE_TEXT] = {{0, NONE}, {0, NONE}, {0, NONE}},
	[STYLE_TITLE] = {{LOOK_BOLD, NONE}, {LOOK_BOLD, NONE}, {LOOK_BOLD, NONE}},
	[STYLE_LABEL] = {{0, NONE}, {0, CYAN, LOOK_DEFAULT}, {0, CYAN, LOOK_DEFAULT}},
	[STYLE_VALUE] = {{LOOK_BOLD, NONE}, {LOOK_BOLD, NONE}, {LOOK_BOLD, NONE}},
	[STYLE_COLUMN] = {{LOOK_REVERSE, NONE}, {0, BLACK, GREEN}, {0, BLACK, GREEN}},
	[STYLE_SORTED] = {{LOOK_REVERSE | LOOK_BOLD, NONE}, {0, BLACK, CYAN}, {0, BLACK, CYAN}},
	[STYLE_SELECTED] = {{LOOK_REVERSE, NONE}, {LOOK_REVERSE, NONE}, {LOOK_REVERSE, NONE}},
	[STYLE_DIM] = {{LOOK_DIM, NONE}, {LOOK_DIM, NONE}, {0, GREY, LOOK_DEFAULT}},
	[STYLE_ERROR] = {{LOOK_BOLD, NONE}, {LOOK_BOLD, RED, LOOK_DEFAULT},
		{LOOK_BOLD, RED, LOOK_DEFAULT}},
	[STYLE_WARNING] = {{LOOK_UNDERLINE, NONE}, {LOOK_BOLD, YELLOW, LOOK_DEFAULT},
		{LOOK_BOLD, YELLOW, LOOK_DEFAULT}},
	[STYLE_KEY] = {{LOOK_BOLD, NONE}, {LOOK_BOLD, NONE}, {LOOK_BOLD, NONE}},
	[STYLE_KEY_TEXT] = {{LOOK_REVERSE, NONE}, {0, BLACK, CYAN}, {0, BLACK, CYAN}},
	[STYLE_MESSAGE] = {{LOOK_BOLD, NONE}, {LOOK_BOLD, NONE}, {LOOK_BOLD, NONE}},
};

struct look theme_look(enum style style, int colours)
{
	const struct entry *entry = &entries[style];
	return colours >= MANY_COLOURS   ? entry->many
	       : colours >= SOME_COLOURS ? entry->some
	                                 : entry->plain;
}

int theme_colours(int colours, const char *no_color)
{
	/* An empty value does not count: https://no-color.org */
	return no_color && *no_color ? 0 : colours;
}
