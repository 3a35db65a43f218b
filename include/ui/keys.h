/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The key bindings: one table of what each key does, its help text, and its label in the bar at the
 * bottom. No other code refers to specific keys.
 *
 * A key is a Unicode character, or one of enum keycode for keys that are not characters. Pure.
 */
#ifndef STOP_UI_KEYS_H
#define STOP_UI_KEYS_H

#include <stddef.h>
#include <stdint.h>

/* Keys that are not characters, numbered after the last character of Unicode. */
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
	KEYCODE_F1,                      /* followed by the others: KEYCODE_F1 + 9 is F10 */
	KEYCODE_CLICK = KEYCODE_F1 + 12, /* of the first mouse button */
	KEYCODE_WHEEL_UP,
	KEYCODE_WHEEL_DOWN,
	KEYCODE_ALT_0, /* followed by the other digits */
};

/* The digit DIGIT with Alt. */
#define KEYCODE_ALT(digit)   (KEYCODE_ALT_0 + (digit))

/* The character that Ctrl with LETTER ('A' to 'Z') sends, and that of Escape. */
#define KEYCODE_CTRL(letter) ((letter) - '@')
#define KEYCODE_ESCAPE       27

/* Added to a character that was pasted: it is text, not a key. */
#define KEYCODE_PASTED       0x1000000U

/* What a key does. */
enum action {
	ACTION_NONE,
	ACTION_UP,
	ACTION_DOWN,
	ACTION_PAGE_UP,
	ACTION_PAGE_DOWN,
	ACTION_HOME,
	ACTION_END,
	ACTION_CLICK, /* select what is under the mouse, or sort by it */
	ACTION_WHEEL_UP,
	ACTION_WHEEL_DOWN,
	ACTION_NEXT_PANE,
	ACTION_PREVIOUS_PANE,
	ACTION_PANE,       /* the pane of the argument, enum pane_id */
	ACTION_OPEN,       /* show details of the selection */
	ACTION_BACK,       /* close what was opened last */
	ACTION_SORT_LEFT,  /* sort by the column to the left */
	ACTION_SORT_RIGHT, /* sort by the column to the right */
	ACTION_SORT_MENU,  /* choose the sort column */
	ACTION_INVERT,     /* invert the order */
	ACTION_RESORT,     /* sort anew: rows have stayed where they were */
	ACTION_DISMISS,    /* the first advice */
	ACTION_ADVICE,     /* show all advice again */
	ACTION_IDLE,       /* fold idle waits, or show them */
	ACTION_DEAD,       /* keep the dead in the list, or no longer */
	ACTION_CLASS, /* show one class; the argument is enum call_class, or KEYS_ALL_CLASSES */
	ACTION_CLASS_MENU, /* choose classes */
	ACTION_FILTER,     /* by a call set; threads by text */
	ACTION_ERRORS,     /* only calls with errors, or all again */
	ACTION_SEARCH,
	ACTION_SEARCH_NEXT,
	ACTION_SEARCH_PREVIOUS,
	ACTION_THREADS,     /* the pane of threads, or back to the calls */
	ACTION_TREE,        /* the pane of what processes execute, or close it; in others, their
	                       rows as a tree, or a list again */
	ACTION_STACKS,      /* the stacks of the selected call */
	ACTION_FILES,       /* the pane of files and peers, or close it */
	ACTION_GROUPING,    /* files and peers by directory and address, by kind, or each */
	ACTION_MODULES,     /* frames of one module as one line */
	ACTION_WEIGHT,      /* stacks by calls, or by time */
	ACTION_SAVE_STACKS, /* write stacks to a file */
	ACTION_LOG,         /* the log of the selected call or thread, or close it */
	ACTION_HIDE,        /* in the log: hide calls like the selected one */
	ACTION_KEEP,        /* … or all others */
	ACTION_SHOW_ALL,    /* … or none; then log every call */
	ACTION_MATCH,       /* … jump from the use of a descriptor to its end, and back */
	ACTION_COPY,        /* … copy the selected line */
	ACTION_MANUAL,      /* the manual page of the selected call */
	ACTION_SIGNALS,     /* the pane of signals, or close it */
	ACTION_PAUSE,       /* pause the screen, not the counting */
	ACTION_MARK,        /* count from now, or from the beginning again */
	ACTION_SPLIT,       /* split the time of calls, or no longer */
	ACTION_PLAY_BACK,   /* in a recording: back, forth, to marks, to the next event; speed */
	ACTION_PLAY_FORTH,
	ACTION_PLAY_MARK_BACK,
	ACTION_PLAY_MARK,
	ACTION_PLAY_STEP,
	ACTION_PLAY_SLOWER,
	ACTION_PLAY_FASTER,
	ACTION_DELAY,
	ACTION_SNAPSHOT,
	ACTION_RECORD,   /* begin a recording, or end it */
	ACTION_PAGE,     /* write a page of HTML */
	ACTION_BASELINE, /* take a baseline, or show what has changed since */
	ACTION_FOLLOW,   /* trace existing children of the targets */
	ACTION_SIGNAL,   /* send a signal, after confirmation */
	ACTION_SETUP,
	ACTION_HELP,
	ACTION_REDRAW, /* redraw the whole screen */
	ACTION_SUSPEND,
	ACTION_QUIT,
	ACTION_COUNT,
};

/* The argument of ACTION_CLASS that shows all classes. */
#define KEYS_ALL_CLASSES (-1)

/* Maximum number of keys in a row. */
#define KEYS_PER_BINDING 3

/* One row of the table. */
struct key_binding {
	uint32_t keys[KEYS_PER_BINDING]; /* 0 if there are fewer */
	enum action action;
	int argument;      /* of the action; 0 if it takes none */
	const char *names; /* of the keys, as the help shows them */
	const char *help;  /* what it does, in a few words */
	const char *bar;   /* the key as shown in the bar; NULL: not shown */
	const char *label; /* its label in the bar */
	uint32_t bar_of;   /* bits (1 << enum pane_id): shown in the bar while one of these has the
	                      focus, before those of all panes; 0: of all */
};

/* The value of bar_of for keys that come first in the bar, whichever pane has the focus. */
#define KEYS_BAR_FIRST UINT32_MAX

/* The table, in the order of the help, and of the bar among those with the same rank there. */
extern const struct key_binding key_bindings[];
extern const size_t key_binding_count;

/* The row of KEY, or NULL if the key does nothing. */
const struct key_binding *key_lookup(uint32_t key);

#endif
