/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The schema stop.snapshot/1; see out/json.h. */
#include "config.h"

#include "out/json.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "abi/explain.h"
#include "abi/names.h"
#include "base/alloc.h"
#include "base/text.h"
#include "out/advice_text.h"
#include "out/cell.h"
#include "out/explanation.h"
#include "out/json_files.h"
#include "out/json_programs.h"
#include "out/json_snapshot.h"

#define INDENT    2 /* blanks per level, if not compact */
#define DIGITS    9 /* of rates and shares */

/* Size of an escaped name. */
#define NAME_SIZE 128

/* The library's allocator: with it no call below returns NULL for lack of memory. */
static void *allocate(size_t size)
{
	return xcalloc(1, size);
}

/* VALUE, limited to the 63 bits that the library and readers support. */
static json_t *count(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

/* VALUE if KNOWN, otherwise null. */
static json_t *count_if(bool known, uint64_t value)
{
	return known ? count(value) : json_null();
}

/* JSON has no infinity: values that are not finite are null. */
static json_t *real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *rounded(double ns)
{
	return count(ns > 0 && ns < 0x1p63 ? (uint64_t)(ns + 0.5) : 0);
}

/* TEXT of the target or the user, escaped; NULL is null. */
static json_t *safe(const char *text)
{
	if (!text)
		return json_null();
	char *escaped = report_escaped(text);
	json_t *value = json_string(escaped);
	free(escaped);
	return value;
}

static json_t *comm(const char name[TASK_COMM_SIZE])
{
	char escaped[NAME_SIZE];
	return json_string(text_escape(name, TASK_COMM_SIZE, escaped, sizeof(escaped)));
}

/* TEXT, or null if it is empty. */
static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

/* TIME in RFC 3339 format with milliseconds and zone: strftime's %z lacks the colon. */
static json_t *moment(const struct timespec *time)
{
	char day[32], zone[8];
	struct tm tm;
	localtime_r(&time->tv_sec, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	return json_sprintf("%s.%03ld%.3s:%.2s", day, time->tv_nsec / 1000000, zone, zone + 3);
}

static json_t *classes(uint32_t mask)
{
	json_t *list = json_array();
	for (unsigned int id = 0; id < CLASS_COUNT; id++) {
		if (mask >> id & 1)
			json_array_append_new(list, json_string(call_class_name(id)));
	}
	return list;
}

static json_t *errnos(const struct tally *tally)
{
	json_t *object = json_object();
	for (size_t i = 0; tally && i < tally->error_kinds; i++) {
		char name[ABI_NAME_MAX];
		json_object_set_new(object, error_name(tally->error[i].err, name),
			count(tally->error[i].count));
	}
	return object;
}

/* What the errors of ROW mean, in words, with what was seen of them; the most frequent first. */
static json_t *explained(const struct report *report, const struct call_row *row)
{
	const struct explanation *known = explain_call(row->name);
	struct explanation_seen seen[EXPLANATION_ERRORS_MAX];
	size_t count = explanation_find(report, row, seen, EXPLANATION_ERRORS_MAX);
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++) {
		char name[ABI_NAME_MAX], text[REPORT_TEXT_MAX];
		const struct error_explanation *error = explain_error(known, seen[i].err);
		json_t *object = json_object();
		json_object_set_new(object, "errno", json_string(error_name(seen[i].err, name)));
		json_object_set_new(
			object, "means", json_string(explanation_means(row->name, seen[i].err)));
		json_object_set_new(object, "normal",
			error && error->normal ? json_string(error->normal) : json_null());
		json_object_set_new(
			object, "seen", json_string(explanation_text(row, &seen[i], text)));
		json_array_append_new(list, object);
	}
	return list;
}

/* What calls have used, or null if that is not known. */
static json_t *usage_object(const struct usage *usage)
{
	if (!usage->calls)
		return json_null();
	json_t *object = json_object();
	json_object_set_new(object, "calls", count(usage->calls));
	json_object_set_new(object, "voluntary_switches", count(usage->voluntary));
	json_object_set_new(object, "involuntary_switches", count(usage->involuntary));
	json_object_set_new(object, "minor_faults", count(usage->minor_faults));
	json_object_set_new(object, "major_faults", count(usage->major_faults));
	json_object_set_new(object, "runnable_ns", count(usage->runnable_ns));
	return object;
}

/* Where their time went, or null. */
static json_t *split_object(const struct split *split)
{
	if (!split->calls)
		return json_null();
	json_t *object = json_object();
	json_object_set_new(object, "calls", count(split->calls));
	json_object_set_new(object, "total_ns", count(split->total_ns));
	json_object_set_new(object, "cpu_ns", count(split_cpu_ns(split)));
	json_object_set_new(object, "runnable_ns", count(split->runnable_ns));
	json_object_set_new(object, "blocked_ns", count(split->blocked_ns));
	return object;
}

/* The complete times of the calls of ROW: [[smallest time of a bucket, calls], …]; or null. */
static json_t *latency(const struct call_row *row)
{
	struct hist_bucket bucket;
	if (!row->tally || !row->timed)
		return json_null();
	json_t *list = json_array();
	for (unsigned int at = 0; hist_next(&row->tally->hist, &at, &bucket);) {
		json_t *pair = json_array();
		json_array_append_new(pair, count(bucket.low_ns));
		json_array_append_new(pair, count(bucket.count));
		json_array_append_new(list, pair);
	}
	return list;
}

static json_t *syscall_object(const struct report *report, const struct call_row *row, bool compact)
{
	char name[NAME_SIZE];
	bool timed = row->timed > 0, is_call = !call_is_request(row->call);
	json_t *object = json_object();
	json_object_set_new(object, "name",
		json_string(text_escape(row->name, sizeof(row->name), name, sizeof(name))));
	json_object_set_new(object, "nr", count(row->call.nr));
	json_object_set_new(object, "abi", json_string(abi_name(row->call.abi)));
	json_object_set_new(object, "classes", classes(row->classes));
	json_object_set_new(object, "calls", count(row->calls));
	json_object_set_new(object, "errors", count(row->errors));
	json_object_set_new(object, "errnos", errnos(row->tally));
	json_object_set_new(object, "errors_explained", explained(report, row));
	json_object_set_new(object, "in_progress", count_if(is_call, row->in_progress));
	json_object_set_new(object, "longest_ns", count_if(is_call, row->longest_ns));
	json_object_set_new(object, "partial", count(row->partial));
	json_object_set_new(object, "rate", real(row->rate));
	json_object_set_new(object, "bytes", count_if(row->transfers, row->bytes));
	json_object_set_new(
		object, "byte_rate", row->transfers ? real(row->byte_rate) : json_null());
	json_object_set_new(object, "share", is_call ? real(row->share) : json_null());
	json_object_set_new(object, "total_ns", count(row->total_ns));
	json_object_set_new(object, "idle_ns", count_if(is_call, row->idle_ns));
	json_object_set_new(object, "min_ns", count_if(timed, row->min_ns));
	json_object_set_new(object, "avg_ns", rounded(row->avg_ns));
	json_object_set_new(object, "max_ns", count(row->max_ns));
	json_object_set_new(object, "stddev_ns", timed ? rounded(row->stddev_ns) : json_null());
	json_object_set_new(object, "p50_ns", count_if(timed, row->p50_ns));
	json_object_set_new(object, "p90_ns", count_if(timed, row->p90_ns));
	json_object_set_new(object, "p99_ns", count_if(timed, row->p99_ns));
	json_object_set_new(object, "latency", compact ? json_null() : latency(row));
	json_object_set_new(object, "usage", usage_object(&row->usage));
	json_object_set_new(object, "split", split_object(&row->split));
	return object;
}

/* Frames, which are COMPACT, are many: they have no histograms. */
static json_t *syscalls(const struct report *report, bool compact)
{
	json_t *list = json_array();
	for (size_t i = 0; i < report->call_count; i++)
		json_array_append_new(list, syscall_object(report, &report->calls[i], compact));
	return list;
}

static json_t *arguments(const struct thread_row *row)
{
	if (!row->in_call || !row->has_args)
		return json_null();
	const struct syscall_desc *desc = syscall_lookup(row->call);
	size_t nargs = desc ? desc->nargs : CALL_MAX_ARGS;
	json_t *list = json_array();
	for (size_t i = 0; i < nargs; i++)
		json_array_append_new(
			list, json_sprintf("0x%llx", (unsigned long long)row->args[i]));
	return list;
}

/* Function AT of STACK's frames; NAME is NULL if unknown. */
static json_t *function_object(const struct stack *stack, size_t at, const struct frame_name *name)
{
	const struct frame *frame = stack->frame[at];
	const char *id = frame->module->build_id;
	bool has_symbol = name && name->symbol;
	json_t *object = json_object();
	json_object_set_new(object, "ip", json_sprintf("0x%llx", (unsigned long long)frame->ip));
	json_object_set_new(object, "module", safe(frame->module->path));
	json_object_set_new(object, "build_id", text_or_null(id));
	json_object_set_new(
		object, "offset", json_sprintf("0x%llx", (unsigned long long)frame->offset));
	json_object_set_new(object, "symbol", safe(has_symbol ? name->symbol : NULL));
	json_object_set_new(object, "symbol_offset",
		count_if(has_symbol && !name->inlined, name ? name->symbol_offset : 0));
	json_object_set_new(object, "file", safe(name ? name->file : NULL));
	json_object_set_new(object, "line", count_if(name && name->line, name ? name->line : 0));
	json_object_set_new(object, "inlined", json_boolean(name && name->inlined));
	json_object_set_new(object, "guessed", json_boolean(stack_is_guessed(stack, at)));
	json_object_set_new(object, "unreadable", safe(module_problem(frame->module)));
	return object;
}

static json_t *frames(const struct stack *stack)
{
	json_t *list = json_array();
	for (size_t i = 0; i < stack->count; i++) {
		const struct frame_names *names = frame_names(stack->frame[i]);
		for (size_t n = 0; names && n < names->count; n++)
			json_array_append_new(list, function_object(stack, i, &names->name[n]));
		if (!names)
			json_array_append_new(list, function_object(stack, i, NULL));
	}
	return list;
}

/* The lines of TEXT, or null. */
static json_t *lines(const char *text)
{
	if (!text)
		return json_null();
	json_t *list = json_array();
	for (size_t length; *text; text += length + 1) {
		char name[NAME_SIZE];
		length = strcspn(text, "\n");
		json_array_append_new(
			list, json_string(text_escape(text, length, name, sizeof(name))));
	}
	return list;
}

/* What /proc has said of the thread of ROW. */
static void add_observed(json_t *object, const struct thread_row *row)
{
	json_object_set_new(object, "proc_state",
		row->proc_state ? json_sprintf("%c", row->proc_state) : json_null());
	json_object_set_new(object, "cpu_share", row->has_cpu ? real(row->cpu_share) : json_null());
	json_object_set_new(object, "waits_for", safe(row->waits_for));
	json_object_set_new(
		object, "waits_for_tid", count_if(row->owner > 0, (uint64_t)row->owner));
	json_object_set_new(object, "deadlocked", json_boolean(row->deadlocked));
}

/* Who has woken the thread of ROW last, or null. */
static json_t *waker_object(const struct thread_row *row)
{
	if (!row->was_woken)
		return json_null();
	json_t *object = json_object();
	json_object_set_new(object, "tid", count_if(row->waker > 0, (uint64_t)row->waker));
	json_object_set_new(object, "comm", comm(row->waker_comm));
	json_object_set_new(object, "interrupt", json_boolean(row->waker_is_interrupt));
	return object;
}

/* Shares of time, by class; null if there was none. */
static json_t *time_shares(const uint64_t ns[TIME_COUNT])
{
	double share[TIME_COUNT], sum = 0;
	json_t *object = json_object();
	model_time_shares(ns, share);
	for (enum time_class id = 0; id < TIME_COUNT; id++) {
		json_object_set_new(object, time_class_name(id), real(share[id]));
		sum += share[id];
	}
	if (sum > 0)
		return object;
	json_decref(object);
	return json_null();
}

/* How time was spent: in the last interval, and in all. */
static void add_time(json_t *object, const struct time_spent *time)
{
	json_t *sums = json_object();
	for (enum time_class id = 0; id < TIME_COUNT; id++)
		json_object_set_new(sums, time_class_name(id), count(time->ns[id]));
	json_object_set_new(object, "time_shares", time_shares(time->last_ns));
	json_object_set_new(object, "time_ns", sums);
}

static json_t *thread_object(const struct thread_row *row, uint64_t now_ns)
{
	char name[CALL_NAME_MAX];
	bool in_call = row->in_call;
	bool has_status = row->state == THREAD_ENDED && row->exit_code >= 0;
	bool was_killed = row->state == THREAD_ENDED && row->exit_signal > 0;
	char signal[ABI_NAME_MAX];
	json_t *object = json_object();
	json_object_set_new(object, "pid", json_integer(row->pid));
	json_object_set_new(object, "tid", json_integer(row->tid));
	json_object_set_new(object, "ns_tid", json_integer(row->ns_tid ? row->ns_tid : row->tid));
	json_object_set_new(object, "comm", comm(row->comm));
	json_object_set_new(object, "state", json_string(cell_thread_state(row->state)));
	json_object_set_new(
		object, "syscall", in_call ? json_string(call_name(row->call, name)) : json_null());
	json_object_set_new(object, "args", arguments(row));
	json_object_set_new(object, "since_ns", count(thread_row_age_ns(row, now_ns)));
	json_object_set_new(object, "partial", json_boolean(in_call && row->partial));
	json_object_set_new(object, "kernel", lines(row->kernel));
	json_object_set_new(object, "frames", row->stack ? frames(row->stack) : json_null());
	json_object_set_new(object, "calls", count(row->calls));
	json_object_set_new(object, "errors", count(row->errors));
	json_object_set_new(object, "bytes", count(row->bytes));
	json_object_set_new(object, "total_ns", count(row->total_ns));
	json_object_set_new(object, "rate", real(row->rate));
	json_object_set_new(object, "byte_rate", real(row->byte_rate));
	json_object_set_new(object, "size", real(row->size));
	json_object_set_new(
		object, "exit_code", has_status ? json_integer(row->exit_code) : json_null());
	json_object_set_new(object, "exit_signal",
		was_killed ? json_string(signal_name(row->exit_signal, signal)) : json_null());
	add_observed(object, row);
	add_time(object, &row->time);
	json_object_set_new(object, "usage", usage_object(&row->usage));
	json_object_set_new(object, "split", split_object(&row->split));
	json_object_set_new(object, "woken_by", waker_object(row));
	return object;
}

static json_t *threads(const struct report *report)
{
	json_t *list = json_array();
	for (size_t i = 0; i < report->thread_count; i++)
		json_array_append_new(
			list, thread_object(&report->threads[i], report->facts.now_ns));
	return list;
}

static json_t *stack_object(const struct stack_row *row)
{
	char name[NAME_SIZE];
	json_t *object = json_object();
	json_object_set_new(object, "syscall",
		json_string(text_escape(row->name, sizeof(row->name), name, sizeof(name))));
	json_object_set_new(object, "abi", json_string(abi_name(row->call.abi)));
	json_object_set_new(object, "calls", count(row->calls));
	json_object_set_new(object, "errors", count(row->errors));
	json_object_set_new(object, "in_progress", count(row->in_progress));
	json_object_set_new(object, "partial", count(row->partial));
	json_object_set_new(object, "share", real(row->share));
	json_object_set_new(object, "total_ns", count(row->total_ns));
	json_object_set_new(object, "avg_ns", rounded(row->avg_ns));
	json_object_set_new(object, "max_ns", count_if(row->stack->end != STACK_NONE, row->max_ns));
	json_object_set_new(object, "end", text_or_null(stack_end_text(row->stack->end)));
	json_object_set_new(object, "frames", frames(row->stack));
	return object;
}

static json_t *stacks(const struct report *report)
{
	json_t *list = json_array();
	for (size_t i = 0; i < report->stack_count; i++)
		json_array_append_new(list, stack_object(&report->stacks[i]));
	return list;
}

static json_t *processes(const struct report *report)
{
	json_t *list = json_array();
	for (size_t i = 0; i < report->process_count; i++) {
		const struct process_row *row = &report->processes[i];
		json_t *object = json_object();
		json_object_set_new(object, "pid", json_integer(row->pid));
		json_object_set_new(object, "parent", count_if(row->parent > 0, row->parent));
		json_object_set_new(object, "comm", comm(row->comm));
		json_object_set_new(object, "threads", count(row->threads));
		json_object_set_new(object, "workers", count(row->workers));
		json_object_set_new(object, "rings", count(row->rings));
		json_object_set_new(object, "bytes", count(row->bytes));
		json_object_set_new(object, "byte_rate", real(row->byte_rate));
		json_object_set_new(object, "size", real(row->size));
		add_time(object, &row->time);
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *totals(const struct model_totals *totals)
{
	json_t *object = json_object();
	json_object_set_new(object, "calls", count(totals->calls));
	json_object_set_new(object, "errors", count(totals->errors));
	json_object_set_new(object, "bytes", count(totals->bytes));
	json_object_set_new(object, "requests", count(totals->requests));
	json_object_set_new(object, "in_progress", count(totals->in_progress));
	json_object_set_new(object, "rate", real(totals->call_rate));
	json_object_set_new(object, "byte_rate", real(totals->byte_rate));
	json_object_set_new(object, "error_rate", real(totals->error_rate));
	json_object_set_new(object, "threads", count(totals->threads));
	json_object_set_new(object, "processes", count(totals->processes));
	json_object_set_new(object, "ended_threads", count(totals->ended_threads));
	add_time(object, &totals->time);
	json_object_set_new(object, "usage", usage_object(&totals->usage));
	json_object_set_new(object, "split", split_object(&totals->split));
	return object;
}

/* What the log lacks; null if there is none. */
static json_t *log_object(const struct report_facts *facts)
{
	if (!facts->has_log)
		return json_null();
	json_t *object = json_object();
	json_object_set_new(object, "not_logged", count(facts->not_logged));
	json_object_set_new(object, "unknown", count(facts->not_selected));
	return object;
}

/* Calls are never lost: the field is for comparison with other tools. */
static json_t *lost(const struct report *report)
{
	json_t *object = json_object();
	json_object_set_new(object, "calls", count(0));
	json_object_set_new(object, "details", count(report->cost.details_lost));
	json_object_set_new(object, "stacks", count(report->facts.stacks.missed));
	return object;
}

/* The notes, as text. */
static json_t *all_notes(const struct report *report)
{
	json_t *array = json_array();
	for (size_t i = 0; i < report->note_count; i++)
		json_array_append_new(array, json_string(report->notes[i].text));
	return array;
}

static json_t *cost_object(const struct report *report)
{
	const struct model_cost *cost = &report->cost;
	json_t *object = json_object();
	json_object_set_new(object, "floor_ns",
		count_if(cost->minimum != MINIMUM_UNKNOWN, report_minimum_ns(report)));
	json_object_set_new(object, "share", cost->share >= 0 ? real(cost->share) : json_null());
	json_object_set_new(object, "call_ns", count_if(cost->call_ns > 0, cost->call_ns));
	json_object_set_new(object, "others_ns", count(cost->others_ns));
	json_object_set_new(object, "stops", count(cost->stops));
	json_object_set_new(object, "stop_rate", real(cost->stop_rate));
	json_object_set_new(object, "tracer_cpu_ns", count(cost->cpu_ns));
	json_object_set_new(object, "stacks_cpu_ns", count(report->facts.stacks.cpu_ns));
	return object;
}

/* Since when calls are counted: since the start, or since the mark. */
static uint64_t counted_ns(const struct report *report)
{
	uint64_t from_ns = report->totals.mark_ns;
	if (!from_ns)
		return report_elapsed_ns(report);
	return report->facts.now_ns > from_ns ? report->facts.now_ns - from_ns : 0;
}

/* What is traced if it is not named processes; otherwise null. */
static json_t *scope(const struct report_facts *facts)
{
	if (!facts->scope)
		return json_null();
	json_t *object = json_object();
	json_object_set_new(object, "kind", json_string(facts->scope));
	json_object_set_new(object, "name", safe(facts->name));
	json_object_set_new(object, "cgroup", safe(facts->cgroup));
	return object;
}

/* As report_ended(), in the words that programs know. */
static json_t *ended(const struct report *report)
{
	static const char now[] = "killed: ";
	char text[REPORT_TEXT_MAX], known[REPORT_TEXT_MAX];
	report_ended(report, text);
	if (strncmp(text, now, sizeof(now) - 1) != 0)
		return text_or_null(text);
	snprintf(known, sizeof(known), "killed by %.*s", REPORT_TEXT_MAX - 16,
		text + sizeof(now) - 1);
	return text_or_null(known);
}

/* What a filter on details has selected; null if there is none. */
static json_t *selection(const struct report *report)
{
	const struct match_counts *matches = &report->matches;
	uint64_t now_ns = report->facts.now_ns, from_ns = report->selected_ns;
	if (!from_ns)
		return json_null();
	json_t *object = json_object();
	json_object_set_new(object, "counted_ns", count(now_ns > from_ns ? now_ns - from_ns : 0));
	json_object_set_new(object, "calls", count(matches->calls));
	json_object_set_new(object, "selected", count(matches->selected));
	json_object_set_new(object, "asked", count(matches->asked));
	json_object_set_new(object, "unknown", count(matches->unknown));
	return object;
}

/* What people can do something about. */
static json_t *advice(const struct report *report)
{
	json_t *list = json_array();
	for (size_t i = 0; i < report->advice_count; i++) {
		const struct advice *row = &report->advice[i];
		char text[ADVICE_TEXT_MAX];
		json_t *object = json_object();
		json_object_set_new(object, "id", json_string(advice_name(row->kind)));
		json_object_set_new(object, "pid", json_integer(row->pid));
		json_object_set_new(object, "tid", count_if(row->tid > 0, (uint64_t)row->tid));
		json_object_set_new(object, "comm", comm(row->comm));
		json_object_set_new(object, "subjects", count(row->subjects));
		json_object_set_new(object, "calls", count(row->calls));
		json_object_set_new(object, "others", count(row->others));
		json_object_set_new(object, "bytes", count(row->bytes));
		json_object_set_new(object, "avg_ns", count(row->avg_ns));
		json_object_set_new(object, "share", real(row->share));
		json_object_set_new(object, "object",
			row->object_size ? json_string(text_escape(row->object, row->object_size,
						   text, sizeof(text)))
					 : json_null());
		json_object_set_new(
			object, "holder", count_if(row->holder > 0, (uint64_t)row->holder));
		json_object_set_new(object, "seen", json_string(advice_seen(row, text)));
		json_object_set_new(object, "rule", json_string(advice_rule(row->kind)));
		json_object_set_new(object, "remedy", json_string(advice_remedy(row->kind)));
		json_array_append_new(list, object);
	}
	return list;
}

json_t *json_snapshot(const struct report *report, bool compact)
{
	json_set_alloc_funcs(allocate, free);
	const struct report_facts *facts = &report->facts;
	char text[REPORT_TEXT_MAX];
	json_t *root = json_object();
	json_object_set_new(root, "schema", json_string(JSON_SCHEMA));
	json_object_set_new(root, "time", moment(&facts->time));
	json_object_set_new(root, "final", json_boolean(facts->final));
	json_object_set_new(root, "command", safe(facts->command ? facts->command : facts->name));
	json_object_set_new(root, "started", json_boolean(facts->is_command));
	json_object_set_new(root, "pid", count_if(!facts->scope, (uint64_t)facts->pid));
	json_object_set_new(root, "scope", scope(facts));
	json_object_set_new(root, "engine", json_string(facts->engine));
	json_object_set_new(root, "engine_reason",
		facts->engine_reason ? json_string(facts->engine_reason) : json_null());
	json_object_set_new(root, "elapsed_ns", count(report_elapsed_ns(report)));
	json_object_set_new(root, "counted_ns", count(counted_ns(report)));
	json_object_set_new(root, "ended", ended(report));
	json_object_set_new(root, "processes", processes(report));
	json_object_set_new(root, "totals", totals(&report->totals));
	json_object_set_new(root, "lost", lost(report));
	json_object_set_new(root, "log", log_object(facts));
	json_object_set_new(root, "cost", cost_object(report));
	json_object_set_new(root, "notes", all_notes(report));
	json_object_set_new(root, "filter", text_or_null(report_filter(report, text)));
	json_object_set_new(root, "selection", selection(report));
	json_object_set_new(root, "syscalls", syscalls(report, compact));
	json_object_set_new(root, "advice", advice(report));
	json_object_set_new(root, "threads", threads(report));
	json_object_set_new(root, "stacks", stacks(report));
	json_object_set_new(root, "files", json_files(report));
	json_object_set_new(root, "file_totals", json_file_totals(report));
	json_object_set_new(root, "programs", json_programs(report));
	return root;
}

int json_write(FILE *stream, const struct report *report, bool compact)
{
	size_t flags = JSON_REAL_PRECISION(DIGITS) | (compact ? JSON_COMPACT : JSON_INDENT(INDENT));
	json_t *root = json_snapshot(report, compact);
	errno = 0;
	int failed = json_dumpf(root, stream, flags) < 0 || fputc('\n', stream) == EOF;
	int error = errno ? errno : EIO;
	json_decref(root);
	return failed ? -error : 0;
}

const char *json_library(void)
{
	return "jansson " JANSSON_VERSION;
}
