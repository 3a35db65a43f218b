/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The border around a pane: a line with its number, title and position, and thin borders. Pure. */
#ifndef STOP_UI_BORDER_H
#define STOP_UI_BORDER_H

#include <stdbool.h>

#include "ui/canvas.h"

/* What a border says. Texts are escaped. */
struct border {
	int number;           /* with Alt, the key that selects the pane; 0: none */
	const char *title;    /* at the left */
	const char *notice;   /* after it, what the user should know; "": nothing */
	const char *position; /* at the right: "1–18 of 46"; "": nothing */
	bool has_focus;
	bool has_sides; /* borders on all sides; otherwise the line with the title alone */
};

/* Draws BORDER along the edges of AREA. */
void border_draw(const struct border *border, struct area area);

#endif
