/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What calls and errors mean; see out/explanation.h. */
#include "config.h"

#include "out/explanation.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "abi/explain.h"
#include "abi/names.h"
#include "base/text.h"
#include "base/units.h"
#include "out/glyph.h"

/* Lines of --explain are as long as this, at most. */
#define COLUMNS 78

/* Indentation of what an error means. */
#define INDENT  8

/* What is searched for at a place, by a part of the directory that all names have. */
static const struct {
	const char *part;
	const char *what;
} searches[] = {
	{"/python", "modules"},
	{"/site-packages", "modules"},
	{"/perl", "modules"},
	{"/ruby", "modules"},
	{"/node_modules", "modules"},
	{"/locale", "locales and translations"},
	{"/terminfo", "descriptions of terminals"},
	{"/glibc-hwcaps", "libraries"},
	{"/include", "headers"},
	{"/bin", "programs"},
};

static uint64_t errors_of(const struct call_row *row, int err)
{
	for (size_t i = 0; row->tally && i < row->tally->error_kinds; i++) {
		if (row->tally->error[i].err == err)
			return row->tally->error[i].count;
	}
	return 0;
}

/* Whether REPORT's other calls have no error ERR. */
static bool is_alone(const struct report *report, const struct call_row *row, int err)
{
	for (size_t i = 0; i < report->call_count; i++) {
		if (!call_equal(report->calls[i].call, row->call) &&
			errors_of(&report->calls[i], err))
			return false;
	}
	return true;
}

static uint64_t file_errors(const struct file_row *file, int err)
{
	for (size_t i = 0; i < FILE_ERRORS_MAX && file->error[i].count; i++) {
		if (file->error[i].err == err)
			return file->error[i].count;
	}
	return 0;
}

/* The size of the directory that the first SIZE bytes of PLACE and NAME have in common. */
static size_t common_directory(const char *place, size_t size, const struct file_row *file)
{
	size_t same = 0, end = 0;
	while (same < size && same < file->size && place[same] == file->name[same]) {
		if (place[same] == '/')
			end = same;
		same++;
	}
	if (same == size && same < file->size && file->name[same] == '/')
		end = size;
	return end;
}

/* Adds the place of all files with SEEN's error, and their time, if these are known. */
static void find_place(
	const struct report *report, const struct call_row *row, struct explanation_seen *seen)
{
	uint64_t found = 0, failed_ns = 0, total_ns = 0;
	const char *place = NULL;
	size_t size = 0;
	bool is_pure = true;
	if (!report->view.files || report->view.file_grouping != FILE_EACH ||
		report->view.filter.set || !is_alone(report, row, seen->err))
		return;
	for (size_t i = 0; i < report->file_count; i++) {
		const struct file_row *file = &report->files[i];
		uint64_t errors = file_errors(file, seen->err);
		if (!errors)
			continue;
		if (!file->size || file->name[0] != '/')
			return;
		found += errors;
		failed_ns += file->total_ns;
		is_pure &= errors == file->calls;
		if (place) {
			size = common_directory(place, size, file);
			continue;
		}
		place = file->name;
		for (size = file->size; size && place[size - 1] != '/'; size--)
			;
		size -= size > 0;
	}
	/* A place that does not hold for all of them would mislead. */
	if (found != seen->count)
		return;
	for (size_t i = 0; i < report->call_count; i++)
		total_ns += call_is_request(report->calls[i].call) ? 0 : report->calls[i].total_ns;
	if (is_pure && total_ns)
		seen->share = (double)failed_ns / (double)total_ns;
	if (!size)
		return;
	text_escape(place, size, seen->place, sizeof(seen->place));
	for (size_t i = 0; i < sizeof(searches) / sizeof(*searches); i++) {
		if (seen->err == ENOENT && strstr(seen->place, searches[i].part)) {
			seen->search = searches[i].what;
			return;
		}
	}
}

size_t explanation_find(const struct report *report, const struct call_row *row,
	struct explanation_seen *seen, size_t max)
{
	size_t count = 0;
	for (size_t i = 0; row->tally && i < row->tally->error_kinds; i++) {
		const struct error_count *error = &row->tally->error[i];
		size_t at = count;
		if (!error->count)
			continue;
		while (at && seen[at - 1].count < error->count)
			at--;
		if (at == max)
			continue;
		if (count == max)
			count--;
		memmove(&seen[at + 1], &seen[at], (count - at) * sizeof(*seen));
		seen[at] = (struct explanation_seen){
			.err = error->err, .count = error->count, .share = -1};
		count++;
	}
	for (size_t i = 0; i < count; i++)
		find_place(report, row, &seen[i]);
	return count;
}

char *explanation_text(
	const struct call_row *row, const struct explanation_seen *seen, char buf[REPORT_TEXT_MAX])
{
	char count[UNITS_MAX], calls[UNITS_MAX], share[UNITS_MAX];
	size_t used = (size_t)snprintf(buf, REPORT_TEXT_MAX, "%s of %s call%s",
		units_grouped(seen->count, count), units_grouped(row->calls, calls),
		row->calls == 1 ? "" : "s");
	if (*seen->place)
		used += (size_t)snprintf(
			buf + used, REPORT_TEXT_MAX - used, "; all below %s", seen->place);
	if (seen->search)
		used += (size_t)snprintf(
			buf + used, REPORT_TEXT_MAX - used, ": search for %s", seen->search);
	if (seen->share >= 0)
		snprintf(buf + used, REPORT_TEXT_MAX - used, "; %s %% of the time",
			units_percent(seen->share, share));
	return buf;
}

const char *explanation_means(const char *name, int err)
{
	const struct error_explanation *error = explain_error(explain_call(name), err);
	const struct errno_explanation *general = explain_errno(err);
	if (error)
		return error->means;
	return general ? general->means : error_text(err);
}

/* Writes TEXT in lines that begin with INDENT blanks. */
static void write_lines(FILE *stream, int indent, const char *text, bool ascii)
{
	while (*text) {
		char line[COLUMNS * GLYPH_BYTES];
		const char *begin = text;
		size_t size = glyph_next_line(&text, COLUMNS - indent);
		while (size && begin[size - 1] == ' ')
			size--;
		fprintf(stream, "%*s", indent, "");
		snprintf(line, sizeof(line), "%.*s", (int)size, begin);
		glyph_write(stream, line, ascii);
		fputc('\n', stream);
	}
}

static void write_call(FILE *stream, const struct explanation *known, bool ascii)
{
	write_lines(stream, 0, known->signature, ascii);
	write_lines(stream, 4, known->does, ascii);
	for (size_t i = 0; i < known->error_count; i++) {
		const struct error_explanation *error = &known->errors[i];
		char name[ABI_NAME_MAX];
		fprintf(stream, "\n    %s: %s\n", error_name(error->err, name),
			error_text(error->err));
		write_lines(stream, INDENT, error->means, ascii);
		if (error->normal) {
			fprintf(stream, "%*sMany can be normal:\n", INDENT, "");
			write_lines(stream, INDENT, error->normal, ascii);
		}
	}
}

static void write_error(FILE *stream, const struct errno_explanation *known, bool ascii)
{
	char name[ABI_NAME_MAX];
	const struct explanation *call;
	fprintf(stream, "%s (%d): %s\n", error_name(known->err, name), known->err,
		error_text(known->err));
	write_lines(stream, 4, known->means, ascii);
	write_lines(stream, 4, known->cause, ascii);
	for (size_t at = 0; (call = explain_nth(at)); at++) {
		const struct error_explanation *error = explain_error(call, known->err);
		if (!error)
			continue;
		fprintf(stream, "\n    %s\n", call->call);
		write_lines(stream, INDENT, error->means, ascii);
		if (error->normal)
			write_lines(stream, INDENT, error->normal, ascii);
	}
}

int explanation_write(FILE *stream, const char *name, bool ascii)
{
	const struct explanation *call = explain_call(name);
	const struct errno_explanation *error;
	char known[ABI_NAME_MAX];
	if (call) {
		write_call(stream, call, ascii);
		return 0;
	}
	/* The other names of these errors. */
	if (strcasecmp(name, "EWOULDBLOCK") == 0)
		name = "EAGAIN";
	else if (strcasecmp(name, "EOPNOTSUPP") == 0)
		name = "ENOTSUP";
	for (size_t at = 0; (error = explain_nth_errno(at)); at++) {
		if (strcasecmp(name, error_name(error->err, known)) == 0) {
			write_error(stream, error, ascii);
			return 0;
		}
	}
	return -ENOENT;
}
