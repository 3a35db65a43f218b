/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks in the format of pprof: a message perftools.profiles.Profile of Protocol Buffers, not
 * compressed, with two values for each stack: calls, and nanoseconds. Errors are those of the
 * stream.
 */
#ifndef STOP_OUT_PPROF_H
#define STOP_OUT_PPROF_H

#include <stdio.h>

#include "out/report.h"

/* Writes the stacks of REPORT to STREAM. */
void pprof_write(FILE *stream, const struct report *report);

#endif
