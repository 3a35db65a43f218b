/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report as a page; see out/page.h. */
#include "config.h"

#include "out/page.h"

#include <stdlib.h>
#include <string.h>

#include "abi/explain.h"
#include "abi/names.h"
#include "base/alloc.h"
#include "base/units.h"
#include "out/advice_text.h"
#include "out/cell.h"
#include "out/explanation.h"
#include "out/file_column.h"
#include "out/frames.h"
#include "out/page_flame.h"
#include "out/page_parts.h"
#include "out/program_column.h"
#include "out/thread_column.h"
#include "out/verdict_text.h"

static void put_calls(struct page *page)
{
	static const enum column_id columns[] = {COLUMN_CALLS, COLUMN_ERRORS, COLUMN_IN_PROGRESS,
		COLUMN_SHARE, COLUMN_TOTAL, COLUMN_AVG, COLUMN_P50, COLUMN_P90, COLUMN_P99,
		COLUMN_MAX, COLUMN_BYTES};
	const struct report *report = page->report;
	size_t begin = page->size, row = 0;
	page_begin_table(page, "calls", "Calls", "calls");
	page_put(page, "By the time in them; latencies by powers of two.");
	page_begin_titles(page);
	page_put_title(page, false, "CALL");
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		page_put_title(page, true, call_columns[columns[i]].title);
	page_put_title(page, false, "LATENCIES");
	page_put_title(page, false, "WHAT IT DOES");
	page_begin_rows(page);
	for (; row < report->call_count && page->size - begin < PAGE_TABLE_MAX; row++) {
		const struct call_row *call = &report->calls[row];
		const struct explanation *known = explain_call(call->name);
		char text[CELL_MAX];
		page_put(page, "<tr><th scope=\"row\">");
		page_put_text(page, cell_call(COLUMN_CALL, call, &page->format, text));
		page_put(page, "</th>");
		for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
			page_put_cell(page, true, cell_call(columns[i], call, &page->format, text));
		page_put_histograms(
			page, (const struct hist *[]){call->tally ? &call->tally->hist : NULL}, 1);
		page_put_cell(page, false, known ? known->does : "");
		page_put(page, "</tr>\n");
	}
	page_end_table(page, row, report->call_count);
}

static void put_error(
	struct page *page, const struct call_row *row, const struct explanation_seen *seen)
{
	const struct error_explanation *error = explain_error(explain_call(row->name), seen->err);
	char text[REPORT_TEXT_MAX], name[ABI_NAME_MAX], number[UNITS_MAX];
	page_put(page, "<tr><th scope=\"row\">");
	page_put_raw(page, row->name, strlen(row->name));
	page_put(page, "</th>");
	page_put_cell(page, false, error_name(seen->err, name));
	page_put_cell(page, true, units_grouped(seen->count, number));
	page_put_cell(page, false, explanation_text(row, seen, text));
	page_put(page, "<td class=\"w\">");
	page_put_text(page, explanation_means(row->name, seen->err));
	if (error && error->normal) {
		page_put(page, " <small>Many can be normal: ");
		page_put_text(page, error->normal);
		page_put(page, "</small>");
	}
	page_put(page, "</td></tr>\n");
}

static void put_errors(struct page *page)
{
	const struct report *report = page->report;
	page_begin_table(page, "errors", "Errors, and what they mean", "errors");
	page_begin_titles(page);
	page_put_title(page, false, "CALL");
	page_put_title(page, false, "ERROR");
	page_put_title(page, true, "COUNT");
	page_put_title(page, false, "SEEN");
	page_put_title(page, false, "WHAT IT MEANS");
	page_begin_rows(page);
	for (size_t i = 0; i < report->call_count; i++) {
		struct explanation_seen seen[EXPLANATION_ERRORS_MAX];
		size_t count = explanation_find(
			report, &report->calls[i], seen, EXPLANATION_ERRORS_MAX);
		for (size_t n = 0; n < count; n++)
			put_error(page, &report->calls[i], &seen[n]);
	}
	page_end_table(page, 0, 0);
}

static void put_files(struct page *page)
{
	static const enum file_column columns[] = {FILE_COLUMN_KIND, FILE_COLUMN_CALLS,
		FILE_COLUMN_ERRORS, FILE_COLUMN_ERROR, FILE_COLUMN_IN, FILE_COLUMN_OUT,
		FILE_COLUMN_SHARE, FILE_COLUMN_TOTAL, FILE_COLUMN_P99, FILE_COLUMN_MAX,
		FILE_COLUMN_LAST, FILE_COLUMN_USER, FILE_COLUMN_PEER};
	const struct report *report = page->report;
	size_t begin = page->size, row = 0;
	char text[CELL_MAX];
	if (!report->view.files)
		return;
	page_begin_table(page, "files", "Files and peers", "files");
	page_put_text(page, file_totals_text(report, text));
	page_begin_titles(page);
	page_put_title(page, false, "FILE OR PEER");
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		page_put_title(
			page, file_columns[columns[i]].right, file_columns[columns[i]].title);
	page_begin_rows(page);
	for (; row < report->file_count && page->size - begin < PAGE_TABLE_MAX; row++) {
		const struct file_row *file = &report->files[row];
		page_put(page, "<tr><th scope=\"row\" class=\"w\">");
		page_put_raw(page, file->name, file->size);
		page_put(page, "</th>");
		for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
			file_columns[columns[i]].text(file, &page->format, text);
			page_put_cell(page, file_columns[columns[i]].right, text);
		}
		page_put(page, "</tr>\n");
	}
	page_end_table(page, row, report->file_count);
}

static void put_programs(struct page *page)
{
	static const enum program_column columns[] = {PROGRAM_COLUMN_PID, PROGRAM_COLUMN_START,
		PROGRAM_COLUMN_RUN, PROGRAM_COLUMN_STATUS, PROGRAM_COLUMN_CALLS,
		PROGRAM_COLUMN_ERRORS, PROGRAM_COLUMN_CPU, PROGRAM_COLUMN_TIME};
	const struct report *report = page->report;
	const struct program_format format = {
		.start_ns = report->totals.start_ns, .full = true, .tree = true};
	size_t begin = page->size, row = 0;
	if (!report->program_count)
		return;
	page_begin_table(page, "processes", "Processes", "processes");
	page_put(page, "What each has executed, below what started it.");
	page_begin_titles(page);
	page_put_title(page, false, "COMMAND");
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		page_put_title(
			page, program_columns[columns[i]].right, program_columns[columns[i]].title);
	page_begin_rows(page);
	for (; row < report->program_count && page->size - begin < PAGE_TABLE_MAX; row++) {
		const struct program_row *program = &report->programs[row];
		char text[PAGE_TEXT_MAX];
		page_put(page, "<tr><td class=\"w p\">%*s",
			2 * (program->depth < 20 ? program->depth : 20), "");
		page_put_text(page, program_command(program, true, text, sizeof(text)));
		page_put(page, "</td>");
		for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
			program_columns[columns[i]].text(program, &format, text);
			page_put_cell(page, program_columns[columns[i]].right, text);
		}
		page_put(page, "</tr>\n");
	}
	page_end_table(page, row, report->program_count);
}

/* What a thread did in the last seconds, the newest at the right. */
static void put_strip(struct page *page, const struct thread_row *row)
{
	page_put(page, "<td>");
	if (row->strip_count) {
		page_put(page,
			"<svg role=\"img\" width=\"%u\" height=\"12\"><title>%u seconds, now: "
			"%s</title>",
			row->strip_count * 3, row->strip_count,
			time_class_name((enum time_class)row->strip[0]));
		for (unsigned int i = 0; i < row->strip_count; i++)
			page_put(page, "<rect class=\"t%d\" x=\"%u\" width=\"3\" height=\"12\"/>",
				row->strip[i], (row->strip_count - 1 - i) * 3);
		page_put(page, "</svg>");
	}
	page_put(page, "</td>");
}

/* Columns of a table of threads, without the one behind them, of what they wait for. */
struct thread_table {
	const enum thread_column *columns;
	size_t count;
};

static void put_thread_titles(struct page *page, const struct thread_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		enum thread_column column = table->columns[i];
		page_put_title(page, thread_columns[column].right, thread_columns[column].title);
	}
}

static void put_thread_cells(
	struct page *page, const struct thread_table *table, const struct thread_row *thread)
{
	char text[CELL_MAX];
	for (size_t i = 0; i < table->count; i++) {
		enum thread_column column = table->columns[i];
		thread_columns[column].text(thread, &page->format, text);
		page_put_cell(page, thread_columns[column].right, text);
	}
}

/* What THREAD waits for, behind MARK. */
static void put_wait(struct page *page, const struct thread_row *thread, const char *mark)
{
	page_put(page, "<td class=\"w\">%s", mark);
	if (thread->waits_for)
		page_put_raw(page, thread->waits_for, strlen(thread->waits_for));
	page_put(page, "</td>");
}

static void put_threads(struct page *page)
{
	static const enum thread_column columns[] = {THREAD_COLUMN_PID, THREAD_COLUMN_TID,
		THREAD_COLUMN_NAME, THREAD_COLUMN_STATE, THREAD_COLUMN_CALL, THREAD_COLUMN_FOR,
		THREAD_COLUMN_CALLS, THREAD_COLUMN_ERRORS, THREAD_COLUMN_TOTAL};
	const struct thread_table table = {columns, sizeof(columns) / sizeof(*columns)};
	const struct report *report = page->report;
	size_t begin = page->size, row = 0;
	page_begin_table(page, "threads", "Threads, and what they wait for", "threads");
	page_begin_titles(page);
	put_thread_titles(page, &table);
	page_put_title(page, false, "LAST SECONDS");
	page_put_title(page, false, "WAITING ON");
	page_begin_rows(page);
	for (; row < report->thread_count && page->size - begin < PAGE_TABLE_MAX; row++) {
		const struct thread_row *thread = &report->threads[row];
		page_put(page, "<tr>");
		put_thread_cells(page, &table, thread);
		put_strip(page, thread);
		put_wait(page, thread,
			thread->deadlocked ? "<strong class=\"bad\">deadlock</strong> " : "");
		page_put(page, "</tr>\n");
	}
	page_end_table(page, row, report->thread_count);
}

/* The threads that wait for each other, if there are any. */
static void put_deadlocks(struct page *page)
{
	static const enum thread_column columns[] = {THREAD_COLUMN_PID, THREAD_COLUMN_TID,
		THREAD_COLUMN_NAME, THREAD_COLUMN_CALL, THREAD_COLUMN_FOR};
	const struct thread_table table = {columns, sizeof(columns) / sizeof(*columns)};
	const struct report *report = page->report;
	size_t begin = page->size, count = 0, shown = 0;
	for (size_t i = 0; i < report->thread_count; i++)
		count += report->threads[i].deadlocked;
	if (!count)
		return;
	page_begin_table(page, "deadlocks",
		"Deadlocks: these threads wait for each other, and never end", "threads");
	page_begin_titles(page);
	put_thread_titles(page, &table);
	page_put_title(page, false, "WAITING ON");
	page_begin_rows(page);
	for (size_t i = 0; i < report->thread_count && page->size - begin < PAGE_TABLE_MAX; i++) {
		const struct thread_row *thread = &report->threads[i];
		if (!thread->deadlocked)
			continue;
		page_put(page, "<tr>");
		put_thread_cells(page, &table, thread);
		put_wait(page, thread, "");
		page_put(page, "</tr>\n");
		shown++;
	}
	page_end_table(page, shown, count);
}

static void put_flame(struct page *page)
{
	const struct report *report = page->report;
	if (!report->stack_count)
		return;
	page_put(page,
		"<section aria-labelledby=\"flame\"><h2 id=\"flame\">Where calls come from</h2>"
		"<p class=\"dim\">Stacks by the time in their calls, the outermost function at the "
		"top.</p><div class=\"wide\">");
	page->size += page_flame_write(page->stream, report, PAGE_TABLE_MAX);
	page_put(page, "</div></section>\n");
}

static void put_verdict(struct page *page)
{
	const struct report *report = page->report;
	struct verdict_line lines[VERDICT_MAX];
	char text[ADVICE_TEXT_MAX], share[UNITS_MAX];
	size_t count = verdict_lines(report, lines);
	page_put(page,
		"<section aria-labelledby=\"verdict\"><h2 id=\"verdict\">What matters first</h2>");
	for (size_t i = 0; i < count; i++) {
		page_put(page, "<p class=\"verdict\">");
		page_put_text(page, lines[i].text);
		page_put(page, "</p>");
	}
	if (!count && report->call_count) {
		const struct call_row *row = &report->calls[0];
		page_put(page, "<p class=\"verdict\">most time in calls was in ");
		page_put_raw(page, row->name, strlen(row->name));
		page_put(page, ": %s %%</p>", units_percent(row->work_share, share));
	}
	for (size_t i = 0; i < report->advice_count; i++) {
		page_put(page, "<div class=\"advice\"><p>");
		page_put_text(page, advice_seen(&report->advice[i], text));
		page_put(page, "</p><p>");
		page_put_text(page, advice_remedy(report->advice[i].kind));
		page_put(page, "</p></div>");
	}
	page_put(page, "</section>\n");
}

static void put_totals(struct page *page)
{
	const struct model_totals *totals = &page->report->totals;
	double share[TIME_COUNT];
	char calls[UNITS_MAX], errors[UNITS_MAX], text[UNITS_MAX], elapsed[UNITS_MAX];
	page_put(page,
		"<div id=\"totals\"><p>%s calls, %s errors in %s; %zu threads alive, %llu ended</p>",
		units_grouped(totals->calls, calls), units_grouped(totals->errors, errors),
		units_time(report_elapsed_ns(page->report), elapsed), totals->threads,
		(unsigned long long)totals->ended_threads);
	model_time_shares(totals->time.ns, share);
	page_put(page, "<p>time of all threads:");
	for (enum time_class id = 0; id < TIME_COUNT; id++) {
		if (share[id] >= 0.0005)
			page_put(page, " %s %s %%", time_class_name(id),
				units_percent(share[id], text));
	}
	page_put(page, "</p></div>\n");
}

static void put_header(struct page *page)
{
	const struct report *report = page->report;
	char text[REPORT_TEXT_MAX];
	page_put(page, "<header><h1>");
	page_put_text(page, report_target(report, text));
	page_put(page, "</h1>");
	if (report->facts.command) {
		page_put(page, "<p class=\"w\"><code>");
		page_put_raw(page, report->facts.command, strlen(report->facts.command));
		page_put(page, "</code></p>");
	}
	report_when(report, REPORT_DATE_UTC, text);
	page_put(page, "<p class=\"dim\">System calls, %s%sengine ", text, *text ? ", " : "");
	page_put_text(page, report_engine(report, text));
	if (*report_ended(report, text)) {
		page_put(page, ", ");
		page_put_text(page, text);
	}
	if (*report_filter(report, text)) {
		page_put(page, "; only ");
		page_put_text(page, text);
	}
	page_put(page,
		"</p></header>\n<nav aria-label=\"Parts\"><a href=\"#calls\">Calls</a>"
		"<a href=\"#errors\">Errors</a>%s%s<a href=\"#threads\">Threads</a>%s"
		"<a href=\"#cost\">Cost</a></nav>\n",
		report->view.files ? "<a href=\"#files\">Files</a>" : "",
		report->program_count ? "<a href=\"#processes\">Processes</a>" : "",
		report->stack_count ? "<a href=\"#flame\">Stacks</a>" : "");
}

/* What tracing cost, and what is not in the page. */
static void put_cost(struct page *page)
{
	const struct report *report = page->report;
	const struct model_cost *cost = &report->cost;
	char text[UNITS_MAX];
	page_put(page,
		"<section aria-labelledby=\"cost\"><h2 id=\"cost\">Cost, and what was not seen"
		"</h2><ul><li>every call was counted</li>");
	if (cost->cpu_ns)
		page_put(page, "<li>%s of processor time for tracing</li>",
			units_time(cost->cpu_ns, text));
	if (cost->call_ns)
		page_put(page, "<li>it adds at least %s to a call</li>",
			units_time(cost->call_ns, text));
	if (report_minimum_ns(report))
		page_put(page, "<li>latencies up to %s are the tracing's own</li>",
			units_time(report_minimum_ns(report), text));
	page_put(page, "<li>%s details lost</li>", units_grouped(cost->details_lost, text));
	if (report->view.files)
		page_put(page, "<li>%s calls could not be attributed to a file</li>",
			units_grouped(report->file_totals.lost_calls, text));
	else
		page_put(page, "<li>files and peers were not counted</li>");
	if (!report->stack_count)
		page_put(page, "<li>no stacks were captured: -k captures them</li>");
	for (size_t i = 0; i < report->note_count; i++) {
		page_put(page, "<li>");
		page_put_raw(page, report->notes[i].text, strlen(report->notes[i].text));
		page_put(page, "</li>");
	}
	page_put(page, "</ul></section>\n");
}

/* What changes while tracing goes on: everything that is seen. */
static void put_parts(struct page *page)
{
	put_header(page);
	if (page->is_live)
		page_put(page,
			"<div id=\"live\"><button type=\"button\" hidden>Pause</button> "
			"<span role=\"status\"></span><noscript>Reload this page for what has "
			"happened since.</noscript></div>\n");
	page_put(page, "<main>\n");
	put_verdict(page);
	put_deadlocks(page);
	put_totals(page);
	put_calls(page);
	put_errors(page);
	put_files(page);
	put_programs(page);
	put_threads(page);
	put_flame(page);
	put_cost(page);
	page_put(page, "</main>");
}

static struct page page_of(FILE *stream, const struct report *report)
{
	return (struct page){.stream = stream,
		.report = report,
		.format = {.now_ns = report->facts.now_ns,
			.min_measurable_ns = report_minimum_ns(report),
			.full = true}};
}

static void put_page(struct page *page)
{
	char title[REPORT_TEXT_MAX];
	page_put_head(page, report_target(page->report, title));
	put_parts(page);
	page_put_end(page);
}

void page_write(FILE *stream, const struct report *report)
{
	struct page page = page_of(stream, report);
	put_page(&page);
}

void page_write_live(FILE *stream, const struct report *report)
{
	struct page page = page_of(stream, report);
	page.is_live = true;
	put_page(&page);
}

void page_write_parts(FILE *stream, const struct report *report)
{
	struct page page = page_of(stream, report);
	put_parts(&page);
}
