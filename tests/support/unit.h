/*
 * Included by every unit test: cmocka, with the headers that it requires.
 */
#ifndef STOP_TESTS_SUPPORT_UNIT_H
#define STOP_TESTS_SUPPORT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(*(array)))

#endif
