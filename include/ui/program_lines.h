/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The details of a program, as lines of the detail pane. One thread. */
#ifndef STOP_UI_PROGRAM_LINES_H
#define STOP_UI_PROGRAM_LINES_H

#include "out/report.h"
#include "ui/canvas.h"

/* The number of lines about the program of REPORT's detail, and line ROW of these. */
int program_lines(const struct report *report, int columns);
void program_lines_draw(const struct report *report, int row, struct area area);

/* The same for its command line, as many lines of COLUMNS as it needs. */
/* The part of TEXT that is at column FROM or after. */
const char *program_skip_columns(const char *text, int from);

int program_command_lines(const struct report *report, int columns);
void program_command_lines_draw(const struct report *report, int row, struct area area);

/* The same for its calls by time class. */
int program_class_lines(const struct report *report);
void program_class_lines_draw(const struct report *report, int row, struct area area);

#endif
