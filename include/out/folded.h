/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks in the format of flame graph tools: one line per stack, with frames from outermost to
 * innermost separated by semicolons, the call last, a blank, and a weight.
 */
#ifndef STOP_OUT_FOLDED_H
#define STOP_OUT_FOLDED_H

#include <stdio.h>

#include "out/report.h"

/*
 * Writes the stacks of REPORT to STREAM, weighted by calls or by microseconds, as set in its view.
 * Stacks of weight 0 are omitted. Errors are those of STREAM.
 */
void folded_write(FILE *stream, const struct report *report);

#endif
