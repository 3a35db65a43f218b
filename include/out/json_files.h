/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files and peers of a report in the schema stop.snapshot/1, for out/json.c. */
#ifndef STOP_OUT_JSON_FILES_H
#define STOP_OUT_JSON_FILES_H

#include <jansson.h>

#include "out/report.h"

/* The list of rows, and how they add up; both null if the report has none. New references. */
json_t *json_files(const struct report *report);
json_t *json_file_totals(const struct report *report);

#endif
