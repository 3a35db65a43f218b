/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which description is used for a terminal. */
#include "config.h"

#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "ui/terminal_entry.h"

static void expect(const char *term, const char *name)
{
	struct terminal_entry entry;
	assert_true(terminal_entry_find(term, &entry));
	assert_string_equal(entry.name, name);
	assert_true(entry.can_move);
}

static void that_of_the_system_comes_first(void **state)
{
	(void)state;
	unsetenv("COLORTERM");
	expect("xterm", "xterm");
	expect("screen-256color", "screen-256color");
	expect("linux", "linux");
}

static void new_terminals_are_taken_for_older_ones(void **state)
{
	(void)state;
	unsetenv("COLORTERM");
	expect("xterm-of-next-year", "xterm-256color");
	expect("alacritty-of-next-year", "xterm-256color");
	expect("tmux-of-next-year", "screen-256color");
}

static void others_are_unknown(void **state)
{
	struct terminal_entry entry;
	char name[2 * TERMINAL_NAME_MAX];
	(void)state;
	assert_false(terminal_entry_find("of-next-year", &entry));
	assert_false(terminal_entry_find("", &entry));
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_false(terminal_entry_find(name, &entry));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(that_of_the_system_comes_first),
		cmocka_unit_test(new_terminals_are_taken_for_older_ones),
		cmocka_unit_test(others_are_unknown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
