/*
 * What every unit test includes: cmocka, with the headers that it wants to find before it.
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
