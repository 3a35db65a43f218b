/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict as text: "16365 redis-server busy 97%: 64% in write, 31% in read". Pure. */
#ifndef STOP_OUT_VERDICT_TEXT_H
#define STOP_OUT_VERDICT_TEXT_H

#include <stdbool.h>

#include "model/verdict.h"
#include "out/report.h"

/* One finding. */
struct verdict_line {
	enum verdict_kind kind;
	char text[REPORT_TEXT_MAX]; /* escaped */
};

/* Stores the lines about REPORT, the most important first. Returns their number. */
size_t verdict_lines(const struct report *report, struct verdict_line lines[VERDICT_MAX]);

#endif
