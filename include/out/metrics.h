/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as metrics: in Prometheus's text format (0.0.4), which node_exporter's textfile
 * collector reads, or as OpenMetrics. The numbers are those of the JSON report, times in seconds
 * with all nine digits. Histograms have a bucket for each power of four nanoseconds from 1 µs to 17
 * s, whose bound is the greatest time in it. Errors are those of the stream.
 */
#ifndef STOP_OUT_METRICS_H
#define STOP_OUT_METRICS_H

#include <stdbool.h>
#include <stdio.h>

#include "out/report.h"

/* Writes REPORT to STREAM; IS_OPEN: as OpenMetrics. */
void metrics_write(FILE *stream, const struct report *report, bool is_open);

#endif
