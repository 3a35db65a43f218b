/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report as a page; see out/page.h. */
#include "config.h"

#include "out/page.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "abi/explain.h"
#include "abi/names.h"
#include "base/alloc.h"
#include "base/sha256.h"
#include "base/text.h"
#include "base/units.h"
#include "out/advice_text.h"
#include "out/cell.h"
#include "out/comparison_text.h"
#include "out/explanation.h"
#include "out/file_column.h"
#include "out/frames.h"
#include "out/page_flame.h"
#include "out/program_column.h"
#include "out/thread_column.h"
#include "out/verdict_text.h"

/* The greatest part of PAGE_SIZE_MAX for each table: of several, none pushes out the others. */
#define TABLE_SIZE_MAX (PAGE_SIZE_MAX / 6)

/* Text of one cell; more is cut. */
#define TEXT_MAX       1024

#define OCTAVES        64

/* The size of a histogram. */
#define BAR_WIDTH      5
#define BAR_HEIGHT     24

struct page {
	FILE *stream;
	size_t size; /* written so far */
	const struct report *report;
	struct cell_format format;
	bool is_live; /* it is served, and goes on */
};

static void put(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct page *page, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int size = vfprintf(page->stream, format, args);
	va_end(args);
	page->size += size > 0 ? (size_t)size : 0;
}

/* TEXT, which is escaped for terminals, as text of HTML. */
static void put_text(struct page *page, const char *text)
{
	while (*text) {
		size_t plain = strcspn(text, "&<>\"'");
		fwrite(text, 1, plain, page->stream);
		page->size += plain;
		text += plain;
		const char *name = *text == '&'    ? "&amp;"
		                   : *text == '<'  ? "&lt;"
		                   : *text == '>'  ? "&gt;"
		                   : *text == '"'  ? "&quot;"
		                   : *text == '\'' ? "&#39;"
		                                   : NULL;
		if (name)
			put(page, "%s", name);
		text += name != NULL;
	}
}

/* The same of SIZE bytes that are not escaped. */
static void put_raw(struct page *page, const char *text, size_t size)
{
	char escaped[TEXT_MAX];
	put_text(page, text_escape(text, size, escaped, sizeof(escaped)));
}

static void put_cell(struct page *page, bool right, const char *text)
{
	put(page, right ? "<td class=\"n\">" : "<td class=\"w\">");
	put_text(page, text);
	put(page, "</td>");
}

static void begin_table(struct page *page, const char *id, const char *title, const char *what)
{
	put(page,
		"<section aria-labelledby=\"%s\"><h2 id=\"%s\">%s</h2><div class=\"wide\" tabindex=\"0\"><table>"
		"<caption data-what=\"%s\">",
		id, id, title, what);
}

static void begin_titles(struct page *page)
{
	put(page, "</caption><thead><tr>");
}

static void put_title(struct page *page, bool right, const char *text)
{
	put(page, "<th scope=\"col\"%s>", right ? " class=\"n\"" : "");
	put_text(page, text);
	put(page, "</th>");
}

static void begin_rows(struct page *page)
{
	put(page, "</tr></thead><tbody>\n");
}

/* Ends a table of COUNT rows, of which SHOWN are in it. */
static void end_table(struct page *page, size_t shown, size_t count)
{
	put(page, "</tbody></table></div>");
	if (shown < count)
		put(page, "<p class=\"dim\">%zu more were left out to keep this page small.</p>",
			count - shown);
	put(page, "</section>\n");
}

/* Latencies by powers of two, as bars with a text for those who do not see them. */
static void put_histogram(struct page *page, const struct call_row *row)
{
	uint64_t count[OCTAVES] = {0}, most = 0;
	int first = OCTAVES, last = -1;
	struct hist_bucket bucket;
	put(page, "<td>");
	for (unsigned int at = 0; row->tally && hist_next(&row->tally->hist, &at, &bucket);) {
		int octave = bucket.low_ns ? 63 - __builtin_clzll(bucket.low_ns) : 0;
		count[octave] += bucket.count;
		most = count[octave] > most ? count[octave] : most;
		first = octave < first ? octave : first;
		last = octave > last ? octave : last;
	}
	if (last >= first) {
		char from[UNITS_MAX], until[UNITS_MAX];
		units_time(UINT64_C(1) << first, from);
		units_time(UINT64_C(1) << last, until);
		put(page,
			"<svg role=\"img\" width=\"%d\" height=\"%d\"><title>from %s to %s and "
			"more, a bar for each power of two</title>",
			(last - first + 1) * BAR_WIDTH, BAR_HEIGHT, from, until);
		for (int i = first; i <= last; i++) {
			int height = (int)((double)count[i] / (double)most * (BAR_HEIGHT - 2));
			height += count[i] > 0;
			put(page,
				"<rect class=\"b\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
				(i - first) * BAR_WIDTH, BAR_HEIGHT - height, BAR_WIDTH - 1,
				height);
		}
		put(page, "</svg>");
	}
	put(page, "</td>");
}

static void put_calls(struct page *page)
{
	static const enum column_id columns[] = {COLUMN_CALLS, COLUMN_ERRORS, COLUMN_IN_PROGRESS,
		COLUMN_SHARE, COLUMN_TOTAL, COLUMN_AVG, COLUMN_P50, COLUMN_P90, COLUMN_P99,
		COLUMN_MAX, COLUMN_BYTES};
	const struct report *report = page->report;
	size_t begin = page->size, row = 0;
	begin_table(page, "calls", "Calls", "calls");
	put(page, "By the time in them; latencies by powers of two.");
	begin_titles(page);
	put_title(page, false, "CALL");
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		put_title(page, true, call_columns[columns[i]].title);
	put_title(page, false, "LATENCIES");
	put_title(page, false, "WHAT IT DOES");
	begin_rows(page);
	for (; row < report->call_count && page->size - begin < TABLE_SIZE_MAX; row++) {
		const struct call_row *call = &report->calls[row];
		const struct explanation *known = explain_call(call->name);
		char text[CELL_MAX];
		put(page, "<tr><th scope=\"row\">");
		put_text(page, cell_call(COLUMN_CALL, call, &page->format, text));
		put(page, "</th>");
		for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
			put_cell(page, true, cell_call(columns[i], call, &page->format, text));
		put_histogram(page, call);
		put_cell(page, false, known ? known->does : "");
		put(page, "</tr>\n");
	}
	end_table(page, row, report->call_count);
}

static void put_error(
	struct page *page, const struct call_row *row, const struct explanation_seen *seen)
{
	const struct error_explanation *error = explain_error(explain_call(row->name), seen->err);
	char text[REPORT_TEXT_MAX], name[ABI_NAME_MAX], number[UNITS_MAX];
	put(page, "<tr><th scope=\"row\">");
	put_raw(page, row->name, strlen(row->name));
	put(page, "</th>");
	put_cell(page, false, error_name(seen->err, name));
	put_cell(page, true, units_grouped(seen->count, number));
	put_cell(page, false, explanation_text(row, seen, text));
	put(page, "<td class=\"w\">");
	put_text(page, explanation_means(row->name, seen->err));
	if (error && error->normal) {
		put(page, " <small>Many can be normal: ");
		put_text(page, error->normal);
		put(page, "</small>");
	}
	put(page, "</td></tr>\n");
}

static void put_errors(struct page *page)
{
	const struct report *report = page->report;
	begin_table(page, "errors", "Errors, and what they mean", "errors");
	begin_titles(page);
	put_title(page, false, "CALL");
	put_title(page, false, "ERROR");
	put_title(page, true, "COUNT");
	put_title(page, false, "SEEN");
	put_title(page, false, "WHAT IT MEANS");
	begin_rows(page);
	for (size_t i = 0; i < report->call_count; i++) {
		struct explanation_seen seen[EXPLANATION_ERRORS_MAX];
		size_t count = explanation_find(
			report, &report->calls[i], seen, EXPLANATION_ERRORS_MAX);
		for (size_t n = 0; n < count; n++)
			put_error(page, &report->calls[i], &seen[n]);
	}
	end_table(page, 0, 0);
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
	begin_table(page, "files", "Files and peers", "files");
	put_text(page, file_totals_text(report, text));
	begin_titles(page);
	put_title(page, false, "FILE OR PEER");
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		put_title(page, file_columns[columns[i]].right, file_columns[columns[i]].title);
	begin_rows(page);
	for (; row < report->file_count && page->size - begin < TABLE_SIZE_MAX; row++) {
		const struct file_row *file = &report->files[row];
		put(page, "<tr><th scope=\"row\" class=\"w\">");
		put_raw(page, file->name, file->size);
		put(page, "</th>");
		for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
			file_columns[columns[i]].text(file, &page->format, text);
			put_cell(page, file_columns[columns[i]].right, text);
		}
		put(page, "</tr>\n");
	}
	end_table(page, row, report->file_count);
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
	begin_table(page, "processes", "Processes", "processes");
	put(page, "What each has executed, below what started it.");
	begin_titles(page);
	put_title(page, false, "COMMAND");
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		put_title(
			page, program_columns[columns[i]].right, program_columns[columns[i]].title);
	begin_rows(page);
	for (; row < report->program_count && page->size - begin < TABLE_SIZE_MAX; row++) {
		const struct program_row *program = &report->programs[row];
		char text[TEXT_MAX];
		put(page, "<tr><td class=\"w p\">%*s",
			2 * (program->depth < 20 ? program->depth : 20), "");
		put_text(page, program_command(program, true, text, sizeof(text)));
		put(page, "</td>");
		for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
			program_columns[columns[i]].text(program, &format, text);
			put_cell(page, program_columns[columns[i]].right, text);
		}
		put(page, "</tr>\n");
	}
	end_table(page, row, report->program_count);
}

/* What a thread did in the last seconds, the newest at the right. */
static void put_strip(struct page *page, const struct thread_row *row)
{
	put(page, "<td>");
	if (row->strip_count) {
		put(page,
			"<svg role=\"img\" width=\"%u\" height=\"12\"><title>%u seconds, now: "
			"%s</title>",
			row->strip_count * 3, row->strip_count,
			time_class_name((enum time_class)row->strip[0]));
		for (unsigned int i = 0; i < row->strip_count; i++)
			put(page, "<rect class=\"t%d\" x=\"%u\" width=\"3\" height=\"12\"/>",
				row->strip[i], (row->strip_count - 1 - i) * 3);
		put(page, "</svg>");
	}
	put(page, "</td>");
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
		put_title(page, thread_columns[column].right, thread_columns[column].title);
	}
}

static void put_thread_cells(
	struct page *page, const struct thread_table *table, const struct thread_row *thread)
{
	char text[CELL_MAX];
	for (size_t i = 0; i < table->count; i++) {
		enum thread_column column = table->columns[i];
		thread_columns[column].text(thread, &page->format, text);
		put_cell(page, thread_columns[column].right, text);
	}
}

/* What THREAD waits for, behind MARK. */
static void put_wait(struct page *page, const struct thread_row *thread, const char *mark)
{
	put(page, "<td class=\"w\">%s", mark);
	if (thread->waits_for)
		put_raw(page, thread->waits_for, strlen(thread->waits_for));
	put(page, "</td>");
}

static void put_threads(struct page *page)
{
	static const enum thread_column columns[] = {THREAD_COLUMN_PID, THREAD_COLUMN_TID,
		THREAD_COLUMN_NAME, THREAD_COLUMN_STATE, THREAD_COLUMN_CALL, THREAD_COLUMN_FOR,
		THREAD_COLUMN_CALLS, THREAD_COLUMN_ERRORS, THREAD_COLUMN_TOTAL};
	const struct thread_table table = {columns, sizeof(columns) / sizeof(*columns)};
	const struct report *report = page->report;
	size_t begin = page->size, row = 0;
	begin_table(page, "threads", "Threads, and what they wait for", "threads");
	begin_titles(page);
	put_thread_titles(page, &table);
	put_title(page, false, "LAST SECONDS");
	put_title(page, false, "WAITING ON");
	begin_rows(page);
	for (; row < report->thread_count && page->size - begin < TABLE_SIZE_MAX; row++) {
		const struct thread_row *thread = &report->threads[row];
		put(page, "<tr>");
		put_thread_cells(page, &table, thread);
		put_strip(page, thread);
		put_wait(page, thread,
			thread->deadlocked ? "<strong class=\"bad\">deadlock</strong> " : "");
		put(page, "</tr>\n");
	}
	end_table(page, row, report->thread_count);
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
	begin_table(page, "deadlocks",
		"Deadlocks: these threads wait for each other, and never end", "threads");
	begin_titles(page);
	put_thread_titles(page, &table);
	put_title(page, false, "WAITING ON");
	begin_rows(page);
	for (size_t i = 0; i < report->thread_count && page->size - begin < TABLE_SIZE_MAX; i++) {
		const struct thread_row *thread = &report->threads[i];
		if (!thread->deadlocked)
			continue;
		put(page, "<tr>");
		put_thread_cells(page, &table, thread);
		put_wait(page, thread, "");
		put(page, "</tr>\n");
		shown++;
	}
	end_table(page, shown, count);
}

static void put_flame(struct page *page)
{
	const struct report *report = page->report;
	if (!report->stack_count)
		return;
	put(page,
		"<section aria-labelledby=\"flame\"><h2 id=\"flame\">Where calls come from</h2>"
		"<p class=\"dim\">Stacks by the time in their calls, the outermost function at the "
		"top.</p><div class=\"wide\">");
	page->size += page_flame_write(page->stream, report, TABLE_SIZE_MAX);
	put(page, "</div></section>\n");
}

static void put_verdict(struct page *page)
{
	const struct report *report = page->report;
	struct verdict_line lines[VERDICT_MAX];
	char text[ADVICE_TEXT_MAX], share[UNITS_MAX];
	size_t count = verdict_lines(report, lines);
	put(page,
		"<section aria-labelledby=\"verdict\"><h2 id=\"verdict\">What matters first</h2>");
	for (size_t i = 0; i < count; i++) {
		put(page, "<p class=\"verdict\">");
		put_text(page, lines[i].text);
		put(page, "</p>");
	}
	if (!count && report->call_count) {
		const struct call_row *row = &report->calls[0];
		put(page, "<p class=\"verdict\">most time in calls was in ");
		put_raw(page, row->name, strlen(row->name));
		put(page, ": %s %%</p>", units_percent(row->work_share, share));
	}
	for (size_t i = 0; i < report->advice_count; i++) {
		put(page, "<div class=\"advice\"><p>");
		put_text(page, advice_seen(&report->advice[i], text));
		put(page, "</p><p>");
		put_text(page, advice_remedy(report->advice[i].kind));
		put(page, "</p></div>");
	}
	put(page, "</section>\n");
}

static void put_head(struct page *page, const char *title)
{
	char style[SHA256_BASE64_MAX], script[SHA256_BASE64_MAX], live[SHA256_BASE64_MAX];
	put(page,
		"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src 'sha256-%s'; script-src 'sha256-%s'",
		sha256_base64(page_style, strlen(page_style), style),
		sha256_base64(page_script, strlen(page_script), script));
	if (page->is_live)
		put(page, " 'sha256-%s'; connect-src 'self'",
			sha256_base64(page_live_script, strlen(page_live_script), live));
	put(page, "; base-uri 'none'; form-action 'none'\">"
		  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
		  "<meta name=\"referrer\" content=\"no-referrer\"><title>");
	put_text(page, title);
	put(page, "</title><style>%s</style></head><body>\n", page_style);
}

static void put_end(struct page *page)
{
	put(page,
		"<footer><p class=\"dim\">Made by stop %s.</p></footer>\n"
		"<script>%s</script>",
		PACKAGE_VERSION, page_script);
	if (page->is_live)
		put(page, "<script>%s</script>", page_live_script);
	put(page, "</body></html>\n");
}

static void put_totals(struct page *page)
{
	const struct model_totals *totals = &page->report->totals;
	double share[TIME_COUNT];
	char calls[UNITS_MAX], errors[UNITS_MAX], text[UNITS_MAX], elapsed[UNITS_MAX];
	put(page,
		"<div id=\"totals\"><p>%s calls, %s errors in %s; %zu threads alive, %llu ended</p>",
		units_grouped(totals->calls, calls), units_grouped(totals->errors, errors),
		units_time(report_elapsed_ns(page->report), elapsed), totals->threads,
		(unsigned long long)totals->ended_threads);
	model_time_shares(totals->time.ns, share);
	put(page, "<p>time of all threads:");
	for (enum time_class id = 0; id < TIME_COUNT; id++) {
		if (share[id] >= 0.0005)
			put(page, " %s %s %%", time_class_name(id), units_percent(share[id], text));
	}
	put(page, "</p></div>\n");
}

static void put_header(struct page *page)
{
	const struct report *report = page->report;
	char text[REPORT_TEXT_MAX];
	put(page, "<header><h1>");
	put_text(page, report_target(report, text));
	put(page, "</h1>");
	if (report->facts.command) {
		put(page, "<p class=\"w\"><code>");
		put_raw(page, report->facts.command, strlen(report->facts.command));
		put(page, "</code></p>");
	}
	report_when(report, REPORT_DATE_UTC, text);
	put(page, "<p class=\"dim\">System calls, %s%sengine ", text, *text ? ", " : "");
	put_text(page, report_engine(report, text));
	if (*report_ended(report, text)) {
		put(page, ", ");
		put_text(page, text);
	}
	if (*report_filter(report, text)) {
		put(page, "; only ");
		put_text(page, text);
	}
	put(page,
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
	put(page, "<section aria-labelledby=\"cost\"><h2 id=\"cost\">Cost, and what was not seen"
		  "</h2><ul><li>every call was counted</li>");
	if (cost->cpu_ns)
		put(page, "<li>%s of processor time for tracing</li>",
			units_time(cost->cpu_ns, text));
	if (cost->call_ns)
		put(page, "<li>it adds at least %s to a call</li>",
			units_time(cost->call_ns, text));
	if (report_minimum_ns(report))
		put(page, "<li>latencies up to %s are the tracing's own</li>",
			units_time(report_minimum_ns(report), text));
	put(page, "<li>%s details lost</li>", units_grouped(cost->details_lost, text));
	if (report->view.files)
		put(page, "<li>%s calls could not be attributed to a file</li>",
			units_grouped(report->file_totals.lost_calls, text));
	else
		put(page, "<li>files and peers were not counted</li>");
	if (!report->stack_count)
		put(page, "<li>no stacks were captured: -k captures them</li>");
	for (size_t i = 0; i < report->note_count; i++) {
		put(page, "<li>");
		put_raw(page, report->notes[i].text, strlen(report->notes[i].text));
		put(page, "</li>");
	}
	put(page, "</ul></section>\n");
}

/* What changes while tracing goes on: everything that is seen. */
static void put_parts(struct page *page)
{
	put_header(page);
	if (page->is_live)
		put(page, "<div id=\"live\"><button type=\"button\" hidden>Pause</button> "
			  "<span role=\"status\"></span><noscript>Reload this page for what has "
			  "happened since.</noscript></div>\n");
	put(page, "<main>\n");
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
	put(page, "</main>");
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
	put_head(page, report_target(page->report, title));
	put_parts(page);
	put_end(page);
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

int page_write_comparison(FILE *stream, const struct comparison *comparison)
{
	struct page page = {.stream = stream};
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	if (!memory)
		return -errno;
	comparison_write(memory, comparison, &(struct comparison_how){.all = true});
	int result = fclose(memory) == 0 ? 0 : -errno;
	if (result == 0) {
		put_head(&page, "Comparison of system calls");
		put(&page, "<header><h1>Comparison of system calls</h1></header><main>"
			   "<div class=\"wide\"><pre>");
		if (size > TABLE_SIZE_MAX * 5)
			text[TABLE_SIZE_MAX * 5] = '\0';
		put_text(&page, text);
		put(&page, "</pre></div></main>");
		put_end(&page);
	}
	free(text);
	return result;
}
