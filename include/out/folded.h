/*
 * Stacks in the format that flame graph tools read: one line a stack, frames from the outermost to
 * the innermost with semicolons between them, the call as the last of them, a blank, and a weight.
 */
#ifndef STOP_OUT_FOLDED_H
#define STOP_OUT_FOLDED_H

#include <stdio.h>

#include "out/report.h"

/*
 * Writes the stacks of REPORT to STREAM, weighed by calls or by microseconds, as its view says.
 * What weighs nothing is left out. Errors are STREAM's.
 */
void folded_write(FILE *stream, const struct report *report);

#endif
