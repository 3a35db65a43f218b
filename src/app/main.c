/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stop: top for system calls.
 *
 * The map. A file includes headers of its own directory and of lower layers; tests/lint/layers.sh
 * checks that. The headers of src/DIR are in include/DIR. HACKING follows a system call through all
 * of this.
 *
 *  10  app/            options, session, commands
 *        main.c          this file: options, session, mode
 *        options.c       the command line: option_table.c, its table; help.c, the text of -h and -V
 *        config.c        the user's settings in a file
 *        session.c       connects everything: pump.c takes events out of the ring, observer.c
 *                        reads /proc for the threads on the screen, stackwatch.c requests stacks,
 *                        workers.c finds kernel workers and rings; tracing.c starts the engine,
 *                        survivor.c goes on after our death
 *        command.c       the started command: spawn.c, output_drain.c; signals.c, signals
 *        target.c, suspend.c   what is traced, and traced again after ^Z; end_command.c
 *        scope.c         cgroups, namespaces, the machine; container.c finds containers, with
 *                        container_names.c
 *        logging.c       the log: the file of --log, and its lines on the screen
 *        manual.c        the manual page of a call
 *        interactive.c   the loop between terminal, screen and session; modes.c, the other modes
 *   9  ui/             the screen: panes draw into a canvas, the terminal shows it
 *        screen.c        handles keys and reports, returns requests; the state shared by panes
 *        *_pane.c        one part of the screen each; table_view.c, common code of tables
 *        terminal.c      keys in, canvases out: renderer.c draws the cells that have changed,
 *                        write_queue.c never waits for a slow terminal; terminfo.c
 *        keys.c, menus.c, prompts.c, theme.c   tables: key bindings, menus, prompts, colours
 *   8  out/            reports, and output formats
 *        report.c        everything shown at one point in time
 *        exporter.c      output formats, one table: table.c, json.c with json_files.c, folded.c
 *        file_column.c   the columns of files and peers, and their table
 *        log.c           a line for each call: log_line.c; line_writer.c never waits for the file,
 *                        log_tail.c keeps the last ones for the screen
 *   7  model/          statistics of the targets, built only from events
 *        model.c         applies events; state.h, the model's state; tick.c, rates
 *        signals.c       the signals of the targets
 *        files.c         calls by object: file, peer, pipe, …
 *        *_rows.c        views; column.c, the columns of calls
 *   6  decode/         values to text: wait_reason.c, what a thread is waiting for; call_text.c, a
 *                        call in strace's format: call_args.c by kinds of arguments, call_special.c
 *                        and call_sockets.c what tables cannot say; signal_text.c, signals
 *        descriptors.c   follows the descriptors of processes: fd_table.c, their tables;
 *                        descriptor_changes.c, what calls do to them; call_objects.c, which
 *                        objects calls are about; descriptor_namer.c; objects.c, socket_name.c
 *   5  stack/          from stack copies to symbolized frames, in two threads
 *        stacks.c        the stack thread: resolver.c, from a copy to a stack; peek.c
 *        file_cache.c    of the files of modules, a bounded number is open
 *        walk.c          unwinds with libunwind; walk_cache.c, space.c (memory maps), image.c
 *        symbolizer.c    names frames: symbols_*.c, names.c, demangle_*.c, perfmap.c
 *        intern.c        each module, frame and stack once
 *   4  engine/         sources of events; registry.c has the table
 *      engine/bpf/     the engine that counts in the kernel: count.bpf.c, the programs; records.h,
 *                        what they write; scope.bpf.h, which tasks are in a cgroup or namespace;
 *                        kernel_side.c, access to it; sweep.c makes events of that;
 *                        stack_reader.c, stacks that are new; bpf_engine.c, the row of the table;
 *                        refusal.c, error messages
 *      engine/ptrace/  the engine that stops its targets. Its heart: report.c, state/tracee.c
 *        ptrace_engine.c the row of the table: starts and ends the tracer process
 *        tracer.c        its tasks and main loop; report.c handles stops
 *        event_writer.c  writes events into the ring, or aggregates them while it is full
 *        capture.c       copies stacks; map_reader.c reads memory maps in steps
 *        details.c       reads what arguments point to; new_program.c, those of an execve that
 *                        was not seen; pages.c, whose memory can be read
 *        overhead.c      what tracing adds to a call; note.c, messages to the user
 *        state/          pure: stop.c decodes stops; tracee.c, the state machine of a thread;
 *                        syscall_view.h, its view of a call; repair.c, data for repairs;
 *                        filters.c, seccomp filters
 *        wait/           poller.c waits for stops, colocation.c chooses the CPU, alarm.c, timeouts;
 *                        kick.c interrupts waits; standstill.c, stops that last longer than usual
 *        attach/         attach.c, seize.c, leave.c; postpone.c delays harmful stops; refusal.c,
 *                        error messages
 *        world/          world.h: all requests to the kernel, as tables of functions, which a
 *                        simulated kernel can replace; kernel.c, the real one: trace.c (ptrace),
 *                        wait.c, kick.c, clock.c, proc.c, target.c, sched.c, access.c, process.c
 *                        and vm_process.c, our own processes
 *   3  event/          events, and the interfaces of engines and sinks
 *        event.h         every kind of event; object.h, what calls are about; engine.h, sources
 *                        of events; sink.h, consumers
 *        tally.c         aggregated calls; interest.c, which details are displayed and collected
 *        stack_copy.c    the channel for stack copies; stack_cache.c, stacks that need no copy
 *   2  proc/           what the kernel says about processes: one file per file in /proc
 *   1  abi/            system calls: names, numbers, classes, which restart; sets of them;
 *                        argument.c: tables of what arguments and results are, and what is done to
 *                        descriptors; fetch.c, which memory a call is about
 *   1  arch/           registers and instructions, one directory per architecture: x86_64/
 *   0  base/           ring, histogram, map, units, text, clock, memory
 *
 * There are two processes, which share memory (vm_process.c): the tracer, which makes all ptrace(2)
 * requests and never blocks on anything else, and this one, whose main thread owns the model and
 * draws. They communicate through the ring (events, one way) and a few atomics (interest, the other
 * way). Each has a second thread: here one waits for the tracer to exit, there one watches the
 * tracer while its priority is low. For stacks, this process has two more: one unwinds copies, the
 * other symbolizes frames.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/logging.h"
#include "app/message.h"
#include "app/modes.h"
#include "app/options.h"
#include "app/session.h"
#include "app/signals.h"
#include "base/alloc.h"
#include "base/time.h"
#include "base/timed_write.h"
#include "stack/stacks.h"
#include "ui/terminal.h"

#define EXIT_USAGE        2

/* Time limit per frame for observing threads that are not on the screen: keys have to wait. */
#define SCREEN_REFRESH_NS (8 * NS_PER_MS)

/* How long to wait for standard error to accept the message. */
#define LAST_WORDS_MS     200

/* Out of memory: ending the process ends tracing, which is harmless to the target. */
static void die_without_memory(size_t wanted)
{
	char text[96];
	terminal_rescue();
	snprintf(text, sizeof(text),
		"stop: out of memory (%zu bytes); the target continues untraced\n", wanted);
	size_t done;
	timed_write(STDERR_FILENO, text, strlen(text), LAST_WORDS_MS, &done);
	_exit(1);
}

/*
 * If a standard descriptor is closed, the next file opened would get its number. What takes its
 * place fails as it does, and is closed for a command.
 */
static void fill_standard_descriptors(void)
{
	int fd = 0;
	while (fd >= 0 && fd <= STDERR_FILENO) {
		fd = open("/dev/null", O_CLOEXEC | O_RDONLY);
		/* Reading is what standard input is for. */
		if (fd == STDIN_FILENO) {
			close(fd);
			fd = open("/dev/null", O_CLOEXEC | O_WRONLY);
		}
	}
	if (fd >= 0)
		close(fd);
}

static int run(const struct options *options)
{
	static int (*const modes[])(struct session *, struct mode *) = {
		[OPTIONS_INTERACTIVE] = mode_interactive,
		[OPTIONS_BATCH] = mode_batch,
		[OPTIONS_SUMMARY] = mode_summary,
	};
	struct session_config config = {
		.targets = options->pids,
		.target_count = options->pid_count,
		.scope = options->scope,
		.command = options->command,
		.hide_command = options->mode == OPTIONS_INTERACTIVE,
		.pass_signals = options->mode != OPTIONS_INTERACTIVE,
		.stdin_path = options->stdin_path,
		.follow = options->follow,
		.any_engine = options->any_engine,
		.engine = options->engine,
		.engine_options = options->engine_options,
		.ring_size = options->ring_size,
		.options = options,
		.split = options->split,
		.files = options->files,
		.has_stacks = options->stacks || options->mode == OPTIONS_INTERACTIVE,
		.stacks = options->stacks,
		.stack_limit = options->stack_limit,
		.refresh_ns = options->mode == OPTIONS_INTERACTIVE ? SCREEN_REFRESH_NS : UINT64_MAX,
		.awaits_names = options->mode != OPTIONS_INTERACTIVE,
	};
	struct session *session;
	struct mode mode;
	bool is_freed = true;
	char error[SESSION_ERROR_MAX];
	int status = mode_prepare(&mode, options);
	if (status)
		return status;
	config.restore = terminal_rescue_survivor;
	config.write_last = mode.out ? modes_write_last : NULL;
	config.context = &mode;
	config.log = mode.log;
	config.output_fd = mode.out ? fileno(mode.out) : -1;
	status = session_new(&config, &session, error);
	if (status) {
		message("%s", error);
	} else {
		status = modes[options->mode](session, &mode);
		session_leave(session);
		logging_finish(session, mode.log);
		const char *remains = session_remains(session);
		if (remains)
			message("%s", remains);
		is_freed = session_free(session);
	}
	int logged = logging_close(options, mode.log);
	mode_clear(&mode);
	if (status == 0)
		status = logged;
	if (stacks_are_abandoned() || logging_is_abandoned() || !is_freed)
		_exit(status);
	return status;
}

/* A write error on standard output is an error even for -h. */
static int finish_output(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_SUCCESS;
	message("cannot write to standard output: %s", strerrordesc_np(errno ? errno : EIO));
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	signals_begin();
	setlocale(LC_CTYPE, ""); /* only this: numbers stay in the C locale */
	fill_standard_descriptors();
	alloc_on_failure(die_without_memory);
	struct options options;
	char error[OPTIONS_ERROR_MAX];
	int status = EXIT_USAGE;
	if (options_parse(argc, argv, terminal_is_there(), &options, error) < 0) {
		message("%s", error);
	} else if (options.task == OPTIONS_HELP) {
		options_write_help(stdout);
		status = finish_output();
	} else if (options.task == OPTIONS_VERSION) {
		options_write_version(stdout);
		status = finish_output();
	} else {
		signals_rescue(terminal_rescue);
		status = run(&options);
	}
	options_clear(&options);
	return status;
}
