/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of menus: their items, and what choosing one does; see ui/menu.h. */
#include "config.h"

#include "ui/menu.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "abi/names.h"
#include "base/text.h"
#include "base/time.h"
#include "base/units.h"
#include "ui/pane.h"

/* The check box of an item. */
static const char *tick(bool on)
{
	return on ? "[x]" : "[ ]";
}

/* Classes: several at once; the last item is all. */

static void classes_title(const struct view *view, char buf[MENU_TEXT_MAX])
{
	(void)view;
	snprintf(buf, MENU_TEXT_MAX, "classes                 calls");
}

static size_t classes_count(const struct view *view)
{
	(void)view;
	return CLASS_COUNT + 1;
}

static void classes_item(const struct view *view, size_t at, struct menu_item *item)
{
	uint32_t mask = view->wanted.filter.classes;
	char number[UNITS_MAX] = "-";
	if (at == 0) {
		snprintf(item->text, MENU_TEXT_MAX, "%s all of them", tick(mask == 0));
		return;
	}
	enum call_class class = (enum call_class)(at - 1);
	if (view->report)
		units_count(view->report->totals.class_calls[class], number);
	snprintf(item->text, MENU_TEXT_MAX, "%s %%%-12s %11s", tick(mask >> class & 1),
		call_class_name(class), number);
}

/* Toggles the class; "all" clears every class. */
static enum ui_request classes_change(struct view *view, size_t at)
{
	if (at == 0)
		view->wanted.filter.classes = 0;
	else
		view->wanted.filter.classes ^= UINT32_C(1) << (at - 1);
	return UI_REQUEST_REPORT;
}

/* Enter does not clear a selected class. */
static enum ui_request classes_choose(struct view *view, size_t at)
{
	if (at == 0 || view->wanted.filter.classes == 0)
		return classes_change(view, at);
	return UI_REQUEST_REPORT;
}

/* The sort column. */

static void sort_title(const struct view *view, char buf[MENU_TEXT_MAX])
{
	(void)view;
	snprintf(buf, MENU_TEXT_MAX, "sort by");
}

static size_t sort_count(const struct view *view)
{
	return pane_table_view(view)->column_count;
}

static void sort_item(const struct view *view, size_t at, struct menu_item *item)
{
	struct table_view_column column = pane_table_view(view)->column(at);
	snprintf(item->text, MENU_TEXT_MAX, "%-10s %s", column.title, column.help);
}

static size_t sort_first(const struct view *view)
{
	return pane_table_view(view)->order(view).by;
}

static enum ui_request sort_choose(struct view *view, size_t at)
{
	return pane_table_view(view)->sort(view, at);
}

/* Signals, the most common ones first. */

static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGKILL, SIGSTOP, SIGCONT, SIGUSR1, SIGUSR2,
	SIGQUIT, SIGABRT, SIGALRM, SIGWINCH, SIGTSTP, SIGPIPE, SIGSEGV, SIGCHLD, SIGURG};

#define SIGNAL_COUNT (sizeof(signals) / sizeof(*signals))

/* The process that a signal would go to: "redis-server (1234)". */
static void put_process(const struct view *view, char *buf, size_t size)
{
	char comm[40];
	text_escape(
		view->signal_request.comm, sizeof(view->signal_request.comm), comm, sizeof(comm));
	snprintf(buf, size, "%s (%d)", comm, (int)view->signal_request.pid);
}

static void signals_title(const struct view *view, char buf[MENU_TEXT_MAX])
{
	char process[64];
	put_process(view, process, sizeof(process));
	snprintf(buf, MENU_TEXT_MAX, "signal for %s", process);
}

static size_t signals_count(const struct view *view)
{
	(void)view;
	return SIGNAL_COUNT;
}

static void signals_item(const struct view *view, size_t at, struct menu_item *item)
{
	char name[ABI_NAME_MAX];
	(void)view;
	snprintf(item->text, MENU_TEXT_MAX, "%2d %s", signals[at], signal_name(signals[at], name));
}

static enum ui_request signals_choose(struct view *view, size_t at)
{
	view->signal_request.signal = signals[at];
	return menu_open(view, MENU_CONFIRM);
}

/* Confirmation before sending a signal. */

static void confirm_title(const struct view *view, char buf[MENU_TEXT_MAX])
{
	char name[ABI_NAME_MAX], process[64];
	put_process(view, process, sizeof(process));
	snprintf(buf, MENU_TEXT_MAX, "send %s to %.48s?",
		signal_name(view->signal_request.signal, name), process);
}

/* An answer with its key and effect. */
struct answer {
	const char *text;
	uint32_t key;
	enum ui_request request;
};

static const struct answer confirmations[] = {
	{"n  no, leave it alone", 'n', UI_REQUEST_REDRAW},
	{"y  yes, send it", 'y', UI_REQUEST_SIGNAL},
};

static size_t confirm_count(const struct view *view)
{
	(void)view;
	return sizeof(confirmations) / sizeof(*confirmations);
}

static void put_answer(const struct answer *answer, struct menu_item *item)
{
	snprintf(item->text, MENU_TEXT_MAX, "%s", answer->text);
	item->key = answer->key;
}

static void confirm_item(const struct view *view, size_t at, struct menu_item *item)
{
	(void)view;
	put_answer(&confirmations[at], item);
}

static enum ui_request confirm_choose(struct view *view, size_t at)
{
	(void)view;
	return confirmations[at].request;
}

/* What to do with the command on quit. */

static const struct answer endings[] = {
	{"s  stay", 's', UI_REQUEST_REDRAW},
	{"l  leave it running", 'l', UI_REQUEST_QUIT},
	{"e  end it (SIGTERM, then SIGKILL)", 'e', UI_REQUEST_END},
};

static void quit_title(const struct view *view, char buf[MENU_TEXT_MAX])
{
	(void)view;
	snprintf(buf, MENU_TEXT_MAX, "the command still runs");
}

static size_t quit_count(const struct view *view)
{
	(void)view;
	return sizeof(endings) / sizeof(*endings);
}

static void quit_item(const struct view *view, size_t at, struct menu_item *item)
{
	(void)view;
	put_answer(&endings[at], item);
}

static enum ui_request quit_choose(struct view *view, size_t at)
{
	(void)view;
	return endings[at].request;
}

/* The setup: theme and delay, then the columns of both tables. */

enum setup_row {
	SETUP_THEME,
	SETUP_DELAY,
	SETUP_CALLS, /* title of the columns that follow */
	SETUP_CALLS_FIRST,
	SETUP_THREADS = SETUP_CALLS_FIRST + COLUMN_COUNT,
	SETUP_THREADS_FIRST,
	SETUP_COUNT = SETUP_THREADS_FIRST + THREAD_COLUMN_COUNT,
};

/* Delays that Space cycles through, in milliseconds; others can be typed. */
static const unsigned int delays_ms[] = {100, 250, 500, 1000, 2000, 5000, 10000};

static void setup_title(const struct view *view, char buf[MENU_TEXT_MAX])
{
	(void)view;
	snprintf(buf, MENU_TEXT_MAX, "setup");
}

static size_t setup_count(const struct view *view)
{
	(void)view;
	return SETUP_COUNT;
}

static void setup_item(const struct view *view, size_t at, struct menu_item *item)
{
	const struct settings *settings = &view->settings;
	item->is_title = at == SETUP_CALLS || at == SETUP_THREADS;
	if (at == SETUP_THEME) {
		snprintf(item->text, MENU_TEXT_MAX, "theme     %s", theme_name(settings->theme));
	} else if (at == SETUP_DELAY) {
		char time[UNITS_MAX];
		snprintf(item->text, MENU_TEXT_MAX, "delay     %s",
			units_time(settings->delay_ns, time));
	} else if (item->is_title) {
		snprintf(item->text, MENU_TEXT_MAX, "columns of %s",
			at == SETUP_CALLS ? "calls" : "threads");
	} else if (at < SETUP_THREADS) {
		size_t id = at - SETUP_CALLS_FIRST;
		snprintf(item->text, MENU_TEXT_MAX, "%s %-9s %s",
			tick(!(settings->hidden_calls >> id & 1)), call_columns[id].title,
			call_columns[id].help);
	} else {
		size_t id = at - SETUP_THREADS_FIRST;
		snprintf(item->text, MENU_TEXT_MAX, "%s %-9s %s",
			tick(!(settings->hidden_threads >> id & 1)), thread_columns[id].title,
			thread_columns[id].help);
	}
}

static uint64_t next_delay_ns(uint64_t delay_ns)
{
	for (size_t i = 0; i < sizeof(delays_ms) / sizeof(*delays_ms); i++) {
		if (delays_ms[i] * NS_PER_MS > delay_ns)
			return delays_ms[i] * NS_PER_MS;
	}
	return delays_ms[0] * NS_PER_MS;
}

static enum ui_request setup_change(struct view *view, size_t at)
{
	struct settings *settings = &view->settings;
	if (at == SETUP_THEME)
		settings->theme = (enum theme)((settings->theme + 1) % THEME_COUNT);
	else if (at == SETUP_DELAY)
		settings->delay_ns = next_delay_ns(settings->delay_ns);
	else if (at >= SETUP_THREADS_FIRST)
		settings->hidden_threads ^= UINT32_C(1) << (at - SETUP_THREADS_FIRST);
	else if (at >= SETUP_CALLS_FIRST && at < SETUP_THREADS)
		settings->hidden_calls ^= UINT32_C(1) << (at - SETUP_CALLS_FIRST);
	view->calls.hidden = settings->hidden_calls;
	view->threads.table_view.hidden = settings->hidden_threads;
	return UI_REQUEST_SETTINGS;
}

static enum ui_request setup_close(struct view *view)
{
	(void)view;
	return UI_REQUEST_SAVE;
}

const struct menu menus[MENU_COUNT] = {
	[MENU_CLASSES] =
		{
			.title = classes_title,
			.hint = "Space: toggle  Enter: show",
			.count = classes_count,
			.item = classes_item,
			.choose = classes_choose,
			.change = classes_change,
		},
	[MENU_SORT] =
		{
			.title = sort_title,
			.hint = "Enter: sort  Esc: leave",
			.count = sort_count,
			.item = sort_item,
			.first = sort_first,
			.choose = sort_choose,
		},
	[MENU_SIGNALS] =
		{
			.title = signals_title,
			.hint = "Enter: ask  Esc: leave",
			.count = signals_count,
			.item = signals_item,
			.choose = signals_choose,
		},
	[MENU_CONFIRM] =
		{
			.title = confirm_title,
			.hint = "y, n",
			.count = confirm_count,
			.item = confirm_item,
			.choose = confirm_choose,
			.asks = true,
		},
	[MENU_QUIT] =
		{
			.title = quit_title,
			.hint = "e, l, s",
			.count = quit_count,
			.item = quit_item,
			.choose = quit_choose,
			.asks = true,
		},
	[MENU_SETUP] =
		{
			.title = setup_title,
			.hint = "Space: change  Esc: save and leave",
			.count = setup_count,
			.item = setup_item,
			.choose = setup_change,
			.stays = true,
			.close = setup_close,
		},
};
