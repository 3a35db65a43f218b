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
 *        options.c       the command line: option_table.c, its table; option_filter.c, filters;
 *                        help.c, the text of -h and -V
 *        completion.c    completions of shells, from that table
 *        config.c        the user's settings in a file
 *        session.c       connects everything: pump.c takes events out of the ring, observer.c
 *                        reads /proc for the threads on the screen, stackwatch.c requests stacks,
 *                        programwatch.c reads command lines; workers.c finds kernel workers and
 *                        rings; engine_choice.c chooses the engine, tracing.c starts it,
 *                        survivor.c goes on after our death; filtering.c, whose calls are shown;
 *                        session_reports.c makes reports
 *        command.c       the started command: user.c, spawn.c, output_drain.c; signals.c, signals
 *        target.c, suspend.c   what is traced, and traced again after ^Z; end_command.c;
 *                        children.c, those that were there before
 *        target_choice.c processes by name, or chosen from a list: choose.c; successor.c, services
 *                        that were restarted
 *        scope.c         cgroups, namespaces, the machine; container.c finds containers, with
 *                        container_names.c, pod.c pods, with pod_names.c: in the cgroups of
 *                        cgroup_list.c, and the files of daemons, state_file.c
 *        recording.c     --record and the key r; flight.c, --flight; playback.c and player.c play
 *                        recordings, without and with a screen; facts.c, what reports say beside
 *                        the model, as an event
 *        serving.c       --serve, --metrics: renders what a listener serves
 *        shipping.c      --ship: sums of calls to a database, and what fails of that
 *        logging.c       the log: the file of --log, and its lines on the screen
 *        manual.c        the manual page of a call; baseline.c, what has changed since a moment
 *        diff.c          compares reports in files, and recordings (recorded_profile.c)
 *        doctor.c        what this machine allows
 *        interactive.c   the loop between terminal, screen and session; modes.c, the other modes
 *   9  ui/             the screen: panes draw into a canvas, the terminal shows it
 *        screen.c        handles keys and reports, returns requests; the state shared by panes
 *        chooser.c       a list of processes to choose from, before anything is traced
 *        layout.c        which panes are shown at which size, and how tall: a table
 *        *_pane.c        one part of the screen each; pane.c, what all of them do; table_view.c,
 *                        what tables do; row_hold.c keeps rows where they are; border.c, titles;
 *                        notices.c, what is unusual; info_lines.c, the engine and its cost
 *        terminal.c      keys in, canvases out: renderer.c draws the cells that have changed,
 *                        write_queue.c never waits for a slow terminal; terminfo.c;
 *                        terminal_entry.c finds the description, terminal_fallback.c has
 *                        those that are built in
 *        keys.c, menus.c, prompts.c, theme.c   tables: key bindings, menus, prompts, colours
 *   8  out/            reports, and output formats
 *        report.c        everything shown at one point in time
 *        exporter.c      output formats, one table: table.c, json.c with json_files.c and
 *                        json_programs.c, json_lines.c, metrics.c; of stacks, folded.c,
 *                        speedscope.c and pprof.c with functions.c
 *        listener.c      serves pages over HTTP, in a thread of its own: listen_address.c;
 *                        token.c, for whom; server_event.c, events; throttle.c, its share of a
 *                        CPU
 *        shipper.c       ships rows to a server, in a thread of its own: transport_*.c, HTTP;
 *                        ship_batch.c, rows that are sent together; backoff.c, when to try again;
 *                        ship_url.c, where to
 *        ship_target.c   which servers there are, one table: ship_clickhouse.c, ship_elastic.c,
 *                        ship_otlp.c
 *        ship_sums.c     adds calls up in intervals, for rows: ship_row.c; ship_calls.c, single
 *                        calls; ship_source.c, what all rows have in common
 *        profile.c       a run as comparisons see it: profile_json.c reads one; comparison.c, what
 *                        explains the difference: comparison_text.c, comparison_json.c
 *        page.c          a report as a page of HTML: page_text.c, its style and scripts;
 *                        page_parts.c, tables and histograms; page_flame.c, a flame graph;
 *                        page_diff.c, a comparison
 *        recorder.c      recordings, in the Common Trace Format, to files or memory: ctf_piece.c,
 *                        what the thread gets that writes them (ctf_output.c, ctf_memory.c) with
 *                        ctf_metadata.c and ctf_directory.c; ctf_pack.c packs them: packer_*.c
 *        stack_writer.c  says what the stacks in a recording are
 *        checklist.c     checks of --doctor, as text and JSON
 *        file_column.c   the columns of files and peers, and their table; program_column.c, those
 *                        of what processes execute
 *        sampled.c       in which functions a thread runs
 *        explanation.c   what calls and errors mean, in words, with what was seen of them;
 *                        advice_text.c, advice
 *        log.c           a line for each call, in one of the formats of line_format.c: log_line.c,
 *                        line_json.c (json_text.c); line_writer.c never waits for the file,
 *                        thread_files.c has a file for each thread; log_tail.c keeps the last
 *                        lines for the screen
 *   7  model/          statistics of the targets, built only from events
 *        model.c         applies events; state.h, the model's state; tick.c, rates
 *        idle.c          waits of threads that have nothing to do; verdict.c, the answer first;
 *                        advice.c, patterns with a remedy; strip.c, what a thread did in the
 *                        last seconds; row_order.c, where rows were; sample_log.c, samples
 *        signals.c       the signals of the targets
 *        files.c         calls by object: file, peer, pipe, …
 *        programs.c      what processes execute
 *        present.c       what is known now, as events, for a recording that begins
 *        *_rows.c        views; column.c, the columns of calls
 *   6  decode/         values to text: wait_reason.c, what a thread is waiting for; call_text.c, a
 *                        call in strace's format: call_args.c by kinds of arguments, call_special.c
 *                        and call_sockets.c what tables cannot say; signal_text.c, signals;
 *                        program_words.c, command lines
 *        descriptors.c   follows the descriptors of processes: fd_table.c, their tables; those in
 *                        messages, descriptor_messages.c and passed.c;
 *                        descriptor_changes.c, what calls do to them; call_objects.c, which objects
 *                        calls are about; descriptor_namer.c; objects.c, socket_name.c
 *   5  stack/          from stack copies to symbolized frames: two threads, and two processes
 *                        without rights (workers), which read what targets control
 *        stacks.c        the stack thread: resolver.c, from a copy to a stack; process_maps.c,
 *                        memory maps; peek.c; walk_cache.c; file_cache.c: of the files of modules,
 *                        a bounded number is open
 *        samples.c       the threads whose running code is sampled
 *        symbolizer.c    the symbolizer thread has frames named: name_job.c, name_answer.c,
 *                        name_wait.c
 *        generations.c   which of several generations of generated code a call is from, by the
 *                        state of its perf map: perfmap_file.c
 *        debuginfod.c    a process that asks servers for debug files, as the user who called
 *        intern.c        each module, frame and stack once; unnamed.c shows names that were found;
 *                        recorded.c makes stacks of what a recording says
 *        worker.c        a worker as its owner sees it: protocol.h, shared_ring.c; sandbox.c starts
 *                        them, confine.c takes their rights; worker_self.c, from inside
 *        unwinder.c      the worker that unwinds: walk.c with libunwind, walk_guess.c and guess.c
 *                        where tables are missing, space.c, image.c, ehframe.c; python.c
 *                        with python_layout.c, frames of scripts (scripts.c)
 *        namer.c         the worker that names: symbols_*.c, debug_file.c, names.c, demangle_*.c,
 *                        perfmap.c
 *   4  engine/         sources of events; registry.c has the table
 *      engine/bpf/     the engine that counts in the kernel: count.bpf.c, the programs; records.h,
 *                        what they write; scope.bpf.h, which tasks are in a cgroup or namespace;
 *                        kernel_side.c, access to it, with chunks.c, arrays that grow; sweep.c
 *                        makes events of that; stack_reader.c, stacks that are new;
 *                        detail_reader.c, details, with detail_plans.c, what the programs read for
 *                        them; bpf_engine.c, the row of the table; survivor.c, what finishes a
 *                        report after our death; refusal.c, error messages
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
 *                        wait.c, kick.c, clock.c, proc.c, target.c, sched.c, access.c and
 *                        process.c, our own processes
 *      engine/replay/  the engine that plays traces: replay.c, the row of the table; formats.c,
 *                        what it reads; ctf_format.c and ctf_metadata.c, recordings, packed ones
 *                        with ctf_archive.c
 *        strace_trace.c  strace's text: strace_line.c takes a line apart, strace_stream.c puts
 *                        them together, strace_calls.c makes events of them, strace_detail.c reads
 *                        arguments back (strace_values.c, strace_memory.c); strace_task.c,
 *                        threads; strace_clock.c, times; strace_stacks.c, stacks; call_names.c,
 *                        numbers of names
 *        perf_text.c     perf's text, rewritten as strace's; perf_line.c takes a line apart
 *        lttng_trace.c   kernel traces of LTTng, by lttng_events.c as what strace's text becomes;
 *                        trace_process.c, the process in which babeltrace.c has libbabeltrace2 read
 *                        them, and writes lines, which lttng_line.c takes apart; lttng_sched.c,
 *                        where the time of calls went
 *        line_reader.c   lines of a file; unpack.c, of one that is compressed
 *      engine/sample/  samples of running code, beside whatever engine: sampler.c
 *   3  event/          events, and the interfaces of engines and sinks
 *        event.h         every kind of event; object.h, what calls are about; engine.h, sources of
 *                        events; sink.h, consumers
 *        tally.c         aggregated calls; interest.c, which details are displayed and collected
 *        layout.c        the fields of events, for recordings: recording.h
 *        filter.c        filters of calls, in the language of options and keys: filter_parse.c,
 *                        filter_terms.c, filter_complete.c
 *        redaction.c     what is not to be recorded or shipped: buffers, secrets of programs
 *        stack_copy.c    the channel for stack copies; stack_cache.c, stacks that need no copy
 *   2  proc/           what the kernel says about processes: one file per file in /proc
 *   1  abi/            system calls: names, numbers, classes, which restart; sets of them;
 *                        argument.c: tables of what arguments and results are, and what is done to
 *                        descriptors; fetch.c, which memory a call is about; fetch_step.c, as
 *                        steps; explain.c, what calls and errors mean in words
 *   1  arch/           registers and instructions, one directory per architecture: x86_64/
 *   0  base/           ring, histogram, map, patterns, units, text, clock, memory, sha256, tar;
 *                        vm_process.c, processes that share our memory and survive us
 *
 * With the engine ptrace there are two processes, which share memory (vm_process.c): the tracer,
 * which makes all ptrace(2) requests and never blocks on anything else, and this one, whose main
 * thread owns the model and draws. They communicate through the ring (events, one way) and a few
 * atomics (interest, the other way). Each has a second thread: here one waits for the tracer to
 * exit, there one watches the tracer while its priority is low. With the engine bpf, a thread
 * sweeps what the kernel has counted, and the other process only waits for our death. For stacks,
 * this process has two more threads, and each of these has a worker, a process without rights that
 * shares two rings with it: one unwinds copies, the other symbolizes frames. A third process, small
 * and without rights, starts workers.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/completion.h"
#include "app/diff.h"
#include "app/doctor.h"
#include "app/logging.h"
#include "app/message.h"
#include "app/modes.h"
#include "app/options.h"
#include "app/recording.h"
#include "app/serving.h"
#include "app/session.h"
#include "app/shipping.h"
#include "app/signals.h"
#include "app/target_choice.h"
#include "base/alloc.h"
#include "base/text.h"
#include "base/time.h"
#include "base/timed_write.h"
#include "out/explanation.h"
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

/* Whether the stacks of all calls are recorded from the beginning. */
static bool records_stacks(const struct options *options)
{
	return (options->record_detail & RECORD_STACKS) && (options->record || options->flight_ns);
}

/* What CHOICE and the options of MODE say. */
static struct session_config configure(struct mode *mode, const struct target_choice *choice)
{
	const struct options *options = mode->options;
	bool is_interactive = options->mode == OPTIONS_INTERACTIVE;
	bool has_page = options->page || options->has_serve;
	return (struct session_config){
		.targets = choice->pids.tid,
		.target_count = choice->pids.count,
		.successor = options->again ? choice->name : NULL,
		.scope = options->scope,
		.command = options->command,
		.hide_command = is_interactive,
		.pass_signals = !is_interactive,
		.stdin_path = options->stdin_path,
		.follow = options->follow,
		.engine = options->engine,
		.engine_options = options->engine_options,
		.ring_size = options->ring_size,
		.options = options,
		.split = options->split,
		.files = options->files || has_page,
		.programs = options->processes || has_page || is_interactive,
		.command_lines = options->processes || has_page,
		.titles = is_interactive,
		.filter = options->set ? NULL : options->filter,
		.until = options->until,
		.until_count = options->until_count,
		.when = options->when,
		.duration_ns = options->duration_ns,
		.user = options->user,
		.log = mode->log,
		.recording = mode->recording,
		.serving = mode->serving,
		.shipping = mode->shipping,
		.replay = mode->replay,
		.has_stacks = !options->traces &&
	                      (options->stacks || is_interactive || records_stacks(options)),
		.records_stacks = records_stacks(options),
		.stacks = options->stacks,
		.stack = &options->stack,
		.refresh_ns = is_interactive ? SCREEN_REFRESH_NS : UINT64_MAX,
		.awaits_names = !is_interactive,
		.restore = terminal_rescue_survivor,
		.write_last = mode->out ? modes_write_last : NULL,
		.context = mode,
		.output_fd = mode->out ? fileno(mode->out) : -1,
	};
}

/*
 * Finds the targets and begins to trace them: of those that the user has chosen from a list, others
 * may be chosen if they cannot be traced. Returns 0 with *SESSION, NULL if the user has chosen
 * none, or the exit status of stop after a message.
 */
static int begin(struct mode *mode, struct target_choice *choice, struct session_config *config,
	struct session **session)
{
	const struct options *options = mode->options;
	char error[SESSION_ERROR_MAX];
	int status = target_choice_make(choice, options, NULL);
	*session = NULL;
	while (status == 0 && !choice->is_left && !*session) {
		*config = configure(mode, choice);
		status = session_new(config, session, error);
		if (status && !choice->is_asked)
			message("%s", error);
		else if (status)
			status = target_choice_make(choice, options, error);
	}
	if (*session) {
		mode->terminal = choice->terminal;
		choice->terminal = NULL;
	}
	return status;
}

/* Closes the log, the recording and what is served. Returns the exit status. */
static int close_files(struct mode *mode)
{
	int logged = logging_close(mode->options, mode->log);
	int recorded = recording_close(mode->recording);
	serving_close(mode->serving);
	shipping_close(mode->shipping);
	mode->log = NULL;
	mode->recording = NULL;
	mode->serving = NULL;
	mode->shipping = NULL;
	return logged ? logged : recorded;
}

/* Whether a thread of ours still runs. */
static bool is_abandoned(void)
{
	return stacks_are_abandoned() || logging_is_abandoned() || recording_is_abandoned() ||
	       serving_is_abandoned() || shipping_is_abandoned();
}

/* Runs SESSION, which MODE shows, and frees it. Returns the exit status. */
static int run_session(struct session *session, struct mode *mode)
{
	static int (*const modes[])(struct session *, struct mode *) = {
		[OPTIONS_INTERACTIVE] = mode_interactive,
		[OPTIONS_BATCH] = mode_batch,
		[OPTIONS_SUMMARY] = mode_summary,
	};
	const struct options *options = mode->options;
	int status = modes[options->mode](session, mode);
	session_leave(session);
	logging_finish(session, mode->log);
	shipping_finish(mode->shipping, session);
	recording_finish(session, mode->recording);
	int paged = modes_finish_page(session, options);
	serving_finish(mode->serving, session);
	const char *remains = session_remains(session);
	if (remains)
		message("%s", remains);
	bool is_freed = session_free(session);
	int closed = close_files(mode);
	mode_clear(mode);
	if (status == 0)
		status = closed ? closed : paged;
	if (is_abandoned() || !is_freed)
		_exit(status);
	return status;
}

static int run(const struct options *options)
{
	struct session_config config;
	struct session *session;
	struct mode mode;
	int status = mode_prepare(&mode, options);
	if (status) {
		close_files(&mode);
		mode_clear(&mode);
		return status;
	}
	struct target_choice choice = {.theme = mode.settings.theme};
	status = begin(&mode, &choice, &config, &session);
	if (session) {
		status = run_session(session, &mode);
	} else {
		int closed = close_files(&mode);
		mode_clear(&mode);
		if (status == 0)
			status = closed;
	}
	target_choice_clear(&choice);
	if (is_abandoned())
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

/* Prints what is known about NAME. Returns the exit status. */
static int explain(const char *name)
{
	char shown[64];
	if (explanation_write(stdout, name, terminal_is_ascii()) == 0)
		return finish_output();
	message("nothing is known about \"%s\": name a call or an error, such as openat or ENOENT",
		text_escape(name, strlen(name), shown, sizeof(shown)));
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
	} else if (options.task == OPTIONS_COMPLETION) {
		completion_write(stdout, options.shell);
		status = finish_output();
	} else if (options.task == OPTIONS_EXPLAIN) {
		status = explain(options.explain);
	} else if (options.task == OPTIONS_DOCTOR) {
		status = doctor_run(&options);
		if (finish_output() != EXIT_SUCCESS)
			status = EXIT_FAILURE;
	} else if (options.task == OPTIONS_DIFF) {
		status = diff_run(&options);
	} else {
		signals_rescue(terminal_rescue);
		status = run(&options);
	}
	options_clear(&options);
	return status;
}
