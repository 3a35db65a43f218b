/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of output formats; see out/exporter.h. */
#include "config.h"

#include "out/exporter.h"

#include "out/folded.h"
#include "out/json.h"
#include "out/table.h"

/* Maximum number of threads whose waits are read for one report. */
#define WAITS_MAX 512

static int write_text(FILE *stream, const struct report *report, enum export_kind kind, bool ascii)
{
	table_write(stream, report, kind, ascii);
	return 0;
}

/* Consecutive frames: one per line. */
static int write_json(FILE *stream, const struct report *report, enum export_kind kind, bool ascii)
{
	(void)ascii; /* JSON is always UTF-8 */
	return json_write(stream, report, kind == EXPORT_FRAME);
}

static int write_folded(
	FILE *stream, const struct report *report, enum export_kind kind, bool ascii)
{
	(void)kind;
	(void)ascii;
	folded_write(stream, report);
	return 0;
}

const struct exporter exporters[EXPORTER_COUNT] = {
	[EXPORTER_TEXT] = {.name = "text",
		.help = "tables for people",
		.waits = {[EXPORT_FRAME] = TABLE_FRAME_THREADS, [EXPORT_SNAPSHOT] = WAITS_MAX},
		.write = write_text},
	[EXPORTER_JSON] = {.name = "json",
		.help = "an object; with -b one in each line",
		.schema = JSON_SCHEMA,
		.waits = {[EXPORT_SUMMARY] = WAITS_MAX,
			[EXPORT_FRAME] = WAITS_MAX,
			[EXPORT_SNAPSHOT] = WAITS_MAX},
		.write = write_json},
	[EXPORTER_FOLDED] = {.name = "folded",
		.help = "stacks alone, for flame graphs",
		.stacks_alone = true,
		.write = write_folded},
};
