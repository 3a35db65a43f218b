/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Summary and batch mode; see app/modes.h. */
#include "config.h"

#include "app/modes.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/names.h"
#include "app/logging.h"
#include "app/message.h"
#include "app/recording.h"
#include "app/serving.h"
#include "app/shipping.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/timed_write.h"
#include "engine/replay/replay.h"
#include "out/file.h"
#include "out/file_column.h"
#include "out/page.h"
#include "out/snapshot.h"
#include "ui/terminal.h"

/* Passed to write(2) at once, between two looks at events and signals. */
#define CHUNK            4096

/* So often we are stopped in the background before the terminal is used nevertheless. */
#define BACKGROUND_TRIES 100

/* How long a reader may accept nothing of what is written after our death. Nobody is traced then.
 */
#define LAST_MS          5000

/* After the user has asked to end, how long a reader may accept nothing of what is written. */
#define PATIENCE_NS      (500 * NS_PER_MS)

static struct report_view view_of(const struct options *options)
{
	return (struct report_view){
		.filter = {.set = options->set},
		.set_text = options->set_text,
		.order = options->order,
		.stacks = options->stacks != NULL,
		.stacks_of = options->stacks,
		.stacks_by_calls = options->weigh_calls,
		.files = options->files,
		.programs = options->processes,
		.file_grouping = options->file_grouping,
		.file_order = file_order_default(FILE_COLUMN_SHARE),
	};
}

/* Writes a part of what is unwritten, which the output is ready for. Returns 0 or -errno. */
static int write_part(struct mode *mode)
{
	size_t size = mode->unwritten_size < CHUNK ? mode->unwritten_size : CHUNK, done;
	int result = timed_write(fileno(mode->out), mode->unwritten, size, 0, &done);
	mode->unwritten += done;
	mode->unwritten_size -= done;
	return result == -EAGAIN ? 0 : result;
}

/*
 * Writes what is unwritten. A slow or vanished reader must not block events or signals, so
 * this waits with session_wait(). When the user asks to end, tracing ends at once, and the reader
 * has to go on taking what is written; when the user asks again, only what it takes without a wait
 * is written. Returns 0, -EAGAIN if the reader does not take everything, or -errno.
 */
static int write_all(struct session *session, struct mode *mode)
{
	uint64_t progress_ns = clock_now_ns();
	bool is_urgent = false;
	int result = 0;
	while (mode->unwritten_size && result == 0) {
		bool is_ending = session_has_to_end(session);
		uint64_t until_ns = is_urgent   ? 0
		                    : is_ending ? progress_ns + PATIENCE_NS
		                                : UINT64_MAX;
		size_t before = mode->unwritten_size;
		unsigned int news = session_wait(session, until_ns, fileno(mode->out), POLLOUT);
		if (news & SESSION_INPUT)
			result = write_part(mode);
		if (mode->unwritten_size < before || !is_ending)
			progress_ns = clock_now_ns();
		else if (clock_now_ns() >= until_ns)
			return -EAGAIN;
		if (news & SESSION_LEAVE && is_ending)
			is_urgent = true;
		else if (news & SESSION_LEAVE)
			session_leave(session);
	}
	return result;
}

/* Stores a report of the current state, in the requested format, in *TEXT, which the caller frees,
 * and *SIZE. Returns 0 or -errno. */
static int format_report(struct session *session, const struct mode *mode, enum export_kind kind,
	char **text, size_t *size)
{
	const struct options *options = mode->options;
	struct report_view view = view_of(options);
	FILE *memory = open_memstream(text, size);
	if (!memory)
		return -errno;
	struct report *report = session_report(session, &view);
	int result = options->format->write(memory, report, kind, terminal_is_ascii());
	report_free(report);
	if (fclose(memory) != 0 && result == 0)
		result = -errno;
	return result;
}

/* Writes a report of the current state. Returns 0 or -errno. */
static int write_report(struct session *session, struct mode *mode, enum export_kind kind)
{
	char *text = NULL;
	size_t size = 0;
	int result = format_report(session, mode, kind, &text, &size);
	if (result == 0 && mode->options->format->is_single &&
		mode->options->mode == OPTIONS_BATCH) {
		result = file_replace(mode->options->output, text, size);
	} else if (result == 0) {
		mode->unwritten_size = size;
		mode->unwritten = text;
		result = write_all(session, mode);
		mode->unwritten_size = 0;
	}
	free(text);
	return result;
}

void modes_write_last(struct session *session, void *argument)
{
	static const char message[] = "stop: killed; what was counted until then is written, the "
				      "target continues untraced\n";
	struct mode *mode = argument;
	int fd = fileno(mode->out);
	bool is_batch = mode->options->mode == OPTIONS_BATCH;
	char *text = NULL;
	size_t size = 0, done;
	int result = timed_write(fd, mode->unwritten, mode->unwritten_size, LAST_MS, &done);
	/* Nothing that was allocated by our dead threads is freed: they may hold the locks. */
	if (result == 0 && format_report(session, mode, is_batch ? EXPORT_FRAME : EXPORT_SUMMARY,
				   &text, &size) == 0)
		timed_write(fd, text, size, LAST_MS, &done);
	timed_write(STDERR_FILENO, message, strlen(message), LAST_MS, &done);
}

int modes_snapshot(
	struct session *session, const struct options *options, char text[MODES_TEXT_MAX])
{
	session_refresh(session);
	session_observe_waiting(session, exporters[EXPORTER_JSON].waits[EXPORT_SNAPSHOT]);
	struct report *report = session_report_all(session);
	struct snapshot_names names;
	char directory[MODES_TEXT_MAX / 2];
	int result = snapshot_write(report, options->snapshot_dir, terminal_is_ascii(), &names);
	bool is_here = strcmp(options->snapshot_dir, ".") == 0;
	text_escape(
		options->snapshot_dir, strlen(options->snapshot_dir), directory, sizeof(directory));
	if (result < 0)
		snprintf(text, MODES_TEXT_MAX, "No snapshot was written into %s: %s",
			is_here ? "this directory" : directory, strerrordesc_np(-result));
	else
		snprintf(text, MODES_TEXT_MAX, "Written: %s%s%s and .json",
			is_here ? "" : directory, is_here ? "" : "/", names.text);
	report_free(report);
	return result;
}

/* Handles SIGUSR1. */
static void snapshot(struct session *session, const struct options *options)
{
	char text[MODES_TEXT_MAX];
	modes_snapshot(session, options, text);
	message("%s", text);
}

static void write_page(const void *argument, FILE *stream)
{
	page_write(stream, argument);
}

int modes_page(struct session *session, const struct options *options, char text[MODES_TEXT_MAX])
{
	char name[SNAPSHOT_NAME_MAX], directory[MODES_TEXT_MAX / 2];
	bool is_here = strcmp(options->snapshot_dir, ".") == 0;
	session_refresh(session);
	session_observe_waiting(session, exporters[EXPORTER_JSON].waits[EXPORT_SNAPSHOT]);
	struct report *report = session_report_all(session);
	int result = snapshot_write_file(
		report, options->snapshot_dir, ".html", write_page, report, name);
	text_escape(
		options->snapshot_dir, strlen(options->snapshot_dir), directory, sizeof(directory));
	if (result < 0)
		snprintf(text, MODES_TEXT_MAX, "No page was written into %s: %s",
			is_here ? "this directory" : directory, strerrordesc_np(-result));
	else
		snprintf(text, MODES_TEXT_MAX, "Written: %s%s%s", is_here ? "" : directory,
			is_here ? "" : "/", name);
	report_free(report);
	return result;
}

int modes_finish_page(struct session *session, const struct options *options)
{
	char path[MODES_TEXT_MAX / 2];
	FILE *stream = NULL;
	if (!options->page)
		return 0;
	int result = file_open(options->page, &stream);
	if (result == 0) {
		struct report *report = session_report_all(session);
		page_write(stream, report);
		report_free(report);
		result = file_close(stream);
	}
	if (result < 0)
		message("cannot write the page %s: %s",
			text_escape(options->page, strlen(options->page), path, sizeof(path)),
			strerrordesc_np(-result));
	return result < 0;
}

static bool continues(const struct session *session)
{
	return !session_has_to_end(session) && !session_has_ended(session) &&
	       !session_is_done(session);
}

/* Waits until UNTIL_NS. Returns whether the session continues. */
static bool wait_until(struct session *session, const struct options *options, uint64_t until_ns)
{
	/* Check the state, not the news, which may have arrived while a report was being written.
	 */
	while (continues(session) && clock_now_ns() < until_ns) {
		if (session_wait(session, until_ns, -1, 0) & SESSION_SNAPSHOT)
			snapshot(session, options);
	}
	return continues(session);
}

void modes_warn_of_signal(const struct session *session)
{
	char name[ABI_NAME_MAX];
	int signal = session_death_signal(session);
	if (signal)
		message("the command gets %s now: it has asked for that at the end of its parent "
			"(PR_SET_PDEATHSIG)",
			signal_name(signal, name));
}

int modes_until_status(const struct session *session)
{
	uint64_t unknown = session_unknown_calls(session);
	if (session_has_happened(session))
		return 0;
	if (unknown)
		message("--until: no such call was seen; of %llu calls it is not known",
			(unsigned long long)unknown);
	else
		message("--until: there was no such call");
	return 1;
}

/*
 * Closes the output, and returns the exit status. RESULT is that of writing so far; WHAT was being
 * written, and LOST says what becomes of it.
 */
static int finish(
	struct session *session, struct mode *mode, int result, const char *what, const char *lost)
{
	int closed = mode->options->output ? file_close(mode->out) : 0;
	mode->out = NULL;
	if (result == 0)
		result = closed;
	if (result < 0) {
		message("cannot write %s to %s: %s; %s", what, mode->out_name,
			result == -EAGAIN ? "nobody reads it" : strerrordesc_np(-result), lost);
		return 1;
	}
	if (session_has_command(session) && session_command_runs(session))
		modes_warn_of_signal(session);
	const char *failure = session_failure(session);
	if (failure) {
		message("%s", failure);
		return 1;
	}
	if (mode->options->until)
		return modes_until_status(session);
	return session_has_command(session) ? session_status(session) : 0;
}

/*
 * Reads what a report of KIND is to show about waiting threads. Before the targets are left:
 * nothing is read after the end.
 */
static void observe(struct session *session, const struct options *options, enum export_kind kind)
{
	const struct report_view view = view_of(options);
	size_t count = options->format->waits[kind];
	/* Threads in state D are told by what is read. */
	if (view.stacks && !count)
		count = exporters[EXPORTER_TEXT].waits[EXPORT_FRAME];
	if (session_has_ended(session) || count == 0)
		return;
	session_take_time(session);
	session_observe_waiting(session, count);
	session_observe_stacks(session, &view);
}

int mode_summary(struct session *session, struct mode *mode)
{
	if (session_is_replay(session))
		session_play(session, false, UINT64_MAX);
	while (wait_until(session, mode->options, UINT64_MAX))
		;
	observe(session, mode->options, EXPORT_SUMMARY);
	session_leave(session);
	session_tick(session);
	/* Both may be for standard output. */
	logging_finish(session, mode->log);
	int result = write_report(session, mode, EXPORT_SUMMARY);
	return finish(session, mode, result, "the summary", "what was counted is lost");
}

/* The frames of a recording: where it has them, or, with -d, after so much of its time each. */
static int batch_of_recording(struct session *session, struct mode *mode)
{
	const struct options *options = mode->options;
	uint64_t frame = 0, until_ns = UINT64_MAX;
	int result = 0;
	char what[32];
	while (continues(session) && result == 0 && (!options->frames || frame < options->frames)) {
		if (options->has_delay)
			until_ns = session_begin_ns(session) + (frame + 1) * options->delay_ns;
		session_play(session, !options->has_delay, until_ns);
		unsigned int news = 0;
		while (continues(session) && !(news & SESSION_FRAME))
			news = session_wait(session, UINT64_MAX, -1, 0);
		bool is_last = !continues(session);
		/* What comes after the last frame is in none, unless it was cut there. */
		if (is_last && frame && !options->has_delay && !session_is_after_frame(session))
			break;
		frame++;
		session_tick(session);
		result = write_report(session, mode, EXPORT_FRAME);
	}
	snprintf(what, sizeof(what), "frame %llu", (unsigned long long)frame);
	return finish(session, mode, result, what, "this and what follows is lost");
}

int mode_batch(struct session *session, struct mode *mode)
{
	if (session_is_replay(session))
		return batch_of_recording(session, mode);
	const struct options *options = mode->options;
	char what[32];
	uint64_t next_ns = clock_now_ns(), frame = 0;
	bool more = true;
	int result = 0;
	while (more && result == 0) {
		frame++;
		next_ns += options->delay_ns;
		more = wait_until(session, options, next_ns) && frame != options->frames;
		observe(session, options, EXPORT_FRAME);
		if (!more)
			session_leave(session);
		session_tick(session);
		result = write_report(session, mode, EXPORT_FRAME);
	}
	snprintf(what, sizeof(what), "frame %llu", (unsigned long long)frame);
	return finish(session, mode, result, what, "this and what follows is lost");
}

/* Before anything is started. */

/* Opens what summary and batch mode write to. Returns 0 or -errno. */
static int open_output(struct mode *mode)
{
	const char *path = mode->options->output;
	/* The default is not the standard output of a command. */
	bool is_stderr = !path && mode->options->command;
	bool is_stdout = !is_stderr && (!path || strcmp(path, "-") == 0);
	mode->out = is_stderr ? stderr : stdout;
	mode->out_name = is_stderr ? "standard error" : "standard output";
	if (path && !is_stdout)
		mode->out_name = text_escape(
			path, strlen(path), mode->out_path, sizeof(mode->out_path));
	if (path && !is_stdout)
		return file_open(path, &mode->out);
	int flags = fcntl(fileno(mode->out), F_GETFL);
	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	return path ? file_open(path, &mode->out) : 0;
}

/* The settings of the screen: those configured, overridden by options. */
static void read_settings(struct mode *mode)
{
	const struct options *options = mode->options;
	struct settings *settings = &mode->settings;
	char path[CONFIG_PATH_MAX];
	*settings = (struct settings){.delay_ns = options->delay_ns, .theme = THEME_DARK};
	if (config_path(path) == 0) {
		int result = config_read(path, settings, mode->settings_error);
		if (result < 0 && result != -EINVAL)
			snprintf(mode->settings_error, CONFIG_ERROR_MAX,
				"stoprc cannot be read: %s", strerrordesc_np(-result));
	}
	if (options->has_delay)
		settings->delay_ns = options->delay_ns;
	if (options->theme != THEME_COUNT)
		settings->theme = options->theme;
}

/*
 * Waits for the terminal, as programs do that use it in the background. Without this, setting it up
 * would stop us with the targets attached.
 */
static void await_foreground(void)
{
	/* Not for ever: if nobody could continue it (an orphaned process group), it is not stopped.
	 */
	for (int i = 0; i < BACKGROUND_TRIES && terminal_is_background(); i++)
		raise(SIGTTOU);
}

/* Opens what is to be played. Returns 0, or the exit status after a message. */
static int open_traces(struct mode *mode)
{
	char error[ENGINE_ERROR_MAX];
	const struct options *options = mode->options;
	if (!options->traces)
		return 0;
	if (replay_open((const char *const *)options->traces, options->trace_count, &mode->replay,
		    error) == 0)
		return 0;
	message("%s", error);
	return 1;
}

/* Where what is played comes from standard input, keys do not. Returns as open_traces(). */
static int take_keys(const struct options *options)
{
	if (options->mode != OPTIONS_INTERACTIVE || !options_play_stdin(options))
		return 0;
	int result = terminal_take_keys();
	if (result == 0)
		return 0;
	message("there is no terminal for the screen and its keys: %s; use -c for a summary or -b "
		"for text frames",
		result == -ENOTTY ? "standard output is something else" : strerrordesc_np(-result));
	return 1;
}

int mode_prepare(struct mode *mode, const struct options *options)
{
	*mode = (struct mode){.options = options};
	int status = open_traces(mode);
	if (status == 0)
		status = take_keys(options);
	if (status == 0)
		status = logging_open(options, &mode->log);
	if (status == 0)
		status = recording_open(options, &mode->recording);
	if (status == 0)
		status = shipping_open(options, &mode->shipping);
	if (status == 0)
		status = serving_open(options, &mode->serving);
	if (status)
		return status;
	if (options->mode == OPTIONS_INTERACTIVE) {
		await_foreground();
		read_settings(mode);
		return 0;
	}
	int result = open_output(mode);
	if (result == -EBADF)
		message("cannot write to %s: it is closed", mode->out_name);
	else if (result < 0)
		message("cannot open %s: %s", mode->out_name, strerrordesc_np(-result));
	else
		logging_warn(options, mode->log);
	return result < 0 ? 1 : 0;
}

void mode_clear(struct mode *mode)
{
	terminal_close(mode->terminal);
	mode->terminal = NULL;
	replay_close(mode->replay);
	mode->replay = NULL;
	if (mode->options->output)
		file_close(mode->out);
	mode->out = NULL;
}
