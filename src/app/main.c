/*
 * stop: top for system calls.
 *
 * The map of the house. A floor uses those below it and none above; tests/includes.sh holds them
 * to it. Each folder has its headers in include/FLOOR and its code in src/FLOOR.
 *
 *   7  main.c          this file: options, session, mode
 *      options.c       the command line, one table
 *      session.c       one run: engine, ring, model, signals and command, wired together
 *      stackwatch.c    whose stacks are wanted, and what became of them
 *      signals.c       what the user sends by kill(1), ^C and ^Z
 *      modes.c         summary and batch mode
 *      interactive.c   the loop between terminal, screen and session
 *      keeper.c        reads on what a command writes while stop is stopped
 *      observer.c      what /proc tells of the threads on the screen
 *      stoprc.c        what the user has set up, in a file
 *   6  ui/             the screen: panes draw into a canvas, the terminal shows it (ncurses)
 *        screen.c        keys and reports in, verdicts out; the view that the panes share
 *        *_pane.c        a part of the screen each; table_view.c is what calls and threads share
 *        menus.c         what can be chosen; prompts.c what can be typed; keys.c every key
 *   5  out/            the report of a moment, as table, JSON, snapshot files
 *   4  model/          everything that is known, built from events
 *        model.c         events in; tick.c, rates; state.h, what is kept
 *        *_rows.c        the views; column.c, how calls are ordered
 *   3  stack/          from copies of stacks to named frames, in two threads of their own
 *        stacks.c        the stack thread; symbolizer.c, the one that finds names
 *        walk.c          libunwind over a copy; walk_cache.c, walks that were made before
 *        peek.c          stacks of threads that wait, without stopping them
 *        space.c         what is mapped where; image.c and ehframe.c, ELF files
 *        remote.c        file systems whose server may not answer
 *        guard.c         survives what damaged files make libraries do
 *        intern.c        modules, frames and stacks, each once
 *        symbols_*.c, names.c, demangle_*.c, perfmap.c
 *   2  trace/          ptrace: stops become events
 *        engine.h        what an engine is; ptrace_engine.c is the one there is
 *        tracer.c        what is done at each report: decide, let go, tell
 *        tracee.c        one tracee's state machine, pure
 *        event_writer.c        into the ring, or into sums while it is full
 *        capture.c       copies of stacks, into a second ring
 *        known.c         stacks that need no copy, told by the stack thread
 *        poller.c, colocation.c  waiting, and where; pt.c, every ptrace request
 *        attach.c, asleep.c, leave.c, spawn.c, refusal.c, proc.c
 *        wait.c          what a thread waits for: for the screen, never for the tracer
 *   1  abi/            names, numbers and classes of system calls; sets of them
 *   0  base/           ring, histogram, map, units, text, clock, memory
 *
 * Two processes that share their memory (base/vm_process.h): the tracer, which alone calls ptrace
 * and waits for nobody, and this one, whose main thread owns the model and draws. Between them are
 * the ring (events, one way) and a few atomics (what somebody looks at, the other way). A second
 * thread of this process sleeps until the tracer ends; one of the tracer's guards it while it has
 * lowered its rank. Where stacks are wanted this process has two more: one walks the copies that
 * the tracer has made, the other names what was found.
 */
#include "config.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/modes.h"
#include "app/options.h"
#include "app/session.h"
#include "base/alloc.h"
#include "base/text.h"
#include "out/file.h"
#include "ui/terminal.h"

#define EXIT_USAGE 2

/* Out of memory: the end of the process is the end of the tracing, and harmless to the target. */
static void die_without_memory(size_t wanted)
{
	char text[96];
	terminal_rescue();
	snprintf(text, sizeof(text), "stop: no memory for %zu bytes; the target goes on untraced\n",
		wanted);
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		_exit(1);
	_exit(1);
}

static void on_crash(int signal)
{
	terminal_rescue();
	raise(signal); /* the handler is gone (SA_RESETHAND): it ends the program as it should */
}

/* The terminal is given back even when there is a fault in stop itself. */
static void rescue_at_crash(void)
{
	static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	struct sigaction action = {
		.sa_handler = on_crash,
		.sa_flags = (int)(SA_RESETHAND | SA_NODEFER),
	};
	for (size_t i = 0; i < sizeof(crashes) / sizeof(*crashes); i++)
		sigaction(crashes[i], &action, NULL);
}

/* With a standard descriptor closed, the next file opened would become it. */
static void fill_standard_descriptors(void)
{
	int fd;
	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* Before anything is started: a command that ran for nothing is worse than none. */
static int open_output(const char *path, FILE **out)
{
	char shown[256];
	int result = file_open(path, out);
	if (result < 0)
		fprintf(stderr, "stop: cannot open %s: %s\n",
			text_escape(path, strlen(path), shown, sizeof(shown)),
			strerrordesc_np(-result));
	return result;
}

static int run(const struct options *options)
{
	static int (*const modes[])(struct session *, const struct options *, FILE *) = {
		[OPTIONS_INTERACTIVE] = mode_interactive,
		[OPTIONS_BATCH] = mode_batch,
		[OPTIONS_SUMMARY] = mode_summary,
	};
	struct session_config config = {
		.targets = options->pids,
		.target_count = options->pid_count,
		.command = options->command,
		.hide_command = options->mode == OPTIONS_INTERACTIVE,
		.stdin_path = options->stdin_path,
		.follow = options->follow,
		.engine_options = options->engine_options,
		.ring_size = options->ring_size,
		.has_stacks = options->stacks || options->mode == OPTIONS_INTERACTIVE,
		.stacks = options->stacks,
		.stack_limit = options->stack_limit,
	};
	struct session *session;
	FILE *out = NULL;
	char error[SESSION_ERROR_MAX];
	if (options->output && open_output(options->output, &out) < 0)
		return 1;
	int status = session_new(&config, &session, error);
	if (status) {
		fprintf(stderr, "stop: %s\n", error);
		file_close(out);
		return status;
	}
	status = modes[options->mode](session, options, out);
	session_leave(session);
	session_free(session);
	return status;
}

/* Standard output that could not be written to is an error even for -h. */
static int finish_output(void)
{
	return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, ""); /* no more: numbers are written and read as in the C locale */
	fill_standard_descriptors();
	alloc_on_failure(die_without_memory);
	struct options options;
	char error[OPTIONS_ERROR_MAX];
	int status = EXIT_USAGE;
	if (options_parse(argc, argv, terminal_is_there(), &options, error) < 0) {
		fprintf(stderr, "stop: %s\n", error);
	} else if (options.task == OPTIONS_HELP) {
		options_write_help(stdout);
		status = finish_output();
	} else if (options.task == OPTIONS_VERSION) {
		options_write_version(stdout);
		status = finish_output();
	} else {
		rescue_at_crash();
		status = run(&options);
	}
	options_clear(&options);
	return status;
}
