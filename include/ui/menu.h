/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A menu: a list in a box over the panes, from which the user chooses.
 *
 * Each menu is a const descriptor (in src/ui/menus.c) of its items and of what choosing one does.
 * An item can have its own key. One thread.
 */
#ifndef STOP_UI_MENU_H
#define STOP_UI_MENU_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/canvas.h"
#include "ui/keys.h"
#include "ui/layout.h"
#include "ui/request.h"

struct view;

#define MENU_TEXT_MAX 96

/* The menus. */
enum menu_id {
	MENU_CLASSES, /* which classes are shown */
	MENU_SORT,    /* by which column */
	MENU_SIGNALS, /* which signal is sent */
	MENU_CONFIRM, /* really send it? */
	MENU_QUIT,    /* what to do with the command */
	MENU_SETUP,
	MENU_COUNT,
};

/* One item. */
struct menu_item {
	char text[MENU_TEXT_MAX]; /* escaped */
	uint32_t key;             /* chooses it; 0: none */
	bool is_title;            /* not an item, but the title of those that follow */
};

struct menu {
	void (*title)(const struct view *view, char buf[MENU_TEXT_MAX]);
	const char *hint; /* which keys do what, at the bottom */
	size_t (*count)(const struct view *view);
	void (*item)(const struct view *view, size_t at, struct menu_item *item);
	size_t (*first)(const struct view *view); /* index of the initial selection; NULL: 0 */
	/* Enter. */
	enum ui_request (*choose)(struct view *view, size_t at);
	bool stays; /* a choice leaves the menu open */
	bool asks;  /* answers can do harm: see screen_take_answer() */
	/* Space: changes the item, and leaves the menu open. NULL: the same as Enter. */
	enum ui_request (*change)(struct view *view, size_t at);
	/* Called when it is closed without a choice. NULL: nothing to do. */
	enum ui_request (*close)(struct view *view);
};

extern const struct menu menus[MENU_COUNT];

/* The state of menus. */
struct menu_state {
	const struct menu *open; /* NULL: none is */
	size_t position;         /* of the selection */
	size_t top;              /* the item that is the first on the screen */
	size_t page;             /* number of items last drawn */
	struct region box;       /* where it was drawn, within the menus' part of the screen */
};

/* Opens menu ID. */
enum ui_request menu_open(struct view *view, enum menu_id id);

/* Handles a key while a menu is open. */
enum ui_request menu_key(struct view *view, uint32_t key);

/*
 * Handles a click at ROW and COLUMN of the menus' part of the screen: on an item like Space,
 * outside the menu like Esc.
 */
enum ui_request menu_click(struct view *view, int row, int column);

/* Draws the open menu over AREA. */
void menu_draw(struct view *view, struct area area);

#endif
