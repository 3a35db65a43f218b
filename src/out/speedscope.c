/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speedscope; see out/speedscope.h. The format: speedscope's file-format-schema.json. */
#include "config.h"

#include "out/speedscope.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "out/functions.h"

#define SCHEMA_URL "https://www.speedscope.app/file-format-schema.json"

/* The library's allocator: with it no call below returns NULL for lack of memory. */
static void *allocate(size_t size)
{
	return xcalloc(1, size);
}

static json_t *frames(const struct functions *functions)
{
	json_t *list = json_array();
	for (size_t i = 0; i < functions->count; i++) {
		const struct function *function = &functions->function[i];
		json_t *object = json_object();
		json_object_set_new(object, "name", json_string(function->name));
		if (function->file)
			json_object_set_new(object, "file", json_string(function->file));
		if (function->file && function->line)
			json_object_set_new(object, "line", json_integer(function->line));
		json_array_append_new(list, object);
	}
	return list;
}

/* As in out/folded.h. */
static uint64_t weight_of(const struct stack_row *row, bool by_calls)
{
	return by_calls ? row->calls + row->in_progress : row->total_ns;
}

static json_t *profile(
	const struct report *report, const struct functions *functions, bool by_calls)
{
	json_t *object = json_object(), *samples = json_array(), *weights = json_array();
	uint64_t sum = 0;
	for (size_t i = 0; i < report->stack_count; i++) {
		uint64_t weight = weight_of(&report->stacks[i], by_calls);
		json_t *sample = json_array();
		for (size_t at = functions->first[i]; at < functions->first[i + 1]; at++)
			json_array_append_new(
				sample, json_integer((json_int_t)functions->index[at]));
		json_array_append_new(samples, sample);
		json_array_append_new(weights, json_integer((json_int_t)weight));
		sum += weight;
	}
	json_object_set_new(object, "type", json_string("sampled"));
	json_object_set_new(object, "name", json_string(by_calls ? "calls" : "time in calls"));
	json_object_set_new(object, "unit", json_string(by_calls ? "none" : "nanoseconds"));
	json_object_set_new(object, "startValue", json_integer(0));
	json_object_set_new(object, "endValue", json_integer((json_int_t)sum));
	json_object_set_new(object, "samples", samples);
	json_object_set_new(object, "weights", weights);
	return object;
}

int speedscope_write(FILE *stream, const struct report *report)
{
	struct functions functions;
	char target[REPORT_TEXT_MAX];
	json_set_alloc_funcs(allocate, free);
	functions_make(&functions, report);
	json_t *root = json_object(), *shared = json_object(), *profiles = json_array();
	json_object_set_new(root, "$schema", json_string(SCHEMA_URL));
	json_object_set_new(root, "exporter", json_string("stop " PACKAGE_VERSION));
	json_object_set_new(root, "name", json_string(report_target(report, target)));
	json_object_set_new(root, "activeProfileIndex", json_integer(report->view.stacks_by_calls));
	json_object_set_new(shared, "frames", frames(&functions));
	json_object_set_new(root, "shared", shared);
	json_array_append_new(profiles, profile(report, &functions, false));
	json_array_append_new(profiles, profile(report, &functions, true));
	json_object_set_new(root, "profiles", profiles);
	functions_clear(&functions);
	errno = 0;
	bool failed = json_dumpf(root, stream, JSON_COMPACT) < 0 || fputc('\n', stream) == EOF;
	int error = errno ? errno : EIO;
	json_decref(root);
	return failed ? -error : 0;
}
