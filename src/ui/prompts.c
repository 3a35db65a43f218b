/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of prompts, and what is done with the text; see ui/prompt.h. */
#include "config.h"

#include "ui/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
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
	struct callset_error wrong;
	struct callset *set;
	(void)view;
	if (is_blank(text))
		return UI_REQUEST_NONE;
	if (callset_parse(text, &set, &wrong) < 0)
		snprintf(error, PROMPT_ERROR_MAX, "%.*s", PROMPT_ERROR_MAX - 1, wrong.message);
	else
		callset_free(set);
	return UI_REQUEST_NONE;
}

static enum ui_request filter_accept(struct view *view, const char *text)
{
	struct callset *set = NULL;
	if (!is_blank(text) && callset_parse(text, &set, NULL) < 0)
		return UI_REQUEST_REDRAW;
	/* The displayed report refers to the previous set until the next report. */
	callset_free(view->old_set);
	view->old_set = view->set;
	view->set = set;
	snprintf(view->set_text, sizeof(view->set_text), "%s", text);
	view->wanted.filter.set = set;
	view->wanted.set_text = set ? view->set_text : NULL;
	return UI_REQUEST_REPORT;
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
	[PROMPT_SEARCH] = {"search", "part of a name", NULL, search_type, search_accept},
	[PROMPT_FILTER] = {"filter", "read,write  %net  /stat  !futex  (empty: all calls)",
		filter_begin, filter_type, filter_accept},
	[PROMPT_FILTER_THREADS] = {"threads with", "part of a name, tid, state or call",
		threads_begin, threads_type, threads_accept},
	[PROMPT_DELAY] = {"delay", "seconds", delay_begin, delay_type, delay_accept},
};
