/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interactive mode: the event loop between terminal, screen and session. What is shown is decided
 * in ui/screen.h.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "abi/explain.h"
#include "abi/names.h"
#include "app/baseline.h"
#include "app/config.h"
#include "app/manual.h"
#include "app/message.h"
#include "app/modes.h"
#include "app/player.h"
#include "app/serving.h"
#include "app/signals.h"
#include "app/stackwatch.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"
#include "out/file_column.h"
#include "out/snapshot.h"
#include "ui/screen.h"
#include "ui/terminal.h"

/* Number of waiting threads to observe even if not displayed: the header shows deadlocks. */
#define WAITING_OBSERVED 32

/* Maximum time for handling keys before signals are checked again. */
#define KEYS_NS          (10 * NS_PER_MS)

/* How long a question must be shown without a key before a harmful answer is accepted. */
#define QUIET_NS         (250 * NS_PER_MS)

/* Between two looks at whether man(1) has ended. */
#define MANUAL_LOOK_NS   (50 * NS_PER_MS)

/* The state of the loop. */
struct loop {
	struct session *session;
	const struct options *options;
	struct terminal *terminal;
	struct screen *screen;
	struct canvas *canvas;
	struct player *player;         /* of a recording; NULL: there is none */
	struct report *report;         /* the displayed report */
	struct baseline *baseline;     /* of the key B; NULL: there is none */
	struct report_subject watched; /* whose stacks are being captured */
	uint64_t delay_ns;             /* update interval */
	uint64_t next_ns;              /* time of the next frame */
	uint64_t quiet_ns; /* time since which there was no key and the terminal shows everything */
	bool quit;
};

/* Requests the stacks of the calls on the file or peer of the report's detail. */
static void watch_file(struct loop *loop)
{
	const struct report_detail *detail = &loop->report->detail;
	struct call calls[STACKWATCH_CALLS_MAX];
	size_t count = 0;
	for (size_t i = 0; i < detail->file_call_count && count < STACKWATCH_CALLS_MAX; i++) {
		if (detail->file_calls[i].name[0])
			calls[count++] = detail->file_calls[i].call;
	}
	session_watch_calls(loop->session, calls, count);
}

/* Requests the stacks that the screen shows. */
static void watch_stacks(struct loop *loop)
{
	struct report_subject subject;
	if (!screen_watches(loop->screen, &subject))
		subject = (struct report_subject){.kind = SUBJECT_NONE};
	/* Other calls may have come. */
	if (subject.kind == SUBJECT_FILE) {
		loop->watched = subject;
		watch_file(loop);
		return;
	}
	if (report_subject_equal(&subject, &loop->watched))
		return;
	loop->watched = subject;
	session_watch(loop->session, subject.kind == SUBJECT_CALL ? &subject.call : NULL,
		subject.kind == SUBJECT_THREAD ? subject.tid : 0);
}

/* Samples the code of the threads of which the screen says what they do in it: the one whose stack
 * it shows, and the busiest one. */
static void watch_running(struct loop *loop)
{
	const struct report *report = loop->report;
	struct samples_thread threads[2];
	size_t count = 0;
	if (report->busy.tid)
		threads[count++] = (struct samples_thread){report->busy.pid, report->busy.tid};
	for (size_t i = 0; i < report->thread_count; i++) {
		const struct thread_row *row = &report->threads[i];
		if (loop->watched.kind != SUBJECT_THREAD || row->tid != loop->watched.tid ||
			row->tid == report->busy.tid || row->state == THREAD_ENDED ||
			row->state == THREAD_WORKER || count == 2)
			continue;
		threads[count++] = (struct samples_thread){row->pid, row->tid};
	}
	session_sample(loop->session, threads, report->totals.ended ? 0 : count);
}

/* Collects the log and the signals that the screen shows. */
static void watch_log(struct loop *loop)
{
	const struct log_subject subject = screen_log_subject(loop->screen);
	session_follow_log(loop->session, &subject);
	if (screen_shows_signals(loop->screen))
		session_observe_signals(loop->session);
}

/* Forgets the baseline, and shows nothing of it any more. */
static void drop_baseline(struct loop *loop)
{
	screen_show_changes(loop->screen, NULL);
	baseline_free(loop->baseline);
	loop->baseline = NULL;
}

/* Shows what has changed since the baseline, up to the time of the report. */
static void show_changes(struct loop *loop)
{
	const char *text = baseline_compare(
		loop->baseline, loop->session, screen_changes_columns(loop->screen));
	if (text) {
		screen_show_changes(loop->screen, text);
		return;
	}
	drop_baseline(loop);
	screen_message(loop->screen, false, "Counting has begun anew: the baseline is dropped");
}

/* Makes a report as of the session's current time, and shows it. */
static void make_report(struct loop *loop)
{
	struct screen *screen = loop->screen;
	struct report_view view = *screen_view(screen);
	struct report_subject watched;
	view.stacks = view.stacks || screen_watches(screen, &watched);
	screen_command(screen, session_command_runs(loop->session));
	struct report *report = session_report(loop->session, &view);
	char news[REPORT_TEXT_MAX];
	if (report_news(report, loop->report, news))
		screen_news(screen, news);
	/* With another order, another row may be the selected one, which the detail is about. */
	if (screen_update(screen, report)) {
		session_describe(loop->session, report, &screen_view(screen)->subject);
		screen_update(screen, report);
	}
	report_free(loop->report);
	loop->report = report;
	watch_stacks(loop);
	watch_running(loop);
	watch_log(loop);
	if (screen_shows_changes(screen))
		show_changes(loop);
}

/* The same, as of now: between two frames. */
static void make_report_now(struct loop *loop)
{
	session_take_time(loop->session);
	make_report(loop);
}

/*
 * Observes the threads on the screen; for a new frame, also others if their order depends on the
 * results. Returns whether there is anything new.
 */
static bool observe(struct loop *loop, bool is_frame)
{
	pid_t *tids;
	size_t others, count = screen_wants(loop->screen, &tids, &others);
	bool is_new = session_observe(loop->session, tids, count);
	/* Once per frame: a key must not wait for threads that are not on the screen. */
	if (is_frame && others)
		is_new |= session_observe_some(loop->session, tids + count, others);
	free(tids);
	return is_new;
}

/*
 * Draws the screen. A key or a new order may have brought threads onto it that were not observed
 * yet: this is done first.
 */
static void draw(struct loop *loop)
{
	screen_layout(loop->screen, loop->canvas->rows, loop->canvas->columns);
	if (loop->report && observe(loop, false))
		session_refresh_report(loop->session, loop->report);
	screen_draw(loop->screen, loop->canvas);
	terminal_flush(loop->terminal, loop->canvas);
}

/* Shows a new frame, unless the screen is paused. */
static void show_frame(struct loop *loop)
{
	if (!screen_is_paused(loop->screen)) {
		session_observe_waiting(loop->session, WAITING_OBSERVED);
		observe(loop, true);
		make_report(loop);
	}
}

static void next_frame(struct loop *loop)
{
	if (loop->player) {
		player_scan(loop->player);
		player_advance(loop->player);
	}
	session_tick(loop->session);
	show_frame(loop);
	uint64_t now_ns = clock_now_ns();
	loop->next_ns += loop->delay_ns;
	/* After a pause (a stopped machine, a slow terminal) missed frames are skipped. */
	if (loop->next_ns <= now_ns)
		loop->next_ns = now_ns + loop->delay_ns;
}

static void resize(struct loop *loop)
{
	int height, width;
	terminal_resize(loop->terminal, &height, &width);
	canvas_free(loop->canvas);
	loop->canvas = canvas_new(height, width);
	loop->canvas->has_colours = terminal_has_colours(loop->terminal);
}

/* Requests of the screen. */

static void select_calls(struct loop *loop)
{
	int result = session_select(loop->session, screen_take_filter(loop->screen));
	if (result < 0) {
		screen_drop_filter(loop->screen);
		screen_message(loop->screen, true,
			"this engine sends no arguments: no filter by fd, path, peer or port");
	}
	make_report_now(loop);
}

static void snapshot(struct loop *loop)
{
	char text[MODES_TEXT_MAX];
	int result = modes_snapshot(loop->session, loop->options, text);
	screen_message(loop->screen, result < 0, text);
}

static void record(struct loop *loop)
{
	char text[RECORDING_TEXT_MAX];
	int result = session_record(loop->session, text);
	screen_message(loop->screen, result < 0, text);
	make_report_now(loop);
}

/* Says what has become of the flight recorder. */
static void show_recording_news(struct loop *loop)
{
	char text[RECORDING_TEXT_MAX];
	if (session_recording_news(loop->session, text))
		screen_news(loop->screen, text);
}

static void page(struct loop *loop)
{
	char text[MODES_TEXT_MAX];
	int result = modes_page(loop->session, loop->options, text);
	screen_message(loop->screen, result < 0, text);
}

static void mark(struct loop *loop)
{
	bool from_now = session_mark(loop->session);
	drop_baseline(loop);
	screen_message(loop->screen, false,
		from_now ? "Counting from now; z shows the totals since the start again"
			 : "Totals since the start");
	make_report_now(loop);
}

/* Takes a baseline, or shows what has changed since; while that is shown, takes another. */
static void use_baseline(struct loop *loop)
{
	session_take_time(loop->session);
	if (loop->baseline && !screen_shows_changes(loop->screen)) {
		show_changes(loop);
		return;
	}
	drop_baseline(loop);
	loop->baseline = baseline_new(loop->session);
	screen_message(loop->screen, false,
		"Baseline: B shows how what follows differs from what came before");
}

static void split(struct loop *loop)
{
	int is_split = session_split(loop->session);
	screen_message(loop->screen, is_split < 0,
		is_split < 0 ? "This engine cannot split time; --engine=bpf can"
		: is_split   ? "Splitting the time of calls that begin now; o ends that"
			     : "No longer splitting time");
}

/* Many terminals take that (OSC 52), and none says so. */
static void copy(struct loop *loop)
{
	terminal_copy(loop->terminal, screen_copied(loop->screen));
	screen_message(loop->screen, false, "Copied, if the terminal takes that");
}

/*
 * Leaves the terminal to man(1) until it ends. The targets go on, and are counted. If somebody asks
 * us to end, it is ended as well.
 */
static void show_manual(struct loop *loop)
{
	char text[VIEW_MESSAGE_MAX];
	int status = -1;
	terminal_suspend(loop->terminal);
	pid_t pid = manual_start(screen_manual(loop->screen));
	terminal_lend(pid > 0 ? pid : 0);
	while (pid > 0 && !manual_has_ended(pid, &status)) {
		unsigned int news = session_wait(
			loop->session, clock_now_ns() + MANUAL_LOOK_NS, -1, 0);
		if (news & SESSION_LEAVE) {
			manual_end(pid);
			loop->quit = true;
			break;
		}
	}
	terminal_lend(0);
	terminal_resume(loop->terminal);
	resize(loop);
	const char *call = screen_manual(loop->screen);
	const struct explanation *known = explain_call(call);
	if (known)
		snprintf(text, sizeof(text), "%s: %s (no manual page; Enter: its errors)",
			known->signature, known->does);
	else
		snprintf(text, sizeof(text), "man(1) has no page about %s in section 2", call);
	if (pid < 0 || status)
		screen_message(loop->screen, !known, text);
	make_report_now(loop);
}

/* What the session has for the screen. */
static void show_session(struct loop *loop)
{
	screen_output(loop->screen, session_transcript(loop->session));
	screen_log(loop->screen, session_log_tail(loop->session));
	screen_signals(loop->screen, session_signals(loop->session));
}

/* The session was rewound: what it has given is gone. */
static void begin_again(struct loop *loop)
{
	show_session(loop);
	loop->watched = (struct report_subject){.kind = SUBJECT_NONE};
}

static void follow_files(struct loop *loop)
{
	char text[PLAYER_TEXT_MAX] = "", shown[PLAYER_TEXT_MAX + 32];
	bool wanted = loop->options->files || screen_counts_files(loop->screen);
	bool is_new = wanted && !session_follows_files(loop->session);
	session_follow_files(loop->session, wanted);
	/* What was played is counted as well. */
	if (is_new && loop->player && player_play_again(loop->player, text))
		begin_again(loop);
	make_report_now(loop);
	snprintf(shown, sizeof(shown), "%s: they are counted from now on", text);
	if (text[0])
		screen_message(loop->screen, true, shown);
}

static void read_command_lines(struct loop *loop)
{
	session_read_command_lines(loop->session);
	make_report_now(loop);
}

static void send_signal(struct loop *loop)
{
	if (loop->player) {
		screen_message(loop->screen, true,
			"This is a recording: its processes are gone, and no signal is sent");
		return;
	}
	const struct signal_request *request = screen_signal(loop->screen);
	char text[VIEW_MESSAGE_MAX], name[ABI_NAME_MAX];
	bool failed = kill(request->pid, request->signal) < 0;
	snprintf(text, sizeof(text), "%s %s to process %d%s%s", failed ? "Cannot send" : "Sent",
		signal_name(request->signal, name), (int)request->pid, failed ? ": " : "",
		failed ? strerrordesc_np(errno) : "");
	screen_message(loop->screen, failed, text);
}

/* Goes to another place of a recording, or plays it at another speed. */
static void play(struct loop *loop, enum ui_request request)
{
	char text[PLAYER_TEXT_MAX];
	if (!loop->player) {
		screen_message(loop->screen, true, "Only in a recording: stop NAME.ctf");
		return;
	}
	bool is_rewound = player_serve(loop->player, request, text);
	if (is_rewound)
		begin_again(loop);
	session_tick(loop->session);
	make_report(loop);
	if (text[0])
		screen_message(loop->screen, false, text);
}

static void use_settings(struct loop *loop)
{
	const struct settings *settings = screen_settings(loop->screen);
	terminal_theme(loop->terminal, settings->theme);
	loop->canvas->has_colours = terminal_has_colours(loop->terminal);
	loop->delay_ns = settings->delay_ns;
	loop->next_ns = clock_now_ns() + loop->delay_ns;
}

static void save_settings(struct loop *loop)
{
	char path[CONFIG_PATH_MAX], shown[VIEW_MESSAGE_MAX / 2], text[VIEW_MESSAGE_MAX];
	use_settings(loop);
	int result = config_path(path);
	if (result < 0)
		strcpy(path, "stoprc");
	else
		result = config_write(path, screen_settings(loop->screen));
	text_escape(path, strlen(path), shown, sizeof(shown));
	if (result < 0)
		snprintf(text, sizeof(text), "The setup is not saved in %s: %s", shown,
			strerrordesc_np(-result));
	else
		snprintf(text, sizeof(text), "Saved in %s", shown);
	screen_message(loop->screen, result < 0, text);
}

static void write_stacks(const void *screen, FILE *stream)
{
	screen_write_stacks(screen, stream);
}

static void save_stacks(struct loop *loop)
{
	const char *directory = loop->options->snapshot_dir;
	bool is_here = strcmp(directory, ".") == 0;
	char name[SNAPSHOT_NAME_MAX], text[VIEW_MESSAGE_MAX], shown[VIEW_MESSAGE_MAX / 2];
	int result = snapshot_write_file(
		loop->report, directory, ".stacks", write_stacks, loop->screen, name);
	text_escape(directory, strlen(directory), shown, sizeof(shown));
	if (result < 0)
		snprintf(text, sizeof(text), "No stacks were written into %s: %s",
			is_here ? "this directory" : shown, strerrordesc_np(-result));
	else
		snprintf(text, sizeof(text), "Written: %s%s%.100s", is_here ? "" : shown,
			is_here ? "" : "/", name);
	screen_message(loop->screen, result < 0, text);
}

/*
 * Stops this process until it is continued in the foreground. Returns false if it was asked to end
 * instead: a shell's `kill %1` continues it in the background, where it may not use the terminal.
 */
static bool stop_self(struct loop *loop)
{
	do {
		signals_stop_self();
		if (session_wait(loop->session, 0, -1, 0) & SESSION_LEAVE)
			return false;
	} while (terminal_is_background());
	return true;
}

/* Targets would wait for a stopped tracer at their next calls, so they are left until then. */
static void suspend(struct loop *loop)
{
	char error[SESSION_ERROR_MAX], text[VIEW_MESSAGE_MAX], time[UNITS_MAX];
	session_suspend(loop->session);
	terminal_suspend(loop->terminal);
	const char *remains = session_remains(loop->session);
	if (remains)
		message("%s", remains);
	uint64_t from_ns = clock_now_ns();
	if (!stop_self(loop)) {
		loop->quit = true;
		return;
	}
	session_resume(loop->session, error);
	terminal_resume(loop->terminal);
	units_time(clock_now_ns() - from_ns, time);
	if (error[0])
		snprintf(text, sizeof(text), "%.*s", (int)sizeof(text) - 1, error);
	else
		snprintf(text, sizeof(text), "Calls of the last %s were not counted", time);
	screen_message(loop->screen, true, text);
	session_refresh(loop->session);
	resize(loop);
	make_report(loop);
}

/* Says which children of the targets are not traced. */
static void announce_children(struct loop *loop)
{
	size_t count = session_untraced_children(loop->session);
	char text[VIEW_MESSAGE_MAX];
	snprintf(text, sizeof(text), "%zu %s not traced: F follows %s", count,
		count == 1 ? "child is" : "children are", count == 1 ? "it" : "them");
	if (count)
		screen_message(loop->screen, false, text);
}

/* Says where what is served is. */
static void announce_serving(struct loop *loop, const struct serving *serving)
{
	char text[VIEW_MESSAGE_MAX];
	if (!serving)
		return;
	snprintf(text, sizeof(text), "%s at %s",
		loop->options->has_serve ? "The page is" : "Metrics are", serving_url(serving));
	screen_message(loop->screen, false, text);
}

static void follow_children(struct loop *loop)
{
	size_t count = session_untraced_children(loop->session);
	char error[SESSION_ERROR_MAX] = "", text[VIEW_MESSAGE_MAX], time[UNITS_MAX];
	uint64_t from_ns = clock_now_ns();
	if (count)
		session_follow_children(loop->session, error);
	units_time(clock_now_ns() - from_ns, time);
	if (error[0])
		snprintf(text, sizeof(text), "%.*s", (int)sizeof(text) - 1, error);
	else if (count)
		snprintf(text, sizeof(text),
			"%zu more %s followed; calls of the last %s were not counted", count,
			count == 1 ? "process is" : "processes are", time);
	else
		strcpy(text, "Every child is traced");
	screen_message(loop->screen, error[0] != '\0', text);
	session_refresh(loop->session);
	make_report(loop);
}

static void end_command(struct loop *loop)
{
	screen_message(loop->screen, false, "Ending the command …");
	draw(loop);
	session_end_command(loop->session);
	loop->quit = true;
}

static void leave(struct loop *loop)
{
	loop->quit = true;
}

static void repaint(struct loop *loop)
{
	terminal_repaint(loop->terminal);
}

static void serve(struct loop *loop, enum ui_request request)
{
	static void (*const requests[])(struct loop * loop) = {
		[UI_REQUEST_NONE] = NULL,
		[UI_REQUEST_REDRAW] = NULL,
		[UI_REQUEST_REPORT] = make_report_now,
		[UI_REQUEST_REPAINT] = repaint,
		[UI_REQUEST_PAGE] = page,
		[UI_REQUEST_SNAPSHOT] = snapshot,
		[UI_REQUEST_RECORD] = record,
		[UI_REQUEST_SAVE_STACKS] = save_stacks,
		[UI_REQUEST_SELECT] = select_calls,
		[UI_REQUEST_MARK] = mark,
		[UI_REQUEST_BASELINE] = use_baseline,
		[UI_REQUEST_SPLIT] = split,
		[UI_REQUEST_COPY] = copy,
		[UI_REQUEST_MANUAL] = show_manual,
		[UI_REQUEST_FILES] = follow_files,
		[UI_REQUEST_PROGRAMS] = read_command_lines,
		[UI_REQUEST_SIGNAL] = send_signal,
		[UI_REQUEST_SETTINGS] = use_settings,
		[UI_REQUEST_SAVE] = save_settings,
		[UI_REQUEST_FOLLOW] = follow_children,
		[UI_REQUEST_SUSPEND] = suspend,
		[UI_REQUEST_QUIT] = leave,
		[UI_REQUEST_END] = end_command,
	};
	if (request >= UI_REQUEST_PLAY_BACK && request <= UI_REQUEST_PLAY_FASTER)
		play(loop, request);
	else if (requests[request])
		requests[request](loop);
	if (loop->player)
		player_pause(loop->player, screen_is_paused(loop->screen));
}

static enum ui_request pass_key(struct loop *loop, uint32_t key)
{
	int row, column;
	bool is_mouse = key == KEYCODE_CLICK || key == KEYCODE_WHEEL_UP ||
	                key == KEYCODE_WHEEL_DOWN;
	if (!is_mouse)
		return screen_key(loop->screen, key);
	terminal_mouse(loop->terminal, &row, &column);
	return screen_mouse(loop->screen, key, row, column);
}

/*
 * Handles pending keys, for a limited time: a flood of keys must not delay signals. The rest is
 * left in the terminal, which ends the next wait.
 */
static void read_keys(struct loop *loop)
{
	uint64_t until_ns = clock_now_ns() + KEYS_NS;
	uint32_t key;
	int result;
	while (!loop->quit && (result = terminal_key(loop->terminal, &key)) != 0) {
		if (result < 0)
			loop->quit = true;
		else
			serve(loop, pass_key(loop, key));
		if (clock_now_ns() >= until_ns && terminal_has_input(loop->terminal))
			break;
	}
	loop->quiet_ns = UINT64_MAX;
}

/*
 * Allows the answer to a question once there was no input for QUIET_NS after it was shown: none at
 * the beginning of that time, at its end, and none read in between. Returns how long the next wait
 * may last.
 */
static uint64_t await_answer(struct loop *loop)
{
	if (!screen_is_asking(loop->screen))
		return loop->next_ns;
	uint64_t now_ns = clock_now_ns();
	bool is_quiet = terminal_catch_up(loop->terminal) && !terminal_has_input(loop->terminal);
	if (!is_quiet)
		loop->quiet_ns = UINT64_MAX;
	else if (loop->quiet_ns == UINT64_MAX)
		loop->quiet_ns = now_ns;
	else if (now_ns >= loop->quiet_ns + QUIET_NS)
		screen_take_answer(loop->screen);
	uint64_t until_ns = is_quiet ? loop->quiet_ns + QUIET_NS : loop->next_ns;
	return until_ns < loop->next_ns ? until_ns : loop->next_ns;
}

static void handle_news(struct loop *loop, unsigned int news)
{
	/* This takes precedence over everything else. */
	if ((news & SESSION_LEAVE) || session_is_done(loop->session)) {
		loop->quit = true;
		return;
	}
	if (news & SESSION_RESIZE)
		resize(loop);
	if (news & SESSION_INPUT)
		read_keys(loop);
	if (news & SESSION_SNAPSHOT)
		snapshot(loop);
	show_recording_news(loop);
	if (news & SESSION_SUSPEND)
		suspend(loop);
	if (!loop->quit && ((news & SESSION_ENDED) || clock_now_ns() >= loop->next_ns))
		next_frame(loop);
}

/* Reports that the command keeps running without its screen. */
static void leave_command(struct session *session)
{
	if (!session_command_runs(session))
		return;
	int result = session_abandon(session);
	if (result < 0)
		message("the command still runs, but cannot write any more: no process can be "
			"started to read it: %s",
			strerrordesc_np(-result));
	else
		message("the command still runs; what it writes is thrown away");
	modes_warn_of_signal(session);
}

/* At first there is only what the attach has found; rates come with the first interval. */
static void run(struct loop *loop)
{
	session_refresh(loop->session);
	show_frame(loop);
	announce_children(loop);
	loop->next_ns = clock_now_ns() + loop->delay_ns;
	while (!loop->quit) {
		draw(loop);
		handle_news(loop,
			session_wait(loop->session, await_answer(loop), terminal_fd(loop->terminal),
				terminal_events(loop->terminal)));
	}
}

int mode_interactive(struct session *session, struct mode *mode)
{
	const struct options *options = mode->options;
	char reason[256];
	struct loop loop = {
		.session = session,
		.options = options,
		.delay_ns = mode->settings.delay_ns,
		.next_ns = clock_now_ns(),
	};
	struct report_view view = {
		.filter = {.set = options->set},
		.set_text = options->set_text,
		.order = options->order,
		.folds_idle = true,
		.stacks = options->stacks != NULL,
		.stacks_by_calls = options->weigh_calls,
		.files = options->files,
		.file_grouping = options->file_grouping,
		.file_order = file_order_default(FILE_COLUMN_SHARE),
	};
	loop.terminal = mode->terminal;
	mode->terminal = NULL;
	if (!loop.terminal && terminal_open(&loop.terminal, reason, sizeof(reason)) < 0) {
		message("%s", reason);
		return 1;
	}
	int height, width;
	terminal_theme(loop.terminal, mode->settings.theme);
	terminal_resize(loop.terminal, &height, &width);
	loop.canvas = canvas_new(height, width);
	loop.canvas->has_colours = terminal_has_colours(loop.terminal);
	loop.screen = screen_new(&view, &mode->settings);
	show_session(&loop);
	if (options->traces) {
		loop.player = player_new(
			session, (const char *const *)options->traces, options->trace_count);
		screen_timeline(loop.screen, player_timeline(loop.player));
	}
	announce_serving(&loop, mode->serving);
	if (mode->settings_error[0])
		screen_message(loop.screen, true, mode->settings_error);
	run(&loop);
	bool is_at_end = session_has_to_end(session) && !session_signal(session);
	bool is_shown = session_failure(session) && !is_at_end;
	session_leave(session);
	terminal_close(loop.terminal);
	leave_command(session);
	screen_free(loop.screen);
	canvas_free(loop.canvas);
	report_free(loop.report);
	baseline_free(loop.baseline);
	player_free(loop.player);
	const char *failure = session_failure(session);
	/* Otherwise the screen has said so. */
	if (failure && !is_shown)
		message("%s", failure);
	if (failure || !options->until)
		return failure != NULL;
	return modes_until_status(session);
}
