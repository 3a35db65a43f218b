/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of the information page: the target, which engine is at work and why, what watching
 * costs, and what could not be done. Pure.
 */
#ifndef STOP_UI_INFO_LINES_H
#define STOP_UI_INFO_LINES_H

#include "out/report.h"
#include "ui/canvas.h"

/* Draws those about REPORT from number TOP on into AREA. Returns the number of all of them. */
int info_lines_draw(const struct report *report, int top, struct area area);

#endif
