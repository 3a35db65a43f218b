/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal, on a real pseudo-terminal: what is sent, what is read, and that its state is
 * restored however the program ends. Each test runs the terminal code in a child.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "ui/keys.h"
#include "ui/terminal.h"

/* Limit on any wait before the test fails. */
#define PATIENCE_MS 10000

#define OUTPUT_MAX  65536

/* A pseudo-terminal with a child on it, and the child's output. */
struct desk {
	int master, slave;
	pid_t child;
	struct termios before; /* the settings before the child started */
	char output[OUTPUT_MAX];
	size_t used;
};

/* Starts RUN in a child on a new terminal; its result is the exit status. */
static void start(struct desk *desk, int (*run)(void))
{
	desk->used = 0;
	desk->output[0] = '\0';
	desk->master = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(desk->master >= 0);
	assert_int_equal(grantpt(desk->master), 0);
	assert_int_equal(unlockpt(desk->master), 0);
	desk->slave = open(ptsname(desk->master), O_RDWR | O_NOCTTY);
	assert_true(desk->slave >= 0);
	ioctl(desk->slave, TIOCSWINSZ, &(struct winsize){.ws_row = 12, .ws_col = 50});
	tcgetattr(desk->slave, &desk->before);
	desk->child = fork();
	if (desk->child != 0)
		return;
	setsid();
	dup2(desk->slave, STDIN_FILENO);
	dup2(desk->slave, STDOUT_FILENO);
	close(desk->master);
	_exit(run());
}

/* Reads the child's output until it contains TEXT. */
static void await(struct desk *desk, const char *text)
{
	while (!strstr(desk->output, text)) {
		struct pollfd input = {.fd = desk->master, .events = POLLIN};
		if (poll(&input, 1, PATIENCE_MS) <= 0)
			fail_msg("\"%s\" did not come, but %s", text, desk->output);
		ssize_t got = read(
			desk->master, desk->output + desk->used, OUTPUT_MAX - 1 - desk->used);
		if (got <= 0)
			fail_msg("\"%s\" did not come", text);
		desk->used += (size_t)got;
		desk->output[desk->used] = '\0';
	}
}

static void type(const struct desk *desk, const char *keys)
{
	assert_int_equal(write(desk->master, keys, strlen(keys)), strlen(keys));
}

/* Waits for the child to exit and returns its status. */
static int finish(struct desk *desk)
{
	int status;
	assert_int_equal(waitpid(desk->child, &status, 0), desk->child);
	close(desk->slave);
	close(desk->master);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Waits for a key of TERMINAL; 0 if none comes. */
static uint32_t wait_key(struct terminal *terminal)
{
	uint32_t key = 0;
	struct pollfd input = {.fd = terminal_fd(terminal), .events = POLLIN};
	int got = terminal_key(terminal, &key);
	while (got == 0 && poll(&input, 1, PATIENCE_MS) > 0)
		got = terminal_key(terminal, &key);
	return got == 1 ? key : 0;
}

static struct terminal *open_terminal(void)
{
	char reason[256];
	struct terminal *terminal = NULL;
	if (terminal_open(&terminal, reason, sizeof(reason)) < 0)
		_exit(99);
	return terminal;
}

static void show(struct terminal *terminal, int row, const char *text)
{
	struct canvas *canvas = canvas_new(12, 50);
	area_put(canvas_area(canvas), row, 0, STYLE_TEXT, text);
	terminal_flush(terminal, canvas);
	canvas_free(canvas);
}

static bool termios_equal(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
	       a->c_lflag == b->c_lflag && memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc)) == 0;
}

static int show_and_quit(void)
{
	struct terminal *terminal = open_terminal();
	int rows, width;
	terminal_resize(terminal, &rows, &width);
	show(terminal, 3, rows == 12 && width == 50 ? "µ-日-ready" : "wrong-size");
	uint32_t key = wait_key(terminal);
	terminal_close(terminal);
	return key == 'q' ? 0 : 1;
}

static void shows_text_at_the_current_size(void **state)
{
	struct termios after;
	struct desk desk;
	(void)state;
	start(&desk, show_and_quit);
	await(&desk, "µ-日"); /* after a wide character the cursor is moved */
	await(&desk, "-ready");
	tcgetattr(desk.slave, &after);
	assert_false(termios_equal(&desk.before, &after));
	type(&desk, "q");
	await(&desk, "\x1b[?1049l");
	assert_int_equal(finish(&desk), 0);
}

/* Asserts that the settings are restored after RUN, which ends on a key, exits with STATUS. */
static void assert_restored(int (*run)(void), int status)
{
	struct termios after;
	struct desk desk;
	start(&desk, run);
	await(&desk, "ready");
	type(&desk, "q");
	await(&desk, "\x1b[?1049l");
	int child_status;
	assert_int_equal(waitpid(desk.child, &child_status, 0), desk.child);
	assert_true(WIFEXITED(child_status));
	assert_int_equal(WEXITSTATUS(child_status), status);
	tcgetattr(desk.slave, &after);
	assert_true(termios_equal(&desk.before, &after));
	close(desk.slave);
	close(desk.master);
}

static int show_and_crash(void)
{
	struct terminal *terminal = open_terminal();
	show(terminal, 0, "ready");
	wait_key(terminal);
	terminal_rescue();
	terminal_rescue(); /* a second signal is harmless */
	return 3;
}

static void closing_restores_the_settings(void **state)
{
	(void)state;
	assert_restored(show_and_quit, 0);
}

static void a_rescue_restores_the_settings(void **state)
{
	(void)state;
	assert_restored(show_and_crash, 3);
}

static int name_keys(void)
{
	static const uint32_t wanted[] = {KEYCODE_UP, KEYCODE_PAGE_DOWN, KEYCODE_HOME, KEYCODE_END,
		KEYCODE_F1, KEYCODE_F1 + 9, '<', 0xe4, KEYCODE_CTRL('L'), KEYCODE_ESCAPE};
	struct terminal *terminal = open_terminal();
	show(terminal, 0, "ready");
	int status = 0;
	for (size_t i = 0; i < COUNT_OF(wanted) && status == 0; i++) {
		if (wait_key(terminal) != wanted[i])
			status = 10 + (int)i;
	}
	terminal_close(terminal);
	return status;
}

static void keys_are_decoded(void **state)
{
	struct desk desk;
	(void)state;
	start(&desk, name_keys);
	await(&desk, "ready");
	type(&desk, "\x1bOA\x1b[6~\x1bOH\x1bOF\x1bOP\x1b[21~<\xc3\xa4\x0c\x1b");
	await(&desk, "\x1b[?1049l");
	assert_int_equal(finish(&desk), 0);
}

/* Typed, pasted with marks, and typed. */
static int name_pasted(void)
{
	static const uint32_t wanted[] = {'a', KEYCODE_PASTED | 'K', KEYCODE_PASTED | '\n',
		KEYCODE_PASTED | 0xe4, KEYCODE_PASTED | KEYCODE_ESCAPE, KEYCODE_PASTED | 'q', 'b'};
	struct terminal *terminal = open_terminal();
	show(terminal, 0, "ready");
	int status = 0;
	for (size_t i = 0; i < COUNT_OF(wanted) && status == 0; i++) {
		if (wait_key(terminal) != wanted[i])
			status = 10 + (int)i;
	}
	terminal_close(terminal);
	return status;
}

static void pasted_characters_are_marked(void **state)
{
	struct desk desk;
	(void)state;
	start(&desk, name_pasted);
	await(&desk, "ready");
	assert_non_null(strstr(desk.output, "\x1b[?2004h"));
	type(&desk, "a\x1b[200~K\n\xc3\xa4\x1b[21~\x1bq\x1b[201~b");
	await(&desk, "\x1b[?1049l");
	assert_non_null(strstr(desk.output, "\x1b[?2004l"));
	assert_int_equal(finish(&desk), 0);
}

static int suspend_and_resume(void)
{
	struct terminal *terminal = open_terminal();
	struct termios before, between;
	show(terminal, 0, "first");
	tcgetattr(STDIN_FILENO, &before);
	terminal_suspend(terminal);
	tcgetattr(STDIN_FILENO, &between);
	if (termios_equal(&before, &between) || !(between.c_lflag & ICANON))
		return 1;
	terminal_resume(terminal);
	tcgetattr(STDIN_FILENO, &between);
	show(terminal, 5, "second-ready");
	wait_key(terminal);
	terminal_close(terminal);
	return termios_equal(&before, &between) ? 0 : 2;
}

static void resumes_where_it_was_suspended(void **state)
{
	struct desk desk;
	(void)state;
	start(&desk, suspend_and_resume);
	await(&desk, "second-ready");
	type(&desk, "q");
	assert_int_equal(finish(&desk), 0);
}

static int wait_for_the_end(void)
{
	struct terminal *terminal = open_terminal();
	struct pollfd input = {.fd = terminal_fd(terminal), .events = POLLIN};
	uint32_t key;
	if (terminal_key(terminal, &key) != 0)
		return 1;
	show(terminal, 0, "ready");
	poll(&input, 1, PATIENCE_MS);
	return terminal_key(terminal, &key) == -EIO ? 0 : 2;
}

static void a_lost_terminal_is_detected(void **state)
{
	struct desk desk;
	int status;
	(void)state;
	start(&desk, wait_for_the_end);
	await(&desk, "ready");
	close(desk.slave);
	close(desk.master);
	assert_int_equal(waitpid(desk.child, &status, 0), desk.child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int try_terms(void)
{
	static const char *const terms[] = {"", "no-such-terminal", "dumb"};
	for (size_t i = 0; i < COUNT_OF(terms); i++) {
		struct terminal *terminal = NULL;
		char reason[256] = "";
		setenv("TERM", terms[i], 1);
		if (terminal_open(&terminal, reason, sizeof(reason)) != -ENOTSUP || terminal)
			return 1 + (int)i;
		if (!*reason || strchr(reason, '\n'))
			return 11 + (int)i;
	}
	return 0;
}

static void an_unusable_terminal_is_an_error(void **state)
{
	struct desk desk;
	(void)state;
	start(&desk, try_terms);
	assert_int_equal(finish(&desk), 0);
}

static int show_in_ascii(void)
{
	setlocale(LC_ALL, "C");
	struct terminal *terminal = open_terminal();
	show(terminal, 0, "1.23µs ▼TOTAL ready");
	wait_key(terminal);
	terminal_close(terminal);
	return 0;
}

static void without_utf8_ascii_is_shown(void **state)
{
	struct desk desk;
	(void)state;
	start(&desk, show_in_ascii);
	await(&desk, "1.23us vTOTAL ready");
	type(&desk, "q");
	assert_int_equal(finish(&desk), 0);
}

static int show_twice(void)
{
	struct terminal *terminal = open_terminal();
	show(terminal, 2, "the same text all the time");
	write(STDOUT_FILENO, "<1>", 3);
	show(terminal, 2, "the same text all the time");
	write(STDOUT_FILENO, "<2>", 3);
	terminal_repaint(terminal);
	show(terminal, 2, "the same text all the time");
	write(STDOUT_FILENO, "<3>", 3);
	wait_key(terminal);
	terminal_close(terminal);
	return 0;
}

static void unchanged_cells_are_not_sent(void **state)
{
	struct desk desk;
	(void)state;
	start(&desk, show_twice);
	await(&desk, "<3>");
	const char *one = strstr(desk.output, "<1>");
	const char *two = strstr(desk.output, "<2>");
	assert_true(two - one < 16);
	assert_non_null(strstr(two, "the same text"));
	type(&desk, "q");
	assert_int_equal(finish(&desk), 0);
}

static int name_clicks(void)
{
	static const struct {
		uint32_t key;
		int row, column;
	} wanted[] = {
		{KEYCODE_CLICK, 2, 4},
		{KEYCODE_WHEEL_UP, 5, 0},
		{KEYCODE_CLICK, 6, 1},
		{KEYCODE_WHEEL_DOWN, 11, 49},
		{'q', 11, 49},
	};
	struct terminal *terminal = open_terminal();
	show(terminal, 0, "ready");
	int status = 0;
	for (size_t i = 0; i < COUNT_OF(wanted) && status == 0; i++) {
		int row, column;
		uint32_t key = wait_key(terminal);
		terminal_mouse(terminal, &row, &column);
		if (key != wanted[i].key || row != wanted[i].row || column != wanted[i].column)
			status = 10 + (int)i;
	}
	terminal_close(terminal);
	return status;
}

static void mouse_reports_are_read_and_disabled_on_close(void **state)
{
	struct desk desk;
	(void)state;
	start(&desk, name_clicks);
	await(&desk, "ready");
	assert_non_null(strstr(desk.output, "\x1b[?1006;1000h"));
	type(&desk, "\x1b[<0;5;3M\x1b[<0;5;3m\x1b[<64;1;6M\x1b[M \"'\x1b[M#\"'"
		    "\x1b[<2;9;9M\x1b[<;;M\x1b[<65;50;12Mq");
	await(&desk, "\x1b[?1049l");
	assert_non_null(strstr(desk.output, "\x1b[?1006;1000l"));
	assert_int_equal(finish(&desk), 0);
}

/* Creates a terminal database with one entry. Returns whether it succeeded. */
static bool make_direct(const char *directory)
{
	char path[256], command[600];
	snprintf(path, sizeof(path), "%s/source", directory);
	FILE *file = fopen(path, "w");
	if (!file)
		return false;
	fprintf(file, "try-direct|direct colours,\n\tRGB, colors#0x1000000, pairs#0x10000,\n"
		      "\tsetaf=\\E[38\\:2\\:\\:%%p1%%{65536}%%/%%d\\:%%p1%%{256}%%/%%{255}%%&%%d"
		      "\\:%%p1%%{255}%%&%%dm,\n"
		      "\tsetab=\\E[48\\:2\\:\\:%%p1%%{65536}%%/%%d\\:%%p1%%{256}%%/%%{255}%%&%%d"
		      "\\:%%p1%%{255}%%&%%dm,\n\tuse=xterm-256color,\n"
		      "try-256color|the same,\n\tuse=xterm-256color,\n");
	fclose(file);
	snprintf(command, sizeof(command), "tic -x -o %s/base %s 2>%s/errors", directory, path,
		directory);
	return system(command) == 0;
}

static int show_in_colour(void)
{
	struct terminal *terminal = open_terminal();
	struct canvas *canvas = canvas_new(12, 50);
	terminal_theme(terminal, THEME_LIGHT);
	area_put(canvas_area(canvas), 0, 0, STYLE_LABEL, "ready");
	terminal_flush(terminal, canvas);
	canvas_free(canvas);
	wait_key(terminal);
	terminal_close(terminal);
	return 0;
}

static void assert_colour(const char *colorterm, const char *sequence)
{
	struct desk desk;
	setenv("COLORTERM", colorterm, 1);
	start(&desk, show_in_colour);
	await(&desk, "ready");
	if (!strstr(desk.output, sequence))
		fail_msg("with COLORTERM=%s there was no %s", colorterm, sequence + 1);
	type(&desk, "q");
	assert_int_equal(finish(&desk), 0);
	unsetenv("COLORTERM");
}

static void uses_16_million_colours_if_the_terminal_has_them(void **state)
{
	char directory[] = "/tmp/stop-terminfo-XXXXXX", base[64], command[96];
	(void)state;
	assert_non_null(mkdtemp(directory));
	bool made = make_direct(directory);
	snprintf(base, sizeof(base), "%s/base", directory);
	if (made) {
		setenv("TERMINFO", base, 1);
		setenv("TERM", "try-256color", 1);
		assert_colour("truecolor", "\x1b[38:2::0:95:175m");
		assert_colour("24bit", "\x1b[38:2::0:95:175m");
		assert_colour("yes", "\x1b[38;5;25m");
		unsetenv("TERMINFO");
		setenv("TERM", "xterm-256color", 1);
	}
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	assert_int_equal(system(command), 0);
	if (!made)
		skip();
}

int main(void)
{
	setlocale(LC_ALL, "C.UTF-8");
	setenv("TERM", "xterm-256color", 1);
	unsetenv("COLORTERM");
	unsetenv("NO_COLOR");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_text_at_the_current_size),
		cmocka_unit_test(closing_restores_the_settings),
		cmocka_unit_test(a_rescue_restores_the_settings),
		cmocka_unit_test(keys_are_decoded),
		cmocka_unit_test(pasted_characters_are_marked),
		cmocka_unit_test(resumes_where_it_was_suspended),
		cmocka_unit_test(a_lost_terminal_is_detected),
		cmocka_unit_test(an_unusable_terminal_is_an_error),
		cmocka_unit_test(without_utf8_ascii_is_shown),
		cmocka_unit_test(unchanged_cells_are_not_sent),
		cmocka_unit_test(mouse_reports_are_read_and_disabled_on_close),
		cmocka_unit_test(uses_16_million_colours_if_the_terminal_has_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
