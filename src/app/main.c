/*
 * stop: top for system calls.
 *
 * The map. A file includes headers of its own folder and of lower layers; tests/lint/layers.sh
 * checks that. The headers of src/FOLDER are in include/FOLDER. HACKING follows one system call
 * through all of this.
 *
 *  10  app/            what the user asked for, and how it is done
 *        main.c          this file: options, session, mode
 *        options.c       the command line, one table; config.c, the user's settings in a file
 *        session.c       one run, wired together: pump.c takes events out of the ring, observer.c
 *                        asks /proc about the threads on the screen, stackwatch.c has stacks copied
 *        command.c       the command that stop starts: spawn.c, output_drain.c, signals.c
 *        target.c, suspend.c   what is traced, and again after ^Z
 *        interactive.c   the loop between terminal, screen and session; modes.c, the other modes
 *   9  ui/             the screen: panes draw into a canvas, the terminal shows it (ncurses)
 *        screen.c        keys and reports in, requests out; the view that the panes share
 *        *_pane.c        one part of the screen each; table_view.c, what tables share
 *        keys.c, menus.c, prompts.c, theme.c   tables: keys, choices, questions, colours
 *   8  out/            the report of a moment, and what writes one
 *        report.c        what is known and shown at one point in time
 *        exporter.c      output formats, one table: table.c, json.c, folded.c
 *   7  model/          what is known about the targets, built from events alone
 *        model.c         applies an event; state.h, what is kept; tick.c, rates
 *        *_rows.c        views of it; column.c, the columns of calls
 *   6  decode/         values to text: wait_reason.c, what a thread waits for
 *   5  stack/          from copies of stacks to named frames, in two threads
 *        stacks.c        unwinds: walk.c (libunwind), walk_cache.c, space.c, image.c, peek.c
 *        symbolizer.c    names frames: symbols_*.c, names.c, demangle_*.c, perfmap.c
 *        intern.c        each module, frame and stack once
 *   4  engine/         sources of events; registry.c has the table
 *      engine/ptrace/  the engine that stops its targets. Its heart: report.c, state/tracee.c
 *        ptrace_engine.c the row of the table: a process that traces, started and ended
 *        tracer.c        its tasks and its loop; report.c, what is done at each stop
 *        event_writer.c  events into the ring, or into sums while it is full
 *        capture.c       copies of stacks; overhead.c, what tracing costs; note.c, what the user
 *                        has to know
 *        state/          pure: stop.c, what a stop means; tracee.c, the state machine of a thread;
 *                        syscall_view.h, what it is shown; repair.c, what a repair has to know
 *        wait/           poller.c waits for stops, colocation.c chooses where, alarm.c until when
 *        attach/         attach.c, seize.c, leave.c; postpone.c, until it does no harm; refusal.c,
 *                        why not
 *        world/          world.h: all that is asked of the kernel, as tables of functions, which a
 *                        simulated kernel can replace; kernel.c, the real one: trace.c (ptrace),
 *                        wait.c, kick.c, clock.c, proc.c, target.c, sched.c, access.c, process.c
 *                        and vm_process.c, our own processes
 *   3  event/          events, and the interfaces of those who make them and who take them
 *        event.h         every kind of event; engine.h, what an engine is; sink.h, a consumer
 *        tally.c         sums of calls; interest.c, what is looked at, and so worth collecting
 *        stack_copy.c    the channel for copies of stacks; stack_cache.c, stacks known already
 *   2  proc/           what the kernel says of processes: one file here for each file of /proc
 *   1  abi/            system calls: names, numbers, classes, which restart; sets of them
 *   1  arch/           registers and instructions, a folder for each: x86_64/
 *   0  base/           ring, histogram, map, units, text, clock, memory
 *
 * Two processes that share their memory (vm_process.c): the tracer, which alone calls ptrace(2) and
 * waits for nobody, and this one, whose main thread owns the model and draws. Between them are the
 * ring (events, one way) and a few atomics (what is looked at, the other way). Each has a second
 * thread: here one sleeps until the tracer ends, there one watches over the tracer while its
 * priority is low. If stacks are wanted, this process has two more: one unwinds the copies, the
 * other names their frames.
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
