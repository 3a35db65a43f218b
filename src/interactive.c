/*
 * The interactive mode: the loop between the terminal, the screen and the session. It decides
 * nothing about what is shown (ui/screen.h does) or counted.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "modes.h"
#include "out/snapshot.h"
#include "ui/screen.h"
#include "ui/terminal.h"

/* What the loop holds on to. */
struct loop {
	struct session *session;
	const struct options *options;
	struct terminal *terminal;
	struct screen *screen;
	struct canvas *canvas;
	struct report *report; /* what the screen shows */
	bool watches;          /* the stacks of `watched` are being captured */
	struct call watched;
	uint64_t next_ns; /* when the next frame is due */
	bool quit;
};

static void draw(struct loop *loop)
{
	screen_draw(loop->screen, loop->canvas);
	terminal_flush(loop->terminal, loop->canvas);
}

/* Has the stacks captured that somebody looks at. */
static void watch(struct loop *loop)
{
	struct call call;
	bool watches = screen_watches(loop->screen, &call);
	if (watches == loop->watches && (!watches || call_equal(call, loop->watched)))
		return;
	loop->watches = watches;
	loop->watched = call;
	session_watch(loop->session, watches ? &call : NULL, 0);
}

/* Has the screen show what is known now. */
static void update(struct loop *loop)
{
	struct report_view view = *screen_view(loop->screen);
	struct call call;
	view.stacks = view.stacks || screen_watches(loop->screen, &call);
	struct report *report = session_report(loop->session, &view);
	screen_update(loop->screen, report);
	report_free(loop->report);
	loop->report = report;
	watch(loop);
	draw(loop);
}

static void next_frame(struct loop *loop)
{
	session_tick(loop->session);
	update(loop);
	uint64_t now_ns = clock_now_ns();
	loop->next_ns += loop->options->delay_ns;
	/* After a pause (a stopped machine, a slow terminal) frames are not made up for. */
	if (loop->next_ns <= now_ns)
		loop->next_ns = now_ns + loop->options->delay_ns;
}

static void resize(struct loop *loop)
{
	int height, width;
	terminal_resize(loop->terminal, &height, &width);
	canvas_free(loop->canvas);
	loop->canvas = canvas_new(height, width);
	draw(loop);
}

static void snapshot(struct loop *loop)
{
	struct snapshot_names names;
	char text[VIEW_MESSAGE_MAX];
	update(loop);
	int result = snapshot_write(loop->report, ".", terminal_is_ascii(), &names);
	if (result < 0)
		snprintf(text, sizeof(text), "No snapshot was written into this folder: %s",
			strerrordesc_np(-result));
	else
		snprintf(text, sizeof(text), "Written: %s and .json", names.text);
	screen_message(loop->screen, result < 0, text);
}

static void write_stacks(const void *screen, FILE *stream)
{
	screen_write_stacks(screen, stream);
}

static void save_stacks(struct loop *loop)
{
	char name[SNAPSHOT_NAME_MAX], text[VIEW_MESSAGE_MAX];
	int result = snapshot_write_stacks(loop->report, ".", write_stacks, loop->screen, name);
	if (result < 0)
		snprintf(text, sizeof(text), "No stacks were written into this folder: %s",
			strerrordesc_np(-result));
	else
		snprintf(text, sizeof(text), "Written: %s", name);
	screen_message(loop->screen, result < 0, text);
}

static void obey(struct loop *loop, enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_NONE:
	case VERDICT_REDRAW:
		break;
	case VERDICT_REPORT:
		update(loop);
		break;
	case VERDICT_REPAINT:
		terminal_repaint(loop->terminal);
		break;
	case VERDICT_SNAPSHOT:
		snapshot(loop);
		break;
	case VERDICT_SAVE_STACKS:
		save_stacks(loop);
		break;
	case VERDICT_QUIT:
		loop->quit = true;
		break;
	}
}

static void read_keys(struct loop *loop)
{
	uint32_t key;
	int result;
	while (!loop->quit && (result = terminal_key(loop->terminal, &key)) != 0) {
		if (result < 0)
			loop->quit = true;
		else
			obey(loop, screen_key(loop->screen, key));
	}
	draw(loop);
}

static void react(struct loop *loop, unsigned int news)
{
	if (news & SESSION_RESIZE)
		resize(loop);
	if (news & SESSION_INPUT)
		read_keys(loop);
	if (news & SESSION_SUSPEND) {
		/* A stopped tracer holds its tracees at their next call. */
		screen_message(loop->screen, true,
			"Suspending stop would hold the target at its next call: leave with q instead");
		draw(loop);
	}
	if (news & SESSION_LEAVE)
		loop->quit = true;
	if ((news & SESSION_ENDED) || clock_now_ns() >= loop->next_ns)
		next_frame(loop);
}

/* Says what becomes of a command that runs on without its screen. */
static void leave_command(struct session *session)
{
	if (!session_command_runs(session))
		return;
	fprintf(stderr, "stop: the command still runs; what it writes is thrown away\n");
	session_abandon(session);
}

int mode_interactive(struct session *session, const struct options *options, FILE *out)
{
	(void)out; /* -o is for the modes without a screen: options.c says so */
	struct loop loop = {.session = session, .options = options, .next_ns = clock_now_ns()};
	struct report_view view = {
		.filter = {.set = options->set},
		.set_text = options->set_text,
		.order = options->order,
		.stacks = options->stacks != NULL,
		.stacks_by_calls = options->weigh_calls,
	};
	char reason[256];
	if (terminal_open(&loop.terminal, reason, sizeof(reason)) < 0) {
		fprintf(stderr, "stop: %s\n", reason);
		return 1;
	}
	loop.screen = screen_new(&view);
	int height, width;
	terminal_resize(loop.terminal, &height, &width);
	loop.canvas = canvas_new(height, width);
	next_frame(&loop);
	while (!loop.quit)
		react(&loop,
			session_wait(session, loop.next_ns, terminal_fd(loop.terminal), POLLIN));
	session_leave(session);
	terminal_close(loop.terminal);
	leave_command(session);
	screen_free(loop.screen);
	canvas_free(loop.canvas);
	report_free(loop.report);
	return 0;
}
