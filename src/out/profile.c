/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles of reports; see out/profile.h. */
#include "config.h"

#include "out/profile.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "out/frames.h"
#include "out/report.h"

const char *profile_part_name(enum profile_part part)
{
	static const char *const names[PROFILE_PARTS] = {
		[PROFILE_CALLS] = "calls",
		[PROFILE_FILES] = "files",
		[PROFILE_STACKS] = "stacks",
	};
	return names[part];
}

/* Names that are the same in another run. */

/* Whether the digits that begin at AT of NAME, and end at END, are of one run alone. */
static bool is_of_this_run(const char *name, const char *at, const char *end)
{
	static const char proc[] = "proc/"; /* after the root */
	size_t before = (size_t)(at - name);
	/* pipe:[1234], socket:[1234] */
	if (before >= 2 && at[-1] == '[' && at[-2] == ':' && *end == ']')
		return true;
	return before == sizeof(proc) && *name == '/' && strncmp(name + 1, proc, before - 1) == 0 &&
	       (*end == '/' || !*end);
}

/* A copy of NAME with "*" for numbers that another run would not have. */
static char *comparable(const char *name)
{
	char *copy = xcalloc(1, strlen(name) + 2), *to = copy;
	for (const char *from = name; *from;) {
		size_t digits = strspn(from, "0123456789");
		if (digits && is_of_this_run(name, from, from + digits))
			*to++ = '*';
		else if (digits)
			to = mempcpy(to, from, digits);
		else
			*to++ = *from;
		from += digits ? digits : 1;
	}
	return copy;
}

struct profile_row *profile_add(struct profile *profile, enum profile_part part, const char *name)
{
	struct profile_list *list = &profile->list[part];
	/* In steps that double it, at powers of two. */
	if ((list->count & (list->count - 1)) == 0)
		list->row = xreallocarray(
			list->row, list->count ? 2 * list->count : 1, sizeof(*list->row));
	struct profile_row *row = &list->row[list->count++];
	*row = (struct profile_row){.name = comparable(name)};
	list->is_known = true;
	return row;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct profile_row *)a)->name, ((const struct profile_row *)b)->name);
}

static void add_row(struct profile_row *into, const struct profile_row *from)
{
	for (size_t i = 0; i < PROFILE_MEASURES; i++)
		into->value[i] += from->value[i];
	hist_merge(&into->latency, &from->latency);
}

static void clear_row(struct profile_row *row)
{
	free(row->name);
	hist_clear(&row->latency);
}

/* Sorts LIST, and makes rows with one name one. */
static void sort_list(struct profile_list *list)
{
	size_t kept = 0;
	if (!list->count)
		return;
	qsort(list->row, list->count, sizeof(*list->row), by_name);
	for (size_t i = 1; i < list->count; i++) {
		if (strcmp(list->row[i].name, list->row[kept].name) == 0) {
			add_row(&list->row[kept], &list->row[i]);
			clear_row(&list->row[i]);
		} else {
			list->row[++kept] = list->row[i];
		}
	}
	list->count = kept + 1;
}

static void sum_up(struct profile *profile)
{
	const struct profile_list *calls = &profile->list[PROFILE_CALLS];
	memset(profile->total, 0, sizeof(profile->total));
	for (size_t i = 0; i < calls->count; i++) {
		for (size_t measure = 0; measure < PROFILE_MEASURES; measure++)
			profile->total[measure] += calls->row[i].value[measure];
	}
}

void profile_sort(struct profile *profile)
{
	for (size_t part = 0; part < PROFILE_PARTS; part++)
		sort_list(&profile->list[part]);
	sum_up(profile);
}

/* Of a report. */

static void add_calls(struct profile *profile, const struct report *report)
{
	profile->list[PROFILE_CALLS].is_known = true;
	for (size_t i = 0; i < report->call_count; i++) {
		const struct call_row *from = &report->calls[i];
		struct profile_row *row = profile_add(profile, PROFILE_CALLS, from->name);
		row->value[PROFILE_COUNT] = from->calls;
		row->value[PROFILE_ERRORS] = from->errors;
		row->value[PROFILE_TIME] = from->total_ns - from->idle_ns;
		row->value[PROFILE_BYTES] = from->transfers ? from->bytes : 0;
		if (from->tally)
			hist_merge(&row->latency, &from->tally->hist);
	}
}

static void add_files(struct profile *profile, const struct report *report)
{
	profile->list[PROFILE_FILES].is_known = report->view.files;
	for (size_t i = 0; i < report->file_count; i++) {
		const struct file_row *from = &report->files[i];
		char *name = xcalloc(1, from->size + 1);
		memcpy(name, from->name, from->size);
		for (size_t at = 0; at < from->size; at++)
			name[at] = name[at] ? name[at] : '@'; /* as in out/json_files.c */
		char *escaped = report_escaped(name);
		struct profile_row *row = profile_add(profile, PROFILE_FILES, escaped);
		row->value[PROFILE_COUNT] = from->calls;
		row->value[PROFILE_ERRORS] = from->errors;
		row->value[PROFILE_TIME] = from->total_ns - from->idle_ns;
		row->value[PROFILE_BYTES] = from->in + from->out;
		free(escaped);
		free(name);
	}
}

/* The name of the stack of ROW; the caller frees it. */
static char *stack_name(const struct stack_row *row)
{
	char *text, frame[FRAME_TEXT_MAX];
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	if (!stream)
		return xstrdup(row->name);
	if (row->stack->end != STACK_WHOLE)
		fprintf(stream, "[%s];", stack_end_text(row->stack->end));
	for (size_t i = row->stack->count; i-- > 0;) {
		for (size_t at = frame_functions(row->stack->frame[i]); at-- > 0;)
			fprintf(stream, "%s;", frame_function(row->stack->frame[i], at, frame));
	}
	fputs(row->name, stream);
	fclose(stream);
	return text;
}

static void add_stacks(struct profile *profile, const struct report *report)
{
	profile->list[PROFILE_STACKS].is_known = report->view.stacks;
	for (size_t i = 0; i < report->stack_count; i++) {
		const struct stack_row *from = &report->stacks[i];
		char *name = stack_name(from);
		struct profile_row *row = profile_add(profile, PROFILE_STACKS, name);
		row->value[PROFILE_COUNT] = from->calls;
		row->value[PROFILE_ERRORS] = from->errors;
		row->value[PROFILE_TIME] = from->total_ns;
		free(name);
	}
}

struct profile *profile_of_report(const struct report *report)
{
	struct profile *profile = xcalloc(1, sizeof(*profile));
	const struct model_totals *totals = &report->totals;
	uint64_t now_ns = report->facts.now_ns;
	char text[REPORT_TEXT_MAX];
	profile->target = report->facts.command ? report_escaped(report->facts.command)
	                                        : xstrdup(report_target(report, text));
	profile->engine = xstrdup(report->facts.engine ? report->facts.engine : "");
	profile->counted_ns = report_elapsed_ns(report);
	if (totals->mark_ns)
		profile->counted_ns = now_ns > totals->mark_ns ? now_ns - totals->mark_ns : 0;
	profile->is_whole = report->facts.is_command && !totals->mark_ns && totals->ended;
	profile->is_filtered = report_filter(report, text)[0] != '\0';
	add_calls(profile, report);
	add_files(profile, report);
	add_stacks(profile, report);
	profile_sort(profile);
	return profile;
}

void profile_free(struct profile *profile)
{
	if (!profile)
		return;
	for (size_t part = 0; part < PROFILE_PARTS; part++) {
		for (size_t i = 0; i < profile->list[part].count; i++)
			clear_row(&profile->list[part].row[i]);
		free(profile->list[part].row);
	}
	free(profile->target);
	free(profile->engine);
	free(profile);
}

static uint64_t difference(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

void profile_revise(struct profile *before, const struct profile *now)
{
	for (size_t part = 0; part < PROFILE_PARTS; part++) {
		const struct profile_list *later = &now->list[part];
		struct profile_list *list = &before->list[part];
		for (size_t i = 0; later->count && i < list->count; i++) {
			struct profile_row *row = &list->row[i];
			const struct profile_row *known = bsearch(
				row, later->row, later->count, sizeof(*row), by_name);
			for (size_t m = 0; known && m < PROFILE_MEASURES; m++) {
				if (known->value[m] < row->value[m])
					row->value[m] = known->value[m];
			}
		}
	}
	sum_up(before);
}

void profile_subtract(struct profile *profile, const struct profile *before)
{
	profile->counted_ns = difference(profile->counted_ns, before->counted_ns);
	profile->is_whole = false;
	for (size_t part = 0; part < PROFILE_PARTS; part++) {
		const struct profile_list *from = &before->list[part];
		struct profile_list *list = &profile->list[part];
		for (size_t i = 0; from->count && i < list->count; i++) {
			struct profile_row *row = &list->row[i];
			const struct profile_row *less = bsearch(
				row, from->row, from->count, sizeof(*row), by_name);
			for (size_t m = 0; less && m < PROFILE_MEASURES; m++)
				row->value[m] = difference(row->value[m], less->value[m]);
			if (less)
				hist_subtract(&row->latency, &less->latency);
		}
	}
	sum_up(profile);
}
