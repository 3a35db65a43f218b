/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tokens. */
#include "config.h"

#include "support/unit.h"

#include <string.h>

#include "out/token.h"

static void each_is_another(void **state)
{
	char first[TOKEN_TEXT], second[TOKEN_TEXT];
	(void)state;
	assert_int_equal(token_make(first), 0);
	assert_int_equal(token_make(second), 0);
	assert_int_equal(strlen(first), 32);
	assert_int_equal(strspn(first, "0123456789abcdef"), 32);
	assert_string_not_equal(first, second);
}

static void only_the_whole_token_matches(void **state)
{
	char token[TOKEN_TEXT], given[TOKEN_TEXT + 1];
	(void)state;
	assert_int_equal(token_make(token), 0);
	assert_true(token_matches(token, token));
	assert_false(token_matches(token, NULL));
	assert_false(token_matches(token, ""));
	for (size_t i = 0; i < TOKEN_TEXT - 1; i++) {
		strcpy(given, token);
		given[i] = given[i] == '0' ? '1' : '0';
		assert_false(token_matches(token, given));
		given[i] = '\0';
		assert_false(token_matches(token, given));
	}
	strcpy(given, token);
	strcat(given, "0");
	assert_false(token_matches(token, given));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_another),
		cmocka_unit_test(only_the_whole_token_matches),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
