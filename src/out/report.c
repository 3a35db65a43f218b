/* Building a report and the texts that all outputs share; see out/report.h. */
#include "config.h"

#include "out/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/names.h"
#include "base/alloc.h"
#include "base/text.h"

/* Bytes that one byte of text can grow to when it is escaped ("\x1b"), by base/text.h. */
#define ESCAPE_GROWTH  4

/* Room that base/text.h keeps free for the mark of a cut, and the final NUL. */
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

/* Copies what TALLY has of single times, from the least. */
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

/* Whatever the filter: who looks at a call has it in view. */
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
		detail->part_count = model_thread_calls_of_call(
			model, call, now_ns, &detail->parts);
	}
	free(rows);
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
	if (detail->subject.kind == SUBJECT_THREAD)
		detail->part_count = model_thread_calls_of_thread(
			model, tid, report->facts.now_ns, &detail->parts);
}

bool report_subject_equal(const struct report_subject *a, const struct report_subject *b)
{
	if (a->kind != b->kind)
		return false;
	return a->kind == SUBJECT_NONE ||
	       (a->kind == SUBJECT_CALL ? call_equal(a->call, b->call) : a->tid == b->tid);
}

/* At the attach every stack is copied: also of calls that nobody has asked about. */
static void collect_stacks(struct report *report, const struct model *model)
{
	const struct report_view *view = &report->view;
	struct stack_row *rows;
	size_t count = model_stacks(model, &view->filter, report->facts.now_ns, &rows);
	report->stacks = rows;
	for (size_t i = 0; i < count; i++) {
		if (!view->stacks_of || callset_has(view->stacks_of, rows[i].call))
			rows[report->stack_count++] = rows[i];
	}
}

struct report *report_new(
	const struct model *model, const struct report_facts *facts, const struct report_view *view)
{
	struct report *report = xcalloc(1, sizeof(*report));
	report->facts = *facts;
	report->view = *view;
	model_totals(model, &report->totals);
	report->call_count = model_calls(model, &view->filter, facts->now_ns, &report->calls);
	call_rows_sort(report->calls, report->call_count, view->order);
	report->thread_count = model_threads(model, facts->now_ns, &report->threads);
	report->process_count = model_processes(model, &report->processes);
	if (view->stacks)
		collect_stacks(report, model);
	if (report->stack_count)
		qsort(report->stacks, report->stack_count, sizeof(*report->stacks),
			view->stacks_by_calls ? by_calls : by_time);
	if (view->subject.kind == SUBJECT_CALL)
		describe_call(&report->detail, model, view->subject.call, facts->now_ns);
	else if (view->subject.kind == SUBJECT_THREAD)
		describe_thread(report, model, view->subject.tid);
	return report;
}

void report_free(struct report *report)
{
	if (!report)
		return;
	for (size_t i = 0; i < report->thread_count; i++)
		free(report->threads[i].kernel);
	free(report->calls);
	free(report->threads);
	free(report->processes);
	free(report->stacks);
	free(report->detail.parts);
	free(report->detail.buckets);
	free(report->detail.errors);
	free(report);
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
		snprintf(buf, REPORT_TEXT_MAX, "killed by %s",
			signal_name(facts->exit_signal, signal));
	else if (facts->exit_code >= 0)
		snprintf(buf, REPORT_TEXT_MAX, "exited with %d", facts->exit_code);
	else
		snprintf(buf, REPORT_TEXT_MAX, "tracing ended");
	return buf;
}

char *report_escaped(const char *text)
{
	size_t size = strlen(text);
	size_t capacity = size * ESCAPE_GROWTH + ESCAPE_RESERVE;
	return text_escape(text, size, xcalloc(capacity, 1), capacity);
}

/* Each note about one thing, and about so many. */
static const struct {
	const char *one, *many;
} notes[ENGINE_NOTES] = {
	[NOTE_POSTPONED] = {"thread waits in a call that must not be broken: traced once it is over",
		"threads wait in calls that must not be broken: traced once these are over"},
	[NOTE_MAY_FAIL] = {"waiting call may have failed with EINTR (--no-repair)",
		"waiting calls may have failed with EINTR (--no-repair)"},
	[NOTE_UNFOLLOWED] = {"task was made with CLONE_UNTRACED and cannot be followed",
		"tasks were made with CLONE_UNTRACED and cannot be followed"},
	[NOTE_UNPRIVILEGED] =
		{"set-user-id or set-group-id program runs without its privileges, because it is traced",
			"set-user-id or set-group-id programs run without their privileges, because they are traced"},
	[NOTE_LEFT_OUT] = {"process could not be attached to again",
		"processes could not be attached to again"},
	[NOTE_TRACER_LOST] = {"tracer was killed: the target goes on, untraced",
		"tracers were killed: the target goes on, untraced"},
};

static const char own_terminal_note[] =
	"a target serves stop's own terminal: what stop shows makes it busier";

static char *write_note(enum engine_note note, uint64_t count, char *buf, size_t size)
{
	snprintf(buf, size, "%llu %s", (unsigned long long)count,
		count == 1 ? notes[note].one : notes[note].many);
	return buf;
}

char *report_note(const struct report *report, size_t index, char buf[REPORT_TEXT_MAX])
{
	const struct report_facts *facts = &report->facts;
	for (enum engine_note note = 0; note < ENGINE_NOTES; note++) {
		uint64_t count = facts->stats.notes[note];
		if (count && index-- == 0)
			return write_note(note, count, buf, REPORT_TEXT_MAX);
	}
	if (!facts->own_terminal || index)
		return NULL;
	snprintf(buf, REPORT_TEXT_MAX, "%s", own_terminal_note);
	return buf;
}

char *report_news(
	const struct report *report, const struct report *before, char buf[REPORT_TEXT_MAX])
{
	const struct report_facts *facts = &report->facts;
	char text[REPORT_TEXT_MAX];
	size_t used = 0;
	for (enum engine_note note = 0; note < ENGINE_NOTES; note++) {
		uint64_t count = facts->stats.notes[note];
		uint64_t was = before ? before->facts.stats.notes[note] : 0;
		if (note == NOTE_POSTPONED || count <= was || used >= REPORT_TEXT_MAX)
			continue;
		write_note(note, count, text, sizeof(text));
		used += (size_t)snprintf(
			buf + used, REPORT_TEXT_MAX - used, "%s%s", used ? "; " : "", text);
	}
	if (facts->own_terminal && !before && used < REPORT_TEXT_MAX)
		used += (size_t)snprintf(buf + used, REPORT_TEXT_MAX - used, "%s%s",
			used ? "; " : "", own_terminal_note);
	return used ? buf : NULL;
}
