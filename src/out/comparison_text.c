/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparisons as text; see out/comparison_text.h. */
#include "config.h"

#include "out/comparison_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/units.h"
#include "out/cell.h"
#include "out/glyph.h"
#include "out/grid.h"

/* Rows of a table, unless all are wanted, and of latencies. */
#define ROWS_MAX     25
#define LATENCY_MAX  8

/* Latencies whose distributions differ less look the same. */
#define SHIFT_MIN    0.1

/* Size of a cell; shorter than what is made of it. */
#define NAME_COLUMNS 200

char *comparison_number(enum profile_measure measure, double value, char *buf)
{
	if (measure == PROFILE_TIME)
		return units_time(value > 0 ? (uint64_t)(value + 0.5) : 0, buf);
	if (measure == PROFILE_BYTES || value != floor(value))
		return units_number(value, buf);
	return units_count((uint64_t)value, buf);
}

const char *comparison_sure(const struct comparison_value *value)
{
	static const char *const words[] = {
		[COMPARISON_EQUAL] = "=",
		[COMPARISON_DIFFERS] = "yes",
		[COMPARISON_NOISE] = "noise",
		[COMPARISON_UNKNOWN] = "?",
	};
	return words[value->verdict];
}

const char *comparison_row_sure(
	const struct comparison *comparison, const struct comparison_row *row)
{
	const struct comparison_value *value = &row->value[comparison->by];
	bool has_more_calls = row->value[PROFILE_COUNT].verdict == COMPARISON_DIFFERS;
	return value->verdict != COMPARISON_DIFFERS && has_more_calls ? "calls"
	                                                              : comparison_sure(value);
}

char *comparison_name(enum profile_part part, const struct comparison_row *row)
{
	char *text;
	size_t size;
	if (part != PROFILE_STACKS)
		return xstrdup(row->name);
	FILE *stream = open_memstream(&text, &size);
	if (!stream)
		return xstrdup(row->name);
	/* From the call to the outermost frame. */
	for (const char *end = row->name + strlen(row->name); end;) {
		const char *from = end;
		while (from > row->name && from[-1] != ';')
			from--;
		fprintf(stream, "%.*s", (int)(end - from), from);
		end = from > row->name ? from - 1 : NULL;
		if (end)
			fputs(" < ", stream);
	}
	fclose(stream);
	return text;
}

/* The blocks of one side, from octave FIRST to LAST. */
static void strip(const struct hist *hist, unsigned int first, unsigned int last,
	char buf[COMPARISON_TEXT_MAX])
{
	double count[HIST_OCTAVES] = {0}, greatest = 0;
	size_t used = 0;
	for (unsigned int row = first; row <= last; row++) {
		for (unsigned int step = 0; hist->row[row] && step < HIST_STEPS; step++)
			count[row] += (double)hist->row[row][step];
		greatest = fmax(greatest, count[row]);
	}
	for (unsigned int row = first; row <= last; row++)
		used += (size_t)snprintf(buf + used, COMPARISON_TEXT_MAX - used, "%s",
			count[row] > 0 ? cell_block(count[row], greatest) : " ");
}

bool comparison_strips(const struct comparison_row *row, struct comparison_strips *strips)
{
	unsigned int first = HIST_OCTAVES, last = 0;
	struct hist_bucket bucket;
	for (size_t side = 0; side < COMPARISON_SIDES; side++) {
		const struct hist *hist = &row->latency[side];
		for (unsigned int at = 0; hist_next(hist, &at, &bucket);) {
			unsigned int octave = bucket.number / HIST_STEPS;
			if (first == HIST_OCTAVES || bucket.low_ns < strips->low_ns)
				strips->low_ns = bucket.low_ns;
			if (first == HIST_OCTAVES || bucket.high_ns > strips->high_ns)
				strips->high_ns = bucket.high_ns;
			first = octave < first ? octave : first;
			last = octave > last ? octave : last;
		}
	}
	if (first == HIST_OCTAVES)
		return false;
	for (size_t side = 0; side < COMPARISON_SIDES; side++)
		strip(&row->latency[side], first, last, strips->side[side]);
	return true;
}

/* What is to be known before it is believed. */

static bool has_two_engines(const struct comparison *comparison, char buf[COMPARISON_TEXT_MAX])
{
	const struct profile *first = comparison->input[COMPARISON_A].profile[0];
	for (size_t side = 0; side < COMPARISON_SIDES; side++) {
		const struct comparison_input *input = &comparison->input[side];
		for (size_t run = 0; run < input->count; run++) {
			if (strcmp(input->profile[run]->engine, first->engine) == 0)
				continue;
			snprintf(buf, COMPARISON_TEXT_MAX,
				"Traced by two engines (%.20s, %.20s), whose overhead differs: "
				"compare calls, not times.",
				first->engine, input->profile[run]->engine);
			return true;
		}
	}
	return false;
}

static bool is_filtered(const struct comparison *comparison, char buf[COMPARISON_TEXT_MAX])
{
	bool some = false;
	for (size_t side = 0; side < COMPARISON_SIDES; side++) {
		for (size_t run = 0; run < comparison->input[side].count; run++)
			some |= comparison->input[side].profile[run]->is_filtered;
	}
	snprintf(buf, COMPARISON_TEXT_MAX,
		"Filters were set: what is missing may not have been counted.");
	return some;
}

static bool has_few_runs(const struct comparison *comparison, char buf[COMPARISON_TEXT_MAX])
{
	size_t a = comparison->input[COMPARISON_A].count, b = comparison->input[COMPARISON_B].count;
	double least = comparison_least_p(a, b);
	if (a == 1 && b == 1)
		snprintf(buf, COMPARISON_TEXT_MAX,
			"One run of each: what is noise cannot be told; four of each can tell.");
	else
		snprintf(buf, COMPARISON_TEXT_MAX,
			"%zu and %zu runs are too few to tell noise from differences (p is %.2g at "
			"least); four of each can tell.",
			a, b, least);
	return least > COMPARISON_ALPHA;
}

static bool has_many_tests(const struct comparison *comparison, char buf[COMPARISON_TEXT_MAX])
{
	size_t a = comparison->input[COMPARISON_A].count, b = comparison->input[COMPARISON_B].count;
	snprintf(buf, COMPARISON_TEXT_MAX,
		"SURE: yes (calls: of their number), if runs that do not differ are so far apart in "
		"one of %g tests or fewer.",
		1 / COMPARISON_ALPHA);
	return comparison_least_p(a, b) <= COMPARISON_ALPHA;
}

const char *comparison_caution(
	const struct comparison *comparison, size_t number, char buf[COMPARISON_TEXT_MAX])
{
	static bool (*const cautions[])(const struct comparison *, char[COMPARISON_TEXT_MAX]) = {
		has_two_engines, is_filtered, has_few_runs, has_many_tests};
	for (size_t i = 0; i < sizeof(cautions) / sizeof(*cautions); i++) {
		if (cautions[i](comparison, buf) && number-- == 0)
			return buf;
	}
	return NULL;
}

/* Tables. */

/* Measures of a table, with their titles. */
struct measure_column {
	enum profile_measure measure;
	const char *title[COMPARISON_SIDES];
};

static const struct measure_column measure_columns[] = {
	{PROFILE_TIME, {"TIME A", "TIME B"}},
	{PROFILE_COUNT, {"CALLS A", "CALLS B"}},
	{PROFILE_ERRORS, {"ERR A", "ERR B"}},
	{PROFILE_BYTES, {"BYTES A", "BYTES B"}},
};

#define MEASURE_COLUMNS   (sizeof(measure_columns) / sizeof(*measure_columns))

/* With fewer columns than these, there are no bytes, and no errors either. */
#define COLUMNS_OF_BYTES  110
#define COLUMNS_OF_ERRORS 90

/* How many measures of PART are shown; stacks have no bytes. */
static size_t measures_of(enum profile_part part, const struct comparison_how *how)
{
	int columns = how->columns ? how->columns : COLUMNS_OF_BYTES;
	return columns < COLUMNS_OF_ERRORS                            ? MEASURE_COLUMNS - 2
	       : columns < COLUMNS_OF_BYTES || part == PROFILE_STACKS ? MEASURE_COLUMNS - 1
	                                                              : MEASURE_COLUMNS;
}

static const char *change_of(const struct comparison_row *row)
{
	return row->change == COMPARISON_CAME   ? "new"
	       : row->change == COMPARISON_WENT ? "gone"
	                                        : "";
}

static void add_row(struct grid *grid, enum profile_part part, const struct comparison *comparison,
	const struct comparison_row *row, const struct comparison_how *how)
{
	char text[COMPARISON_TEXT_MAX], percent[UNITS_MAX], name[NAME_COLUMNS * 4];
	snprintf(text, sizeof(text), "%c%s",
		row->explains < 0   ? '-'
		: row->explains > 0 ? '+'
				    : ' ',
		units_percent(fabs(row->explains), percent));
	grid_cell(grid, text);
	for (size_t i = 0; i < measures_of(part, how); i++) {
		enum profile_measure measure = measure_columns[i].measure;
		for (size_t side = 0; side < COMPARISON_SIDES; side++)
			grid_cell(grid,
				comparison_number(measure, row->value[measure].side[side], text));
	}
	if (!how->is_one_run)
		grid_cell(grid, comparison_row_sure(comparison, row));
	grid_cell(grid, change_of(row));
	char *shown = comparison_name(part, row);
	if (snprintf(name, sizeof(name), "%s", shown) >= (int)sizeof(name)) {
		/* At the end of a character. */
		size_t end = sizeof(name) - 4;
		while (end && ((unsigned char)name[end] & 0xc0) == 0x80)
			end--;
		strcpy(name + end, "…");
	}
	grid_cell(grid, name);
	free(shown);
}

static void write_list(FILE *stream, enum profile_part part, const struct comparison *comparison,
	const struct comparison_how *how)
{
	static const char *const titles[PROFILE_PARTS] = {
		[PROFILE_CALLS] = "CALL",
		[PROFILE_FILES] = "FILE OR PEER",
		[PROFILE_STACKS] = "STACK (CALL < CALLERS)",
	};
	const struct comparison_list *list = &comparison->list[part];
	size_t shown = how->all || list->count <= ROWS_MAX ? list->count : ROWS_MAX;
	size_t columns = 2 * measures_of(part, how) + (how->is_one_run ? 3 : 4), at = 0;
	if (!list->is_known || !list->count)
		return;
	struct grid *grid = grid_new(columns);
	grid_title(grid, at++, "%DIFF", true);
	for (size_t i = 0; i < measures_of(part, how); i++) {
		for (size_t side = 0; side < COMPARISON_SIDES; side++)
			grid_title(grid, at++, measure_columns[i].title[side], true);
	}
	if (!how->is_one_run)
		grid_title(grid, at++, "SURE", false);
	grid_title(grid, at++, "", false);
	grid_title(grid, at, titles[part], false);
	for (size_t i = 0; i < shown; i++)
		add_row(grid, part, comparison, &list->row[i], how);
	fputc('\n', stream);
	grid_write(grid, stream, 0, how->ascii);
	grid_free(grid);
	if (shown < list->count)
		fprintf(stream, "%zu more%s\n", list->count - shown,
			how->is_one_run ? "" : " (-v shows all)");
}

/* Both lines of ROW, whose distributions are STRIPS. */
static void add_latency(
	struct grid *grid, const struct comparison_row *row, const struct comparison_strips *strips)
{
	char text[2 * COMPARISON_TEXT_MAX], low[UNITS_MAX], high[UNITS_MAX];
	for (size_t side = 0; side < COMPARISON_SIDES; side++) {
		const struct hist *hist = &row->latency[side];
		grid_cell(grid, side == COMPARISON_A ? row->name : "");
		grid_cell(grid, side == COMPARISON_A ? "A" : "B");
		grid_cell(grid, units_time(hist_quantile(hist, 0.5), text));
		grid_cell(grid, units_time(hist_quantile(hist, 0.99), text));
		snprintf(text, sizeof(text), "|%s|", strips->side[side]);
		grid_cell(grid, text);
		snprintf(text, sizeof(text), "%s to %s", units_time(strips->low_ns, low),
			units_time(strips->high_ns, high));
		grid_cell(grid, side == COMPARISON_A ? text : "");
	}
}

/* The distributions that differ most, of the calls that explain most. */
static void write_latencies(FILE *stream, const struct comparison *comparison, bool ascii)
{
	static const char *const titles[] = {
		"CALL", "", "P50", "P99", "LATENCIES BY POWERS OF TWO", ""};
	const struct comparison_list *list = &comparison->list[PROFILE_CALLS];
	struct grid *grid = grid_new(sizeof(titles) / sizeof(*titles));
	size_t shown = 0;
	for (size_t i = 0; i < sizeof(titles) / sizeof(*titles); i++)
		grid_title(grid, i, titles[i], i == 2 || i == 3);
	for (size_t i = 0; i < list->count && shown < LATENCY_MAX; i++) {
		struct comparison_strips strips;
		if (!(list->row[i].shift >= SHIFT_MIN) ||
			!comparison_strips(&list->row[i], &strips))
			continue;
		add_latency(grid, &list->row[i], &strips);
		shown++;
	}
	if (shown) {
		fputc('\n', stream);
		grid_write(grid, stream, 0, ascii);
	}
	grid_free(grid);
}

/* The sides, and their totals. */
static void write_totals(
	FILE *stream, const struct comparison *comparison, const struct comparison_how *how)
{
	static const struct {
		const char *name;
		enum profile_measure measure;
	} rows[] = {
		{"time in calls", PROFILE_TIME},
		{"calls", PROFILE_COUNT},
		{"errors", PROFILE_ERRORS},
		{"bytes", PROFILE_BYTES},
	};
	size_t columns = how->is_one_run ? 3 : 4;
	struct grid *grid = grid_new(columns);
	char text[COMPARISON_TEXT_MAX];
	const char *titles[] = {
		comparison->per_second ? "PER SECOND" : "PER RUN", "A", "B", "SURE"};
	for (size_t i = 0; i < columns; i++)
		grid_title(grid, i, titles[i], i == 1 || i == 2);
	grid_cell(grid, comparison->per_second ? "counted for" : "run time");
	for (size_t side = 0; side < COMPARISON_SIDES; side++)
		grid_cell(
			grid, comparison_number(PROFILE_TIME, comparison->run_ns.side[side], text));
	if (!how->is_one_run)
		grid_cell(grid, comparison->per_second ? "" : comparison_sure(&comparison->run_ns));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct comparison_value *value = &comparison->total[rows[i].measure];
		grid_cell(grid, rows[i].name);
		for (size_t side = 0; side < COMPARISON_SIDES; side++)
			grid_cell(
				grid, comparison_number(rows[i].measure, value->side[side], text));
		if (!how->is_one_run)
			grid_cell(grid, comparison_sure(value));
	}
	grid_write(grid, stream, 0, how->ascii);
	grid_free(grid);
}

void comparison_write(
	FILE *stream, const struct comparison *comparison, const struct comparison_how *how)
{
	char text[COMPARISON_TEXT_MAX];
	const char *caution;
	for (size_t side = 0; side < COMPARISON_SIDES; side++) {
		const struct comparison_input *input = &comparison->input[side];
		fprintf(stream, "%c: ", side ? 'B' : 'A');
		glyph_write(stream, input->profile[0]->target, how->ascii);
		fprintf(stream, " (%s", input->profile[0]->engine);
		if (input->count > 1)
			fprintf(stream, "; %zu runs, medians", input->count);
		fputs(")\n", stream);
	}
	fputc('\n', stream);
	write_totals(stream, comparison, how);
	for (size_t part = 0; part < PROFILE_PARTS; part++)
		write_list(stream, (enum profile_part)part, comparison, how);
	write_latencies(stream, comparison, how->ascii);
	for (size_t i = 0; !how->is_one_run && (caution = comparison_caution(comparison, i, text));
		i++)
		fprintf(stream, "%s%s\n", i ? "" : "\n", caution);
}
