/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The themes; see ui/theme.h. */
#include "config.h"

#include "ui/theme.h"

#include <stddef.h>
#include <string.h>

/* Palette sizes of terminals; with fewer than eight colours none are used. */
#define DIRECT_COLOURS (1 << 24)
#define MANY_COLOURS   256
#define SOME_COLOURS   8

/* Colours by name, to make the themes readable. */
enum ink {
	INK_NONE, /* the terminal's default */
	INK_BLACK,
	INK_RED,
	INK_GREEN,
	INK_YELLOW,
	INK_BLUE,
	INK_MAGENTA,
	INK_CYAN,
	INK_WHITE,
	INK_GREY,
	INK_ORANGE,
	INK_NIGHT,  /* a background for white text */
	INK_SNOW,   /* a background for black text */
	INK_FOREST, /* a dark green */
	INK_WINE,   /* a dark red */
	INK_NAVY,   /* a dark blue */
	INK_COUNT,
};

/* Each ink in the palettes: the eight colours of ECMA-48 (30 to 37), the 256 of xterm, and RGB. */
static const struct {
	int some, many, direct;
} inks[INK_COUNT] = {
	[INK_NONE] = {APPEARANCE_DEFAULT, APPEARANCE_DEFAULT, APPEARANCE_DEFAULT},
	[INK_BLACK] = {0, 16, 0x101010}, /* direct colours below 8 would mean the palette's */
	[INK_RED] = {1, 203, 0xff5f5f},
	[INK_GREEN] = {2, 114, 0x87d787},
	[INK_YELLOW] = {3, 221, 0xffd75f},
	[INK_BLUE] = {4, 75, 0x5fafff},
	[INK_MAGENTA] = {5, 176, 0xd787d7},
	[INK_CYAN] = {6, 80, 0x5fd7d7},
	[INK_WHITE] = {7, 231, 0xffffff},
	[INK_GREY] = {APPEARANCE_DEFAULT, 244, 0x808080},
	[INK_ORANGE] = {3, 208, 0xff8700},
	[INK_NIGHT] = {4, 238, 0x444444},
	[INK_SNOW] = {7, 252, 0xd0d0d0},
	[INK_FOREST] = {2, 28, 0x008700},
	[INK_WINE] = {1, 124, 0xaf0000},
	[INK_NAVY] = {4, 25, 0x005faf},
};

/* One style of one theme. */
struct entry {
	int attributes;
	enum ink foreground, background;
};

static const char *const names[THEME_COUNT] = {
	[THEME_DARK] = "dark",
	[THEME_LIGHT] = "light",
	[THEME_CONTRAST] = "contrast",
	[THEME_MONO] = "mono",
};

#define TIME(class) [STYLE_TIME + TIME_##class]

static const struct entry themes[THEME_COUNT][STYLE_COUNT] =
	{
		[THEME_DARK] =
			{
				[STYLE_TITLE] = {APPEARANCE_BOLD, INK_NONE, INK_NONE},
				[STYLE_LABEL] = {0, INK_CYAN, INK_NONE},
				[STYLE_VALUE] = {APPEARANCE_BOLD, INK_NONE, INK_NONE},
				[STYLE_COLUMN] = {0, INK_BLACK, INK_GREEN},
				[STYLE_COLUMN_OFF] = {0, INK_BLACK, INK_SNOW},
				[STYLE_SORTED] = {APPEARANCE_BOLD, INK_BLACK, INK_CYAN},
				[STYLE_SELECTED] = {APPEARANCE_REVERSE, INK_NONE, INK_NONE},
				[STYLE_SELECTED_OFF] = {APPEARANCE_BOLD, INK_WHITE, INK_NIGHT},
				[STYLE_DIM] = {0, INK_GREY, INK_NONE},
				[STYLE_ERROR] = {APPEARANCE_BOLD, INK_RED, INK_NONE},
				[STYLE_WARNING] = {APPEARANCE_BOLD, INK_YELLOW, INK_NONE},
				[STYLE_GOOD] = {0, INK_GREEN, INK_NONE},
				[STYLE_GRAPH] = {0, INK_BLUE, INK_NONE},
				[STYLE_MARK] = {APPEARANCE_BOLD, INK_YELLOW, INK_NONE},
				[STYLE_KEY] = {APPEARANCE_BOLD, INK_NONE, INK_NONE},
				[STYLE_KEY_TEXT] = {0, INK_BLACK, INK_CYAN},
				[STYLE_MESSAGE] = {APPEARANCE_BOLD, INK_NONE, INK_NONE},
				[STYLE_CURSOR] = {APPEARANCE_REVERSE, INK_NONE, INK_NONE},
				[STYLE_MENU] = {0, INK_WHITE, INK_NIGHT},
				[STYLE_MENU_TITLE] = {APPEARANCE_BOLD, INK_BLACK, INK_CYAN},
				TIME(USER) = {0, INK_GREEN, INK_NONE},
				TIME(WAIT) = {0, INK_GREY, INK_NONE},
				TIME(FILE) = {0, INK_YELLOW, INK_NONE},
				TIME(DESC) = {0, INK_CYAN, INK_NONE},
				TIME(NETWORK) = {0, INK_BLUE, INK_NONE},
				TIME(MEMORY) = {0, INK_MAGENTA, INK_NONE},
				TIME(PROCESS) = {0, INK_ORANGE, INK_NONE},
				TIME(OTHER) = {0, INK_WHITE, INK_NONE},
				TIME(STOPPED) = {0, INK_RED, INK_NONE},
			},
		[THEME_LIGHT] =
			{
				[STYLE_TITLE] = {APPEARANCE_BOLD, INK_NONE, INK_NONE},
				[STYLE_LABEL] = {0, INK_NAVY, INK_NONE},
				[STYLE_VALUE] = {APPEARANCE_BOLD, INK_NONE, INK_NONE},
				[STYLE_COLUMN] = {0, INK_WHITE, INK_FOREST},
				[STYLE_COLUMN_OFF] = {0, INK_BLACK, INK_SNOW},
				[STYLE_SORTED] = {APPEARANCE_BOLD, INK_WHITE, INK_NAVY},
				[STYLE_SELECTED] = {APPEARANCE_REVERSE, INK_NONE, INK_NONE},
				[STYLE_SELECTED_OFF] = {APPEARANCE_BOLD, INK_BLACK, INK_SNOW},
				[STYLE_DIM] = {0, INK_GREY, INK_NONE},
				[STYLE_ERROR] = {APPEARANCE_BOLD, INK_WINE, INK_NONE},
				[STYLE_WARNING] = {APPEARANCE_BOLD | APPEARANCE_UNDERLINE, INK_WINE,
					INK_NONE},
				[STYLE_GOOD] = {0, INK_FOREST, INK_NONE},
				[STYLE_GRAPH] = {0, INK_NAVY, INK_NONE},
				[STYLE_MARK] = {APPEARANCE_BOLD, INK_WINE, INK_NONE},
				[STYLE_KEY] = {APPEARANCE_BOLD, INK_NONE, INK_NONE},
				[STYLE_KEY_TEXT] = {0, INK_WHITE, INK_NAVY},
				[STYLE_MESSAGE] = {APPEARANCE_BOLD, INK_NONE, INK_NONE},
				[STYLE_CURSOR] = {APPEARANCE_REVERSE, INK_NONE, INK_NONE},
				[STYLE_MENU] = {0, INK_BLACK, INK_SNOW},
				[STYLE_MENU_TITLE] = {APPEARANCE_BOLD, INK_WHITE, INK_NAVY},
				TIME(USER) = {0, INK_FOREST, INK_NONE},
				TIME(WAIT) = {0, INK_GREY, INK_NONE},
				TIME(FILE) = {0, INK_ORANGE, INK_NONE},
				TIME(DESC) = {0, INK_NAVY, INK_NONE},
				TIME(NETWORK) = {0, INK_BLUE, INK_NONE},
				TIME(MEMORY) = {0, INK_MAGENTA, INK_NONE},
				TIME(PROCESS) = {0, INK_WINE, INK_NONE},
				TIME(OTHER) = {0, INK_BLACK, INK_NONE},
				TIME(STOPPED) = {0, INK_RED, INK_NONE},
			},
		[THEME_CONTRAST] =
			{
				[STYLE_TEXT] = {0, INK_WHITE, INK_BLACK},
				[STYLE_TITLE] = {APPEARANCE_BOLD, INK_WHITE, INK_BLACK},
				[STYLE_LABEL] = {0, INK_WHITE, INK_BLACK},
				[STYLE_VALUE] = {APPEARANCE_BOLD, INK_YELLOW, INK_BLACK},
				[STYLE_COLUMN] = {APPEARANCE_BOLD, INK_BLACK, INK_YELLOW},
				[STYLE_COLUMN_OFF] = {0, INK_BLACK, INK_WHITE},
				[STYLE_SORTED] = {APPEARANCE_BOLD | APPEARANCE_UNDERLINE, INK_BLACK,
					INK_YELLOW},
				[STYLE_SELECTED] = {APPEARANCE_BOLD, INK_BLACK, INK_WHITE},
				[STYLE_SELECTED_OFF] = {APPEARANCE_BOLD | APPEARANCE_UNDERLINE,
					INK_WHITE, INK_BLACK},
				[STYLE_DIM] = {0, INK_WHITE, INK_BLACK},
				[STYLE_ERROR] = {APPEARANCE_BOLD | APPEARANCE_REVERSE, INK_RED,
					INK_BLACK},
				[STYLE_WARNING] =
					{APPEARANCE_BOLD | APPEARANCE_UNDERLINE, INK_YELLOW,
						INK_BLACK},
				[STYLE_GOOD] = {APPEARANCE_BOLD, INK_GREEN, INK_BLACK},
				[STYLE_GRAPH] = {APPEARANCE_BOLD, INK_WHITE, INK_BLACK},
				[STYLE_MARK] = {APPEARANCE_BOLD, INK_YELLOW, INK_BLACK},
				[STYLE_KEY] = {APPEARANCE_BOLD, INK_YELLOW, INK_BLACK},
				[STYLE_KEY_TEXT] = {0, INK_BLACK, INK_WHITE},
				[STYLE_MESSAGE] = {APPEARANCE_BOLD, INK_WHITE, INK_BLACK},
				[STYLE_CURSOR] = {APPEARANCE_REVERSE, INK_WHITE, INK_BLACK},
				[STYLE_MENU] = {0, INK_BLACK, INK_WHITE},
				[STYLE_MENU_TITLE] = {APPEARANCE_BOLD, INK_BLACK, INK_YELLOW},
				TIME(USER) = {APPEARANCE_BOLD, INK_GREEN, INK_BLACK},
				TIME(WAIT) = {0, INK_WHITE, INK_BLACK},
				TIME(FILE) = {APPEARANCE_BOLD, INK_YELLOW, INK_BLACK},
				TIME(DESC) = {APPEARANCE_BOLD, INK_CYAN, INK_BLACK},
				TIME(NETWORK) = {APPEARANCE_BOLD, INK_BLUE, INK_BLACK},
				TIME(MEMORY) = {APPEARANCE_BOLD, INK_MAGENTA, INK_BLACK},
				TIME(PROCESS) = {APPEARANCE_BOLD, INK_RED, INK_BLACK},
				TIME(OTHER) = {APPEARANCE_BOLD, INK_WHITE, INK_BLACK},
				TIME(STOPPED) = {APPEARANCE_REVERSE, INK_RED, INK_BLACK},
			},
		[THEME_MONO] =
			{
				[STYLE_TITLE] = {APPEARANCE_BOLD, INK_NONE, INK_NONE},
				[STYLE_VALUE] = {APPEARANCE_BOLD, INK_NONE, INK_NONE},
				[STYLE_COLUMN] = {APPEARANCE_REVERSE, INK_NONE, INK_NONE},
				[STYLE_COLUMN_OFF] = {APPEARANCE_UNDERLINE, INK_NONE, INK_NONE},
				[STYLE_SORTED] = {APPEARANCE_REVERSE | APPEARANCE_BOLD, INK_NONE,
					INK_NONE},
				[STYLE_SELECTED] = {APPEARANCE_REVERSE, INK_NONE, INK_NONE},
				[STYLE_SELECTED_OFF] = {APPEARANCE_BOLD, INK_NONE, INK_NONE},
				[STYLE_DIM] = {APPEARANCE_DIM, INK_NONE, INK_NONE},
				[STYLE_ERROR] = {APPEARANCE_BOLD, INK_NONE, INK_NONE},
				[STYLE_WARNING] = {APPEARANCE_UNDERLINE, INK_NONE, INK_NONE},
				[STYLE_MARK] = {APPEARANCE_BOLD, INK_NONE, INK_NONE},
				[STYLE_KEY] = {APPEARANCE_BOLD, INK_NONE, INK_NONE},
				[STYLE_KEY_TEXT] = {APPEARANCE_REVERSE, INK_NONE, INK_NONE},
				[STYLE_MESSAGE] = {APPEARANCE_BOLD, INK_NONE, INK_NONE},
				[STYLE_CURSOR] = {APPEARANCE_REVERSE, INK_NONE, INK_NONE},
				[STYLE_MENU_TITLE] = {APPEARANCE_REVERSE, INK_NONE, INK_NONE},
			},
};

const char *theme_name(enum theme theme)
{
	return names[theme];
}

enum theme theme_by_name(const char *name)
{
	int id = 0;
	while (id < THEME_COUNT && strcmp(names[id], name) != 0)
		id++;
	return (enum theme)id;
}

/* INK on a terminal of COLOURS colours. */
static int colour(enum ink ink, int colours)
{
	return colours >= DIRECT_COLOURS ? inks[ink].direct
	       : colours >= MANY_COLOURS ? inks[ink].many
	                                 : inks[ink].some;
}

struct appearance theme_appearance(enum theme theme, enum style style, int colours)
{
	const struct entry *entry = &themes[colours < SOME_COLOURS ? THEME_MONO : theme][style];
	struct appearance appearance = {
		.attributes = entry->attributes,
		.foreground = colour(entry->foreground, colours),
		.background = colour(entry->background, colours),
	};
	/* Without grey in the palette, dim text uses an attribute. */
	if (entry->foreground == INK_GREY && appearance.foreground == APPEARANCE_DEFAULT)
		appearance.attributes |= APPEARANCE_DIM;
	return appearance;
}

int theme_colours(int colours, const char *no_color)
{
	/* An empty value means not set: https://no-color.org */
	return no_color && *no_color ? 0 : colours;
}
