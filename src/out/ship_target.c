/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of targets; see out/ship_target.h. */
#include "config.h"

#include "out/ship_target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "out/ship_clickhouse.h"
#include "out/ship_elastic.h"
#include "out/ship_otlp.h"

/* As much is shown of what a server says. */
#define SAID_MAX 120

const struct ship_target *const ship_targets[] = {
	&ship_clickhouse,
	&ship_elastic,
	&ship_otlp,
};

const size_t ship_target_count = sizeof(ship_targets) / sizeof(*ship_targets);

void ship_request_clear(struct ship_request *request)
{
	free(request->path);
	free(request->body);
	*request = (struct ship_request){0};
}

enum ship_verdict ship_judge_status(unsigned int status)
{
	if (status >= 200 && status < 300)
		return SHIP_TAKEN;
	switch (status) {
	case 401: /* rights can be given, and a server can be replaced */
	case 403:
	case 404:
	case 408:
	case 429:
		return SHIP_LATER;
	case 413:
		return SHIP_TOO_LARGE;
	default:
		return status >= 400 && status < 500 ? SHIP_REFUSED : SHIP_LATER;
	}
}

void ship_explain(unsigned int status, const char *text, size_t size, char why[SHIP_WHY_MAX])
{
	char said[SAID_MAX];
	size_t line = text ? strnlen(text, size) : 0;
	const char *end = line ? memchr(text, '\n', line) : NULL;
	if (end)
		line = (size_t)(end - text);
	text_escape(text ? text : "", line, said, sizeof(said));
	snprintf(why, SHIP_WHY_MAX, "HTTP %u%s%s", status, *said ? ": " : "", said);
}
