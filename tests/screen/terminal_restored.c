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
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "support/program.h"
#include "support/pty.h"

/* Sequences sent at the end: back to the normal screen, and mouse reports off. */
static const char normal_screen[] = "\x1b[?1049l", mouse_off[] = "\x1b[?1006;1000l";

/* stop on its own terminal, tracing a target. */
struct desk {
	struct pty pty;
	struct program *target;
	pid_t stop;
	struct termios before;
};

static void become_stop(const struct desk *desk, const char *folder)
{
	char pid[16];
	const char *stop = getenv("STOP");
	snprintf(pid, sizeof(pid), "%d", (int)desk->target->pid);
	pty_become_terminal(&desk->pty);
	setenv("TERM", "xterm-256color", 1);
	execl(stop, stop, "-d", "0.2", "--snapshot-dir", folder, "-p", pid, (char *)NULL);
	_exit(125);
}

static bool shows_calls(void *context)
{
	struct desk *desk = context;
	return pty_has(&desk->pty, "CALLS/s");
}

static bool shows_written(void *context)
{
	struct desk *desk = context;
	return pty_has(&desk->pty, "Written:");
}

static bool shows_the_end(void *context)
{
	struct desk *desk = context;
	return pty_has(&desk->pty, "the target goes on, untraced");
}

static void open_desk(struct desk *desk, const char *folder)
{
	*desk = (struct desk){.target = program_start("sleep 1000")};
	pty_open(&desk->pty);
	tcgetattr(desk->pty.slave, &desk->before);
	desk->stop = fork();
	if (desk->stop == 0)
		become_stop(desk, folder);
	await(shows_calls, desk, "the screen shows calls");
	pty_forget(&desk->pty);
}

static bool stop_has_ended(void *context)
{
	struct desk *desk = context;
	int status;
	if (desk->pty.master >= 0)
		pty_read(&desk->pty, 1);
	if (waitpid(desk->stop, &status, WNOHANG) != desk->stop)
		return false;
	desk->stop = 0;
	return true;
}

static void close_desk(struct desk *desk)
{
	pty_close(&desk->pty);
	program_free(desk->target);
}

static bool is_untraced(void *context)
{
	const struct desk *desk = context;
	return task_tracer(desk->target->pid) == 0;
}

/* After a crash its tracer detaches by itself. */
static void assert_target_is_alone(struct desk *desk)
{
	await(is_untraced, desk, "the target is left");
	assert_int_equal(kill(desk->target->pid, 0), 0);
}

static bool termios_equal(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
	       a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc)) == 0;
}

/* Ends stop by KEYS, or by SIGNAL if that is not 0, and checks the terminal. */
static void assert_restored(const char *keys, int signal)
{
	struct termios after;
	struct desk desk;
	open_desk(&desk, ".");
	if (signal)
		kill(desk.stop, signal);
	else
		pty_type(&desk.pty, keys);
	await(stop_has_ended, &desk, "stop has ended");
	while (pty_read(&desk.pty, 0) && !strstr(desk.pty.output, normal_screen))
		;
	tcgetattr(desk.pty.slave, &after);
	assert_non_null(strstr(desk.pty.output, normal_screen));
	assert_non_null(strstr(desk.pty.output, mouse_off));
	assert_true(termios_equal(&desk.before, &after));
	assert_target_is_alone(&desk);
	close_desk(&desk);
}

static void the_terminal_is_restored_on_quit(void **state)
{
	(void)state;
	assert_restored("q", 0);
	assert_restored("\x1b[21~", 0);
	assert_restored("\x03", 0);
}

static void the_terminal_is_restored_on_signals(void **state)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		assert_restored(NULL, signals[i]);
}

static void the_terminal_is_restored_on_crashes(void **state)
{
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		assert_restored(NULL, signals[i]);
}

static void a_lost_terminal_ends_stop(void **state)
{
	struct desk desk;
	(void)state;
	open_desk(&desk, ".");
	close(desk.pty.master);
	desk.pty.master = -1;
	await(stop_has_ended, &desk, "stop has ended");
	assert_target_is_alone(&desk);
	close_desk(&desk);
}

/* SIGUSR1. */

static char folder[] = "/tmp/stop-screen-XXXXXX";

static size_t count_snapshots(const char *end)
{
	glob_t found = {0};
	char pattern[96];
	snprintf(pattern, sizeof(pattern), "%s/stop-*.%s", folder, end);
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

/* Waits for both files, and removes them. */
static bool has_snapshot(void *unused)
{
	glob_t found = {0};
	char pattern[96];
	(void)unused;
	snprintf(pattern, sizeof(pattern), "%s/stop-*.json", folder);
	glob(pattern, 0, NULL, &found);
	size_t count = found.gl_pathc;
	globfree(&found);
	return count > 0;
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
	(void)state;
	open_desk(&desk, folder);
	assert_snapshot(desk.stop);
	await(shows_written, &desk, "the screen tells of it");
	pty_type(&desk.pty, "q");
	await(stop_has_ended, &desk, "stop has ended");
	close_desk(&desk);
}

static void a_signal_writes_a_snapshot_in_the_modes_without_a_screen(void **state)
{
	static const char *const modes[] = {"-c", "-b -d 100", "-b -d 0.01"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(modes); i++) {
		struct program *target = program_start("sleep 1000");
		struct program *stop = stop_start("%s --snapshot-dir %s -o /dev/null -p %d",
			modes[i], folder, (int)target->pid);
		assert_snapshot(stop->pid);
		kill(stop->pid, SIGINT);
		assert_int_equal(program_finish(stop), 0);
		program_free(stop);
		program_free(target);
	}
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

/* A new note appears in the last line. */
static void a_new_note_is_shown(void **state)
{
	struct desk desk;
	(void)state;
	open_desk(&desk, "/tmp");
	kill(task_tracer(desk.target->pid), SIGKILL);
	await(shows_the_end, &desk, "the screen tells of the tracer's end");
	pty_type(&desk.pty, "qq");
	await(stop_has_ended, &desk, "stop ends");
	close_desk(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_terminal_is_restored_on_quit),
		cmocka_unit_test(the_terminal_is_restored_on_signals),
		cmocka_unit_test(a_new_note_is_shown),
		cmocka_unit_test(the_terminal_is_restored_on_crashes),
		cmocka_unit_test(a_lost_terminal_ends_stop),
		cmocka_unit_test(a_signal_writes_a_snapshot_of_the_screen),
		cmocka_unit_test(a_signal_writes_a_snapshot_in_the_modes_without_a_screen),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
