/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks in the format of speedscope.app: one JSON object with two profiles, one weighted by time
 * and one by calls.
 */
#ifndef STOP_OUT_SPEEDSCOPE_H
#define STOP_OUT_SPEEDSCOPE_H

#include <stdio.h>

#include "out/report.h"

/* Writes the stacks of REPORT to STREAM. Returns 0 or -errno. */
int speedscope_write(FILE *stream, const struct report *report);

#endif
