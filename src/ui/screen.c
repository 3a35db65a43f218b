/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen as a passive object; see ui/screen.h. */
#include "config.h"

#include "ui/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/time.h"
#include "event/filter.h"

/* The size assumed before the first drawing. */
#define FIRST_ROWS     24
#define FIRST_COLUMNS  80

/* How long a message is left alone by news. */
#define MESSAGE_NS     (3 * NS_PER_S)

/* How much of the name of a file the title of its log has. */
#define LOG_FILE_SHOWN 48

struct screen {
	struct view view;
};

struct screen *screen_new(const struct report_view *view, const struct settings *settings)
{
	struct screen *screen = xcalloc(1, sizeof(*screen));
	screen->view.wanted = *view;
	screen->view.settings = *settings;
	screen->view.calls.hidden = settings->hidden_calls;
	screen->view.threads.table_view.hidden = settings->hidden_threads;
	screen->view.threads.order = thread_order_default(THREAD_COLUMN_FOR);
	screen->view.choice = (struct layout_choice){
		.top = PANE_CALLS,
		.focus = PANE_CALLS,
		.below = PANE_DETAIL,
		.right = PANE_DETAIL,
		.left = PANE_THREADS,
		.wide = PANE_COUNT,
	};
	screen->view.subject_pane = PANE_CALLS;
	screen_layout(screen, FIRST_ROWS, FIRST_COLUMNS);
	return screen;
}

void screen_free(struct screen *screen)
{
	if (!screen)
		return;
	filter_free(screen->view.filter);
	filter_free(screen->view.old_filter);
	filter_free(screen->view.selection);
	free(screen->view.threads.line);
	row_hold_clear(&screen->view.hold);
	prompt_clear(&screen->view.prompt);
	free(screen);
}

bool screen_watches(const struct screen *screen, struct report_subject *subject)
{
	return stacks_pane_watches(&screen->view, subject);
}

bool screen_counts_files(const struct screen *screen)
{
	return screen->view.files.is_open;
}

void screen_write_stacks(const struct screen *screen, FILE *stream)
{
	stacks_pane_write(&screen->view, stream);
}

static struct row_choice row_choice_of(const struct view *view)
{
	const struct report_view *wanted = &view->wanted;
	return (struct row_choice){
		.calls = wanted->order,
		.files = wanted->file_order,
		.grouping = wanted->file_grouping,
		.programs = wanted->program_order,
		.threads = view->threads.order,
		.tree = view->threads.tree,
		.shows_ended = view->threads.shows_ended,
		.folds_idle = wanted->folds_idle,
		.errors = wanted->filter.errors,
		.classes = wanted->filter.classes,
		.filter = wanted->set_text,
	};
}

const struct report_view *screen_view(struct screen *screen)
{
	struct view *view = &screen->view;
	const struct row_choice choice = row_choice_of(view);
	bool keeps = row_hold_keeps(&view->hold, &choice);
	view->wanted.calls_were = keeps ? &view->hold.calls : NULL;
	view->wanted.files_were = keeps ? &view->hold.files : NULL;
	view->wanted.programs_were = keeps ? &view->hold.programs : NULL;
	return &view->wanted;
}

/* What the detail has to show: the selection of the table that had the focus last. */
static struct report_subject subject_of(const struct view *view)
{
	if (view->subject_pane == PANE_THREADS && view->threads.count)
		return (struct report_subject){.kind = SUBJECT_THREAD,
			.tid = view->threads.line[view->threads.table_view.position].row->tid};
	if (view->subject_pane == PANE_CALLS && view->report->call_count)
		return (struct report_subject){.kind = SUBJECT_CALL,
			.call = view->report->calls[view->calls.position].call};
	if (view->subject_pane == PANE_FILES && view->report->file_count)
		return (struct report_subject){.kind = SUBJECT_FILE,
			.grouping = view->report->view.file_grouping,
			.key = view->report->files[view->files.table_view.position].key};
	if (view->subject_pane == PANE_PROCESSES && view->report->program_count)
		return (struct report_subject){.kind = SUBJECT_PROGRAM,
			.program = view->report->programs[view->processes.table_view.position].id};
	return (struct report_subject){.kind = SUBJECT_NONE};
}

/* Updates what the detail has to show. Returns whether it has changed. */
static bool follow_subject(struct view *view)
{
	struct report_subject subject = subject_of(view);
	bool is_other = !report_subject_equal(&subject, &view->wanted.subject);
	view->wanted.subject = subject;
	if (is_other)
		view->detail.top = 0;
	return is_other;
}

/* Shows the news that there are, unless a message has just come. */
static void show_news(struct view *view)
{
	uint64_t now_ns = view->report ? view->report->facts.now_ns : 0;
	bool is_read = now_ns >= view->message_ns + MESSAGE_NS || now_ns < view->message_ns;
	if (!view->news[0] || (view->message[0] && !is_read))
		return;
	pane_message(view, false, view->news);
	view->news[0] = '\0';
}

bool screen_update(struct screen *screen, const struct report *report)
{
	struct view *view = &screen->view;
	view->report = report;
	show_news(view);
	view->choice.advice = (int)report->advice_count;
	for (int id = 0; id < PANE_COUNT; id++)
		pane_update(view, (enum pane_id)id);
	const struct row_choice choice = row_choice_of(view);
	row_hold_take(&view->hold, report, &choice);
	return follow_subject(view);
}

struct filter *screen_take_filter(struct screen *screen)
{
	struct filter *filter = screen->view.selection;
	screen->view.selection = NULL;
	return filter;
}

void screen_drop_filter(struct screen *screen)
{
	screen->view.wanted.set_text = NULL;
}

void screen_output(struct screen *screen, const struct transcript *transcript)
{
	screen->view.transcript = transcript;
}

void screen_command(struct screen *screen, bool runs)
{
	screen->view.command_runs = runs;
}

void screen_message(struct screen *screen, bool is_error, const char *text)
{
	pane_message(&screen->view, is_error, text);
}

void screen_news(struct screen *screen, const char *text)
{
	struct view *view = &screen->view;
	snprintf(view->news, sizeof(view->news), "%s", text);
	show_news(view);
}

void screen_log(struct screen *screen, struct log_tail *tail)
{
	screen->view.log_tail = tail;
}

struct log_subject screen_log_subject(const struct screen *screen)
{
	const struct log_state *log = &screen->view.log;
	return log->is_open ? log->subject : (struct log_subject){.scope = LOG_NOTHING};
}

void screen_timeline(struct screen *screen, const struct timeline *timeline)
{
	screen->view.timeline = timeline;
	screen->view.choice.has_timeline = timeline;
}

void screen_signals(struct screen *screen, struct signals *signals)
{
	screen->view.signal_table = signals;
}

bool screen_shows_signals(const struct screen *screen)
{
	return layout_has(&screen->view.layout, PANE_SIGNALS);
}

const char *screen_copied(const struct screen *screen)
{
	return screen->view.copied;
}

const char *screen_manual(const struct screen *screen)
{
	return screen->view.manual;
}

const struct settings *screen_settings(const struct screen *screen)
{
	return &screen->view.settings;
}

const struct signal_request *screen_signal(const struct screen *screen)
{
	return &screen->view.signal_request;
}

bool screen_is_paused(const struct screen *screen)
{
	return screen->view.paused;
}

/* Actions of the screen itself, whichever pane has the focus. */

static enum ui_request show_class(struct view *view, const struct key_binding *binding)
{
	uint32_t bit = binding->argument < 0 ? 0 : UINT32_C(1) << binding->argument;
	view->wanted.filter.classes = bit;
	return UI_REQUEST_REPORT;
}

static enum ui_request choose_class(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	return menu_open(view, MENU_CLASSES);
}

static enum ui_request filter(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	return prompt_open(view, PROMPT_FILTER);
}

static enum ui_request show_errors(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	view->wanted.filter.errors = !view->wanted.filter.errors;
	return UI_REQUEST_REPORT;
}

/* The first that is shown; the next one takes its place. */
static enum ui_request dismiss_advice(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	if (!view->report || !view->report->advice_count) {
		pane_message(view, true,
			view->wanted.no_advice ? "no other advice; A: show all again"
					       : "no advice");
		return UI_REQUEST_REDRAW;
	}
	view->wanted.no_advice |= UINT32_C(1) << view->report->advice[0].kind;
	pane_message(view, false, "Dismissed; A shows all advice again");
	return UI_REQUEST_REPORT;
}

static enum ui_request show_advice(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	view->wanted.no_advice = 0;
	return UI_REQUEST_REPORT;
}

static enum ui_request fold_idle(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	view->wanted.folds_idle = !view->wanted.folds_idle;
	return UI_REQUEST_REPORT;
}

static enum ui_request search(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	return prompt_open(view, PROMPT_SEARCH);
}

/* Finds the next or previous row that matches the last search. */
static enum ui_request search_again(struct view *view, const struct key_binding *binding)
{
	int step = binding->action == ACTION_SEARCH_NEXT ? 1 : -1;
	char text[VIEW_MESSAGE_MAX];
	if (!view->search[0])
		return prompt_open(view, PROMPT_SEARCH);
	if (view->report && pane_search(view, view->search, step))
		return UI_REQUEST_REPORT;
	snprintf(text, sizeof(text), "not found: %.200s", view->search);
	pane_message(view, true, text);
	return UI_REQUEST_REDRAW;
}

static enum ui_request sort_anew(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	row_hold_sort(&view->hold);
	return UI_REQUEST_REPORT;
}

static enum ui_request choose_sort(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	return menu_open(view, MENU_SORT);
}

/* The panes that Tab cycles through. */
static const enum pane_id ring[] = {PANE_CALLS, PANE_FILES, PANE_PROCESSES, PANE_THREADS,
	PANE_DETAIL, PANE_STACKS, PANE_LOG, PANE_SIGNALS, PANE_OUTPUT};

#define RING_COUNT (sizeof(ring) / sizeof(*ring))

/* Whether there is something to show in pane ID. */
static bool is_available(const struct view *view, enum pane_id id)
{
	return (id != PANE_OUTPUT || view->transcript) && (id != PANE_LOG || view->log.is_open) &&
	       (id != PANE_SIGNALS || view->signals.is_open) &&
	       (id != PANE_FILES || view->files.is_open) &&
	       (id != PANE_PROCESSES || view->processes.is_open);
}

static enum ui_request cycle_panes(struct view *view, const struct key_binding *binding)
{
	size_t step = binding->action == ACTION_NEXT_PANE ? 1 : RING_COUNT - 1;
	size_t at = 0;
	while (ring[at] != view->choice.focus)
		at++;
	do {
		at = (at + step) % RING_COUNT;
	} while (!is_available(view, ring[at]));
	return pane_focus(view, ring[at]);
}

/* Whether going back closes pane ID. */
static bool is_closed(enum pane_id id)
{
	return id == PANE_STACKS || id == PANE_LOG || id == PANE_SIGNALS;
}

static enum ui_request close_files(struct view *view)
{
	view->files.is_open = view->wanted.files = false;
	pane_focus(view, PANE_CALLS);
	return UI_REQUEST_FILES;
}

static enum ui_request close_processes(struct view *view)
{
	view->processes.is_open = view->wanted.programs = false;
	return pane_focus(view, PANE_CALLS);
}

/*
 * From the detail back to where it was opened; from every other pane to the calls. The stacks pane
 * is replaced by the detail again.
 */
static enum ui_request go_back(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	enum pane_id from = view->choice.focus;
	if (from == PANE_CALLS)
		return UI_REQUEST_NONE;
	if (from == PANE_FILES)
		return close_files(view);
	if (from == PANE_PROCESSES)
		return close_processes(view);
	if (from == PANE_STACKS)
		view->choice.right = PANE_DETAIL;
	if (from == PANE_LOG)
		view->log.is_open = false;
	if (from == PANE_SIGNALS)
		view->signals.is_open = false;
	bool is_about_subject = from == PANE_DETAIL || is_closed(from);
	pane_focus(view, is_about_subject ? view->subject_pane : PANE_CALLS);
	if (is_closed(view->choice.below))
		view->choice.below = PANE_DETAIL;
	if (view->choice.wide == from)
		view->choice.wide = PANE_COUNT;
	return UI_REQUEST_REPORT;
}

static enum ui_request show_threads(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	bool are_there = view->choice.focus == PANE_THREADS;
	return pane_focus(view, are_there ? PANE_CALLS : PANE_THREADS);
}

/* That of processes; in the threads, theirs. */
static enum ui_request show_dead(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	view->threads.shows_ended = !view->threads.shows_ended;
	pane_message(view, false,
		view->threads.shows_ended ? "Ended threads stay in the list"
					  : "Ended threads leave the list after 10s");
	return pane_focus(view, PANE_THREADS);
}

static enum ui_request open_processes(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	view->processes.is_open = view->wanted.programs = true;
	pane_focus(view, PANE_PROCESSES);
	return UI_REQUEST_PROGRAMS;
}

static enum ui_request show_tree(struct view *view, const struct key_binding *binding)
{
	if (view->choice.focus == PANE_PROCESSES)
		return close_processes(view);
	if (view->choice.focus == PANE_THREADS) {
		view->threads.tree = !view->threads.tree;
		return UI_REQUEST_REPORT;
	}
	return open_processes(view, binding);
}

static enum ui_request show_stacks(struct view *view, const struct key_binding *binding)
{
	if (view->choice.focus == PANE_STACKS)
		return go_back(view, binding);
	return pane_focus(view, PANE_STACKS);
}

/* The process of program ID; 0: there is none. */
static pid_t program_pid(const struct view *view, uint64_t id)
{
	for (size_t i = 0; i < view->report->program_count; i++) {
		if (view->report->programs[i].id == id)
			return view->report->programs[i].pid;
	}
	return 0;
}

/* The end of a path says more than its beginning. */
static struct log_subject file_log(const struct view *view, const struct report_subject *subject)
{
	struct log_subject log = {
		.scope = LOG_FILE, .grouping = subject->grouping, .key = subject->key};
	for (size_t i = 0; i < view->report->file_count; i++) {
		const struct file_row *row = &view->report->files[i];
		if (row->key != subject->key)
			continue;
		size_t size = row->size < LOG_FILE_SHOWN ? row->size : LOG_FILE_SHOWN;
		text_escape(row->name + row->size - size, size, log.name, sizeof(log.name));
	}
	return log;
}

/* What is selected. */
static struct log_subject log_subject_of(const struct view *view)
{
	const struct report_subject *subject = &view->wanted.subject;
	if (subject->kind == SUBJECT_THREAD)
		return (struct log_subject){.scope = LOG_THREAD, .tid = subject->tid};
	if (subject->kind == SUBJECT_CALL)
		return (struct log_subject){.scope = LOG_CALL, .call = subject->call};
	if (subject->kind == SUBJECT_PROGRAM && program_pid(view, subject->program))
		return (struct log_subject){
			.scope = LOG_PROCESS, .tid = program_pid(view, subject->program)};
	if (subject->kind == SUBJECT_FILE)
		return file_log(view, subject);
	return (struct log_subject){.scope = LOG_ALL};
}

static enum ui_request show_log(struct view *view, const struct key_binding *binding)
{
	if (view->choice.focus == PANE_LOG)
		return go_back(view, binding);
	if (!view->log_tail) {
		pane_message(view, true, "this engine sends no arguments");
		return UI_REQUEST_REDRAW;
	}
	view->log = (struct log_state){
		.is_open = true,
		.subject = log_subject_of(view),
		.follows = true,
	};
	return pane_focus(view, PANE_LOG);
}

static enum ui_request show_signals(struct view *view, const struct key_binding *binding)
{
	const struct report_subject *subject = &view->wanted.subject;
	if (view->choice.focus == PANE_SIGNALS)
		return go_back(view, binding);
	if (!view->signal_table) {
		pane_message(view, true, "this engine sends no signals");
		return UI_REQUEST_REDRAW;
	}
	view->signals = (struct signals_state){
		.is_open = true,
		.tid = subject->kind == SUBJECT_THREAD ? subject->tid : 0,
	};
	return pane_focus(view, PANE_SIGNALS);
}

/* The call that is selected in the pane with the focus; NULL: none. */
static bool selected_call(const struct view *view, struct call *call)
{
	const struct report *report = view->report;
	const struct report_subject *subject = &view->wanted.subject;
	if (view->choice.focus == PANE_LOG)
		return log_pane_call(view, call);
	if (subject->kind == SUBJECT_CALL)
		*call = subject->call;
	for (size_t i = 0; report && subject->kind == SUBJECT_THREAD && i < report->thread_count;
		i++) {
		const struct thread_row *row = &report->threads[i];
		if (row->tid != subject->tid || !row->in_call)
			continue;
		*call = row->call;
		return true;
	}
	return subject->kind == SUBJECT_CALL;
}

static enum ui_request show_manual(struct view *view, const struct key_binding *binding)
{
	struct call call;
	(void)binding;
	const struct syscall_desc *desc = selected_call(view, &call) ? syscall_lookup(call) : NULL;
	if (!desc) {
		pane_message(view, true, "select a call: its manual page is shown");
		return UI_REQUEST_REDRAW;
	}
	snprintf(view->manual, sizeof(view->manual), "%s", desc->name);
	return UI_REQUEST_MANUAL;
}

static enum ui_request show_files(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	if (view->choice.focus == PANE_FILES)
		return close_files(view);
	view->files.is_open = view->wanted.files = true;
	pane_focus(view, PANE_FILES);
	return UI_REQUEST_FILES;
}

static enum ui_request pause_screen(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	view->paused = !view->paused;
	if (view->log_tail)
		view->log.paused_end = log_tail_end(view->log_tail);
	return view->paused ? UI_REQUEST_REDRAW : UI_REQUEST_REPORT;
}

static enum ui_request ask_delay(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	return prompt_open(view, PROMPT_DELAY);
}

/*
 * For the process of the selected thread if the threads have the focus; otherwise the first target,
 * which a scope does not have.
 */
static enum ui_request choose_signal(struct view *view, const struct key_binding *binding)
{
	const struct report *report = view->report;
	(void)binding;
	if (!report)
		return UI_REQUEST_NONE;
	view->signal_request = (struct signal_request){.pid = report->facts.pid};
	if (view->subject_pane == PANE_THREADS && view->threads.count)
		view->signal_request.pid =
			view->threads.line[view->threads.table_view.position].row->pid;
	if (view->subject_pane == PANE_PROCESSES && report->program_count)
		view->signal_request.pid =
			report->programs[view->processes.table_view.position].pid;
	for (size_t i = 0; i < report->process_count; i++) {
		if (report->processes[i].pid != view->signal_request.pid)
			continue;
		memcpy(view->signal_request.comm, report->processes[i].comm, TASK_COMM_SIZE);
		return menu_open(view, MENU_SIGNALS);
	}
	pane_message(view, true,
		view->signal_request.pid ? "the process has ended"
					 : "select a thread of the process (H)");
	return UI_REQUEST_REDRAW;
}

static enum ui_request open_setup(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	return menu_open(view, MENU_SETUP);
}

static enum ui_request open_help(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	view->help_page = HELP_KEYS;
	return UI_REQUEST_REDRAW;
}

static enum ui_request quit(struct view *view, const struct key_binding *binding)
{
	(void)binding;
	return view->command_runs ? menu_open(view, MENU_QUIT) : UI_REQUEST_QUIT;
}

/* Opens the pane of the argument as its own key does, or gives it the focus. */
static enum ui_request show_pane(struct view *view, const struct key_binding *binding)
{
	static enum ui_request (*const openers[PANE_COUNT])(
		struct view * view, const struct key_binding *binding) = {
		[PANE_LOG] = show_log,
		[PANE_SIGNALS] = show_signals,
		[PANE_FILES] = show_files,
		[PANE_PROCESSES] = open_processes,
	};
	enum pane_id id = (enum pane_id)binding->argument;
	if (view->choice.focus == id)
		return UI_REQUEST_REDRAW;
	if (openers[id] && !is_available(view, id))
		return openers[id](view, binding);
	return pane_focus(view, id);
}

/* What each action does; those that only the event loop handles have a request and no function. */
static const struct {
	enum ui_request (*handle)(struct view *view, const struct key_binding *binding);
	enum ui_request request;
} handlers[ACTION_COUNT] = {
	[ACTION_NEXT_PANE] = {.handle = cycle_panes},
	[ACTION_PREVIOUS_PANE] = {.handle = cycle_panes},
	[ACTION_PANE] = {.handle = show_pane},
	[ACTION_BACK] = {.handle = go_back},
	[ACTION_CLASS] = {.handle = show_class},
	[ACTION_CLASS_MENU] = {.handle = choose_class},
	[ACTION_FILTER] = {.handle = filter},
	[ACTION_ERRORS] = {.handle = show_errors},
	[ACTION_PLAY_BACK] = {.request = UI_REQUEST_PLAY_BACK},
	[ACTION_PLAY_FORTH] = {.request = UI_REQUEST_PLAY_FORTH},
	[ACTION_PLAY_MARK_BACK] = {.request = UI_REQUEST_PLAY_MARK_BACK},
	[ACTION_PLAY_MARK] = {.request = UI_REQUEST_PLAY_MARK},
	[ACTION_PLAY_STEP] = {.request = UI_REQUEST_PLAY_STEP},
	[ACTION_PLAY_SLOWER] = {.request = UI_REQUEST_PLAY_SLOWER},
	[ACTION_PLAY_FASTER] = {.request = UI_REQUEST_PLAY_FASTER},
	[ACTION_DISMISS] = {.handle = dismiss_advice},
	[ACTION_ADVICE] = {.handle = show_advice},
	[ACTION_IDLE] = {.handle = fold_idle},
	[ACTION_DEAD] = {.handle = show_dead},
	[ACTION_SEARCH] = {.handle = search},
	[ACTION_SEARCH_NEXT] = {.handle = search_again},
	[ACTION_SEARCH_PREVIOUS] = {.handle = search_again},
	[ACTION_SORT_MENU] = {.handle = choose_sort},
	[ACTION_RESORT] = {.handle = sort_anew},
	[ACTION_THREADS] = {.handle = show_threads},
	[ACTION_TREE] = {.handle = show_tree},
	[ACTION_STACKS] = {.handle = show_stacks},
	[ACTION_LOG] = {.handle = show_log},
	[ACTION_SIGNALS] = {.handle = show_signals},
	[ACTION_MANUAL] = {.handle = show_manual},
	[ACTION_FILES] = {.handle = show_files},
	[ACTION_PAUSE] = {.handle = pause_screen},
	[ACTION_MARK] = {.request = UI_REQUEST_MARK},
	[ACTION_SPLIT] = {.request = UI_REQUEST_SPLIT},
	[ACTION_FOLLOW] = {.request = UI_REQUEST_FOLLOW},
	[ACTION_DELAY] = {.handle = ask_delay},
	[ACTION_PAGE] = {.request = UI_REQUEST_PAGE},
	[ACTION_BASELINE] = {.request = UI_REQUEST_BASELINE},
	[ACTION_SNAPSHOT] = {.request = UI_REQUEST_SNAPSHOT},
	[ACTION_RECORD] = {.request = UI_REQUEST_RECORD},
	[ACTION_SIGNAL] = {.handle = choose_signal},
	[ACTION_SETUP] = {.handle = open_setup},
	[ACTION_HELP] = {.handle = open_help},
	[ACTION_REDRAW] = {.request = UI_REQUEST_REPAINT},
	[ACTION_SUSPEND] = {.request = UI_REQUEST_SUSPEND},
	[ACTION_QUIT] = {.handle = quit},
};

static enum ui_request handle_action(struct view *view, const struct key_binding *binding)
{
	enum pane_id over = pane_over(view);
	enum ui_request request = pane_handle_action(
		view, over != PANE_COUNT ? over : view->choice.focus, binding);
	if (request != UI_REQUEST_NONE || over != PANE_COUNT)
		return request;
	if (handlers[binding->action].handle)
		return handlers[binding->action].handle(view, binding);
	if (handlers[binding->action].request != UI_REQUEST_NONE)
		return handlers[binding->action].request;
	/* Sorting works from every pane. */
	return table_view_handle_action(pane_table_view(view), view, binding);
}

/* A key without a row in the table still closes the help, and the like. */
static const struct key_binding no_binding = {.action = ACTION_NONE};

bool screen_is_asking(const struct screen *screen)
{
	const struct view *view = &screen->view;
	return view->menu.open && view->menu.open->asks && !view->takes_answer;
}

void screen_take_answer(struct screen *screen)
{
	screen->view.takes_answer = true;
}

enum ui_request screen_key(struct screen *screen, uint32_t key)
{
	struct view *view = &screen->view;
	if (key & KEYCODE_PASTED)
		return view->prompt.open ? prompt_paste(view, key & ~KEYCODE_PASTED)
		                         : UI_REQUEST_NONE;
	const struct key_binding *binding = key_lookup(key);
	bool had_message = view->message[0] != '\0';
	enum ui_request request;
	view->message[0] = '\0';
	memset(view->lines, 0, sizeof(view->lines));
	if (view->prompt.open)
		request = prompt_key(view, key);
	else if (view->menu.open)
		request = menu_key(view, key);
	else
		request = handle_action(view, binding ? binding : &no_binding);
	if (view->report) {
		row_hold_touch(&view->hold, view->report->facts.now_ns);
		follow_subject(view);
	}
	return request == UI_REQUEST_NONE && had_message ? UI_REQUEST_REDRAW : request;
}

/* The pane in RING at ROW and COLUMN of the screen; PANE_COUNT if there is none. */
static enum pane_id pane_at(const struct view *view, int row, int column)
{
	for (size_t i = 0; i < RING_COUNT; i++) {
		if (region_has(&view->layout.region[ring[i]], row, column) ||
			region_has(&view->layout.border[ring[i]], row, column))
			return ring[i];
	}
	return PANE_COUNT;
}

static enum ui_request click(struct view *view, enum pane_id id, int row, int column)
{
	const struct region *region = &view->layout.region[id];
	const struct table_view *table_view = panes[id]->table_view;
	if (!view->report || !region_has(region, row, column))
		return UI_REQUEST_REPORT;
	if (id == PANE_STACKS)
		return stacks_pane_click(view, row - region->row);
	if (!table_view)
		return UI_REQUEST_REPORT;
	const struct area area = {.rows = region->rows, .columns = region->columns};
	enum ui_request request = table_view_click(
		table_view, view, area, row - region->row, column - region->column);
	return request == UI_REQUEST_NONE ? UI_REQUEST_REPORT : request;
}

/* Handles a click while a prompt, menu, the help or the like is open. */
static enum ui_request click_over(struct screen *screen, int row, int column)
{
	struct view *view = &screen->view;
	const struct region *region = &view->layout.region[PANE_MENU];
	if (view->prompt.open)
		return UI_REQUEST_NONE;
	if (pane_over(view) != PANE_COUNT)
		return handle_action(view, &no_binding);
	return menu_click(view, row - region->row, column - region->column);
}

/* Handles a click on the bar: acts as the key shown there, or dismisses the message. */
static enum ui_request click_bar(struct screen *screen, int column)
{
	struct view *view = &screen->view;
	uint32_t key = view->message[0] ? 0 : bar_pane_key(view, column);
	view->message[0] = '\0';
	return key ? screen_key(screen, key) : UI_REQUEST_REDRAW;
}

enum ui_request screen_mouse(struct screen *screen, uint32_t key, int row, int column)
{
	struct view *view = &screen->view;
	if (view->prompt.open || view->menu.open || pane_over(view) != PANE_COUNT)
		return key == KEYCODE_CLICK ? click_over(screen, row, column)
		                            : screen_key(screen, key);
	if (key == KEYCODE_CLICK && region_has(&view->layout.region[PANE_BAR], row, column))
		return click_bar(screen, column);
	enum pane_id id = pane_at(view, row, column);
	if (id == PANE_COUNT)
		return UI_REQUEST_NONE;
	/* The wheel scrolls the pane under the mouse, and a click gives it the focus. */
	if (view->choice.focus != id)
		pane_focus(view, id);
	if (key != KEYCODE_CLICK)
		return screen_key(screen, key);
	view->message[0] = '\0';
	enum ui_request request = click(view, id, row, column);
	if (view->report)
		follow_subject(view);
	return request;
}

/* How many lines each pane can use: panes grow, and become smaller again at the next key only. */
static void count_lines(struct view *view)
{
	for (int id = 0; id < PANE_COUNT; id++) {
		int columns = view->layout.region[id].columns;
		bool has_border = panes[id]->title != NULL;
		int lines = has_border ? pane_lines(view, (enum pane_id)id, columns ? columns : 1)
		                       : 0;
		if (lines > view->lines[id])
			view->lines[id] = lines;
	}
}

void screen_layout(struct screen *screen, int rows, int columns)
{
	struct view *view = &screen->view;
	count_lines(view);
	view->layout = layout_of(rows, columns, &view->choice, view->lines);
	for (int id = 0; id < PANE_COUNT && view->report; id++) {
		int pane_rows = view->layout.region[id].rows;
		if (panes[id]->table_view && pane_rows)
			table_view_layout(panes[id]->table_view, view, pane_rows);
	}
}

size_t screen_wants(const struct screen *screen, pid_t **tids, size_t *others)
{
	const struct view *view = &screen->view;
	const struct threads_state *threads = &view->threads;
	bool is_open = pane_is_open(view, PANE_THREADS);
	size_t end = threads->table_view.top + threads->table_view.page, count = 0;
	*others = is_open && threads->order.by == THREAD_COLUMN_CPU ? threads->count : 0;
	*tids = xcalloc(threads->table_view.page + *others + 1, sizeof(**tids));
	for (size_t i = threads->table_view.top; is_open && i < threads->count && i < end; i++)
		(*tids)[count++] = threads->line[i].row->tid;
	if (view->wanted.subject.kind == SUBJECT_THREAD)
		(*tids)[count++] = view->wanted.subject.tid;
	for (size_t i = 0; i < *others; i++)
		(*tids)[count + i] = threads->line[i].row->tid;
	return count;
}

static void draw_too_small(struct canvas *canvas)
{
	struct area area = canvas_area(canvas);
	char text[64];
	snprintf(text, sizeof(text), "%dx%d is too small", canvas->columns, canvas->rows);
	area_put(area, 0, 0, STYLE_WARNING, text);
	snprintf(text, sizeof(text), "stop needs %dx%d", LAYOUT_MIN_COLUMNS, LAYOUT_MIN_ROWS);
	area_put(area, 1, 0, STYLE_TEXT, text);
}

static struct area area_of(struct canvas *canvas, const struct region *region)
{
	return area_part(
		canvas_area(canvas), region->row, region->column, region->rows, region->columns);
}

void screen_draw(struct screen *screen, struct canvas *canvas)
{
	struct view *view = &screen->view;
	screen_layout(screen, canvas->rows, canvas->columns);
	canvas_clear(canvas);
	if (view->layout.too_small) {
		draw_too_small(canvas);
		return;
	}
	for (int id = 0; id < PANE_COUNT; id++) {
		const struct region *region = &view->layout.region[id];
		if (!pane_is_open(view, (enum pane_id)id))
			continue;
		struct area area = area_of(canvas, region);
		if (id != PANE_MENU)
			area_fill(area, STYLE_TEXT);
		pane_draw(view, (enum pane_id)id, area);
		if (view->layout.border[id].rows)
			pane_draw_border(
				view, (enum pane_id)id, area_of(canvas, &view->layout.border[id]));
	}
}

void screen_show_changes(struct screen *screen, const char *text)
{
	struct changes_state *state = &screen->view.changes;
	if (!text || !state->text)
		state->scroll = (struct scroll_state){0};
	state->text = text;
}

bool screen_shows_changes(const struct screen *screen)
{
	return pane_is_open(&screen->view, PANE_CHANGES);
}

int screen_changes_columns(const struct screen *screen)
{
	return screen->view.layout.region[PANE_CHANGES].columns;
}
