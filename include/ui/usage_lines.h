/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What calls have used and where their time went, as lines of the details. Lines about what is not
 * known are left out.
 */
#ifndef STOP_UI_USAGE_LINES_H
#define STOP_UI_USAGE_LINES_H

#include "event/tally.h"
#include "ui/canvas.h"

/* The number of lines. */
int usage_lines(const struct usage *usage, const struct split *split);

/* Draws line ROW into AREA, of one row. */
void usage_lines_draw(
	const struct usage *usage, const struct split *split, int row, struct area area);

#endif
