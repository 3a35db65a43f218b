/* The themes; see ui/theme.h. */
#include "config.h"

#include "ui/theme.h"

#include <stddef.h>
#include <string.h>

/* Palettes that a terminal can have; with fewer colours than eight none are used. */
#define DIRECT_COLOURS (1 << 24)
#define MANY_COLOURS   256
#define SOME_COLOURS   8

/* Colours by name, so that a theme reads as what it looks like. */
enum ink {
	INK_NONE, /* the terminal's own */
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
	INK_NIGHT,  /* a background on which white text is read */
	INK_SNOW,   /* a background on which black text is read */
	INK_FOREST, /* a dark green */
	INK_WINE,   /* a dark red */
	INK_NAVY,   /* a dark blue */
	INK_COUNT,
};

/* Each ink in the palettes: the first eight colours of every one (ECMA-48, 30 to 37), the 256 of
 * xterm, and red, green, blue. */
static const struct {
	int some, many, direct;
} inks[INK_COUNT] = {
	[INK_NONE] = {LOOK_DEFAULT, LOOK_DEFAULT, LOOK_DEFAULT},
	[INK_BLACK] = {0, 16, 0x101010}, /* below 8, direct colours are taken for the palette's */
	[INK_RED] = {1, 203, 0xff5f5f},
	[INK_GREEN] = {2, 114, 0x87d787},
	[INK_YELLOW] = {3, 221, 0xffd75f},
	[INK_BLUE] = {4, 75, 0x5fafff},
	[INK_MAGENTA] = {5, 176, 0xd787d7},
	[INK_CYAN] = {6, 80, 0x5fd7d7},
	[INK_WHITE] = {7, 231, 0xffffff},
	[INK_GREY] = {LOOK_DEFAULT, 244, 0x808080},
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

#define USE(use) [STYLE_USE + TIME_##use]

static const struct entry themes[THEME_COUNT][STYLE_COUNT] =
	{
		[THEME_DARK] =
			{
				[STYLE_TITLE] = {LOOK_BOLD, INK_NONE, INK_NONE},
				[STYLE_LABEL] = {0, INK_CYAN, INK_NONE},
				[STYLE_VALUE] = {LOOK_BOLD, INK_NONE, INK_NONE},
				[STYLE_COLUMN] = {0, INK_BLACK, INK_GREEN},
				[STYLE_COLUMN_OFF] = {0, INK_BLACK, INK_SNOW},
				[STYLE_SORTED] = {LOOK_BOLD, INK_BLACK, INK_CYAN},
				[STYLE_SELECTED] = {LOOK_REVERSE, INK_NONE, INK_NONE},
				[STYLE_SELECTED_OFF] = {LOOK_BOLD, INK_WHITE, INK_NIGHT},
				[STYLE_DIM] = {0, INK_GREY, INK_NONE},
				[STYLE_ERROR] = {LOOK_BOLD, INK_RED, INK_NONE},
				[STYLE_WARNING] = {LOOK_BOLD, INK_YELLOW, INK_NONE},
				[STYLE_GOOD] = {0, INK_GREEN, INK_NONE},
				[STYLE_GRAPH] = {0, INK_BLUE, INK_NONE},
				[STYLE_MARK] = {LOOK_BOLD, INK_YELLOW, INK_NONE},
				[STYLE_KEY] = {LOOK_BOLD, INK_NONE, INK_NONE},
				[STYLE_KEY_TEXT] = {0, INK_BLACK, INK_CYAN},
				[STYLE_MESSAGE] = {LOOK_BOLD, INK_NONE, INK_NONE},
				[STYLE_CURSOR] = {LOOK_REVERSE, INK_NONE, INK_NONE},
				[STYLE_MENU] = {0, INK_WHITE, INK_NIGHT},
				[STYLE_MENU_TITLE] = {LOOK_BOLD, INK_BLACK, INK_CYAN},
				USE(USER) = {0, INK_GREEN, INK_NONE},
				USE(WAIT) = {0, INK_GREY, INK_NONE},
				USE(FILE) = {0, INK_YELLOW, INK_NONE},
				USE(DESC) = {0, INK_CYAN, INK_NONE},
				USE(NETWORK) = {0, INK_BLUE, INK_NONE},
				USE(MEMORY) = {0, INK_MAGENTA, INK_NONE},
				USE(PROCESS) = {0, INK_ORANGE, INK_NONE},
				USE(OTHER) = {0, INK_WHITE, INK_NONE},
				USE(STOPPED) = {0, INK_RED, INK_NONE},
			},
		[THEME_LIGHT] =
			{
				[STYLE_TITLE] = {LOOK_BOLD, INK_NONE, INK_NONE},
				[STYLE_LABEL] = {0, INK_NAVY, INK_NONE},
				[STYLE_VALUE] = {LOOK_BOLD, INK_NONE, INK_NONE},
				[STYLE_COLUMN] = {0, INK_WHITE, INK_FOREST},
				[STYLE_COLUMN_OFF] = {0, INK_BLACK, INK_SNOW},
				[STYLE_SORTED] = {LOOK_BOLD, INK_WHITE, INK_NAVY},
				[STYLE_SELECTED] = {LOOK_REVERSE, INK_NONE, INK_NONE},
				[STYLE_SELECTED_OFF] = {LOOK_BOLD, INK_BLACK, INK_SNOW},
				[STYLE_DIM] = {0, INK_GREY, INK_NONE},
				[STYLE_ERROR] = {LOOK_BOLD, INK_WINE, INK_NONE},
				[STYLE_WARNING] = {LOOK_BOLD | LOOK_UNDERLINE, INK_WINE, INK_NONE},
				[STYLE_GOOD] = {0, INK_FOREST, INK_NONE},
				[STYLE_GRAPH] = {0, INK_NAVY, INK_NONE},
				[STYLE_MARK] = {LOOK_BOLD, INK_WINE, INK_NONE},
				[STYLE_KEY] = {LOOK_BOLD, INK_NONE, INK_NONE},
				[STYLE_KEY_TEXT] = {0, INK_WHITE, INK_NAVY},
				[STYLE_MESSAGE] = {LOOK_BOLD, INK_NONE, INK_NONE},
				[STYLE_CURSOR] = {LOOK_REVERSE, INK_NONE, INK_NONE},
				[STYLE_MENU] = {0, INK_BLACK, INK_SNOW},
				[STYLE_MENU_TITLE] = {LOOK_BOLD, INK_WHITE, INK_NAVY},
				USE(USER) = {0, INK_FOREST, INK_NONE},
				USE(WAIT) = {0, INK_GREY, INK_NONE},
				USE(FILE) = {0, INK_ORANGE, INK_NONE},
				USE(DESC) = {0, INK_NAVY, INK_NONE},
				USE(NETWORK) = {0, INK_BLUE, INK_NONE},
				USE(MEMORY) = {0, INK_MAGENTA, INK_NONE},
				USE(PROCESS) = {0, INK_WINE, INK_NONE},
				USE(OTHER) = {0, INK_BLACK, INK_NONE},
				USE(STOPPED) = {0, INK_RED, INK_NONE},
			},
		[THEME_CONTRAST] =
			{
				[STYLE_TEXT] = {0, INK_WHITE, INK_BLACK},
				[STYLE_TITLE] = {LOOK_BOLD, INK_WHITE, INK_BLACK},
				[STYLE_LABEL] = {0, INK_WHITE, INK_BLACK},
				[STYLE_VALUE] = {LOOK_BOLD, INK_YELLOW, INK_BLACK},
				[STYLE_COLUMN] = {LOOK_BOLD, INK_BLACK, INK_YELLOW},
				[STYLE_COLUMN_OFF] = {0, INK_BLACK, INK_WHITE},
				[STYLE_SORTED] = {LOOK_BOLD | LOOK_UNDERLINE, INK_BLACK,
					INK_YELLOW},
				[STYLE_SELECTED] = {LOOK_BOLD, INK_BLACK, INK_WHITE},
				[STYLE_SELECTED_OFF] =
					{LOOK_BOLD | LOOK_UNDERLINE, INK_WHITE, INK_BLACK},
				[STYLE_DIM] = {0, INK_WHITE, INK_BLACK},
				[STYLE_ERROR] = {LOOK_BOLD | LOOK_REVERSE, INK_RED, INK_BLACK},
				[STYLE_WARNING] =
					{LOOK_BOLD | LOOK_UNDERLINE, INK_YELLOW, INK_BLACK},
				[STYLE_GOOD] = {LOOK_BOLD, INK_GREEN, INK_BLACK},
				[STYLE_GRAPH] = {LOOK_BOLD, INK_WHITE, INK_BLACK},
				[STYLE_MARK] = {LOOK_BOLD, INK_YELLOW, INK_BLACK},
				[STYLE_KEY] = {LOOK_BOLD, INK_YELLOW, INK_BLACK},
				[STYLE_KEY_TEXT] = {0, INK_BLACK, INK_WHITE},
				[STYLE_MESSAGE] = {LOOK_BOLD, INK_WHITE, INK_BLACK},
				[STYLE_CURSOR] = {LOOK_REVERSE, INK_WHITE, INK_BLACK},
				[STYLE_MENU] = {0, INK_BLACK, INK_WHITE},
				[STYLE_MENU_TITLE] = {LOOK_BOLD, INK_BLACK, INK_YELLOW},
				USE(USER) = {LOOK_BOLD, INK_GREEN, INK_BLACK},
				USE(WAIT) = {0, INK_WHITE, INK_BLACK},
				USE(FILE) = {LOOK_BOLD, INK_YELLOW, INK_BLACK},
				USE(DESC) = {LOOK_BOLD, INK_CYAN, INK_BLACK},
				USE(NETWORK) = {LOOK_BOLD, INK_BLUE, INK_BLACK},
				USE(MEMORY) = {LOOK_BOLD, INK_MAGENTA, INK_BLACK},
				USE(PROCESS) = {LOOK_BOLD, INK_RED, INK_BLACK},
				USE(OTHER) = {LOOK_BOLD, INK_WHITE, INK_BLACK},
				USE(STOPPED) = {LOOK_REVERSE, INK_RED, INK_BLACK},
			},
		[THEME_MONO] =
			{
				[STYLE_TITLE] = {LOOK_BOLD, INK_NONE, INK_NONE},
				[STYLE_VALUE] = {LOOK_BOLD, INK_NONE, INK_NONE},
				[STYLE_COLUMN] = {LOOK_REVERSE, INK_NONE, INK_NONE},
				[STYLE_COLUMN_OFF] = {LOOK_UNDERLINE, INK_NONE, INK_NONE},
				[STYLE_SORTED] = {LOOK_REVERSE | LOOK_BOLD, INK_NONE, INK_NONE},
				[STYLE_SELECTED] = {LOOK_REVERSE, INK_NONE, INK_NONE},
				[STYLE_SELECTED_OFF] = {LOOK_BOLD, INK_NONE, INK_NONE},
				[STYLE_DIM] = {LOOK_DIM, INK_NONE, INK_NONE},
				[STYLE_ERROR] = {LOOK_BOLD, INK_NONE, INK_NONE},
				[STYLE_WARNING] = {LOOK_UNDERLINE, INK_NONE, INK_NONE},
				[STYLE_MARK] = {LOOK_BOLD, INK_NONE, INK_NONE},
				[STYLE_KEY] = {LOOK_BOLD, INK_NONE, INK_NONE},
				[STYLE_KEY_TEXT] = {LOOK_REVERSE, INK_NONE, INK_NONE},
				[STYLE_MESSAGE] = {LOOK_BOLD, INK_NONE, INK_NONE},
				[STYLE_CURSOR] = {LOOK_REVERSE, INK_NONE, INK_NONE},
				[STYLE_MENU_TITLE] = {LOOK_REVERSE, INK_NONE, INK_NONE},
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

struct look theme_look(enum theme theme, enum style style, int colours)
{
	const struct entry *entry = &themes[colours < SOME_COLOURS ? THEME_MONO : theme][style];
	struct look look = {
		.attributes = entry->attributes,
		.foreground = colour(entry->foreground, colours),
		.background = colour(entry->background, colours),
	};
	/* Where a palette has no grey, what matters less is dim in another way. */
	if (entry->foreground == INK_GREY && look.foreground == LOOK_DEFAULT)
		look.attributes |= LOOK_DIM;
	return look;
}

int theme_colours(int colours, const char *no_color)
{
	/* An empty value does not count: https://no-color.org */
	return no_color && *no_color ? 0 : colours;
}
