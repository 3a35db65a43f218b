/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bar that shows how time was spent, by class, with its legend: in one line. Pure. */
#ifndef STOP_UI_TIME_BAR_H
#define STOP_UI_TIME_BAR_H

#include <stdint.h>

#include "model/model.h"
#include "ui/canvas.h"

/* Draws the bar for the times NS into AREA, of one row. */
void time_bar_draw(const uint64_t ns[TIME_COUNT], struct area area);

/* The character of CLASS in bars, which distinguishes it without colours; static. */
const char *time_bar_mark(enum time_class class);

#endif
