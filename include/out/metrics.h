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

#include "base/hist.h"
#include "out/report.h"

/* Their media types. */
#define METRICS_TYPE      "text/plain; version=0.0.4; charset=utf-8"
#define METRICS_TYPE_OPEN "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* The buckets of histograms: 4^5, 4^6, … 4^17 ns, and what is longer. */
#define METRICS_BUCKETS   14

/* The greatest time in bucket NUMBER, which is not the last. */
uint64_t metrics_bound_ns(size_t number);

/* The times of HIST in each bucket. */
void metrics_buckets(const struct hist *hist, uint64_t count[METRICS_BUCKETS]);

/* Writes REPORT to STREAM; IS_OPEN: as OpenMetrics. */
void metrics_write(FILE *stream, const struct report *report, bool is_open);

/*
 * Whether a client that sends ACCEPT (a header of HTTP, from anybody; NULL: none) prefers
 * OpenMetrics. What accepts neither gets the text format.
 */
bool metrics_accept(const char *accept);

#endif
