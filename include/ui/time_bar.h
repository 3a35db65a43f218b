/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bar that shows how time was spent, by class, with its legend: in one line. Pure. */
#ifndef STOP_UI_TIME_BAR_H
#define STOP_UI_TIME_BAR_H

#include <stdint.h>

#include "model/model.h"
#include "ui/canvas.h"

/* Draws the bar for the times NS into AREA, of one row. */
void time_bar_draw(const uint64_t ns[TIME_COUNT], struct area area);

/* The two parts: the bar for SHARE of each class, and its legend, each in AREA, of one row. */
void time_bar_draw_bar(const double share[TIME_COUNT], struct area area);
void time_bar_draw_legend(const double share[TIME_COUNT], struct area area);

/*
 * The mark of CLASS in bars in AREA: a block where there are colours, otherwise a character that
 * distinguishes it, as in the legend; static.
 */
const char *time_bar_mark(const struct area *area, enum time_class class);

#endif
