/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interactive stop on a pseudo-terminal: every way of ending restores the terminal, its screen and
 * mouse mode; the target continues, untraced. And SIGUSR1 in every mode.
 */
#include "config.h"

#include "support/unit.h"

#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "support/desk.h"
#include "support/program.h"
#include "support/pty.h"

/* Sequences sent at the end: back to the normal screen; mouse reports and bracketed paste off. */
static const char normal_screen[] = "\x1b[?1049l", mouse_off[] = "\x1b[?1006;1000l",
		  paste_off[] = "\x1b[?2004l";

/* For snapshots. */
static char directory[] = "/tmp/stop-screen-XXXXXX";

/* Checks what stop, which is ending, leaves behind. */
static void assert_restored(struct desk *desk, const char *sequence)
{
	struct termios after;
	desk_await_end(desk);
	desk_await_sequence(desk, sequence);
	tcgetattr(desk->pty.slave, &after);
	assert_non_null(strstr(desk->pty.output, mouse_off));
	assert_non_null(strstr(desk->pty.output, paste_off));
	assert_true(desk_modes_equal(&desk->before, &after));
}

/* Ends stop by KEYS. */
static void assert_keys_restore(const char *keys)
{
	struct desk desk;
	desk_open(&desk, &(struct desk_how){0});
	pty_type(&desk.pty, keys);
	assert_restored(&desk, normal_screen);
	desk_close(&desk);
}

/* Tests ignore it. */
static void take_sigpipe(void)
{
	signal(SIGPIPE, SIG_DFL);
}

static void assert_signal_restores(int number)
{
	struct desk desk;
	desk_open(&desk, &(struct desk_how){.prepare = take_sigpipe});
	kill(desk.stop, number);
	assert_restored(&desk, normal_screen);
	desk_close(&desk);
}

static void the_terminal_is_restored_on_quit(void **state)
{
	(void)state;
	assert_keys_restore("q");
	assert_keys_restore("\x1b[21~");
	assert_keys_restore("\x03");
}

static void the_terminal_is_restored_on_signals(void **state)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		assert_signal_restores(signals[i]);
}

static void the_terminal_is_restored_on_crashes(void **state)
{
	const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		assert_signal_restores(signals[i]);
}

/* In memory shared with a shell: its job. */
static struct {
	_Atomic pid_t pid; /* 0: it has ended */
} * job;

/* The shell, which is the terminal's; the child becomes stop. */
static void start_as_job(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pid_t child = fork();
	if (child == 0)
		return;
	job->pid = child;
	waitpid(child, NULL, 0);
	job->pid = 0;
	/* Until the test has seen the terminal, which would be lost with its owner. */
	for (;;)
		pause();
}

static bool has_no_job(void *unused)
{
	(void)unused;
	return job->pid == 0;
}

/* Whether the terminal is as before. */
static bool has_modes_of_before(void *context)
{
	struct desk *desk = context;
	struct termios after;
	pty_read(&desk->pty, 1);
	tcgetattr(desk->pty.slave, &after);
	return desk_modes_equal(&desk->before, &after);
}

/* The page of a call is shown by a program that has modes of its own, and does not end. */
static void make_man(char path[64])
{
	snprintf(path, 64, "%s/man", directory);
	FILE *man = fopen(path, "w");
	assert_non_null(man);
	fputs("#!/bin/sh\nstty raw -echo </dev/tty\necho the page\nexec sleep 1000\n", man);
	fchmod(fileno(man), 0700);
	fclose(man);
}

static void start_as_job_with_man(void)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s:%s", directory, getenv("PATH"));
	setenv("PATH", path, 1);
	start_as_job();
}

static void the_terminal_is_restored_while_a_page_is_shown(void **state)
{
	static const int signals[] = {SIGTERM, SIGABRT, SIGKILL};
	char man[64];
	(void)state;
	make_man(man);
	job = mmap(NULL, sizeof(*job), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(job, MAP_FAILED);
	for (size_t i = 0; i < COUNT_OF(signals); i++) {
		struct desk desk;
		desk_open(&desk, &(struct desk_how){.prepare = start_as_job_with_man});
		pty_type(&desk.pty, "M");
		desk_await_sequence(&desk, "the page");
		kill(job->pid, signals[i]);
		await(has_no_job, NULL, "stop has ended");
		await(has_modes_of_before, &desk, "the modes are restored");
		await(desk_is_untraced, &desk, "the target is left");
		assert_true(desk_target_lives(&desk));
		desk_close(&desk);
	}
	munmap(job, sizeof(*job));
	unlink(man);
}

/* SIGKILL cannot be handled: the tracer, which survives, does it. */
static void the_tracer_restores_the_terminal_of_a_killed_stop(void **state)
{
	static const int signals[] = {SIGKILL, SIGSEGV};
	(void)state;
	job = mmap(NULL, sizeof(*job), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(job, MAP_FAILED);
	for (size_t i = 0; i < COUNT_OF(signals); i++) {
		struct desk desk;
		desk_open(&desk, &(struct desk_how){.prepare = start_as_job});
		kill(job->pid, signals[i]);
		await(has_no_job, NULL, "stop has ended");
		desk_await_sequence(&desk, normal_screen);
		await(has_modes_of_before, &desk, "the modes are restored");
		assert_non_null(strstr(desk.pty.output, mouse_off));
		assert_non_null(strstr(desk.pty.output, paste_off));
		await(desk_is_untraced, &desk, "the target is left");
		assert_true(desk_target_lives(&desk));
		desk_close(&desk);
	}
	munmap(job, sizeof(*job));
}

/* The child of PID with NAME, or 0. */
static pid_t find_child(pid_t pid, const char *name)
{
	pid_t children[16];
	char its[32];
	size_t count = task_children(pid, children, COUNT_OF(children));
	for (size_t i = 0; i < count; i++) {
		if (task_status(children[i], "Name", its, sizeof(its)) &&
			strncmp(its, name, strlen(name)) == 0)
			return children[i];
	}
	return 0;
}

static bool is_untraced(void *context)
{
	return task_tracer(*(const pid_t *)context) == 0;
}

/* It can go on writing to its terminal, of which stop had the other end. */
static void a_hidden_command_survives_the_death_of_stop(void **state)
{
	struct desk desk;
	char command_state[32];
	(void)state;
	job = mmap(NULL, sizeof(*job), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(job, MAP_FAILED);
	desk_open(&desk, &(struct desk_how){.prepare = start_as_job, .command = "yes"});
	desk_await_text(&desk, "write");
	pid_t command = find_child(job->pid, "yes");
	assert_true(command > 0);
	kill(job->pid, SIGKILL);
	await(has_no_job, NULL, "stop has ended");
	await(is_untraced, &command, "the command is left");
	desk_await_sequence(&desk, normal_screen);
	pause_moment(100000000);
	assert_true(task_status(command, "State", command_state, sizeof(command_state)));
	assert_int_not_equal(command_state[0], 'Z');
	/* Also its reader ends then. */
	kill(command, SIGKILL);
	desk_close(&desk);
	munmap(job, sizeof(*job));
}

/* Those whose default action ends a process. */
static void the_terminal_is_restored_on_all_other_signals(void **state)
{
	const int signals[] = {SIGXCPU, SIGALRM, SIGVTALRM, SIGPROF, SIGPIPE, SIGIO, SIGPWR,
		SIGSTKFLT, SIGRTMIN, SIGRTMIN + 6, SIGRTMAX};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		assert_signal_restores(signals[i]);
}

static void ignore_signals(void)
{
	signal(SIGVTALRM, SIG_IGN);
	signal(SIGFPE, SIG_IGN);
	signal(SIGXCPU, SIG_IGN);
	/* A sanitizer handles that signal itself, ignored or not. */
	setenv("ASAN_OPTIONS", "handle_sigfpe=0", 1);
}

static void ignored_signals_are_ignored(void **state)
{
	struct desk desk;
	(void)state;
	desk_open(&desk, &(struct desk_how){.prepare = ignore_signals});
	kill(desk.stop, SIGVTALRM);
	kill(desk.stop, SIGFPE);
	kill(desk.stop, SIGXCPU);
	desk_type(&desk, "H", "WAITING ON");
	pty_type(&desk.pty, "q");
	assert_restored(&desk, normal_screen);
	assert_int_equal(desk.status, 0);
	desk_close(&desk);
}

static void forbid_files(void)
{
	const struct rlimit limit = {0};
	setrlimit(RLIMIT_FSIZE, &limit);
}

static void a_file_that_is_too_large_is_reported(void **state)
{
	struct desk desk;
	char options[96];
	(void)state;
	snprintf(options, sizeof(options), "-d 0.2 --snapshot-dir %s", directory);
	desk_open(&desk, &(struct desk_how){.options = options, .prepare = forbid_files});
	desk_type(&desk, "s", "File too large");
	desk_type(&desk, "H", "WAITING ON");
	pty_type(&desk.pty, "q");
	assert_restored(&desk, normal_screen);
	desk_close(&desk);
}

/* Without a screen to go back to, the shell continues in the last line: it has to be empty. */
static void the_last_line_is_cleared_on_terminals_with_one_screen(void **state)
{
	static const struct desk_how hows[] = {{.term = "linux"}, {.term = "vt100"}};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(hows); i++) {
		struct desk desk;
		desk_open(&desk, &hows[i]);
		pty_type(&desk.pty, "q");
		assert_restored(&desk, "\x1b[24;1H\x1b[K");
		desk_close(&desk);
		desk_open(&desk, &hows[i]);
		kill(desk.stop, SIGSEGV);
		assert_restored(&desk, "\x1b[24;1H\x1b[K");
		desk_close(&desk);
	}
}

static void a_lost_terminal_ends_stop(void **state)
{
	struct desk desk;
	(void)state;
	desk_open(&desk, &(struct desk_how){0});
	close(desk.pty.master);
	desk.pty.master = -1;
	desk_await_end(&desk);
	desk_close(&desk);
}

/* SIGUSR1. */

static size_t count_snapshots(const char *end)
{
	glob_t found = {0};
	char pattern[96];
	snprintf(pattern, sizeof(pattern), "%s/stop-*.%s", directory, end);
	glob(pattern, 0, NULL, &found);
	size_t count = found.gl_pathc;
	for (size_t i = 0; i < count; i++) {
		struct stat status;
		assert_int_equal(stat(found.gl_pathv[i], &status), 0);
		assert_int_equal(status.st_mode & 07777, 0600);
		assert_true(status.st_size > 0);
		unlink(found.gl_pathv[i]);
	}
	globfree(&found);
	return count;
}

static bool has_file(const char *end)
{
	glob_t found = {0};
	char pattern[96];
	snprintf(pattern, sizeof(pattern), "%s/stop-*.%s", directory, end);
	glob(pattern, 0, NULL, &found);
	size_t count = found.gl_pathc;
	globfree(&found);
	return count > 0;
}

/* Both of its files. */
static bool has_snapshot(void *unused)
{
	(void)unused;
	return has_file("json") && has_file("txt");
}

static void assert_snapshot(pid_t stop)
{
	kill(stop, SIGUSR1);
	await(has_snapshot, NULL, "there is a snapshot");
	assert_int_equal(count_snapshots("json"), 1);
	assert_int_equal(count_snapshots("txt"), 1);
}

static void a_signal_writes_a_snapshot_of_the_screen(void **state)
{
	struct desk desk;
	char options[96];
	(void)state;
	snprintf(options, sizeof(options), "-d 0.2 --snapshot-dir %s", directory);
	desk_open(&desk, &(struct desk_how){.options = options});
	assert_snapshot(desk.stop);
	desk_await_text(&desk, "Written:");
	pty_type(&desk.pty, "q");
	desk_await_end(&desk);
	desk_close(&desk);
}

static void a_signal_writes_a_snapshot_in_modes_without_a_screen(void **state)
{
	static const char *const modes[] = {"-c", "-b -d 100", "-b -d 0.01"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(modes); i++) {
		struct program *target = program_start("sleep 1000");
		struct program *stop = stop_start("%s --snapshot-dir %s -o /dev/null -p %d",
			modes[i], directory, (int)target->pid);
		assert_snapshot(stop->pid);
		kill(stop->pid, SIGINT);
		assert_int_equal(program_finish(stop), 0);
		program_free(stop);
		program_free(target);
	}
}

/* Its parent is stop, whose exit it is told of. */
static void a_command_that_gets_a_signal_at_the_end_is_named(void **state)
{
	struct desk desk;
	(void)state;
	if (!program_exists("setpriv"))
		skip();
	desk_open(&desk, &(struct desk_how){.command = "setpriv --pdeathsig TERM sleep 1000"});
	desk_await_text(&desk, "nanosleep");
	desk_type(&desk, "q", "leave it running");
	pty_type(&desk.pty, "l");
	await(desk_stop_has_ended, &desk, "stop has ended");
	desk_await_sequence(&desk, "the command gets SIGTERM now");
	desk_close(&desk);
	desk_open(&desk, &(struct desk_how){.command = "sleep 20"});
	desk_type(&desk, "q", "leave it running");
	pty_type(&desk.pty, "l");
	await(desk_stop_has_ended, &desk, "stop has ended");
	desk_await_sequence(&desk, "the command still runs");
	assert_null(strstr(desk.pty.output, "the command gets"));
	desk_close(&desk);
}

/* The first thread that is for stacks: with BPF, its memory is made by six others before. */
static void refuse_thread_of_stacks(void)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/../support/refuse.preload", getenv("TRACEES"));
	setenv("LD_PRELOAD", path, 1);
	setenv("REFUSE", program_is_engine("bpf") ? "threads:6:1" : "threads:0:1", 1);
}

/* Nobody has asked for them yet. */
static void without_threads_for_stacks_there_is_a_screen_with_a_note(void **state)
{
	struct desk desk;
	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	desk_open(&desk, &(struct desk_how){.prepare = refuse_thread_of_stacks});
	desk_await_text(&desk, "there are no stacks");
	pty_type(&desk.pty, "bq");
	desk_await_end(&desk);
	desk_close(&desk);
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

/* A new note appears in the last line. */
static void a_new_note_is_shown(void **state)
{
	struct desk desk;
	(void)state;
	if (!program_is_engine("ptrace"))
		skip();
	desk_open(&desk, &(struct desk_how){0});
	kill(task_tracer(desk.target->pid), SIGKILL);
	desk_await_text(&desk, "the target continues untraced");
	pty_type(&desk.pty, "qq");
	desk_await_end(&desk);
	desk_close(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_terminal_is_restored_on_quit),
		cmocka_unit_test(the_terminal_is_restored_on_signals),
		cmocka_unit_test(a_new_note_is_shown),
		cmocka_unit_test(the_terminal_is_restored_on_crashes),
		cmocka_unit_test(the_terminal_is_restored_on_all_other_signals),
		cmocka_unit_test(the_tracer_restores_the_terminal_of_a_killed_stop),
		cmocka_unit_test(the_terminal_is_restored_while_a_page_is_shown),
		cmocka_unit_test(a_hidden_command_survives_the_death_of_stop),
		cmocka_unit_test(ignored_signals_are_ignored),
		cmocka_unit_test(a_file_that_is_too_large_is_reported),
		cmocka_unit_test(the_last_line_is_cleared_on_terminals_with_one_screen),
		cmocka_unit_test(a_lost_terminal_ends_stop),
		cmocka_unit_test(without_threads_for_stacks_there_is_a_screen_with_a_note),
		cmocka_unit_test(a_command_that_gets_a_signal_at_the_end_is_named),
		cmocka_unit_test(a_signal_writes_a_snapshot_of_the_screen),
		cmocka_unit_test(a_signal_writes_a_snapshot_in_modes_without_a_screen),
	};
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
