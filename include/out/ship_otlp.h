/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ships to what receives OTLP, the protocol of OpenTelemetry, over HTTP as JSON: sums as metrics
 * (/v1/metrics), single calls as logs (/v1/logs). The process of a row is the resource; rows of one
 * that follow each other share it.
 *
 * Metrics have the temporality delta: their numbers are those of an interval, and add up. The
 * messages are those of opentelemetry-proto 1.x, answers and retries as in its specification of
 * OTLP/HTTP.
 */
#ifndef STOP_OUT_SHIP_OTLP_H
#define STOP_OUT_SHIP_OTLP_H

#include "out/ship_target.h"

extern const struct ship_target ship_otlp;

#endif
