/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Summary and batch mode; see app/modes.h. */
#include "config.h"

#include "app/modes.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "out/file.h"
#include "out/snapshot.h"
#include "ui/terminal.h"

/*
 * ^C reaches the command as well as stop. This is the time it gets to exit by itself, so that its
 * last calls and its status are seen.
 */
#define GRACE_NS (200 * NS_PER_MS)

/* A pipe that is ready accepts this much without blocking (PIPE_BUF). */
#define CHUNK    4096

/* The default output of tables: not the standard output of a command. */
static FILE *default_output(const struct session *session)
{
	return session_has_command(session) ? stderr : stdout;
}

static struct report_view view_of(const struct options *options)
{
	return (struct report_view){
		.filter = {.set = options->set},
		.set_text = options->set_text,
		.order = options->order,
		.stacks = options->stacks != NULL,
		.stacks_of = options->stacks,
		.stacks_by_calls = options->weigh_calls,
	};
}

/*
 * Writes SIZE bytes of TEXT to FD. A slow or vanished reader must not block events or signals, so
 * this waits with session_wait(). Returns 0, -EINTR if the user requested the end meanwhile, or
 * -errno.
 */
static int write_all(struct session *session, int fd, const char *text, size_t size)
{
	while (size) {
		unsigned int news = session_wait(session, UINT64_MAX, fd, POLLOUT);
		if (news & SESSION_INPUT) {
			ssize_t done = write(fd, text, size < CHUNK ? size : CHUNK);
			if (done < 0 && errno != EAGAIN && errno != EINTR)
				return -errno;
			text += done > 0 ? done : 0;
			size -= done > 0 ? (size_t)done : 0;
		} else if (news & SESSION_LEAVE) {
			return -EINTR;
		}
	}
	return 0;
}

/* Writes a report of the current state to OUT, in the requested format. */
static int write_report(
	struct session *session, const struct options *options, enum export_kind kind, FILE *out)
{
	struct report_view view = view_of(options);
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	if (!memory)
		return -errno;
	struct report *report = session_report(session, &view);
	int result = options->format->write(memory, report, kind, terminal_is_ascii());
	report_free(report);
	fclose(memory);
	if (result == 0)
		result = write_all(session, fileno(out), text, size);
	free(text);
	return result;
}

/* Maximum number of threads in a snapshot with wait reasons. */
#define SNAPSHOT_WAITS 512

int modes_snapshot(
	struct session *session, const struct options *options, char text[MODES_TEXT_MAX])
{
	const struct report_view all = {.order = options->order, .stacks = true};
	session_take_time(session);
	session_observe_waiting(session, SNAPSHOT_WAITS);
	struct report *report = session_report(session, &all);
	report->view.stacks = report->stack_count > 0;
	struct snapshot_names names;
	char directory[MODES_TEXT_MAX / 2];
	int result = snapshot_write(report, options->snapshot_dir, terminal_is_ascii(), &names);
	bool is_here = strcmp(options->snapshot_dir, ".") == 0;
	text_escape(
		options->snapshot_dir, strlen(options->snapshot_dir), directory, sizeof(directory));
	if (result < 0)
		snprintf(text, MODES_TEXT_MAX, "No snapshot was written into %s: %s",
			is_here ? "this folder" : directory, strerrordesc_np(-result));
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
	fprintf(stderr, "stop: %s\n", text);
}

/* Waits until UNTIL_NS. Returns whether the session continues. */
static bool wait_until(struct session *session, const struct options *options, uint64_t until_ns)
{
	/* Check the state, not the news, which may have arrived while a report was being written.
	 */
	while (!session_signal(session) && !session_has_ended(session) &&
		clock_now_ns() < until_ns) {
		if (session_wait(session, until_ns, -1, 0) & SESSION_SNAPSHOT)
			snapshot(session, options);
	}
	if (!session_signal(session))
		return !session_has_ended(session);
	if (session_command_runs(session))
		session_wait(session, clock_now_ns() + GRACE_NS, -1, 0);
	return false;
}

/* Writes the last report to OUT, and returns the exit status. RESULT is that of writing so far. */
static int finish(struct session *session, const struct options *options, FILE *out, int result)
{
	int closed = options->output ? file_close(out) : 0;
	if (result == 0)
		result = closed;
	if (result < 0 && result != -EINTR) {
		fprintf(stderr, "stop: cannot write what was seen: %s\n", strerrordesc_np(-result));
		return 1;
	}
	if (session_state(session) == SESSION_LOST) {
		fprintf(stderr, "stop: the tracer was killed: the target continues untraced\n");
		return 1;
	}
	return session_has_command(session) ? session_status(session) : 0;
}

int mode_summary(struct session *session, const struct options *options, FILE *out)
{
	if (!out)
		out = default_output(session);
	while (wait_until(session, options, UINT64_MAX))
		;
	session_leave(session);
	session_tick(session);
	int result = write_report(session, options, EXPORT_SUMMARY, out);
	return finish(session, options, out, result);
}

int mode_batch(struct session *session, const struct options *options, FILE *out)
{
	if (!out)
		out = default_output(session);
	uint64_t next_ns = clock_now_ns();
	bool more = true;
	int result = 0;
	for (uint64_t frame = 1; more && result == 0; frame++) {
		next_ns += options->delay_ns;
		more = wait_until(session, options, next_ns) && frame != options->frames;
		if (!more)
			session_leave(session);
		session_tick(session);
		result = write_report(session, options, EXPORT_FRAME, out);
	}
	return finish(session, options, out, result);
}
