/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The key bindings: invariants of the table, and every documented key. */
#include "config.h"

#include "support/unit.h"

#include "out/glyph.h"
#include "ui/keys.h"

static void no_key_is_bound_twice(void **state)
{
	(void)state;
	for (size_t row = 0; row < key_binding_count; row++) {
		for (size_t i = 0; i < KEYS_PER_BINDING; i++) {
			uint32_t key = key_bindings[row].keys[i];
			if (key)
				assert_ptr_equal(key_lookup(key), &key_bindings[row]);
		}
	}
}

static void every_key_is_explained(void **state)
{
	(void)state;
	for (size_t row = 0; row < key_binding_count; row++) {
		const struct key_binding *binding = &key_bindings[row];
		assert_true(binding->keys[0] != 0);
		assert_true(binding->action > ACTION_NONE && binding->action < ACTION_COUNT);
		assert_in_range(glyph_columns(binding->names), 1, 8);
		assert_in_range(glyph_columns(binding->help), 1, 28);
		assert_int_equal(binding->bar == NULL, binding->label == NULL);
	}
}

static void every_documented_key_is_bound(void **state)
{
	static const struct {
		uint32_t key;
		enum action action;
	} cases[] = {
		{KEYCODE_UP, ACTION_UP},
		{KEYCODE_DOWN, ACTION_DOWN},
		{KEYCODE_PAGE_UP, ACTION_PAGE_UP},
		{KEYCODE_PAGE_DOWN, ACTION_PAGE_DOWN},
		{KEYCODE_HOME, ACTION_HOME},
		{KEYCODE_END, ACTION_END},
		{'k', ACTION_UP},
		{'j', ACTION_DOWN},
		{'g', ACTION_HOME},
		{'G', ACTION_END},
		{'h', ACTION_HELP},
		{'?', ACTION_HELP},
		{KEYCODE_F1, ACTION_HELP},
		{'S', ACTION_SETUP},
		{KEYCODE_F1 + 1, ACTION_SETUP},
		{'/', ACTION_SEARCH},
		{KEYCODE_F1 + 2, ACTION_SEARCH},
		{'n', ACTION_SEARCH_NEXT},
		{'N', ACTION_SEARCH_PREVIOUS},
		{'\\', ACTION_FILTER},
		{KEYCODE_F1 + 3, ACTION_FILTER},
		{'0', ACTION_CLASS},
		{'5', ACTION_CLASS},
		{'9', ACTION_CLASS},
		{'c', ACTION_CLASS_MENU},
		{'e', ACTION_ERRORS},
		{KEYCODE_F1 + 5, ACTION_SORT_MENU},
		{'<', ACTION_SORT_LEFT},
		{'>', ACTION_SORT_RIGHT},
		{'I', ACTION_INVERT},
		{'\t', ACTION_NEXT_PANE},
		{KEYCODE_BACK_TAB, ACTION_PREVIOUS_PANE},
		{'\r', ACTION_OPEN},
		{KEYCODE_ESCAPE, ACTION_BACK},
		{KEYCODE_BACKSPACE, ACTION_BACK},
		{'H', ACTION_THREADS},
		{'b', ACTION_STACKS},
		{'p', ACTION_PAUSE},
		{'Z', ACTION_PAUSE},
		{'z', ACTION_MARK},
		{'d', ACTION_DELAY},
		{'s', ACTION_SNAPSHOT},
		{'K', ACTION_SIGNAL},
		{KEYCODE_F1 + 8, ACTION_SIGNAL},
		{'t', ACTION_TREE},
		{KEYCODE_F1 + 4, ACTION_TREE},
		{KEYCODE_CTRL('L'), ACTION_REDRAW},
		{'q', ACTION_QUIT},
		{'x', ACTION_SIGNALS},
		{'o', ACTION_SPLIT},
		{'l', ACTION_LOG},
		{'-', ACTION_HIDE},
		{'=', ACTION_KEEP},
		{'*', ACTION_SHOW_ALL},
		{'%', ACTION_MATCH},
		{'Y', ACTION_COPY},
		{'M', ACTION_MANUAL},
		{KEYCODE_F1 + 9, ACTION_QUIT},
		{KEYCODE_CLICK, ACTION_CLICK},
		{KEYCODE_WHEEL_UP, ACTION_WHEEL_UP},
		{KEYCODE_WHEEL_DOWN, ACTION_WHEEL_DOWN},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(key_lookup(cases[i].key)->action, cases[i].action);
	assert_null(key_lookup(0));
	assert_null(key_lookup('C'));
}

/* Keys that move in vim, less or htop, typed out of habit, must be harmless. */
static void keys_that_move_in_other_programs_send_no_signal(void **state)
{
	static const char movements[] = "hjklgGbBwWeEfFdDuUnNmM '0^$HL{}()[]zZ\r\n\x7f";
	(void)state;
	for (const char *key = movements; *key; key++) {
		const struct key_binding *binding = key_lookup((uint32_t)*key);
		assert_true(!binding || binding->action != ACTION_SIGNAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_key_is_bound_twice),
		cmocka_unit_test(every_key_is_explained),
		cmocka_unit_test(every_documented_key_is_bound),
		cmocka_unit_test(keys_that_move_in_other_programs_send_no_signal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
