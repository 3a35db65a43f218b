/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Metrics; see out/metrics.h. */
#include "config.h"

#include "out/metrics.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "abi/names.h"
#include "base/alloc.h"
#include "base/hist.h"
#include "base/time.h"
#include "event/redaction.h"
#include "event/tally.h"

/* The first bucket has what is below 4^5 ns. */
#define BUCKET_FIRST 5

/* What a metric is. */
enum kind {
	COUNTER,
	GAUGE,
	HISTOGRAM,
};

struct writer {
	FILE *stream;
	const struct report *report;
	bool is_open; /* OpenMetrics */
};

/* Writes TEXT, which is escaped for display, as the value of a label. */
static void put_label(FILE *stream, const char *name, const char *text)
{
	fprintf(stream, "%s=\"", name);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', stream);
		fputc(*text, stream);
	}
	fputc('"', stream);
}

static void put_seconds(FILE *stream, uint64_t ns)
{
	fprintf(stream, "%llu.%09llu", (unsigned long long)(ns / NS_PER_S),
		(unsigned long long)(ns % NS_PER_S));
}

/* The lines before the values of a metric. OpenMetrics has the suffix of counters in values only.
 */
static void begin(const struct writer *writer, const char *name, enum kind kind, const char *help)
{
	static const char *const kinds[] = {
		[COUNTER] = "counter", [GAUGE] = "gauge", [HISTOGRAM] = "histogram"};
	const char *suffix = kind == COUNTER && !writer->is_open ? "_total" : "";
	fprintf(writer->stream, "# TYPE stop_%s%s %s\n", name, suffix, kinds[kind]);
	fprintf(writer->stream, "# HELP stop_%s%s %s\n", name, suffix, help);
}

/* The labels of ROW, without the bracket at their end. */
static void put_row(const struct writer *writer, const char *metric, const struct call_row *row)
{
	char *name = report_escaped(row->name);
	fprintf(writer->stream, "stop_%s{", metric);
	put_label(writer->stream, "syscall", name);
	free(name);
}

/* A counter of each call, a number or a time. */
static void put_counters(const struct writer *writer, const char *name, const char *help,
	bool is_time, uint64_t (*value)(const struct call_row *row))
{
	char metric[64];
	snprintf(metric, sizeof(metric), "%s_total", name);
	begin(writer, name, COUNTER, help);
	for (size_t i = 0; i < writer->report->call_count; i++) {
		const struct call_row *row = &writer->report->calls[i];
		put_row(writer, metric, row);
		fputs("} ", writer->stream);
		if (is_time)
			put_seconds(writer->stream, value(row));
		else
			fprintf(writer->stream, "%llu", (unsigned long long)value(row));
		fputc('\n', writer->stream);
	}
}

static uint64_t calls_of(const struct call_row *row)
{
	return row->calls;
}

static uint64_t bytes_of(const struct call_row *row)
{
	return row->transfers ? row->bytes : 0;
}

static uint64_t time_of(const struct call_row *row)
{
	return row->total_ns;
}

static void put_errors(const struct writer *writer)
{
	char name[ABI_NAME_MAX];
	begin(writer, "syscall_errors", COUNTER, "Calls that failed, by error.");
	for (size_t i = 0; i < writer->report->call_count; i++) {
		const struct call_row *row = &writer->report->calls[i];
		for (size_t at = 0; row->tally && at < row->tally->error_kinds; at++) {
			put_row(writer, "syscall_errors_total", row);
			fputc(',', writer->stream);
			put_label(writer->stream, "errno",
				error_name(row->tally->error[at].err, name));
			fprintf(writer->stream, "} %llu\n",
				(unsigned long long)row->tally->error[at].count);
		}
	}
}

uint64_t metrics_bound_ns(size_t number)
{
	return (UINT64_C(1) << 2 * (BUCKET_FIRST + number)) - 1;
}

void metrics_buckets(const struct hist *hist, uint64_t count[METRICS_BUCKETS])
{
	struct hist_bucket bucket;
	unsigned int at = 0;
	size_t number = 0;
	memset(count, 0, METRICS_BUCKETS * sizeof(*count));
	while (hist_next(hist, &at, &bucket)) {
		while (number < METRICS_BUCKETS - 1 && bucket.high_ns > metrics_bound_ns(number))
			number++;
		count[number] += bucket.count;
	}
}

static void put_histogram(const struct writer *writer, const struct call_row *row)
{
	const struct tally *tally = row->tally;
	uint64_t count[METRICS_BUCKETS], sum = 0;
	metrics_buckets(&tally->hist, count);
	for (size_t i = 0; i < METRICS_BUCKETS - 1; i++) {
		sum += count[i];
		put_row(writer, "syscall_duration_seconds_bucket", row);
		fputs(",le=\"", writer->stream);
		put_seconds(writer->stream, metrics_bound_ns(i));
		fprintf(writer->stream, "\"} %llu\n", (unsigned long long)sum);
	}
	put_row(writer, "syscall_duration_seconds_bucket", row);
	fprintf(writer->stream, ",le=\"+Inf\"} %llu\n", (unsigned long long)tally->hist.count);
	put_row(writer, "syscall_duration_seconds_sum", row);
	fputs("} ", writer->stream);
	put_seconds(writer->stream, tally->total_ns - tally->partial_ns);
	fputc('\n', writer->stream);
	put_row(writer, "syscall_duration_seconds_count", row);
	fprintf(writer->stream, "} %llu\n", (unsigned long long)tally->hist.count);
}

static void put_histograms(const struct writer *writer)
{
	begin(writer, "syscall_duration_seconds", HISTOGRAM,
		"Duration of calls that were seen from beginning to end.");
	for (size_t i = 0; i < writer->report->call_count; i++) {
		if (writer->report->calls[i].tally && writer->report->calls[i].timed)
			put_histogram(writer, &writer->report->calls[i]);
	}
}

static void put_in_progress(const struct writer *writer)
{
	begin(writer, "syscall_in_progress", GAUGE, "Threads that are in the call now.");
	for (size_t i = 0; i < writer->report->call_count; i++) {
		put_row(writer, "syscall_in_progress", &writer->report->calls[i]);
		fprintf(writer->stream, "} %llu\n",
			(unsigned long long)writer->report->calls[i].in_progress);
	}
}

/* What is traced, by which engine: a constant with labels. */
static void put_target(const struct writer *writer)
{
	const struct report_facts *facts = &writer->report->facts;
	struct redaction *redaction = redaction_new(facts->secrets, false);
	const char *command = facts->command ? facts->command : facts->name;
	char *text = report_escaped(command ? command : "");
	redaction_mask_line(redaction, text);
	begin(writer, "target_info", GAUGE, "What is traced.");
	fputs("stop_target_info{", writer->stream);
	put_label(writer->stream, "command", text);
	fputc(',', writer->stream);
	put_label(writer->stream, "engine", facts->engine ? facts->engine : "");
	fprintf(writer->stream, ",pid=\"%d\"} 1\n", facts->scope ? 0 : (int)facts->pid);
	free(text);
	redaction_free(redaction);
}

/* What is one number. */
static void put_totals(const struct writer *writer)
{
	const struct report *report = writer->report;
	begin(writer, "elapsed_seconds", GAUGE, "Time since tracing began.");
	fputs("stop_elapsed_seconds ", writer->stream);
	put_seconds(writer->stream, report_elapsed_ns(report));
	fputc('\n', writer->stream);
	begin(writer, "threads", GAUGE, "Threads that are alive.");
	fprintf(writer->stream, "stop_threads %zu\n", report->totals.threads);
	begin(writer, "processes", GAUGE, "Processes that are alive.");
	fprintf(writer->stream, "stop_processes %zu\n", report->totals.processes);
	begin(writer, "details_lost", COUNTER, "Calls without arguments, as they came too fast.");
	fprintf(writer->stream, "stop_details_lost_total %llu\n",
		(unsigned long long)report->cost.details_lost);
	begin(writer, "engine_cpu_seconds", COUNTER, "CPU time of the engine.");
	fputs("stop_engine_cpu_seconds_total ", writer->stream);
	put_seconds(writer->stream, report->cost.cpu_ns);
	fputc('\n', writer->stream);
}

void metrics_write(FILE *stream, const struct report *report, bool is_open)
{
	const struct writer writer = {stream, report, is_open};
	put_target(&writer);
	put_totals(&writer);
	put_counters(&writer, "syscalls", "Completed calls.", false, calls_of);
	put_counters(&writer, "syscall_time_seconds",
		"Time in calls, also in those in progress and those seen in part.", true, time_of);
	put_counters(
		&writer, "syscall_bytes", "Bytes that calls have transferred.", false, bytes_of);
	put_errors(&writer);
	put_in_progress(&writer);
	put_histograms(&writer);
	if (is_open)
		fputs("# EOF\n", stream);
}

/* Media types that a client accepts. */

/* A part of a header. */
struct part {
	const char *text;
	size_t size;
};

/* Takes the part up to SEPARATOR off REST, without blanks around it. */
static struct part take_part(struct part *rest, char separator)
{
	const char *end = memchr(rest->text, separator, rest->size);
	struct part part = {rest->text, end ? (size_t)(end - rest->text) : rest->size};
	size_t taken = part.size + (end != NULL);
	rest->text += taken;
	rest->size -= taken;
	while (part.size && strchr(" \t", part.text[0])) {
		part.text++;
		part.size--;
	}
	while (part.size && strchr(" \t", part.text[part.size - 1]))
		part.size--;
	return part;
}

static bool is_text(struct part part, const char *text)
{
	return part.size == strlen(text) && strncasecmp(part.text, text, part.size) == 0;
}

/* The quality "0.75" in thousandths; what is none, is as good as none. */
static unsigned int quality(struct part part)
{
	unsigned int value = 0, digit = 1000;
	for (size_t i = 0; i < part.size && i < 5; i++) {
		if (part.text[i] == '.' && i == 1)
			continue;
		if (part.text[i] < '0' || part.text[i] > '9')
			return 0;
		value += digit * (unsigned int)(part.text[i] - '0');
		digit /= 10;
	}
	return value < 1000 ? value : 1000;
}

/* One of the types that a client accepts. */
struct media_type {
	struct part name;
	struct part version; /* empty: any */
	unsigned int quality;
};

static struct media_type parse_type(struct part part)
{
	struct media_type type = {.name = take_part(&part, ';'), .quality = 1000};
	while (part.size) {
		struct part value = take_part(&part, ';'), key = take_part(&value, '=');
		if (is_text(key, "q"))
			type.quality = quality(value);
		else if (is_text(key, "version"))
			type.version = value;
	}
	return type;
}

bool metrics_accept(const char *accept)
{
	struct part rest = {accept, accept ? strlen(accept) : 0};
	unsigned int open = 0, text = 0;
	while (rest.size) {
		struct media_type type = parse_type(take_part(&rest, ','));
		bool is_any = !type.version.size;
		bool is_open = is_text(type.name, "application/openmetrics-text") &&
		               (is_any || is_text(type.version, "1.0.0") ||
				       is_text(type.version, "0.0.1"));
		bool is_plain = is_text(type.name, "*/*") || is_text(type.name, "text/*") ||
		                (is_text(type.name, "text/plain") &&
					(is_any || is_text(type.version, "0.0.4")));
		if (is_open && type.quality > open)
			open = type.quality;
		if (is_plain && type.quality > text)
			text = type.quality;
	}
	return open > 0 && open >= text;
}
