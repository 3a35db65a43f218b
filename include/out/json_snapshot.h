/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The schema stop.snapshot/1 as a value, for the formats that are made of it. */
#ifndef STOP_OUT_JSON_SNAPSHOT_H
#define STOP_OUT_JSON_SNAPSHOT_H

#include <jansson.h>
#include <stdbool.h>

struct report;

/*
 * REPORT, without histograms if COMPACT, in memory of xcalloc(), which is set as the library's from
 * then on. The caller releases it.
 */
json_t *json_snapshot(const struct report *report, bool compact);

#endif
