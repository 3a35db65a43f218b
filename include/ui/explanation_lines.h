/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of the detail of a call that explain it: what it does, and what its errors mean. Pure. */
#ifndef STOP_UI_EXPLANATION_LINES_H
#define STOP_UI_EXPLANATION_LINES_H

#include "out/report.h"
#include "ui/canvas.h"

enum explanation_part {
	EXPLAIN_CALL,   /* its signature, and what it does */
	EXPLAIN_ERRORS, /* what the errors that were seen mean */
	EXPLAIN_ADVICE, /* advice that is about it */
};

/* The number of lines of PART about the call of REPORT's detail, COLUMNS wide; 0: nothing. */
int explanation_lines(const struct report *report, enum explanation_part part, int columns);

/* Draws line ROW of these into AREA, a line of that width. */
void explanation_lines_draw(
	const struct report *report, enum explanation_part part, int row, struct area area);

#endif
