/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index of .eh_frame: as readelf(1) and the linker see it, and never outside the section.
 */
#include "config.h"

#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "stack/ehframe.h"

/* A CIE "zR" with pc-relative addresses of 4 bytes, and two functions, the second one first. */
static const unsigned char section[] = {
	/* 0x00: CIE */ 0x14, 0, 0, 0, 0, 0, 0, 0, 1, 'z', 'R', 0, 1, 0x78, 16, 1, 0x1b, 0x0c, 7, 8,
	0x90, 1, 0, 0,
	/* 0x18: FDE at 0x20 + 0x1000 */ 0x14, 0, 0, 0, 0x1c, 0, 0, 0, 0, 0x10, 0, 0, 0x10, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0,
	/* 0x30: FDE at 0x38 + 0x800 */ 0x14, 0, 0, 0, 0x34, 0, 0, 0, 0, 0x08, 0, 0, 0x10, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0,
	/* the end */ 0, 0, 0, 0};

static void test_entries_are_ordered(void **state)
{
	(void)state;
	size_t count;
	struct ehframe_entry *entries = ehframe_index(section, sizeof(section), &count);
	assert_int_equal(count, 2);
	assert_int_equal(entries[0].start, 0x838);
	assert_int_equal(entries[0].fde, 0x30);
	assert_int_equal(entries[1].start, 0x1020);
	assert_int_equal(entries[1].fde, 0x18);
	free(entries);
}

/* Every truncation and every changed byte, for the sanitizers to check. */
static void test_damaged_sections_are_harmless(void **state)
{
	(void)state;
	size_t count;
	for (size_t size = 0; size < sizeof(section); size++) {
		unsigned char *cut = malloc(size + 1);
		assert_non_null(cut);
		memcpy(cut, section, size);
		free(ehframe_index(cut, size, &count));
		free(cut);
	}
	for (size_t at = 0; at < sizeof(section) * 256; at++) {
		unsigned char copy[sizeof(section)];
		memcpy(copy, section, sizeof(section));
		copy[at / 256] = (unsigned char)at;
		free(ehframe_index(copy, sizeof(copy), &count));
		assert_true(count <= 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries_are_ordered),
		cmocka_unit_test(test_damaged_sections_are_harmless),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
