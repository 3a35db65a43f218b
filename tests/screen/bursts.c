/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many keys at once: pasted text and floods. The rest of such a burst does not answer a question
 * that it has opened, and a flood does not delay signals.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "support/desk.h"
#include "support/pause.h"

/* Pause before an answer: longer than stop requires a question to be displayed. */
#define ANSWER_NS 400000000L

/* Presses Escape until no question, menu or prompt is open. */
static bool asks_nothing(void *context)
{
	struct desk *desk = context;
	pause_pace(ANSWER_NS);
	bool is_open = desk_shows(desk, "signal for") || desk_shows(desk, "send SIGTERM") ||
	               desk_shows(desk, "search ");
	if (is_open)
		pty_type(&desk->pty, "\x1b");
	return !is_open;
}

/* Waits until stop has handled all keys. */
static void await_handled(struct desk *desk)
{
	desk_type(desk, "\x1b", "TOTAL");
	await(asks_nothing, desk, "nothing is open");
	desk_type(desk, "H", "WAITING ON");
	desk_type(desk, "H", "%TIME");
}

static void pasted_text_sends_no_signal(void **state)
{
	static const char *const texts[] = {"k\ny\n", "ok\nyes\n", "K\ny\n", "K\ryes\r",
		"OK\nyes\n", "\x1b[20~\ny\n", "\x1b[200~OK\nyes\n\x1b[201~",
		"\x1b[200~K\n\x1b[201~y\n", "/K\ny\n"};
	struct desk desk;
	(void)state;
	/* Some of the keys request snapshots. */
	desk_open(&desk, &(struct desk_how){.options = "--snapshot-dir /nonexistent"});
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		pty_type(&desk.pty, texts[i]);
		await_handled(&desk);
		assert_true(desk_target_lives(&desk));
	}
	desk_close(&desk);
}

static void pasted_text_does_not_end_the_command(void **state)
{
	struct desk desk;
	(void)state;
	desk_open(&desk, &(struct desk_how){.command = "sleep 1000"});
	desk_type(&desk, "qe", "answer again");
	desk_type(&desk, "s", "h help");
	desk_type(&desk, "qjj\n", "answer again");
	desk_close(&desk);
}

/* Answers until the target has ended: an answer that comes too soon is not taken. */
static bool has_ended_by_answer(void *context)
{
	struct desk *desk = context;
	pause_pace(ANSWER_NS);
	bool has_ended = !desk_target_lives(desk);
	if (!has_ended)
		pty_type(&desk->pty, "y");
	return has_ended;
}

static void an_answer_after_the_question_sends_the_signal(void **state)
{
	struct desk desk;
	(void)state;
	desk_open(&desk, &(struct desk_how){0});
	desk_type(&desk, "K", "signal for sleep");
	desk_type(&desk, "\n", "send SIGTERM to sleep");
	await(has_ended_by_answer, &desk, "the target got the signal");
	desk_close(&desk);
}

/* Sends keys as fast as they are read. */
static bool ends_in_a_flood(void *context)
{
	struct desk *desk = context;
	static const char keys[] = "\x1b[BHtH\x1b[A";
	for (int i = 0; i < 500; i++) {
		if (write(desk->pty.master, keys, strlen(keys)) < 0)
			break;
	}
	return desk_stop_has_ended(desk);
}

static void signals_are_answered_in_a_flood_of_keys(void **state)
{
	static const int signals[] = {SIGTERM, SIGHUP, SIGINT};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(signals); i++) {
		struct desk desk;
		desk_open(&desk, &(struct desk_how){0});
		fcntl(desk.pty.master, F_SETFL, O_NONBLOCK);
		for (int k = 0; k < 100; k++)
			assert_false(ends_in_a_flood(&desk));
		kill(desk.stop, signals[i]);
		await(ends_in_a_flood, &desk, "stop has ended");
		desk_await_end(&desk);
		desk_close(&desk);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pasted_text_sends_no_signal),
		cmocka_unit_test(pasted_text_does_not_end_the_command),
		cmocka_unit_test(an_answer_after_the_question_sends_the_signal),
		cmocka_unit_test(signals_are_answered_in_a_flood_of_keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
