/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A terminal that accepts no more output, without a reader or after ^S: stop still handles keys and
 * signals, continues to trace, and ends as usual. The terminal is restored for a later reader.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "support/desk.h"
#include "support/pause.h"

/* How often in a row a full terminal must accept nothing. */
#define REFUSED_MIN 50

static const char normal_screen[] = "\x1b[?1049l", mouse_off[] = "\x1b[?1006;1000l";

static bool is_full(void *context)
{
	const struct desk *desk = context;
	struct pollfd room = {.fd = desk->pty.slave, .events = POLLOUT};
	return poll(&room, 1, 0) == 0;
}

/* Writes SIZE bytes at a time until the terminal accepts no more. Returns whether it accepted any.
 */
static bool write_while_taken(int slave, size_t size)
{
	char text[1024];
	bool taken = false;
	memset(text, 'x', sizeof(text));
	while (write(slave, text, size) > 0)
		taken = true;
	assert_int_equal(errno, EAGAIN);
	return taken;
}

/*
 * Fills the terminal to the last byte, as an unread screen does eventually. The kernel passes the
 * bytes to the other end a little later, and then there is room again.
 */
static void fill(struct desk *desk)
{
	char path[32];
	snprintf(path, sizeof(path), "/dev/fd/%d", desk->pty.slave);
	int slave = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	assert_true(slave >= 0);
	for (int refused = 0; refused < REFUSED_MIN; refused++) {
		bool taken = write_while_taken(slave, 1024);
		if (write_while_taken(slave, 1) || taken)
			refused = 0;
		pause_poll();
	}
	close(slave);
}

/* ^S, which the terminal itself handles. */
static void stop_output(struct desk *desk)
{
	pty_type(&desk->pty, "\x13");
	await(is_full, desk, "the terminal is stopped");
}

/* Reads the remaining output. */
static void assert_restored(struct desk *desk)
{
	struct termios after;
	desk_await_sequence(desk, normal_screen);
	assert_non_null(strstr(desk->pty.output, mouse_off));
	assert_int_equal(tcgetattr(desk->pty.slave, &after), 0);
	assert_true(desk_modes_equal(&desk->before, &after));
}

/* Whether stop has exited; does not read from its terminal. */
static bool has_ended_unread(void *context)
{
	struct desk *desk = context;
	int master = desk->pty.master;
	desk->pty.master = -1;
	bool ended = desk_stop_has_ended(desk);
	desk->pty.master = master;
	return ended;
}

static void assert_ends(const struct desk_how *how, void (*block)(struct desk *desk), int signal)
{
	struct desk desk;
	desk_open(&desk, how);
	block(&desk);
	kill(desk.stop, signal);
	await(has_ended_unread, &desk, "stop has ended");
	assert_restored(&desk);
	desk_await_end(&desk);
	desk_close(&desk);
}

static const struct desk_how busy = {
	.target = "sh -c 'while :; do sleep 0.01; done'",
	.options = "-d 0.02",
};

static const int ends[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT};

static void signals_end_stop_without_a_reader(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(ends); i++)
		assert_ends(&busy, fill, ends[i]);
}

static void signals_end_stop_with_stopped_output(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(ends); i++)
		assert_ends(&busy, stop_output, ends[i]);
}

static void crashes_restore_a_blocked_terminal(void **state)
{
	(void)state;
	assert_ends(&busy, fill, SIGSEGV);
	assert_ends(&busy, stop_output, SIGSEGV);
}

/* With busy loops that compete for all CPUs. */
static void signals_end_stop_beside_busy_loops(void **state)
{
	pid_t loops[2];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(loops); i++) {
		loops[i] = fork();
		if (loops[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				;
		}
	}
	assert_ends(&busy, fill, SIGTERM);
	assert_ends(&busy, stop_output, SIGHUP);
	for (size_t i = 0; i < COUNT_OF(loops); i++)
		kill(loops[i], SIGKILL);
}

static void keys_end_stop_without_a_reader(void **state)
{
	struct desk desk;
	(void)state;
	desk_open(&desk, &busy);
	fill(&desk);
	pty_type(&desk.pty, "q");
	await(has_ended_unread, &desk, "stop has ended");
	assert_restored(&desk);
	desk_await_end(&desk);
	desk_close(&desk);
}

/* stop says so on the terminal, which it does not wait for. */
static void a_command_is_left_running_without_a_reader(void **state)
{
	struct desk desk;
	(void)state;
	desk_open(&desk, &(struct desk_how){.command = "sleep 1000"});
	desk_await_text(&desk, "sleep (");
	char *screen = vt_text(&desk.vt);
	pid_t command = atoi(strstr(screen, "sleep (") + strlen("sleep ("));
	free(screen);
	fill(&desk);
	kill(desk.stop, SIGTERM);
	await(has_ended_unread, &desk, "stop has ended");
	assert_restored(&desk);
	assert_int_equal(kill(command, SIGKILL), 0);
	desk_close(&desk);
}

/* Then the complete screen is up to date. */
static void the_screen_continues_when_it_is_read_again(void **state)
{
	struct desk desk;
	(void)state;
	desk_open(&desk, &(struct desk_how){0});
	stop_output(&desk);
	pty_type(&desk.pty, "H");
	pty_type(&desk.pty, "\x11");
	desk_await_text(&desk, "WAITING ON");
	fill(&desk);
	pty_type(&desk.pty, "h");
	desk_await_text(&desk, "quit; targets go on");
	pty_type(&desk.pty, "qq");
	desk_await_end(&desk);
	assert_restored(&desk);
	desk_close(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_end_stop_without_a_reader),
		cmocka_unit_test(signals_end_stop_with_stopped_output),
		cmocka_unit_test(crashes_restore_a_blocked_terminal),
		cmocka_unit_test(signals_end_stop_beside_busy_loops),
		cmocka_unit_test(keys_end_stop_without_a_reader),
		cmocka_unit_test(a_command_is_left_running_without_a_reader),
		cmocka_unit_test(the_screen_continues_when_it_is_read_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
