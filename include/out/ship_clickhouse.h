/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ships to ClickHouse over HTTP: tables stop_sums and stop_lost, which are created if they do not
 * exist, with types that ClickHouse has since 18.16, and inserts of JSONEachRow. A row that was
 * inserted twice, as the answer to the first time was lost, becomes one: ReplacingMergeTree removes
 * it when it merges parts, and FINAL when it is asked for.
 */
#ifndef STOP_OUT_SHIP_CLICKHOUSE_H
#define STOP_OUT_SHIP_CLICKHOUSE_H

#include "out/ship_target.h"

extern const struct ship_target ship_clickhouse;

#endif
