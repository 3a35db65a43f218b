/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building a report, and texts shared by all outputs; see out/report.h. */
#include "config.h"

#include "out/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/names.h"
#include "base/alloc.h"
#include "base/text.h"
#include "base/units.h"
#include "model/verdict.h"

/* Maximum growth of text when escaped by base/text.h ("\x1b"). */
#define ESCAPE_GROWTH  4

/* Space that base/text.h reserves for the ellipsis and the final NUL. */
#define ESCAPE_RESERVE 8

static int by_calls(const void *left, const void *right)
{
	const struct stack_row *a = left, *b = right;
	uint64_t x = a->calls + a->in_progress, y = b->calls + b->in_progress;
	return (x < y) - (x > y);
}

static int by_time(const void *left, const void *right)
{
	const struct stack_row *a = left, *b = right;
	if (a->total_ns != b->total_ns)
		return a->total_ns < b->total_ns ? 1 : -1;
	return by_calls(left, right);
}

/* Copies the buckets of TALLY, in ascending order. */
static void copy_buckets(struct report_detail *detail, const struct tally *tally)
{
	struct hist_bucket bucket;
	size_t count = 0;
	for (unsigned int at = 0; hist_next(&tally->hist, &at, &bucket);)
		count++;
	detail->buckets = xcalloc(count, sizeof(*detail->buckets));
	for (unsigned int at = 0; hist_next(&tally->hist, &at, &bucket);)
		detail->buckets[detail->bucket_count++] = bucket;
}

static int compare_errors(const void *left, const void *right)
{
	const struct error_count *a = left, *b = right;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return (a->err > b->err) - (a->err < b->err);
}

static void copy_errors(struct report_detail *detail, const struct tally *tally)
{
	detail->errors = xcalloc(tally->error_kinds, sizeof(*detail->errors));
	for (size_t i = 0; i < tally->error_kinds; i++)
		detail->errors[i] = tally->error[i];
	detail->error_count = tally->error_kinds;
	if (detail->error_count)
		qsort(detail->errors, detail->error_count, sizeof(*detail->errors), compare_errors);
}

/* Regardless of the filter: the selected call is on the screen. */
static void describe_call(
	struct report_detail *detail, const struct model *model, struct call call, uint64_t now_ns)
{
	struct call_row *rows;
	size_t count = model_calls(model, &(struct call_filter){0}, now_ns, &rows);
	for (size_t i = 0; i < count; i++) {
		if (!call_equal(rows[i].call, call))
			continue;
		detail->call = rows[i];
		detail->subject = (struct report_subject){.kind = SUBJECT_CALL, .call = call};
		copy_buckets(detail, rows[i].tally);
		copy_errors(detail, rows[i].tally);
		detail->thread_call_count = model_thread_calls_of_call(
			model, call, now_ns, &detail->thread_calls);
	}
	free(rows);
}

/* The model of the calls that REPORT shows, of which ALL has all. */
static const struct model *shown(const struct report *report, const struct model *all)
{
	const struct selection *selection = report->view.selection;
	return selection ? selection_calls(selection) : all;
}

static void describe_thread(struct report *report, const struct model *model, pid_t tid)
{
	struct report_detail *detail = &report->detail;
	for (size_t i = 0; i < report->thread_count; i++) {
		if (report->threads[i].tid != tid)
			continue;
		detail->thread = report->threads[i];
		detail->subject = (struct report_subject){.kind = SUBJECT_THREAD, .tid = tid};
	}
	if (detail->subject.kind != SUBJECT_THREAD)
		return;
	uint64_t now_ns = report->facts.now_ns;
	detail->thread_call_count = model_thread_calls_of_thread(
		shown(report, model), tid, now_ns, &detail->thread_calls);
	detail->sample_count = model_samples(model, tid, now_ns, &detail->samples);
	detail->sample = model_last_sample(model, tid, now_ns, &detail->sample_ns);
}

/* By time, as the rows of the model. */
static void describe_file(
	struct report *report, const struct model *model, const struct report_subject *subject)
{
	struct report_detail *detail = &report->detail;
	if (subject->grouping != report->view.file_grouping)
		return;
	for (size_t i = 0; i < report->file_count; i++) {
		if (report->files[i].key != subject->key)
			continue;
		detail->file = report->files[i];
		detail->subject = *subject;
	}
	if (detail->subject.kind != SUBJECT_FILE)
		return;
	detail->file_call_count = model_file_parts(
		model, subject->grouping, subject->key, false, &detail->file_calls);
	detail->file_thread_count = model_file_parts(
		model, subject->grouping, subject->key, true, &detail->file_threads);
	detail->stack_count = model_file_stacks(
		model, subject->grouping, subject->key, &detail->stacks);
	if (detail->stack_count)
		qsort(detail->stacks, detail->stack_count, sizeof(*detail->stacks),
			report->view.stacks_by_calls ? by_calls : by_time);
}

static void describe_program(struct report *report, const struct report_subject *subject)
{
	for (size_t i = 0; i < report->program_count; i++) {
		if (report->programs[i].id != subject->program)
			continue;
		report->detail.program = report->programs[i];
		report->detail.subject = *subject;
	}
}

bool report_subject_equal(const struct report_subject *a, const struct report_subject *b)
{
	if (a->kind != b->kind)
		return false;
	return a->kind == SUBJECT_NONE ||
	       (a->kind == SUBJECT_CALL             ? call_equal(a->call, b->call)
		       : a->kind == SUBJECT_FILE    ? a->grouping == b->grouping && a->key == b->key
		       : a->kind == SUBJECT_PROGRAM ? a->program == b->program
						    : a->tid == b->tid);
}

/* The model's texts of ROW may be gone before the report is. */
static void copy_texts(struct thread_row *row)
{
	row->waits_for = row->waits_for ? xstrdup(row->waits_for) : NULL;
	row->kernel = row->kernel ? xstrdup(row->kernel) : NULL;
	if (!row->words)
		return;
	char *words = xcalloc(1, row->words_size + 1);
	memcpy(words, row->words, row->words_size);
	row->words = words;
}

static void free_texts(struct thread_row *row)
{
	free(row->waits_for);
	free(row->kernel);
	free(row->words);
}

/* Whether the call that ROW's thread is in is not one that the selection has. */
static bool is_left_out(const struct report *report, const struct thread_row *row)
{
	const struct selection *selection = report->view.selection;
	struct thread_row found;
	return selection && row->in_call &&
	       !(model_thread(selection_calls(selection), row->tid, report->facts.now_ns, &found) &&
		       found.in_call);
}

static void collect_threads(struct report *report, const struct model *model)
{
	report->thread_count = model_threads(model, report->facts.now_ns, &report->threads);
	for (size_t i = 0; i < report->thread_count; i++) {
		copy_texts(&report->threads[i]);
		report->threads[i].is_left_out = is_left_out(report, &report->threads[i]);
	}
}

/* At the attach every stack is copied, even of calls that were not requested. */
static void collect_stacks(struct report *report, const struct model *model)
{
	const struct report_view *view = &report->view;
	struct stack_row *rows;
	size_t count = model_stacks(
		shown(report, model), &view->filter, report->facts.now_ns, &rows);
	report->stacks = rows;
	for (size_t i = 0; i < count; i++) {
		if (!view->stacks_of || callset_has(view->stacks_of, rows[i].call))
			rows[report->stack_count++] = rows[i];
	}
}

static void free_detail(struct report_detail *detail)
{
	free(detail->thread_calls);
	free(detail->buckets);
	free(detail->errors);
	free(detail->file_calls);
	free(detail->file_threads);
	free(detail->stacks);
	free(detail->samples);
	*detail = (struct report_detail){.subject.kind = SUBJECT_NONE};
}

void report_describe(
	struct report *report, const struct model *model, const struct report_subject *subject)
{
	free_detail(&report->detail);
	report->view.subject = *subject;
	if (subject->kind == SUBJECT_CALL)
		describe_call(
			&report->detail, shown(report, model), subject->call, report->facts.now_ns);
	else if (subject->kind == SUBJECT_THREAD)
		describe_thread(report, model, subject->tid);
	else if (subject->kind == SUBJECT_FILE)
		describe_file(report, model, subject);
	else if (subject->kind == SUBJECT_PROGRAM)
		describe_program(report, subject);
}

/* The model's names may be gone before the report is. */
static void copy_file_names(struct report *report)
{
	size_t size = 0;
	for (size_t i = 0; i < report->file_count; i++)
		size += report->files[i].size;
	char *at = report->file_names = xcalloc(1, size + 1);
	for (size_t i = 0; i < report->file_count; i++) {
		memcpy(at, report->files[i].name, report->files[i].size);
		report->files[i].name = at;
		at += report->files[i].size;
	}
}

static void collect_files(struct report *report, const struct model *model)
{
	const struct report_view *view = &report->view;
	model_file_totals(model, &report->file_totals);
	report->file_count = model_files(
		model, view->file_grouping, report->facts.now_ns, &report->files);
	size_t kept = 0;
	for (size_t i = 0; i < report->file_count; i++) {
		if (!view->filter.errors || report->files[i].errors)
			report->files[kept++] = report->files[i];
	}
	report->file_count = kept;
	file_rows_sort(report->files, report->file_count, view->file_order);
	if (view->files_were)
		row_order_keep(view->files_were, report->files, report->file_count,
			sizeof(*report->files), report_file_key);
	copy_file_names(report);
}

/* Puts the calls that are nothing but idle waits behind the others, unless there are no others. */
static void fold_idle(struct report *report)
{
	size_t count = report->call_count, kept = 0;
	for (size_t i = 0; i < count; i++) {
		struct call_row row = report->calls[i];
		if (row.is_idle)
			continue;
		report->calls[i] = report->calls[kept];
		report->calls[kept++] = row;
	}
	if (kept == 0)
		return;
	report->call_count = kept;
	report->folded_count = count - kept;
}

/* The model's words may be gone before the report is. */
static void collect_programs(struct report *report, const struct model *model)
{
	size_t size = 0;
	report->program_count = model_programs(model, report->facts.now_ns, &report->programs);
	for (size_t i = 0; i < report->program_count; i++)
		size += report->programs[i].size;
	char *at = report->program_words = xcalloc(1, size + 1);
	for (size_t i = 0; i < report->program_count; i++) {
		struct program_row *row = &report->programs[i];
		if (row->size)
			memcpy(at, row->words, row->size);
		row->words = at;
		at += row->size;
	}
	program_rows_sort(report->programs, report->program_count, report->view.program_order);
	/* A tree has an order of its own. */
	if (report->view.programs_were && !program_order_is_tree(report->view.program_order))
		row_order_keep(report->view.programs_were, report->programs, report->program_count,
			sizeof(*report->programs), report_program_key);
}

uint64_t report_call_key(const void *row)
{
	const struct call_row *call = row;
	return (uint64_t)call->call.abi << 32 | call->call.nr;
}

uint64_t report_file_key(const void *row)
{
	return ((const struct file_row *)row)->key;
}

uint64_t report_program_key(const void *row)
{
	return ((const struct program_row *)row)->id;
}

/* Below this share of its time, it does not matter what a thread does in user code. */
#define USER_SHARE_MIN 0.05

/* What the busiest thread does in user code. */
static void collect_busy(struct report *report, const struct model *model)
{
	struct verdict verdicts[VERDICT_MAX];
	uint64_t now_ns = report->facts.now_ns;
	double share[TIME_COUNT];
	size_t count = verdict_find(report->threads, report->thread_count, now_ns, verdicts);
	for (size_t i = 0; i < count; i++) {
		const struct thread_row *row = verdicts[i].row;
		if (verdicts[i].kind != VERDICT_BUSY)
			continue;
		model_time_shares(row->time.last_ns, share);
		if (share[TIME_USER] < USER_SHARE_MIN)
			continue;
		report->busy.pid = row->pid;
		report->busy.tid = row->tid;
		report->busy.count = model_samples(model, row->tid, now_ns, &report->busy.row);
	}
}

struct report *report_new_counts(
	const struct model *model, const struct report_facts *facts, const struct report_view *view)
{
	struct report *report = xcalloc(1, sizeof(*report));
	report->facts = *facts;
	report->view = *view;
	model_totals(model, facts->now_ns, &report->totals);
	model_cost(model, facts->now_ns, &report->cost);
	report->call_count = model_all_calls(
		shown(report, model), &view->filter, facts->now_ns, &report->calls);
	call_rows_sort(report->calls, report->call_count, view->order);
	return report;
}

struct report *report_new(
	const struct model *model, const struct report_facts *facts, const struct report_view *view)
{
	struct report *report = xcalloc(1, sizeof(*report));
	report->facts = *facts;
	report->view = *view;
	model_totals(model, facts->now_ns, &report->totals);
	model_cost(model, facts->now_ns, &report->cost);
	report->note_count = model_notes(model, &report->notes);
	if (view->selection) {
		report->matches = *selection_counts(view->selection);
		report->selected_ns = selection_from_ns(view->selection);
	}
	report->call_count = model_calls(
		shown(report, model), &view->filter, facts->now_ns, &report->calls);
	if (view->folds_idle)
		fold_idle(report);
	call_rows_sort(report->calls, report->call_count, view->order);
	if (view->calls_were)
		row_order_keep(view->calls_were, report->calls, report->call_count,
			sizeof(*report->calls), report_call_key);
	call_rows_sort(report->calls + report->call_count, report->folded_count,
		call_order_default(COLUMN_IN_PROGRESS));
	collect_threads(report, model);
	collect_busy(report, model);
	report->process_count = model_processes(model, facts->now_ns, &report->processes);
	if (view->stacks)
		collect_stacks(report, model);
	if (report->stack_count)
		qsort(report->stacks, report->stack_count, sizeof(*report->stacks),
			view->stacks_by_calls ? by_calls : by_time);
	if (view->files)
		collect_files(report, model);
	if (view->programs)
		collect_programs(report, model);
	if (!view->filter.set && !view->selection)
		report->advice_count = advice_find(
			model, model_time(model, facts->now_ns), view->no_advice, report->advice);
	report_describe(report, model, &view->subject);
	return report;
}

/* Takes over what /proc says by FROM, which is about the same thread in the same call. */
static void take_observed(struct thread_row *row, const struct thread_row *from)
{
	free_texts(row);
	row->is_observed = from->is_observed;
	row->has_cpu = from->has_cpu;
	row->cpu_share = from->cpu_share;
	row->proc_state = from->proc_state;
	row->owner = from->owner;
	row->is_held = from->is_held;
	row->deadlocked = from->deadlocked;
	row->waits_for = from->waits_for;
	row->kernel = from->kernel;
	row->words = from->words;
	row->words_size = from->words_size;
	copy_texts(row);
}

void report_refresh_observed(struct report *report, const struct model *model)
{
	struct report_detail *detail = &report->detail;
	for (size_t i = 0; i < report->thread_count; i++) {
		struct thread_row *row = &report->threads[i], now;
		if (row->state == THREAD_ENDED ||
			!model_thread(model, row->tid, report->facts.now_ns, &now) ||
			now.state != row->state || now.since_ns != row->since_ns)
			continue;
		take_observed(row, &now);
		if (detail->subject.kind == SUBJECT_THREAD && detail->thread.tid == row->tid)
			detail->thread = *row;
	}
}

void report_free(struct report *report)
{
	if (!report)
		return;
	for (size_t i = 0; i < report->thread_count; i++)
		free_texts(&report->threads[i]);
	free(report->notes);
	free(report->calls);
	free(report->threads);
	free(report->processes);
	free(report->stacks);
	free(report->busy.row);
	free(report->files);
	free(report->file_names);
	free(report->programs);
	free(report->program_words);
	free_detail(&report->detail);
	free(report);
}

uint64_t report_minimum_ns(const struct report *report)
{
	return report->cost.minimum == MINIMUM_KNOWN ? report->cost.minimum_ns : 0;
}

uint64_t report_elapsed_ns(const struct report *report)
{
	uint64_t start_ns = report->totals.start_ns;
	uint64_t now_ns = report->facts.now_ns;
	return now_ns > start_ns ? now_ns - start_ns : 0;
}

char *report_target(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	const struct report_facts *facts = &report->facts;
	char name[REPORT_TEXT_MAX / 2];
	text_escape(facts->name, strlen(facts->name), name, sizeof(name));
	if (facts->scope) {
		snprintf(buf, REPORT_TEXT_MAX, "%s", name);
		return buf;
	}
	int used = snprintf(buf, REPORT_TEXT_MAX, "%s (%d)", name, (int)facts->pid);
	if (facts->targets > 1)
		snprintf(buf + used, REPORT_TEXT_MAX - (size_t)used, " and %zu more",
			facts->targets - 1);
	return buf;
}

/* The classes of MASK as a call set: "%file,%desc". */
static void classes_text(uint32_t mask, char buf[REPORT_TEXT_MAX])
{
	size_t used = 0;
	buf[0] = '\0';
	for (unsigned int id = 0; id < CLASS_COUNT; id++) {
		if (mask >> id & 1 && used < REPORT_TEXT_MAX)
			used += (size_t)snprintf(buf + used, REPORT_TEXT_MAX - used, "%s%%%s",
				used ? "," : "", call_class_name(id));
	}
}

char *report_filter(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	const struct report_view *view = &report->view;
	char classes[REPORT_TEXT_MAX];
	char set[REPORT_TEXT_MAX / 2] = "";
	classes_text(view->filter.classes, classes);
	if (view->set_text)
		text_escape(view->set_text, strlen(view->set_text), set, sizeof(set));
	int used = snprintf(buf, REPORT_TEXT_MAX, "%s%s%.*s", set, *set && *classes ? " & " : "",
		REPORT_TEXT_MAX / 2 - 16, classes);
	if (view->filter.errors)
		snprintf(buf + used, REPORT_TEXT_MAX - (size_t)used, "%serrors", used ? " & " : "");
	return buf;
}

char *report_selection(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	const struct match_counts *matches = &report->matches;
	uint64_t now_ns = report->facts.now_ns, from_ns = report->selected_ns;
	char time[UNITS_MAX], share[UNITS_MAX], count[UNITS_MAX];
	buf[0] = '\0';
	if (!from_ns)
		return buf;
	int used = snprintf(buf, REPORT_TEXT_MAX, "for %s",
		units_time(now_ns > from_ns ? now_ns - from_ns : 0, time));
	if (matches->unknown)
		snprintf(buf + used, REPORT_TEXT_MAX - (size_t)used, "; %s%% of %s calls not known",
			units_percent((double)matches->unknown / (double)matches->calls, share),
			units_count(matches->calls, count));
	return buf;
}

char *report_engine(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	const struct report_facts *facts = &report->facts;
	const char *reason = facts->engine_reason;
	snprintf(buf, REPORT_TEXT_MAX, "%.16s%s%.200s%s", facts->engine, reason ? " (" : "",
		reason ? reason : "", reason ? ")" : "");
	return buf;
}

char *report_when(const struct report *report, enum report_clock clock, char buf[REPORT_TEXT_MAX])
{
	struct tm tm;
	buf[0] = '\0';
	/* Traces of others that lack the day are of 1970-01-02, those that lack any time of the
	 * 1st. */
	localtime_r(&report->facts.time.tv_sec, &tm);
	if (tm.tm_year < 70 || (tm.tm_year == 70 && tm.tm_yday == 0))
		return buf;
	if (clock == REPORT_TIME || tm.tm_year == 70)
		strftime(buf, REPORT_TEXT_MAX, "%H:%M:%S", &tm);
	else if (clock == REPORT_DATE)
		strftime(buf, REPORT_TEXT_MAX, "%Y-%m-%d %H:%M:%S", &tm);
	else if (gmtime_r(&report->facts.time.tv_sec, &tm))
		strftime(buf, REPORT_TEXT_MAX, "%Y-%m-%d %H:%M:%S UTC", &tm);
	return buf;
}

char *report_ended(const struct report *report, char buf[REPORT_TEXT_MAX])
{
	const struct report_facts *facts = &report->facts;
	const struct model_totals *totals = &report->totals;
	char signal[ABI_NAME_MAX];
	if (!totals->ended)
		buf[0] = '\0';
	else if (totals->end_error)
		snprintf(buf, REPORT_TEXT_MAX, "the tracing failed: %s",
			error_text(abs(totals->end_error)));
	else if (facts->exit_signal)
		snprintf(buf, REPORT_TEXT_MAX, "killed: %s",
			signal_name(facts->exit_signal, signal));
	else if (facts->exit_code >= 0)
		snprintf(buf, REPORT_TEXT_MAX, "exited with %d", facts->exit_code);
	else
		snprintf(buf, REPORT_TEXT_MAX, "tracing ended");
	size_t used = strlen(buf);
	if (used && facts->awaits_successor)
		snprintf(buf + used, REPORT_TEXT_MAX - used, ", waiting for the next one");
	return buf;
}

char *report_escaped(const char *text)
{
	size_t size = strlen(text);
	size_t capacity = size * ESCAPE_GROWTH + ESCAPE_RESERVE;
	return text_escape(text, size, xcalloc(capacity, 1), capacity);
}

/* The count of the note with ID in REPORT, which may be NULL. */
static uint64_t note_count(const struct report *report, uint32_t id)
{
	for (size_t i = 0; report && i < report->note_count; i++) {
		if (report->notes[i].id == id)
			return report->notes[i].count;
	}
	return 0;
}

char *report_news(
	const struct report *report, const struct report *before, char buf[REPORT_TEXT_MAX])
{
	size_t used = 0;
	for (size_t i = 0; i < report->note_count && used < REPORT_TEXT_MAX; i++) {
		const struct model_note *note = &report->notes[i];
		if (note->transient || note->count <= note_count(before, note->id))
			continue;
		used += (size_t)snprintf(
			buf + used, REPORT_TEXT_MAX - used, "%s%s", used ? "; " : "", note->text);
	}
	return used ? buf : NULL;
}
