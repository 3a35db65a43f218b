/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What processes have executed as JSON, in the schema of out/json.h. Pure; any thread. */
#ifndef STOP_OUT_JSON_PROGRAMS_H
#define STOP_OUT_JSON_PROGRAMS_H

#include <jansson.h>

#include "out/report.h"

/* The programs of REPORT as an array, in the order of the tree; null if the view has none. */
json_t *json_programs(const struct report *report);

#endif
