/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of formats of the log; see out/line_format.h. */
#include "config.h"

#include "out/line_format.h"

#include <stdio.h>

#include "base/units.h"
#include "out/line_json.h"
#include "out/log_line.h"

static size_t strace_lost(
	struct log_format *format, uint64_t calls, uint64_t others, char *buf, size_t size)
{
	char text[UNITS_MAX], other[UNITS_MAX];
	int length;
	(void)format;
	units_grouped(calls, text);
	units_grouped(others, other);
	if (!others)
		length = snprintf(buf, size, "%s call%s not logged\n", text, calls == 1 ? "" : "s");
	else
		length = snprintf(buf, size, "%s call%s and %s signals and exits not logged\n",
			text, calls == 1 ? "" : "s", other);
	return (size_t)length;
}

const struct line_format line_formats[LINE_FORMATS] = {
	[LINE_FORMAT_STRACE] = {.name = "strace",
		.help = "as strace -f -tt -T -yy writes it",
		.line = log_line,
		.lost = strace_lost},
	[LINE_FORMAT_PLAIN] = {.name = "plain",
		.help = "as strace -f -tt -T, for what reads that",
		.is_plain = true,
		.line = log_line,
		.lost = strace_lost},
	[LINE_FORMAT_NDJSON] = {.name = "ndjson",
		.help = "a JSON object in each line, for databases",
		.is_for_programs = true,
		.line = line_ndjson,
		.lost = line_ndjson_lost},
	[LINE_FORMAT_CHROME] = {.name = "chrome",
		.help = "trace events, for Perfetto and Chrome",
		.begin = "[\n",
		.end = "{\"name\":\"end\",\"ph\":\"i\",\"s\":\"g\",\"ts\":0,\"pid\":0,\"tid\":0}\n]\n",
		.is_for_programs = true,
		.has_tasks = true,
		.line = line_chrome,
		.lost = line_chrome_lost},
};
