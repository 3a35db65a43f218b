/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Perf maps: the name of an address at the time of a size, as the file grows, or is rewritten. */
#include "config.h"

#include "support/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "stack/perfmap.h"

#define ALL UINT64_MAX

static int fd;
static struct perfmap *map;

static int set_up(void **state)
{
	(void)state;
	fd = memfd_create("perfmap", MFD_CLOEXEC);
	assert_true(fd >= 0);
	map = perfmap_new(dup(fd));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	perfmap_free(map);
	close(fd);
	return 0;
}

static void append(const char *text)
{
	assert_true(lseek(fd, 0, SEEK_END) >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static uint64_t size_now(void)
{
	return (uint64_t)lseek(fd, 0, SEEK_END);
}

static void expect(uint64_t address, uint64_t limit, const char *wanted, uint64_t wanted_offset)
{
	char name[PERFMAP_NAME_MAX];
	uint64_t offset;
	bool is_found = perfmap_find(map, address, limit, name, &offset);
	assert_int_equal(is_found, wanted != NULL);
	if (!wanted)
		return;
	assert_string_equal(name, wanted);
	assert_int_equal(offset, wanted_offset);
}

static void the_last_line_that_covers_an_address_counts(void **state)
{
	(void)state;
	expect(0x1000, ALL, NULL, 0);
	append("1000 10 a name\n2000 8 other\n");
	expect(0x100f, ALL, "a name", 15);
	expect(0x1010, ALL, NULL, 0);
	append("1008 8 later\nnot a line\n1000 0 empty\n1000 8\n1000 8 \n");
	expect(0x1007, ALL, "a name", 7);
	expect(0x1008, ALL, "later", 0);
	append("1000 10 not yet comp");
	expect(0x1007, ALL, "a name", 7);
	append("lete\n");
	expect(0x1007, ALL, "not yet complete", 7);
}

static void a_size_is_a_time(void **state)
{
	uint64_t first, second;
	(void)state;
	append("5000 10 elsewhere\n");
	uint64_t before = size_now();
	append("1000 10 first\n");
	first = size_now();
	append("1000 10 second\n");
	second = size_now();
	append("1000 10 third\n");
	expect(0x1000, first, "first", 0);
	expect(0x1000, second, "second", 0);
	expect(0x1000, second + 1, "second", 0);
	expect(0x1000, ALL, "third", 0);
	/* It was named late. */
	expect(0x1000, before, "first", 0);
}

static void a_file_that_is_written_anew_is_read_anew(void **state)
{
	(void)state;
	append("1000 10 first\n3000 10 gone\n");
	expect(0x1000, ALL, "first", 0);
	assert_int_equal(ftruncate(fd, 0), 0);
	append("1000 10 other\n4000 10 much longer than what was there before\n");
	expect(0x1000, ALL, "other", 0);
	expect(0x3000, ALL, NULL, 0);
	expect(0x4000, ALL, "much longer than what was there before", 0);
}

static void names_and_lines_that_are_too_long_are_cut_and_skipped(void **state)
{
	char *text = xcalloc(200001, 1), wanted[PERFMAP_NAME_MAX];
	(void)state;
	memset(text, 'x', 200000);
	append("1000 10 ");
	append(text);
	append("\n2000 10 after\n3000 10 ");
	text[2000] = '\0';
	append(text);
	append("\n");
	expect(0x1000, ALL, NULL, 0);
	expect(0x2000, ALL, "after", 0);
	snprintf(wanted, sizeof(wanted), "%s", text);
	expect(0x3000, ALL, wanted, 0);
	free(text);
}

static void a_map_that_grows_for_ever_is_read_to_a_limit(void **state)
{
	(void)state;
	append("1000 10 first\n");
	assert_int_equal(ftruncate(fd, (off_t)PERFMAP_SIZE_MAX * 8), 0);
	append("\n2000 10 beyond\n");
	expect(0x1000, ALL, "first", 0);
	expect(0x2000, ALL, NULL, 0);
}

static void of_too_many_lines_the_last_ones_are_known(void **state)
{
	(void)state;
	size_t lines = PERFMAP_LINES_MAX + 10, size = 32;
	char *text = xcalloc(lines, size), *at = text;
	for (size_t i = 0; i < lines; i++)
		at += sprintf(at, "%zx 10 n%zu\n", 0x10000 + i * 16, i);
	append(text);
	free(text);
	expect(0x10000, ALL, NULL, 0);
	expect(0x10000 + 10 * 16, ALL, "n10", 0);
	expect(0x10000 + (lines - 1) * 16, ALL, "n1048585", 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(the_last_line_that_covers_an_address_counts),
		TEST(a_size_is_a_time),
		TEST(a_file_that_is_written_anew_is_read_anew),
		TEST(names_and_lines_that_are_too_long_are_cut_and_skipped),
		TEST(a_map_that_grows_for_ever_is_read_to_a_limit),
		TEST(of_too_many_lines_the_last_ones_are_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
