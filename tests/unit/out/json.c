/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The schema stop.snapshot/1, read back through the JSON library. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <time.h>

#include "out/json.h"
#include "support/fixture.h"

/* Only the layer `out` may use the library; this tests that layer. */
#include <jansson.h>

/* REPORT as JSON; the caller frees it. */
static char *text_of(const struct report *report, bool compact)
{
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	assert_int_equal(json_write(stream, report, compact), 0);
	assert_int_equal(fclose(stream), 0);
	return text;
}

/* REPORT, written and read back. */
static json_t *round_trip(const struct report *report)
{
	json_error_t error;
	char *text = text_of(report, true);
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		fail_msg("%s in %s", error.text, text);
	free(text);
	return root;
}

/* Asserts that OBJECT has every one of COUNT fields, each of its type. */
struct field {
	const char *name;
	json_type type;
};

static void assert_fields(const json_t *object, const struct field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_object_get(object, fields[i].name);
		if (!value || json_typeof(value) != fields[i].type)
			fail_msg("%s is missing, or of another type", fields[i].name);
	}
}

static void top_has_every_field(void **state)
{
	static const struct field fields[] = {
		{"schema", JSON_STRING},
		{"time", JSON_STRING},
		{"command", JSON_STRING},
		{"scope", JSON_NULL},
		{"engine", JSON_STRING},
		{"engine_reason", JSON_NULL},
		{"elapsed_ns", JSON_INTEGER},
		{"processes", JSON_ARRAY},
		{"lost", JSON_OBJECT},
		{"cost", JSON_OBJECT},
		{"filter", JSON_NULL},
		{"syscalls", JSON_ARRAY},
		{"threads", JSON_ARRAY},
		{"stacks", JSON_ARRAY},
	};
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	json_t *root = round_trip(&fixture.report);
	assert_fields(root, fields, COUNT_OF(fields));
	assert_string_equal(json_string_value(json_object_get(root, "schema")), "stop.snapshot/1");
	assert_string_equal(
		json_string_value(json_object_get(root, "command")), "/usr/bin/evil --quiet");
	assert_int_equal(json_integer_value(json_object_get(root, "elapsed_ns")), 10 * NS_PER_S);
	const json_t *lost = json_object_get(root, "lost");
	assert_true(json_is_integer(json_object_get(lost, "details")));
	assert_int_equal(json_integer_value(json_object_get(lost, "calls")), 0);
	const json_t *cost = json_object_get(root, "cost");
	assert_true(json_is_null(json_object_get(cost, "floor_ns")));
	assert_true(json_is_null(json_object_get(cost, "share")));
	assert_true(json_is_null(json_object_get(cost, "call_ns")));
	assert_int_equal(json_integer_value(json_object_get(cost, "stops")), 2000041);
	assert_int_equal(
		json_integer_value(json_object_get(cost, "tracer_cpu_ns")), 1500 * NS_PER_MS);
	json_decref(root);
}

static void known_cost_is_a_number(void **state)
{
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	fixture.report.cost.minimum = MINIMUM_KNOWN;
	fixture.report.cost.minimum_ns = 13500;
	fixture.report.cost.share = 0.25;
	fixture.report.cost.call_ns = 21000;
	fixture.report.cost.others_ns = 115;
	fixture.report.cost.stop_rate = 24690.5;
	json_t *root = round_trip(&fixture.report);
	const json_t *cost = json_object_get(root, "cost");
	assert_int_equal(json_integer_value(json_object_get(cost, "floor_ns")), 13500);
	assert_true(json_real_value(json_object_get(cost, "share")) == 0.25);
	assert_int_equal(json_integer_value(json_object_get(cost, "call_ns")), 21000);
	assert_int_equal(json_integer_value(json_object_get(cost, "others_ns")), 115);
	assert_true(json_real_value(json_object_get(cost, "stop_rate")) == 24690.5);
	json_decref(root);
}

static void calls_have_every_field(void **state)
{
	static const struct field fields[] = {
		{"name", JSON_STRING},
		{"nr", JSON_INTEGER},
		{"abi", JSON_STRING},
		{"classes", JSON_ARRAY},
		{"calls", JSON_INTEGER},
		{"errors", JSON_INTEGER},
		{"errnos", JSON_OBJECT},
		{"in_progress", JSON_INTEGER},
		{"total_ns", JSON_INTEGER},
		{"min_ns", JSON_INTEGER},
		{"avg_ns", JSON_INTEGER},
		{"max_ns", JSON_INTEGER},
		{"stddev_ns", JSON_INTEGER},
		{"p50_ns", JSON_INTEGER},
		{"p90_ns", JSON_INTEGER},
		{"p99_ns", JSON_INTEGER},
	};
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	json_t *root = round_trip(&fixture.report);
	const json_t *calls = json_object_get(root, "syscalls");
	assert_int_equal(json_array_size(calls), 3);
	const json_t *openat = json_array_get(calls, 2);
	assert_fields(openat, fields, COUNT_OF(fields));
	assert_string_equal(json_string_value(json_object_get(openat, "name")), "openat");
	assert_int_equal(json_integer_value(json_object_get(openat, "nr")), 257);
	assert_string_equal(
		json_string_value(json_object_get(openat, "abi")), abi_name(ABI_NATIVE));
	assert_int_equal(json_array_size(json_object_get(openat, "classes")), 2);
	const json_t *errnos = json_object_get(openat, "errnos");
	assert_int_equal(json_object_size(errnos), 2);
	assert_int_equal(json_integer_value(json_object_get(errnos, "EACCES")), 12);
	assert_int_equal(json_integer_value(json_object_get(errnos, "ENOENT")), 1);
	json_decref(root);
}

static void unknown_values_are_null(void **state)
{
	static const struct field fields[] = {
		{"min_ns", JSON_NULL},
		{"stddev_ns", JSON_NULL},
		{"p50_ns", JSON_NULL},
		{"p90_ns", JSON_NULL},
		{"p99_ns", JSON_NULL},
		{"max_ns", JSON_INTEGER},
		{"total_ns", JSON_INTEGER},
	};
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	json_t *root = round_trip(&fixture.report);
	const json_t *futex = json_array_get(json_object_get(root, "syscalls"), 0);
	assert_fields(futex, fields, COUNT_OF(fields));
	json_decref(root);
}

static void threads_have_every_field(void **state)
{
	static const struct field fields[] = {
		{"pid", JSON_INTEGER},
		{"tid", JSON_INTEGER},
		{"comm", JSON_STRING},
		{"state", JSON_STRING},
		{"syscall", JSON_STRING},
		{"args", JSON_ARRAY},
		{"since_ns", JSON_INTEGER},
		{"calls", JSON_INTEGER},
		{"errors", JSON_INTEGER},
		{"total_ns", JSON_INTEGER},
	};
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	json_t *root = round_trip(&fixture.report);
	const json_t *threads = json_object_get(root, "threads");
	const json_t *first = json_array_get(threads, 0);
	assert_int_equal(json_array_size(threads), 3);
	assert_fields(first, fields, COUNT_OF(fields));
	assert_string_equal(json_string_value(json_object_get(first, "state")), "in_call");
	assert_string_equal(json_string_value(json_object_get(first, "syscall")), "futex");
	assert_int_equal(json_integer_value(json_object_get(first, "since_ns")), 40 * NS_PER_S);
	const json_t *args = json_object_get(first, "args");
	assert_int_equal(json_array_size(args), 6);
	assert_string_equal(json_string_value(json_array_get(args, 0)), "0x7fff0000");
	const json_t *running = json_array_get(threads, 1);
	assert_true(json_is_null(json_object_get(running, "syscall")));
	assert_true(json_is_null(json_object_get(running, "args")));
	json_decref(root);
}

static void arguments_that_were_not_collected_are_null(void **state)
{
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	fixture.threads[0].has_args = false;
	json_t *root = round_trip(&fixture.report);
	const json_t *first = json_array_get(json_object_get(root, "threads"), 0);
	assert_true(json_is_null(json_object_get(first, "args")));
	json_decref(root);
}

static void names_are_escaped_and_valid(void **state)
{
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	fixture.report.facts.command = "a\xff\x1b\"\\ \xe2\x80\xae";
	memcpy(fixture.processes[0].comm,
		"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2", 16);
	json_t *root = round_trip(&fixture.report);
	const json_t *process = json_array_get(json_object_get(root, "processes"), 0);
	assert_string_equal(
		json_string_value(json_object_get(root, "command")), "a\\xff\\x1b\"\\\\ \\u202e");
	assert_string_equal(json_string_value(json_object_get(process, "comm")), "€€€€€\\xe2");
	json_decref(root);
}

static void the_largest_numbers_stay_positive(void **state)
{
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	fixture.calls[1].calls = UINT64_MAX;
	fixture.calls[1].avg_ns = 1e300;
	fixture.calls[1].rate = 1.0 / 0.0;
	json_t *root = round_trip(&fixture.report);
	const json_t *read = json_array_get(json_object_get(root, "syscalls"), 1);
	assert_true(json_integer_value(json_object_get(read, "calls")) == INT64_MAX);
	assert_true(json_is_null(json_object_get(read, "rate")));
	json_decref(root);
}

static void compact_is_one_line(void **state)
{
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	char *compact = text_of(&fixture.report, true);
	char *indented = text_of(&fixture.report, false);
	assert_ptr_equal(strchr(compact, '\n'), compact + strlen(compact) - 1);
	assert_ptr_not_equal(strchr(indented, '\n'), indented + strlen(indented) - 1);
	free(compact);
	free(indented);
}

static void time_has_the_zone(void **state)
{
	static const struct {
		const char *zone, *time;
	} cases[] = {
		{"UTC0", "2023-11-14T22:13:20.123+00:00"},
		{"IST-5:30", "2023-11-15T03:43:20.123+05:30"},
		{"EST5", "2023-11-14T17:13:20.123-05:00"},
	};
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		setenv("TZ", cases[i].zone, 1);
		tzset();
		json_t *root = round_trip(&fixture.report);
		assert_string_equal(
			json_string_value(json_object_get(root, "time")), cases[i].time);
		json_decref(root);
	}
}

static void filter_is_its_text(void **state)
{
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	fixture.report.view.filter.classes = 1U << CLASS_NETWORK;
	json_t *root = round_trip(&fixture.report);
	assert_string_equal(json_string_value(json_object_get(root, "filter")), "%network");
	json_decref(root);
}

static void a_full_disk_is_an_error(void **state)
{
	struct fixture fixture;
	FILE *full = fopen("/dev/full", "w");
	(void)state;
	fixture_make(&fixture);
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	assert_int_equal(json_write(full, &fixture.report, true), -ENOSPC);
	fclose(full);
}

int main(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
	setlocale(LC_CTYPE, "C.UTF-8");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(top_has_every_field),
		cmocka_unit_test(known_cost_is_a_number),
		cmocka_unit_test(calls_have_every_field),
		cmocka_unit_test(unknown_values_are_null),
		cmocka_unit_test(threads_have_every_field),
		cmocka_unit_test(arguments_that_were_not_collected_are_null),
		cmocka_unit_test(names_are_escaped_and_valid),
		cmocka_unit_test(the_largest_numbers_stay_positive),
		cmocka_unit_test(compact_is_one_line),
		cmocka_unit_test(time_has_the_zone),
		cmocka_unit_test(filter_is_its_text),
		cmocka_unit_test(a_full_disk_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
