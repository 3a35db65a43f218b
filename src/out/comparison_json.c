/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparisons as JSON; see out/comparison_text.h. */
#include "config.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "out/comparison_text.h"

#define INDENT 2
#define DIGITS 9

/* The names of measures in the schema, those of stop.snapshot/1. */
static const char *const measure_names[PROFILE_MEASURES] = {
	[PROFILE_COUNT] = "calls",
	[PROFILE_ERRORS] = "errors",
	[PROFILE_TIME] = "total_ns",
	[PROFILE_BYTES] = "bytes",
};

/* The library's allocator: with it no call below returns NULL for lack of memory. */
static void *allocate(size_t size)
{
	return xcalloc(1, size);
}

static json_t *real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *value_object(const struct comparison_value *value)
{
	json_t *object = json_object();
	json_object_set_new(object, "a", real(value->side[COMPARISON_A]));
	json_object_set_new(object, "b", real(value->side[COMPARISON_B]));
	json_object_set_new(object, "p", real(value->p));
	json_object_set_new(
		object, "verdict", json_string(comparison_verdict_name(value->verdict)));
	return object;
}

static void add_values(json_t *object, const struct comparison_value value[PROFILE_MEASURES])
{
	for (size_t i = 0; i < PROFILE_MEASURES; i++)
		json_object_set_new(object, measure_names[i], value_object(&value[i]));
}

/* The latencies of one side, or null. */
static json_t *latency(const struct hist *hist)
{
	if (!hist->count)
		return json_null();
	json_t *object = json_object();
	json_object_set_new(object, "p50_ns", json_integer((json_int_t)hist_quantile(hist, 0.5)));
	json_object_set_new(object, "p90_ns", json_integer((json_int_t)hist_quantile(hist, 0.9)));
	json_object_set_new(object, "p99_ns", json_integer((json_int_t)hist_quantile(hist, 0.99)));
	return object;
}

static json_t *row_object(enum profile_part part, const struct comparison_row *row)
{
	json_t *object = json_object();
	json_object_set_new(object, "name", json_string(row->name));
	json_object_set_new(object, "change", json_string(comparison_change_name(row->change)));
	json_object_set_new(object, "explains", real(row->explains));
	add_values(object, row->value);
	if (part != PROFILE_CALLS)
		return object;
	json_t *both = json_object();
	json_object_set_new(both, "shift", real(row->shift));
	json_object_set_new(both, "a", latency(&row->latency[COMPARISON_A]));
	json_object_set_new(both, "b", latency(&row->latency[COMPARISON_B]));
	json_object_set_new(object, "latency", both);
	return object;
}

static json_t *side_object(const struct comparison_input *input)
{
	json_t *object = json_object();
	json_object_set_new(object, "runs", json_integer((json_int_t)input->count));
	json_object_set_new(object, "command", json_string(input->profile[0]->target));
	json_object_set_new(object, "engine", json_string(input->profile[0]->engine));
	return object;
}

static json_t *rows(enum profile_part part, const struct comparison_list *list)
{
	if (!list->is_known)
		return json_null();
	json_t *array = json_array();
	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(array, row_object(part, &list->row[i]));
	return array;
}

static json_t *cautions(const struct comparison *comparison)
{
	char text[COMPARISON_TEXT_MAX];
	const char *caution;
	json_t *array = json_array();
	for (size_t i = 0; (caution = comparison_caution(comparison, i, text)); i++)
		json_array_append_new(array, json_string(caution));
	return array;
}

int comparison_write_json(FILE *stream, const struct comparison *comparison)
{
	size_t a = comparison->input[COMPARISON_A].count, b = comparison->input[COMPARISON_B].count;
	json_set_alloc_funcs(allocate, free);
	json_t *root = json_object(), *totals = json_object();
	json_object_set_new(root, "schema", json_string(COMPARISON_SCHEMA));
	json_object_set_new(root, "a", side_object(&comparison->input[COMPARISON_A]));
	json_object_set_new(root, "b", side_object(&comparison->input[COMPARISON_B]));
	json_object_set_new(root, "per", json_string(comparison->per_second ? "second" : "run"));
	json_object_set_new(root, "by", json_string(measure_names[comparison->by]));
	json_object_set_new(root, "least_p", real(comparison_least_p(a, b)));
	json_object_set_new(root, "cautions", cautions(comparison));
	json_object_set_new(root, "counted_ns", value_object(&comparison->run_ns));
	add_values(totals, comparison->total);
	json_object_set_new(root, "totals", totals);
	for (size_t part = 0; part < PROFILE_PARTS; part++)
		json_object_set_new(root, profile_part_name((enum profile_part)part),
			rows((enum profile_part)part, &comparison->list[part]));
	errno = 0;
	int failed = json_dumpf(root, stream, JSON_REAL_PRECISION(DIGITS) | JSON_INDENT(INDENT)) <
	                     0 ||
	             fputc('\n', stream) == EOF;
	int error = errno ? errno : EIO;
	json_decref(root);
	return failed ? -error : 0;
}
