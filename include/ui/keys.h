/*
 * The keys: one table that says which key does what, how the help explains it, and what the bar at
 * the bottom calls it. Nothing else in the program names a key.
 *
 * A key is a Unicode character, or one of enum keycode for those that are none. Pure.
 */
#ifndef STOP_UI_KEYS_H
#define STOP_UI_KEYS_H

#include <stddef.h>
#include <stdint.h>

/* Keys that are no characters: behind the last character of Unicode. */
enum keycode {
	KEYCODE_UP = 0x110000,
	KEYCODE_DOWN,
	KEYCODE_LEFT,
	KEYCODE_RIGHT,
	KEYCODE_PAGE_UP,
	KEYCODE_PAGE_DOWN,
	KEYCODE_HOME,
	KEYCODE_END,
	KEYCODE_BACKSPACE,
	KEYCODE_BACK_TAB,
	KEYCODE_DELETE,
	KEYCODE_F1, /* the others follow: KEYCODE_F1 + 9 is F10 */
	KEYCODE_LAST = KEYCODE_F1 + 11,
};

/* The character that Ctrl with a LETTER ('A' to 'Z') sends, and that of Escape. */
#define KEYCODE_CTRL(letter) ((letter) - '@')
#define KEYCODE_ESCAPE       27

/* What a key asks for. */
enum action {
	ACTION_NONE,
	ACTION_UP,
	ACTION_DOWN,
	ACTION_PAGE_UP,
	ACTION_PAGE_DOWN,
	ACTION_HOME,
	ACTION_END,
	ACTION_SORT_LEFT,  /* sort by the column to the left */
	ACTION_SORT_RIGHT, /* sort by the column to the right */
	ACTION_INVERT,     /* the order */
	ACTION_CLASS,   /* show one class; the argument is enum call_class, or KEYS_ALL_CLASSES */
	ACTION_STACKS,  /* show the stacks of the selected call, or not */
	ACTION_OPEN,    /* what is selected */
	ACTION_TREE,    /* stacks as a tree, or as a list */
	ACTION_MODULES, /* frames of one module as one line */
	ACTION_WEIGHT,  /* stacks by calls, or by time */
	ACTION_SAVE_STACKS, /* into a file */
	ACTION_SNAPSHOT,
	ACTION_HELP,
	ACTION_BACK,   /* close what was opened last */
	ACTION_REDRAW, /* draw the whole screen anew */
	ACTION_QUIT,
	ACTION_COUNT,
};

/* The argument of ACTION_CLASS that shows all of them. */
#define KEYS_ALL_CLASSES (-1)

/* Keys of one row, at most. */
#define KEYS_PER_BINDING 3

/* One row of the table. */
struct key_binding {
	uint32_t keys[KEYS_PER_BINDING]; /* 0 where there are fewer */
	enum action action;
	int argument;      /* the action's, 0 where it takes none */
	const char *names; /* of the keys, as the help shows them */
	const char *help;  /* what it does, in a few words */
	const char *bar;   /* the key as the bar names it; NULL: not there */
	const char *label; /* what it does, in the bar */
};

/* The table, in the order of the help and of the bar. */
extern const struct key_binding key_bindings[];
extern const size_t key_binding_count;

/* The row of KEY, or NULL where the key does nothing. */
const struct key_binding *key_lookup(uint32_t key);

#endif
