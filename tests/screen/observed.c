/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Observed threads on the screen and in snapshots: what they wait for, and deadlocks. */
#include "config.h"

#include "support/unit.h"

#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "support/program.h"
#include "support/pty.h"

/* Keys of the terminal. */
#define KEY_HOME "\x1bOH"
#define KEY_END  "\x1bOF"

/* The interval, in seconds: only the first frame is displayed before a test would fail. */
#define DELAY    "1000"

/* More threads than fit on the screen, or are observed while not on it. */
#define THREADS  100

/* stop on a terminal, with a target. */
struct desk {
	struct pty pty;
	struct program *target;
	pid_t tids[THREADS]; /* of the target's threads */
	pid_t stop;
	const char *wanted; /* awaited on the screen */
};

static void become_stop(const struct desk *desk)
{
	char pid[16];
	const char *stop = getenv("STOP");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(pid, sizeof(pid), "%d", (int)desk->target->pid);
	pty_become_terminal(&desk->pty);
	setenv("TERM", "xterm-256color", 1);
	execl(stop, stop, program_engine(), "-d", DELAY, "-p", pid, (char *)NULL);
	_exit(125);
}

static bool shows(void *context)
{
	struct desk *desk = context;
	return pty_has(&desk->pty, desk->wanted);
}

static void await_text(struct desk *desk, const char *text)
{
	desk->wanted = text;
	await(shows, desk, text);
}

static void start_target(struct desk *desk, size_t threads, const char *way)
{
	desk->target = program_start("mutexes.tracee %zu %s", threads, way);
	for (size_t i = 0; i < threads; i++)
		desk->tids[i] = atoi(program_line(desk->target) + strlen("thread "));
	program_ready(desk->target);
}

static void open_desk(struct desk *desk, size_t threads, const char *way)
{
	*desk = (struct desk){0};
	pty_open(&desk->pty);
	ioctl(desk->pty.slave, TIOCSWINSZ, &(struct winsize){.ws_row = 24, .ws_col = 130});
	start_target(desk, threads, way);
	desk->stop = fork();
	if (desk->stop == 0)
		become_stop(desk);
	await_text(desk, "CALLS/s");
}

static bool stop_has_ended(void *context)
{
	struct desk *desk = context;
	pty_read(&desk->pty, 1);
	return waitpid(desk->stop, NULL, WNOHANG) == desk->stop;
}

static void close_desk(struct desk *desk)
{
	pty_type(&desk->pty, "q");
	await(stop_has_ended, desk, "stop has ended");
	pty_close(&desk->pty);
	program_free(desk->target);
}

/* A wait is displayed after a while, when the screen is drawn. */
static bool shows_wait(void *context)
{
	struct desk *desk = context;
	pty_type(&desk->pty, "\x0c"); /* ^L */
	return shows(desk);
}

static void threads_show_waits_when_scrolled_to(void **state)
{
	char text[32];
	struct desk desk;
	(void)state;
	open_desk(&desk, THREADS, "");
	pty_type(&desk.pty, "H");
	await_text(&desk, "WAITING ON");
	pty_type(&desk.pty, KEY_END);
	snprintf(text, sizeof(text), "mutex held by %d", (int)desk.tids[THREADS - 2]);
	desk.wanted = text;
	await(shows_wait, &desk, text);
	close_desk(&desk);
}

static void a_paused_screen_shows_what_threads_wait_for_as_they_are_scrolled_to(void **state)
{
	char text[32];
	struct desk desk;
	(void)state;
	open_desk(&desk, THREADS, "");
	pty_type(&desk.pty, "H");
	await_text(&desk, "WAITING ON");
	snprintf(text, sizeof(text), "mutex held by %d", (int)desk.target->pid);
	desk.wanted = text;
	await(shows_wait, &desk, text);
	pty_type(&desk.pty, "p");
	await_text(&desk, "PAUSED");
	snprintf(text, sizeof(text), "mutex held by %d", (int)desk.tids[THREADS - 2]);
	assert_false(pty_has(&desk.pty, text));
	pty_type(&desk.pty, KEY_END);
	await(shows_wait, &desk, text);
	close_desk(&desk);
}

static void the_verdict_is_a_deadlock(void **state)
{
	struct desk desk;
	(void)state;
	open_desk(&desk, 3, "circle");
	pty_type(&desk.pty, "H");
	desk.wanted = "deadlock of 3 threads";
	await(shows_wait, &desk, desk.wanted);
	close_desk(&desk);
}

/* Snapshots. */

static char directory[] = "/tmp/stop-observed-XXXXXX";

static char *find_snapshot(const char *end)
{
	glob_t found = {0};
	char pattern[96];
	snprintf(pattern, sizeof(pattern), "%s/stop-*.%s", directory, end);
	char *path = glob(pattern, 0, NULL, &found) == 0 ? strdup(found.gl_pathv[0]) : NULL;
	globfree(&found);
	return path;
}

/* Reads and removes the last snapshot, once it exists. */
static bool take_snapshot(void *context)
{
	json_t **root = context;
	char *json = find_snapshot("json"), *text = find_snapshot("txt");
	if (json && text) {
		*root = json_load_file(json, 0, NULL);
		unlink(json);
		unlink(text);
	}
	free(json);
	free(text);
	return *root != NULL;
}

struct watched {
	struct program *stop;
	const struct desk *desk;
	json_t *root;   /* the last snapshot */
	json_t *thread; /* its last thread */
};

/* A wait is reported after a while. */
static bool snapshot_shows_deadlock(void *context)
{
	struct watched *watched = context;
	json_decref(watched->root);
	watched->root = NULL;
	kill(watched->stop->pid, SIGUSR1);
	await(take_snapshot, &watched->root, "there is a snapshot");
	watched->thread = json_thread(watched->root, watched->desk->tids[2]);
	return json_is_true(json_object_get(watched->thread, "deadlocked"));
}

static void a_snapshot_has_owners_of_locks(void **state)
{
	struct desk desk = {0};
	(void)state;
	start_target(&desk, 3, "circle");
	struct watched watched = {.desk = &desk,
		.stop = stop_start("-c --snapshot-dir %s -o /dev/null -p %d", directory,
			(int)desk.target->pid)};
	await(snapshot_shows_deadlock, &watched, "a snapshot shows the deadlock");
	assert_int_equal(json_number(watched.thread, "waits_for_tid"), desk.tids[1]);
	assert_non_null(strstr(json_text(watched.thread, "waits_for"), "mutex held by "));
	json_t *leader = json_thread(watched.root, desk.target->pid);
	assert_false(json_is_true(json_object_get(leader, "deadlocked")));
	json_decref(watched.root);
	stop_leave(watched.stop);
	program_free(watched.stop);
	program_free(desk.target);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_show_waits_when_scrolled_to),
		cmocka_unit_test(
			a_paused_screen_shows_what_threads_wait_for_as_they_are_scrolled_to),
		cmocka_unit_test(the_verdict_is_a_deadlock),
		cmocka_unit_test(a_snapshot_has_owners_of_locks),
	};
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
