/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is shipped, where to, when again, and what answers mean. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "abi/syscall.h"
#include "base/alloc.h"
#include "event/tally.h"
#include "out/backoff.h"
#include "out/json_text.h"
#include "out/ship_batch.h"
#include "out/ship_clickhouse.h"
#include "out/ship_elastic.h"
#include "out/ship_otlp.h"
#include "out/ship_url.h"

static void pauses_double_and_are_limited(void **state)
{
	(void)state;
	uint64_t expected_ns = BACKOFF_FIRST_NS;
	for (unsigned int failures = 1; failures < 100; failures++) {
		uint64_t shortest = backoff_pause_ns(failures, 0, 0);
		uint64_t longest = backoff_pause_ns(failures, 0, UINT32_MAX);
		assert_int_equal(shortest, expected_ns / 4 * 3);
		assert_int_equal(longest, expected_ns / 4 * 3 + expected_ns / 2);
		expected_ns = expected_ns * 2 < BACKOFF_MAX_NS ? expected_ns * 2 : BACKOFF_MAX_NS;
	}
	assert_int_equal(backoff_pause_ns(UINT32_MAX, 0, 0), BACKOFF_MAX_NS / 4 * 3);
}

static void pauses_are_as_long_as_was_asked_for(void **state)
{
	(void)state;
	assert_int_equal(backoff_pause_ns(1, 7, 0), 7 * NS_PER_S);
	assert_int_equal(backoff_pause_ns(1, UINT64_MAX, 0), BACKOFF_ASKED_NS);
	assert_true(backoff_pause_ns(20, 1, 0) > 20 * NS_PER_S);
}

static void urls_have_defaults(void **state)
{
	static const struct {
		const char *text, *shown, *origin, *user;
	} urls[] = {
		{"clickhouse://db", "clickhouse://db:8123/default", "http://db:8123", ""},
		{"clickhouse+https://me@db/a_1", "clickhouse+https://db:8443/a_1",
			"https://db:8443", "me"},
		{"elastic://[::1]", "elastic://[::1]:9200/stop", "http://[::1]:9200", ""},
		{"elastic+https://a.b-c:1/", "elastic+https://a.b-c:1/stop", "https://a.b-c:1", ""},
		{"elastic://10.0.0.1:65535/x", "elastic://10.0.0.1:65535/x",
			"http://10.0.0.1:65535", ""},
		{"otlp://me@c", "otlp://c:4318/", "http://c:4318", "me"},
		{"otlp+https://c/api/v1.0/x-y", "otlp+https://c:443/api/v1.0/x-y", "https://c:443",
			""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		struct ship_url url;
		char text[SHIP_URL_TEXT], error[SHIP_URL_ERROR_MAX];
		assert_int_equal(ship_url_parse(urls[i].text, &url, error), 0);
		assert_string_equal(ship_url_text(&url, text), urls[i].shown);
		assert_string_equal(ship_url_origin(&url, text), urls[i].origin);
		assert_string_equal(url.user, urls[i].user);
	}
}

static void a_password_is_refused_and_not_quoted(void **state)
{
	static const char *const urls[] = {"clickhouse://me:secret@db", "elastic://:secret@db",
		"elastic://me:se@cret@db/x", "nothing://me:secret@db", "elastic://me:secret"};
	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		struct ship_url url;
		char error[SHIP_URL_ERROR_MAX];
		assert_int_equal(ship_url_parse(urls[i], &url, error), -EINVAL);
		assert_null(strstr(error, "secret"));
		assert_null(strstr(error, "cret"));
	}
}

/* A batch of KIND of COUNT rows, each of a letter, with 1, 2, 3 … calls. */
static struct ship_batch *batch_of(enum ship_kind kind, size_t count)
{
	struct ship_batch *batch = ship_batch_new(kind);
	for (size_t i = 0; i < count; i++) {
		const char letter[2] = {(char)('a' + i), '\0'};
		assert_true(ship_batch_add(batch, letter, 1, i + 1));
	}
	return batch;
}

static void batches_keep_rows_and_join(void **state)
{
	static const bool keeps[] = {false, true, false, true, true};
	(void)state;
	struct ship_batch *batch = batch_of(SHIP_SUM, 5), *more = batch_of(SHIP_SUM, 2);
	struct ship_batch *lost = batch_of(SHIP_LOST, 2);
	ship_batch_keep(batch, keeps);
	assert_int_equal(batch->size, 3);
	assert_memory_equal(batch->text, "bde", 3);
	assert_true(ship_batch_join(batch, more));
	assert_memory_equal(batch->text, "bdeab", 5);
	const struct ship_count count = ship_batch_count(batch, 1, 4);
	assert_int_equal(count.rows, 4);
	assert_int_equal(count.calls, 4 + 5 + 1 + 2);
	assert_false(ship_batch_join(batch, lost));
	assert_int_equal(ship_batch_count(lost, 0, 2).rows, 0);
	ship_batch_free(batch);
	ship_batch_free(more);
	ship_batch_free(lost);
}

static void batches_are_split(void **state)
{
	(void)state;
	for (size_t rows = 2; rows < 6; rows++) {
		struct ship_batch *batch = batch_of(SHIP_CALL, rows);
		struct ship_batch *second = ship_batch_split(batch);
		assert_int_equal(batch->rows, rows / 2);
		assert_int_equal(second->rows, rows - rows / 2);
		assert_int_equal(second->kind, SHIP_CALL);
		assert_int_equal(ship_batch_count(second, 0, second->rows).details, second->rows);
		assert_true(ship_batch_join(batch, second));
		assert_int_equal(batch->size, rows);
		assert_memory_equal(batch->text, "abcdef", rows);
		ship_batch_free(batch);
		ship_batch_free(second);
	}
}

static void batches_are_limited(void **state)
{
	static char row[1000];
	(void)state;
	struct ship_batch *batch = ship_batch_new(SHIP_SUM), *more = batch_of(SHIP_SUM, 2);
	while (ship_batch_add(batch, row, sizeof(row), 1))
		;
	assert_in_range(batch->size, SHIP_BATCH_MAX - sizeof(row), SHIP_BATCH_MAX);
	while (ship_batch_add(batch, row, 1, 1))
		;
	assert_int_equal(batch->size, SHIP_BATCH_MAX);
	assert_false(ship_batch_join(batch, more));
	ship_batch_free(batch);
	ship_batch_free(more);
}

/* What TARGET thinks of an answer to BATCH. */
static enum ship_verdict judge(const struct ship_target *target, unsigned int status,
	const char *body, struct ship_batch *batch, struct ship_count *refused)
{
	char why[SHIP_WHY_MAX];
	char *copy = body ? xstrdup(body) : NULL;
	const struct ship_answer answer = {status, 0, copy, body ? strlen(body) : 0};
	*refused = (struct ship_count){0};
	enum ship_verdict verdict = target->judge(&answer, batch, refused, why);
	free(copy);
	return verdict;
}

static void answers_of_clickhouse(void **state)
{
	static const struct {
		unsigned int status;
		const char *body;
		enum ship_verdict verdict;
	} answers[] = {
		{200, NULL, SHIP_TAKEN},
		{200, "", SHIP_TAKEN},
		/* The status was sent before it failed. */
		{200, "Code: 241. DB::Exception: Memory limit", SHIP_LATER},
		{500, "Code: 27, e.displayText() = DB::Exception: Cannot parse", SHIP_REFUSED},
		{404, "Code: 60, e.displayText() = DB::Exception: Table", SHIP_UNPREPARED},
		{500, "Code: 252, e.displayText() = DB::Exception: Too many parts", SHIP_LATER},
		{401, "Code: 193, e.displayText() = DB::Exception: Wrong password", SHIP_LATER},
		{503, "<html>", SHIP_LATER},
		{429, NULL, SHIP_LATER},
		{413, NULL, SHIP_TOO_LARGE},
		{301, NULL, SHIP_LATER},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		struct ship_batch *batch = batch_of(SHIP_SUM, 3);
		struct ship_count refused;
		assert_int_equal(judge(&ship_clickhouse, answers[i].status, answers[i].body, batch,
					 &refused),
			answers[i].verdict);
		assert_int_equal(refused.calls, answers[i].verdict == SHIP_REFUSED ? 6 : 0);
		assert_int_equal(batch->rows, 3);
		ship_batch_free(batch);
	}
}

#define ITEM(status) "{\"create\":{\"status\":" #status ",\"error\":{\"reason\":\"x\"}}}"

static void answers_of_elastic(void **state)
{
	static const struct {
		unsigned int status;
		const char *body;
		enum ship_verdict verdict;
		size_t kept;
		uint64_t refused; /* calls */
	} answers[] = {
		{200, "{\"errors\":false}", SHIP_TAKEN, 3, 0},
		{200, "{\"errors\":true,\"items\":[" ITEM(201) "," ITEM(429) "," ITEM(400) "]}",
			SHIP_LATER, 1, 3},
		{200, "{\"errors\":true,\"items\":[" ITEM(201) "," ITEM(409) "," ITEM(201) "]}",
			SHIP_TAKEN, 3, 0},
		{200, "{\"errors\":true,\"items\":[" ITEM(400) "," ITEM(201) "," ITEM(400) "]}",
			SHIP_REFUSED, 3, 4},
		{200, "{\"errors\":true,\"items\":[" ITEM(503) "," ITEM(503) "," ITEM(503) "]}",
			SHIP_LATER, 3, 0},
		/* What is no answer to a bulk of three. */
		{200, "{\"errors\":true,\"items\":[" ITEM(400) "]}", SHIP_LATER, 3, 0},
		{200, "{\"errors\":true,\"items\":[1,null,{}]}", SHIP_LATER, 3, 0},
		{200, "{\"errors\":tr", SHIP_LATER, 3, 0},
		{200, "[]", SHIP_LATER, 3, 0},
		{200, NULL, SHIP_LATER, 3, 0},
		{429, "{}", SHIP_LATER, 3, 0},
		{400, "{}", SHIP_REFUSED, 3, 6},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		struct ship_batch *batch = batch_of(SHIP_SUM, 3), *calls = batch_of(SHIP_CALL, 3);
		struct ship_count refused, single;
		assert_int_equal(
			judge(&ship_elastic, answers[i].status, answers[i].body, batch, &refused),
			answers[i].verdict);
		assert_int_equal(
			judge(&ship_elastic, answers[i].status, answers[i].body, calls, &single),
			answers[i].verdict);
		assert_int_equal(batch->rows, answers[i].kept);
		assert_int_equal(calls->rows, answers[i].kept);
		assert_int_equal(refused.calls, answers[i].refused);
		assert_int_equal(single.details, refused.rows);
		ship_batch_free(batch);
		ship_batch_free(calls);
	}
}

static void answers_of_otlp(void **state)
{
	static const struct {
		unsigned int status;
		const char *body;
		enum ship_verdict verdict;
		uint64_t refused; /* rows */
	} answers[] = {
		{200, "{}", SHIP_TAKEN, 0},
		{200, NULL, SHIP_TAKEN, 0},
		{200, "no JSON", SHIP_TAKEN, 0},
		{200, "{\"partialSuccess\":{}}", SHIP_TAKEN, 0},
		{200, "{\"partialSuccess\":{\"errorMessage\":\"a warning\"}}", SHIP_TAKEN, 0},
		{200, "{\"partialSuccess\":{\"rejectedDataPoints\":\"2\"}}", SHIP_REFUSED, 2},
		{200, "{\"partialSuccess\":{\"rejectedDataPoints\":9}}", SHIP_REFUSED, 3},
		{200, "{\"partialSuccess\":{\"rejectedDataPoints\":\"-9\"}}", SHIP_TAKEN, 0},
		{200, "{\"partialSuccess\":{\"rejectedLogRecords\":\"2\"}}", SHIP_TAKEN, 0},
		{400, "{\"code\":3}", SHIP_REFUSED, 3},
		{401, NULL, SHIP_REFUSED, 3},
		{404, NULL, SHIP_REFUSED, 3},
		{500, NULL, SHIP_REFUSED, 3},
		{413, NULL, SHIP_TOO_LARGE, 0},
		{429, NULL, SHIP_LATER, 0},
		{502, NULL, SHIP_LATER, 0},
		{503, NULL, SHIP_LATER, 0},
		{504, NULL, SHIP_LATER, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		struct ship_batch *batch = batch_of(SHIP_SUM, 3);
		struct ship_count refused;
		assert_int_equal(
			judge(&ship_otlp, answers[i].status, answers[i].body, batch, &refused),
			answers[i].verdict);
		assert_int_equal(refused.rows, answers[i].refused);
		ship_batch_free(batch);
	}
}

/* Rows of one process that follow each other are in one list. */
static void rows_of_otlp_share_a_resource(void **state)
{
	static char buf[SHIP_ROW_MAX];
	static const pid_t pids[] = {7, 7, 8, 7};
	static struct ship_origin origin = {.target = "a\"metrics\":["};
	struct ship_batch *batch = ship_batch_new(SHIP_LOST);
	struct ship_request request = {0};
	const struct ship_url url = {.target = &ship_otlp};
	size_t resources = 0, lists = 0;
	(void)state;
	for (size_t i = 0; i < sizeof(pids) / sizeof(*pids); i++) {
		struct json_text text = {buf, sizeof(buf), 0};
		const struct ship_row row = {.origin = &origin, .kind = SHIP_LOST};
		origin.pid = pids[i];
		ship_otlp.row(&text, &row);
		assert_true(ship_batch_add(batch, buf, text.used, 0));
	}
	ship_otlp.insert(&url, batch, &request);
	assert_string_equal(request.path, "/v1/metrics");
	for (const char *at = request.body; (at = strstr(at, "{\"resource\":")) != NULL; at++)
		resources++;
	for (const char *at = request.body; (at = strstr(at, "\"stop.lost.rows\"")) != NULL; at++)
		lists++;
	assert_int_equal(resources, 3);
	assert_int_equal(lists, 4);
	ship_request_clear(&request);
	ship_batch_free(batch);
}

static void buckets_have_the_same_bounds_in_all_rows(void **state)
{
	static const uint64_t times[] = {
		0, 1, 7, 8, 100, 1000, 1001, 1023, 1024, 123456789, 1ULL << 62};
	struct ship_bucket bucket[SHIP_BUCKETS_MAX];
	struct hist hist = {0};
	uint64_t calls = 0;
	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		struct hist one = {0};
		hist_add(&one, times[i]);
		hist_add(&hist, times[i]);
		assert_int_equal(ship_buckets(&one, bucket), 1);
		assert_true(bucket->high_ns >= times[i]);
		assert_true(bucket->high_ns < 8 || bucket->high_ns - times[i] <= times[i] / 4 + 8);
		uint64_t bound = bucket->high_ns;
		hist_add(&one, bound);
		assert_int_equal(ship_buckets(&one, bucket), 1);
		hist_add(&one, bound + 1);
		assert_int_equal(ship_buckets(&one, bucket), 2);
		assert_int_equal(bucket[0].high_ns, bound);
		hist_clear(&one);
	}
	size_t count = ship_buckets(&hist, bucket);
	for (size_t i = 0; i < count; i++) {
		assert_true(i == 0 || bucket[i].high_ns > bucket[i - 1].high_ns);
		calls += bucket[i].count;
	}
	assert_int_equal(calls, sizeof(times) / sizeof(*times));
	hist_clear(&hist);
}

/* The longest row that there can be has room, and is a line. */
static void rows_have_room(void **state)
{
	static const struct ship_target *const targets[] = {
		&ship_clickhouse, &ship_elastic, &ship_otlp};
	static char buf[SHIP_ROW_MAX];
	static struct ship_origin origin;
	struct tally tally = {0};
	(void)state;
	for (unsigned int shift = 0; shift < 63; shift++) {
		for (uint64_t part = 0; part < 8; part++)
			tally_add(&tally, &(struct outcome){.duration_ns = (UINT64_C(1) << shift) *
			                                                   (8 + part) / 8,
						  .err = (int)(1 + shift * 2 % 133)});
	}
	memset(origin.command, '"', sizeof(origin.command) - 1);
	memset(origin.target, '\\', sizeof(origin.target) - 1);
	memset(origin.host, '\n', sizeof(origin.host) - 1);
	const struct ship_row row = {.origin = &origin,
		.kind = SHIP_SUM,
		.comm = "\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f\x10\x11\x12\x13\x14",
		.tally = &tally};
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		const char *end = targets[i] == &ship_otlp ? "]}" : "}\n";
		struct json_text text = {buf, sizeof(buf), 0};
		targets[i]->row(&text, &row);
		assert_true(text.used < sizeof(buf) / 2);
		assert_memory_equal(buf + text.used - 2, end, 2);
	}
	tally_clear(&tally);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pauses_double_and_are_limited),
		cmocka_unit_test(pauses_are_as_long_as_was_asked_for),
		cmocka_unit_test(urls_have_defaults),
		cmocka_unit_test(a_password_is_refused_and_not_quoted),
		cmocka_unit_test(batches_keep_rows_and_join),
		cmocka_unit_test(batches_are_split),
		cmocka_unit_test(batches_are_limited),
		cmocka_unit_test(answers_of_clickhouse),
		cmocka_unit_test(answers_of_elastic),
		cmocka_unit_test(answers_of_otlp),
		cmocka_unit_test(rows_of_otlp_share_a_resource),
		cmocka_unit_test(buckets_have_the_same_bounds_in_all_rows),
		cmocka_unit_test(rows_have_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
