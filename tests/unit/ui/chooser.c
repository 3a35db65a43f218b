/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process chooser: its rows, its keys, and what it looks like. */
#include "config.h"

#include "support/unit.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/chooser.h"
#include "ui/keys.h"

static const struct chooser_process processes[] = {
	{.pid = 10, .cpu = 0.01, .threads = 1, .name = "bash", .command = "-bash"},
	{.pid = 20, .cpu = 0.5, .threads = 4, .name = "redis-server", .command = "redis *:6379"},
	{.pid = 30, .cpu = (double)NAN, .threads = 2, .name = "nginx", .command = "nginx: worker"},
	{.pid = 40, .cpu = 0.9, .threads = 1, .name = "nginx", .command = "nginx: master"},
};

/* Gives CHOOSER the processes from FIRST on, as a new list. */
static void set(struct chooser *chooser, size_t first)
{
	size_t count = sizeof(processes) / sizeof(*processes) - first;
	struct chooser_process *list = calloc(count + 1, sizeof(*list));
	memcpy(list, processes + first, count * sizeof(*list));
	chooser_set(chooser, list, count);
}

static char *shot(struct chooser *chooser, int rows, int columns)
{
	struct canvas *canvas = canvas_new(rows, columns);
	chooser_draw(chooser, canvas_area(canvas));
	char *text = canvas_text(canvas);
	canvas_free(canvas);
	return text;
}

static void assert_chosen(const struct chooser *chooser, size_t wanted, const pid_t *pids)
{
	pid_t chosen[8];
	assert_int_equal(chooser_chosen(chooser, chosen, 8), wanted);
	for (size_t i = 0; i < wanted; i++)
		assert_int_equal(chosen[i], pids[i]);
}

static void type(struct chooser *chooser, const char *text)
{
	for (; *text; text++)
		assert_int_equal(chooser_key(chooser, (unsigned char)*text), CHOOSER_OPEN);
}

static void the_busiest_come_first(void **state)
{
	struct chooser chooser = {.title = "choose"};
	(void)state;
	set(&chooser, 0);
	char *text = shot(&chooser, 8, 60);
	assert_string_equal(text, "choose\n"
				  "Filter:                                               4 of 4\n"
				  "       PID    CPU%    THR  NAME              COMMAND\n"
				  "        40    90.0      1  nginx             nginx: master\n"
				  "        20    50.0      4  redis-server      redis *:6379\n"
				  "        10    1.00      1  bash              -bash\n"
				  "        30       -      2  nginx             nginx: worker\n"
				  "Enter Attach  Space Mark  Esc Clear filter, quit  or type to\n");
	free(text);
	assert_chosen(&chooser, 1, (pid_t[]){40});
	chooser_clear(&chooser);
}

static void typing_filters(void **state)
{
	struct chooser chooser = {0};
	(void)state;
	set(&chooser, 0);
	type(&chooser, "NGI");
	assert_int_equal(chooser.shown_count, 2);
	assert_chosen(&chooser, 1, (pid_t[]){40});
	type(&chooser, "x: w");
	assert_int_equal(chooser.shown_count, 0);
	assert_int_equal(chooser_key(&chooser, '\r'), CHOOSER_OPEN);
	/* The first Escape clears the filter, the second one leaves. */
	assert_int_equal(chooser_key(&chooser, KEYCODE_ESCAPE), CHOOSER_OPEN);
	assert_int_equal(chooser.shown_count, 4);
	type(&chooser, "20");
	assert_chosen(&chooser, 1, (pid_t[]){20});
	assert_int_equal(chooser_key(&chooser, '\r'), CHOOSER_CHOSEN);
	chooser_clear(&chooser);
}

static void what_is_pasted_is_text(void **state)
{
	struct chooser chooser = {0};
	(void)state;
	set(&chooser, 0);
	assert_int_equal(chooser_key(&chooser, KEYCODE_PASTED | 'r'), CHOOSER_OPEN);
	assert_int_equal(chooser_key(&chooser, KEYCODE_PASTED | '\r'), CHOOSER_OPEN);
	assert_string_equal(chooser.filter.text, "r");
	chooser_clear(&chooser);
}

static void rows_stay_once_the_user_moves(void **state)
{
	struct chooser chooser = {0};
	(void)state;
	set(&chooser, 1);
	assert_int_equal(chooser_key(&chooser, KEYCODE_DOWN), CHOOSER_OPEN);
	assert_chosen(&chooser, 1, (pid_t[]){20});
	/* 10 is new, and comes last. */
	set(&chooser, 0);
	assert_chosen(&chooser, 1, (pid_t[]){20});
	assert_int_equal(chooser_key(&chooser, KEYCODE_END), CHOOSER_OPEN);
	assert_chosen(&chooser, 1, (pid_t[]){10});
	/* It ends: what takes its place is selected. */
	set(&chooser, 1);
	assert_chosen(&chooser, 1, (pid_t[]){30});
	chooser_clear(&chooser);
}

static void several_can_be_marked(void **state)
{
	struct chooser chooser = {0};
	(void)state;
	set(&chooser, 0);
	assert_int_equal(chooser_key(&chooser, ' '), CHOOSER_OPEN);
	assert_int_equal(chooser_key(&chooser, KEYCODE_DOWN), CHOOSER_OPEN);
	assert_int_equal(chooser_key(&chooser, ' '), CHOOSER_OPEN);
	assert_chosen(&chooser, 2, (pid_t[]){40, 10});
	/* One of them ends. */
	set(&chooser, 1);
	assert_chosen(&chooser, 1, (pid_t[]){40});
	/* A second Space takes a mark away. */
	assert_int_equal(chooser_key(&chooser, KEYCODE_HOME), CHOOSER_OPEN);
	assert_int_equal(chooser_key(&chooser, ' '), CHOOSER_OPEN);
	assert_int_equal(chooser.marked_count, 0);
	chooser_clear(&chooser);
}

static void it_can_be_left(void **state)
{
	struct chooser chooser = {0};
	(void)state;
	set(&chooser, 0);
	assert_int_equal(chooser_key(&chooser, KEYCODE_ESCAPE), CHOOSER_QUIT);
	assert_int_equal(chooser_key(&chooser, KEYCODE_CTRL('C')), CHOOSER_QUIT);
	assert_int_equal(chooser_key(&chooser, KEYCODE_F1 + 9), CHOOSER_QUIT);
	assert_int_equal(chooser_key(&chooser, KEYCODE_CTRL('Z')), CHOOSER_SUSPEND);
	chooser_clear(&chooser);
}

/* No size, no list and no key may break it. */
static void it_is_robust(void **state)
{
	struct chooser chooser = {0};
	(void)state;
	for (int rows = 1; rows < 8; rows++) {
		set(&chooser, (size_t)rows % 5);
		free(shot(&chooser, rows, 3 * rows));
		for (uint32_t key = KEYCODE_UP; key < KEYCODE_WHEEL_DOWN + 1; key++)
			chooser_key(&chooser, key);
	}
	chooser_clear(&chooser);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_busiest_come_first),
		cmocka_unit_test(typing_filters),
		cmocka_unit_test(what_is_pasted_is_text),
		cmocka_unit_test(rows_stay_once_the_user_moves),
		cmocka_unit_test(several_can_be_marked),
		cmocka_unit_test(it_can_be_left),
		cmocka_unit_test(it_is_robust),
	};
	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
