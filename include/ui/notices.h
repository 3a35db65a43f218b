/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notices: what the user should know about what is shown, and is not so most of the time: a pause,
 * a filter, a reset, lost details. They are in the border of the first pane, so that nothing in the
 * header moves when one appears. Pure.
 */
#ifndef STOP_UI_NOTICES_H
#define STOP_UI_NOTICES_H

#include "out/cell.h"

struct view;

/* Writes all notices about VIEW: "PAUSED, p to resume · filter %file"; "": there are none. */
void notices_text(const struct view *view, char buf[CELL_MAX]);

#endif
