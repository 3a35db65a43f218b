/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Included by every test in C: cmocka, with the headers that it requires.
 *
 * Environment: CASE, a pattern: only test cases whose names match it are run ("*fork*").
 */
#ifndef STOP_TESTS_SUPPORT_UNIT_H
#define STOP_TESTS_SUPPORT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/pause.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))

#undef cmocka_run_group_tests
#define cmocka_run_group_tests(tests, setup, teardown) \
	(cmocka_set_test_filter(getenv("CASE")), \
		_cmocka_run_group_tests(#tests, tests, COUNT_OF(tests), setup, teardown))

#endif
