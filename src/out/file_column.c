/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of files and peers, and their table; see out/file_column.h. */
#include "config.h"

#include "out/file_column.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "abi/names.h"
#include "base/text.h"
#include "base/units.h"
#include "decode/objects.h"
#include "out/glyph.h"
#include "out/grid.h"
#include "out/report.h"

/* How much of a name a cell shows: the end of a path says more than its beginning. */
#define NAME_SHOWN 240

static void put_count(uint64_t count, const struct cell_format *format, char buf[CELL_MAX])
{
	if (format->full)
		snprintf(buf, CELL_MAX, "%" PRIu64, count);
	else
		units_count(count, buf);
}

static void put_number(double value, char buf[CELL_MAX])
{
	if (isnan(value))
		strcpy(buf, "-");
	else
		units_number(value, buf);
}

#define COUNT(field) \
	static void field##_text( \
		const struct file_row *row, const struct cell_format *format, char buf[CELL_MAX]) \
	{ \
		put_count(row->field, format, buf); \
	}

#define NUMBER(field) \
	static void field##_text( \
		const struct file_row *row, const struct cell_format *format, char buf[CELL_MAX]) \
	{ \
		(void)format; \
		put_number((double)row->field, buf); \
	}

#define TIME(field) \
	static void field##_text( \
		const struct file_row *row, const struct cell_format *format, char buf[CELL_MAX]) \
	{ \
		(void)format; \
		units_time((uint64_t)row->field, buf); \
	}

COUNT(calls)
COUNT(errors)
COUNT(in_progress)
NUMBER(rate)
NUMBER(in)
NUMBER(out)
NUMBER(in_rate)
NUMBER(out_rate)
NUMBER(bytes_avg)
TIME(total_ns)
TIME(avg_ns)
TIME(max_ns)

static void kind_text(
	const struct file_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	strcpy(buf, row->kind == KIND_COUNT ? "several" : object_kind_name(row->kind));
}

/* "ENOENT 5501, EACCES 2" */
static void error_text_of(
	const struct file_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	size_t used = 0;
	strcpy(buf, "-");
	for (size_t i = 0; i < FILE_ERRORS_MAX && row->error[i].count; i++) {
		char name[ABI_NAME_MAX], count[CELL_MAX];
		put_count(row->error[i].count, format, count);
		used += (size_t)snprintf(buf + used, CELL_MAX - used, "%s%s %.32s",
			used ? ", " : "", error_name(row->error[i].err, name), count);
	}
}

static void p99_text(
	const struct file_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	if (row->timed)
		units_time(row->p99_ns, buf);
	else
		strcpy(buf, "-");
}

static void share_text(
	const struct file_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	units_percent(row->work_share, buf);
}

/* "read 0.20s ago" would change with each frame: the call alone. */
static void last_text(
	const struct file_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	if (row->last_ns)
		text_escape(row->last_name, sizeof(row->last_name), buf, CELL_MAX);
	else
		strcpy(buf, "-");
}

static void put_task(pid_t pid, const char *comm, size_t more, char buf[CELL_MAX])
{
	char name[TASK_COMM_SIZE * 4];
	if (!pid) {
		strcpy(buf, "-");
		return;
	}
	text_escape(comm, TASK_COMM_SIZE, name, sizeof(name));
	int used = snprintf(buf, CELL_MAX, "%d %s", (int)pid, name);
	if (more)
		snprintf(buf + used, CELL_MAX - (size_t)used, " +%zu", more);
}

static void user_text(
	const struct file_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	put_task(row->user, row->user_comm, row->users > 1 ? row->users - 1 : 0, buf);
}

static void peer_text(
	const struct file_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	put_task(row->peer, row->peer_comm, 0, buf);
}

/* Whether one in a hundred calls, or more, may have been about another object. */
static bool is_doubtful(const struct file_row *row)
{
	return row->unsure && row->unsure * 100 >= row->calls;
}

static void name_text(
	const struct file_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	char number[24] = "";
	(void)format;
	if (row->objects > 1)
		snprintf(number, sizeof(number), "(%zu) ", row->objects);
	else if (is_doubtful(row))
		strcpy(number, "? ");
	size_t used = strlen(strcpy(buf, number));
	const char *name = row->name;
	size_t size = row->size;
	if (size > NAME_SHOWN) {
		name += size - NAME_SHOWN;
		size = NAME_SHOWN;
		used += strlen(strcpy(buf + used, "…"));
	}
	text_escape(name, size, buf + used, CELL_MAX - used);
}

const struct file_column_desc file_columns[FILE_COLUMN_COUNT] = {
	[FILE_COLUMN_KIND] = {"kind", "KIND", "kind of the object", 7, false, kind_text},
	[FILE_COLUMN_CALLS] = {"calls", "CALLS", "completed calls", 7, true, calls_text},
	[FILE_COLUMN_RATE] = {"rate", "CALLS/s", "calls per second in the last interval", 7, true,
		rate_text},
	[FILE_COLUMN_ERRORS] = {"errors", "ERRORS", "calls that returned an error", 7, true,
		errors_text},
	[FILE_COLUMN_ERROR] = {"error", "ERRNO", "the most frequent errors", 12, false,
		error_text_of},
	[FILE_COLUMN_PROGRESS] = {"progress", "ACTIVE", "threads currently in a call on it", 6,
		true, in_progress_text},
	[FILE_COLUMN_IN] = {"in", "IN", "bytes that came from it", 6, true, in_text},
	[FILE_COLUMN_OUT] = {"out", "OUT", "bytes that went to it", 6, true, out_text},
	[FILE_COLUMN_IN_RATE] = {"inrate", "IN/s", "bytes per second from it, in the last interval",
		6, true, in_rate_text},
	[FILE_COLUMN_OUT_RATE] = {"outrate", "OUT/s",
		"bytes per second to it, in the last interval", 6, true, out_rate_text},
	[FILE_COLUMN_SIZE] = {"size", "SIZE", "average bytes of a call that succeeded", 6, true,
		bytes_avg_text},
	[FILE_COLUMN_SHARE] = {"share", "%TIME", "share of the time of calls, without idle waits",
		5, true, share_text},
	[FILE_COLUMN_TOTAL] = {"total", "TOTAL", "total time, including calls in progress", 7, true,
		total_ns_text},
	[FILE_COLUMN_AVG] = {"avg", "AVG", "average time of a call", 7, true, avg_ns_text},
	[FILE_COLUMN_P99] = {"p99", "P99", "99th percentile of the times", 7, true, p99_text},
	[FILE_COLUMN_MAX] = {"max", "MAX", "longest time, including calls in progress", 7, true,
		max_ns_text},
	[FILE_COLUMN_LAST] = {"last", "LAST", "the last call on it", 10, false, last_text},
	[FILE_COLUMN_USER] = {"user", "USER", "process that spends most time in it, other threads",
		17, false, user_text},
	[FILE_COLUMN_PEER] = {"peer", "PEER", "process with the other end, or owner of the mutex",
		17, false, peer_text},
	[FILE_COLUMN_NAME] = {"name", "FILE OR PEER", "path, address or object", 16, false,
		name_text},
};

static const char *const grouping_names[FILE_GROUPINGS] = {
	[FILE_EACH] = "each",
	[FILE_BY_PLACE] = "place",
	[FILE_BY_KIND] = "kind",
};

const char *file_grouping_name(enum file_grouping grouping)
{
	return grouping_names[grouping];
}

struct file_order file_order_default(enum file_column by)
{
	return (struct file_order){
		by, file_columns[by].right || by == FILE_COLUMN_ERROR || by == FILE_COLUMN_LAST};
}

/* Appends ", 12 WHAT", unless COUNT is 0. */
static void append(char buf[CELL_MAX], uint64_t count, const char *what)
{
	size_t used = strlen(buf);
	if (count)
		snprintf(buf + used, CELL_MAX - used, ", %" PRIu64 " %s", count, what);
}

char *file_totals_text(const struct report *report, char buf[CELL_MAX])
{
	const struct file_totals *totals = &report->file_totals;
	snprintf(buf, CELL_MAX, "%" PRIu64 " call%s on %" PRIu64 " object%s", totals->calls,
		totals->calls == 1 ? "" : "s", totals->objects, totals->objects == 1 ? "" : "s");
	append(buf, totals->lost_calls, "not attributed");
	append(buf, totals->without, "about none");
	append(buf, totals->repeated, "counted for a second object");
	append(buf, totals->unsure, "unsure");
	append(buf, totals->forgotten, "objects in [other]");
	return buf;
}

/* The table. */

/* The columns of files; the name is last, as in other tables. */
static const enum file_column written[] = {
	FILE_COLUMN_SHARE,
	FILE_COLUMN_TOTAL,
	FILE_COLUMN_AVG,
	FILE_COLUMN_P99,
	FILE_COLUMN_CALLS,
	FILE_COLUMN_ERRORS,
	FILE_COLUMN_PROGRESS,
	FILE_COLUMN_IN,
	FILE_COLUMN_OUT,
	FILE_COLUMN_LAST,
	FILE_COLUMN_USER,
	FILE_COLUMN_PEER,
	FILE_COLUMN_KIND,
	FILE_COLUMN_ERROR,
	FILE_COLUMN_NAME,
};

#define WRITTEN (sizeof(written) / sizeof(*written))

void file_table_write(FILE *stream, const struct report *report, size_t limit, bool ascii)
{
	const struct cell_format format = {.now_ns = report->facts.now_ns, .full = true};
	char cell[CELL_MAX];
	if (!report->view.files)
		return;
	fputc('\n', stream);
	glyph_write(stream, file_totals_text(report, cell), ascii);
	fputc('\n', stream);
	if (!report->file_count)
		return;
	struct grid *grid = grid_new(WRITTEN);
	size_t shown = limit && report->file_count > limit ? limit : report->file_count;
	for (size_t i = 0; i < WRITTEN; i++)
		grid_title(grid, i, file_columns[written[i]].title, file_columns[written[i]].right);
	grid_rule(grid);
	for (size_t row = 0; row < shown; row++) {
		for (size_t i = 0; i < WRITTEN; i++) {
			file_columns[written[i]].text(&report->files[row], &format, cell);
			grid_cell(grid, cell);
		}
	}
	grid_write(grid, stream, 0, ascii);
	grid_free(grid);
	if (shown < report->file_count)
		fprintf(stream, "%zu more\n", report->file_count - shown);
}
