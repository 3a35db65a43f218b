/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of output formats; see out/exporter.h. */
#include "config.h"

#include "out/exporter.h"

#include "out/folded.h"
#include "out/json.h"
#include "out/json_lines.h"
#include "out/line_json.h"
#include "out/metrics.h"
#include "out/pprof.h"
#include "out/speedscope.h"
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

static int write_ndjson(
	FILE *stream, const struct report *report, enum export_kind kind, bool ascii)
{
	(void)kind;
	(void)ascii;
	return json_lines_write(stream, report);
}

static int write_prometheus(
	FILE *stream, const struct report *report, enum export_kind kind, bool ascii)
{
	(void)kind;
	(void)ascii;
	metrics_write(stream, report, false);
	return 0;
}

static int write_openmetrics(
	FILE *stream, const struct report *report, enum export_kind kind, bool ascii)
{
	(void)kind;
	(void)ascii;
	metrics_write(stream, report, true);
	return 0;
}

static int write_folded(
	FILE *stream, const struct report *report, enum export_kind kind, bool ascii)
{
	(void)kind;
	(void)ascii;
	folded_write(stream, report);
	return 0;
}

static int write_speedscope(
	FILE *stream, const struct report *report, enum export_kind kind, bool ascii)
{
	(void)kind;
	(void)ascii;
	return speedscope_write(stream, report);
}

static int write_pprof(FILE *stream, const struct report *report, enum export_kind kind, bool ascii)
{
	(void)kind;
	(void)ascii;
	pprof_write(stream, report);
	return 0;
}

const struct exporter exporters[EXPORTER_COUNT] = {
	[EXPORTER_TEXT] = {.name = "text",
		.help = "tables for people",
		.waits = {[EXPORT_SUMMARY] = TABLE_FRAME_THREADS,
			[EXPORT_FRAME] = TABLE_FRAME_THREADS,
			[EXPORT_SNAPSHOT] = WAITS_MAX},
		.write = write_text},
	[EXPORTER_JSON] = {.name = "json",
		.help = "an object; with -b one in each line",
		.schema = JSON_SCHEMA,
		.waits = {[EXPORT_SUMMARY] = WAITS_MAX,
			[EXPORT_FRAME] = WAITS_MAX,
			[EXPORT_SNAPSHOT] = WAITS_MAX},
		.write = write_json},
	[EXPORTER_NDJSON] = {.name = "ndjson",
		.help = "each row as a line of JSON, for databases",
		.schema = LINE_SCHEMA,
		.waits = {[EXPORT_SUMMARY] = WAITS_MAX,
			[EXPORT_FRAME] = WAITS_MAX,
			[EXPORT_SNAPSHOT] = WAITS_MAX},
		.write = write_ndjson},
	[EXPORTER_PROMETHEUS] = {.name = "prometheus",
		.help = "metrics, for node_exporter's text files",
		.is_single = true,
		.write = write_prometheus},
	[EXPORTER_OPENMETRICS] = {.name = "openmetrics",
		.help = "the same as OpenMetrics",
		.is_single = true,
		.write = write_openmetrics},
	[EXPORTER_FOLDED] = {.name = "folded",
		.help = "stacks alone, for flame graphs",
		.stacks_alone = true,
		.write = write_folded},
	[EXPORTER_SPEEDSCOPE] = {.name = "speedscope",
		.help = "stacks, for speedscope.app",
		.stacks_alone = true,
		.is_single = true,
		.write = write_speedscope},
	[EXPORTER_PPROF] = {.name = "pprof",
		.help = "stacks, for go tool pprof and others",
		.stacks_alone = true,
		.is_single = true,
		.write = write_pprof},
};
