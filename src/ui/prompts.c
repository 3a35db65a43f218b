/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of prompts, and what is done with the text; see ui/prompt.h. */
#include "config.h"

#include "ui/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "event/filter.h"
#include "event/filter_complete.h"
#include "ui/pane.h"

/* Incremental search. */

static enum ui_request search_type(
	struct view *view, const char *text, char error[PROMPT_ERROR_MAX])
{
	if (!*text || !view->report)
		return UI_REQUEST_NONE;
	if (!pane_search(view, text, 0))
		snprintf(error, PROMPT_ERROR_MAX, "not found");
	return UI_REQUEST_REPORT;
}

static enum ui_request search_accept(struct view *view, const char *text)
{
	snprintf(view->search, sizeof(view->search), "%s", text);
	return UI_REQUEST_REPORT;
}

/* The filter of calls. */

static void filter_begin(const struct view *view, char text[EDITLINE_MAX])
{
	if (view->wanted.set_text)
		snprintf(text, EDITLINE_MAX, "%s", view->wanted.set_text);
}

/* Whether TEXT means no filter. */
static bool is_blank(const char *text)
{
	return !text[strspn(text, " \t")];
}

static enum ui_request filter_type(
	struct view *view, const char *text, char error[PROMPT_ERROR_MAX])
{
	struct filter_error wrong;
	struct filter *filter;
	if (is_blank(text))
		return UI_REQUEST_NONE;
	if (filter_parse(text, &filter, &wrong) == 0) {
		filter_free(filter);
		return UI_REQUEST_NONE;
	}
	snprintf(error, PROMPT_ERROR_MAX, "%.*s", PROMPT_ERROR_MAX - 1, wrong.message);
	view->prompt.wrong_at = wrong.offset;
	view->prompt.wrong_size = wrong.length;
	return UI_REQUEST_NONE;
}

static void filter_complete_line(struct editline *line)
{
	struct filter_completion completion;
	filter_complete(line->text, line->cursor, &completion);
	if (!completion.count || completion.common < completion.size)
		return;
	char text[EDITLINE_MAX];
	snprintf(text, sizeof(text), "%.*s%.*s%s", (int)completion.at, line->text,
		(int)completion.common, completion.candidate[0], line->text + line->cursor);
	size_t cursor = completion.at + completion.common;
	editline_set(line, text);
	if (cursor < line->cursor)
		line->cursor = cursor;
}

static void filter_suggest(const struct editline *line, char hints[PROMPT_ERROR_MAX])
{
	struct filter_completion completion;
	size_t used = 0;
	filter_complete(line->text, line->cursor, &completion);
	/* A name that is complete needs no hint, unless it is the beginning of others. */
	if (completion.count == 1 && completion.common == completion.size)
		return;
	for (size_t i = 0; i < completion.count && i < FILTER_CANDIDATES_MAX; i++) {
		if (used + strlen(completion.candidate[i]) + sizeof(" …") > PROMPT_ERROR_MAX)
			break;
		used += (size_t)snprintf(hints + used, PROMPT_ERROR_MAX - used, "%s%s",
			i ? " " : "", completion.candidate[i]);
	}
}

static enum ui_request filter_accept(struct view *view, const char *text)
{
	struct filter *filter = NULL;
	bool had_selection = view->wanted.set_text && !view->wanted.filter.set;
	if (!is_blank(text) && filter_parse(text, &filter, NULL) < 0)
		return UI_REQUEST_REDRAW;
	bool is_selection = filter && !filter_callset(filter);
	snprintf(view->set_text, sizeof(view->set_text), "%s", text);
	view->wanted.set_text = filter ? view->set_text : NULL;
	/* The displayed report refers to the previous set until the next report. */
	filter_free(view->old_filter);
	view->old_filter = view->filter;
	view->filter = is_selection ? NULL : filter;
	view->wanted.filter.set = view->filter ? filter_callset(view->filter) : NULL;
	/* One that was not taken is of no use any more. */
	filter_free(view->selection);
	view->selection = is_selection ? filter : NULL;
	return is_selection || had_selection ? UI_REQUEST_SELECT : UI_REQUEST_REPORT;
}

/* The filter of threads, which applies while it is typed. */

static void threads_begin(const struct view *view, char text[EDITLINE_MAX])
{
	snprintf(text, EDITLINE_MAX, "%s", view->threads.filter);
}

static enum ui_request threads_accept(struct view *view, const char *text)
{
	snprintf(view->threads.filter, sizeof(view->threads.filter), "%s", text);
	return UI_REQUEST_REPORT;
}

static enum ui_request threads_type(
	struct view *view, const char *text, char error[PROMPT_ERROR_MAX])
{
	(void)error;
	return threads_accept(view, text);
}

/* The delay. */

#define DELAY_MIN_S  0.05
#define DELAY_MOST_S 3600

static void delay_begin(const struct view *view, char text[EDITLINE_MAX])
{
	snprintf(text, EDITLINE_MAX, "%g", (double)view->settings.delay_ns / (double)NS_PER_S);
}

/* The number of seconds in TEXT; negative if it is invalid or out of range. */
static double seconds_of(const char *text)
{
	char *end;
	double seconds = strtod(text, &end);
	bool is_plain = *text && !text[strspn(text, "0123456789.")];
	return is_plain && !*end && seconds >= DELAY_MIN_S && seconds <= DELAY_MOST_S ? seconds
	                                                                              : -1;
}

static enum ui_request delay_type(struct view *view, const char *text, char error[PROMPT_ERROR_MAX])
{
	(void)view;
	if (seconds_of(text) < 0)
		snprintf(error, PROMPT_ERROR_MAX, "seconds, from %g to %d", DELAY_MIN_S,
			DELAY_MOST_S);
	return UI_REQUEST_NONE;
}

static enum ui_request delay_accept(struct view *view, const char *text)
{
	double seconds = seconds_of(text);
	if (seconds < 0)
		return UI_REQUEST_REDRAW;
	view->settings.delay_ns = (uint64_t)(seconds * (double)NS_PER_S + 0.5);
	return UI_REQUEST_SETTINGS;
}

const struct prompt prompts[PROMPT_COUNT] = {
	[PROMPT_SEARCH] = {"search", "part of a name", NULL, search_type, NULL, NULL,
		search_accept},
	[PROMPT_FILTER] = {"filter",
		"read,%net  !futex  path:/etc/** and errno:ENOENT  time>1ms  Tab completes",
		filter_begin, filter_type, filter_complete_line, filter_suggest, filter_accept},
	[PROMPT_FILTER_THREADS] = {"threads with", "part of a name, tid, state or call",
		threads_begin, threads_type, NULL, NULL, threads_accept},
	[PROMPT_DELAY] = {"delay", "seconds", delay_begin, delay_type, NULL, NULL, delay_accept},
};
