/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is shipped; see out/ship_row.h. */
#include "config.h"

#include "out/ship_row.h"

#include <inttypes.h>
#include <stdbool.h>

#include "abi/names.h"
#include "event/tally.h"
#include "out/json_text.h"
#include "out/line_json.h"

/* Buckets of a histogram that are one here. */
#define GROUP (HIST_STEPS / 4)

size_t ship_buckets(const struct hist *hist, struct ship_bucket bucket[SHIP_BUCKETS_MAX])
{
	struct hist_bucket fine;
	unsigned int at = 0, last = UINT32_MAX;
	size_t count = 0;
	while (hist_next(hist, &at, &fine)) {
		unsigned int group = fine.number / GROUP;
		uint64_t width = fine.high_ns - fine.low_ns + 1;
		uint64_t after = GROUP - 1 - fine.number % GROUP;
		if (group != last)
			bucket[count++] = (struct ship_bucket){fine.high_ns + after * width, 0};
		last = group;
		bucket[count - 1].count += fine.count;
	}
	return count;
}

/* As reports have it: within what was observed. */
static uint64_t quantile_ns(const struct tally *tally, double quantile)
{
	uint64_t value_ns = hist_quantile(&tally->hist, quantile);
	if (value_ns > tally->max_ns)
		return tally->max_ns;
	return value_ns < tally->min_ns ? tally->min_ns : value_ns;
}

static void add_buckets(struct json_text *text, const struct hist *hist)
{
	struct ship_bucket bucket[SHIP_BUCKETS_MAX];
	size_t count = ship_buckets(hist, bucket);
	json_text_add(text, ",\"bucket_ns\":[");
	for (size_t i = 0; i < count; i++)
		json_text_add(text, "%s%" PRIu64, i ? "," : "", bucket[i].high_ns);
	json_text_add(text, "],\"bucket_calls\":[");
	for (size_t i = 0; i < count; i++)
		json_text_add(text, "%s%" PRIu64, i ? "," : "", bucket[i].count);
	json_text_add(text, "]");
}

static void add_errors(struct json_text *text, const struct tally *tally)
{
	char name[ABI_NAME_MAX];
	json_text_add(text, ",\"error_names\":[");
	for (size_t i = 0; i < tally->error_kinds; i++)
		json_text_add(
			text, "%s\"%s\"", i ? "," : "", error_name(tally->error[i].err, name));
	json_text_add(text, "],\"error_calls\":[");
	for (size_t i = 0; i < tally->error_kinds; i++)
		json_text_add(text, "%s%" PRIu64, i ? "," : "", tally->error[i].count);
	json_text_add(text, "]");
}

const char *ship_row_class(const struct ship_row *row)
{
	const struct syscall_desc *desc = syscall_lookup(row->call);
	return desc && desc->classes
	               ? call_class_name((enum call_class)__builtin_ctz(desc->classes))
	               : "other";
}

static void add_class(struct json_text *text, const struct ship_row *row)
{
	json_text_add(text, ",\"class\":\"%s\"", ship_row_class(row));
}

static void add_sum(struct json_text *text, const struct ship_row *row)
{
	const struct tally *tally = row->tally;
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{"calls", tally->calls},
		{"errors", tally->errors},
		{"partial", tally->partial},
		{"bytes", tally->bytes},
		{"total_ns", tally->total_ns},
		{"min_ns", tally->min_ns},
		{"max_ns", tally->max_ns},
		{"p50_ns", quantile_ns(tally, 0.5)},
		{"p95_ns", quantile_ns(tally, 0.95)},
		{"p99_ns", quantile_ns(tally, 0.99)},
	};
	add_class(text, row);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		json_text_add(text, ",\"%s\":%" PRIu64, numbers[i].name, numbers[i].value);
	add_buckets(text, &tally->hist);
	add_errors(text, tally);
}

static void add_call(struct json_text *text, const struct ship_row *row)
{
	add_class(text, row);
	line_json_add_call(text, row->text, row->detail);
}

static void add_lost(struct json_text *text, const struct ship_row *row)
{
	json_text_add(text,
		",\"lost_rows\":%" PRIu64 ",\"lost_calls\":%" PRIu64 ",\"lost_details\":%" PRIu64,
		row->lost_rows, row->lost_calls, row->lost_details);
}

void ship_row_add(struct json_text *text, const struct ship_row *row)
{
	static void (*const adders[SHIP_KINDS])(
		struct json_text * text, const struct ship_row *row) = {
		[SHIP_SUM] = add_sum,
		[SHIP_CALL] = add_call,
		[SHIP_LOST] = add_lost,
	};
	adders[row->kind](text, row);
}
