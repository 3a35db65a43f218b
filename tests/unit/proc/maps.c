/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/PID/maps, line by line: only what the kernel writes is accepted.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "proc/maps.h"

static bool parse(const char *text, struct maps_line *line)
{
	const char *at = text;
	return maps_next(&at, text + strlen(text), line);
}

static void test_file(void **state)
{
	(void)state;
	struct maps_line line;
	assert_true(parse(
		"7f112b5aa000-7f112b5ab000 r-xp 00002000 fe:01 320485   /usr/lib/a b.so\n", &line));
	assert_int_equal(line.start, 0x7f112b5aa000);
	assert_int_equal(line.end, 0x7f112b5ab000);
	assert_int_equal(line.offset, 0x2000);
	assert_int_equal(line.major, 0xfe);
	assert_int_equal(line.minor, 1);
	assert_int_equal(line.inode, 320485);
	assert_true(line.readable && !line.writable && line.executable && !line.deleted);
	assert_int_equal(line.name_size, strlen("/usr/lib/a b.so"));
	assert_memory_equal(line.name, "/usr/lib/a b.so", line.name_size);
}

static void test_deleted(void **state)
{
	(void)state;
	struct maps_line line;
	assert_true(parse("1000-2000 rw-p 00000000 00:01 7 /tmp/x (deleted)", &line));
	assert_true(line.deleted && line.writable);
	assert_int_equal(line.name_size, strlen("/tmp/x"));
}

static void test_without_name(void **state)
{
	(void)state;
	struct maps_line line;
	assert_true(parse("1000-2000 rw-p 00000000 00:00 0 \n", &line));
	assert_int_equal(line.inode, 0);
	assert_int_equal(line.name_size, 0);
}

static void test_invalid_lines_are_skipped(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"",
		"\n",
		"no map",
		"2000-1000 r-xp 0 00:00 0 \n",
		"1000-2000",
		"1000-2000 r",
		"1000-2000 r-xp 0 00:00\n",
		"g-h r-xp 0 00:00 0 \n",
	};
	struct maps_line line;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_false(parse(texts[i], &line));
	assert_true(parse("nonsense\n1000-2000 r-xp 0 00:00 0 \n", &line));
	assert_int_equal(line.start, 0x1000);
}

/* This function is in the map of this process; an unused PID has no map. */
static void test_own_map(void **state)
{
	(void)state;
	struct maps_text maps = {0};
	for (int i = 0; i < 2; i++) {
		struct maps_line line;
		bool found = false;
		assert_int_equal(maps_read(getpid(), &maps), 0);
		for (const char *at = maps.text; maps_next(&at, maps.text + maps.size, &line);) {
			uint64_t address = (uint64_t)(uintptr_t)test_own_map;
			found |= line.executable && address >= line.start && address < line.end;
		}
		assert_true(found);
	}
	assert_int_equal(maps_read(-1, &maps), -ENOENT);
	maps_clear(&maps);
	assert_null(maps.text);
}

/* In steps of any size. */
static void test_filter(void **state)
{
	static const char all[] = "1000-2000 r--p 00000000 08:01 5 /bin/a\n"
				  "2000-3000 r-xp 00001000 08:01 5 /bin/a\n"
				  "3000-4000 rw-p 00002000 08:01 5 /bin/a\n"
				  "4000-5000 r--s 00000000 08:01 6 /data\n"
				  "5000-5800 r--s 00000000 08:02 5 /other\n"
				  "6000-7000 rwxp 00000000 00:00 0 \n"
				  "7000-8000 rw-p 00000000 00:00 0 [stack]\n"
				  "8000-9000 r-xp 00000000 00:00 0 [vdso]\n"
				  "a000-b000 r--p 00000000 08:01 7 /bin/moved\n"
				  "b000-c000 r-xp 00000000 00:00 0 \n"
				  "c000-d000 r-xp 00000000 00:00 0 [anon:code]\n"
				  "d000-e000 r--p 00003000 08:01 8 /bin/moved/too\n"
				  "e000-f000 r--p 00003000 08:01 9 /data\n";
	static const char needed[] = "1000-2000 r--p 00000000 08:01 5 /bin/a\n"
				     "2000-3000 r-xp 00001000 08:01 5 /bin/a\n"
				     "6000-7000 rwxp 00000000 00:00 0 \n"
				     "8000-9000 r-xp 00000000 00:00 0 [vdso]\n"
				     "a000-b000 r--p 00000000 08:01 7 /bin/moved\n"
				     "b000-c000 r-xp 00000000 00:00 0 \n"
				     "c000-d000 r-xp 00000000 00:00 0 [anon:code]\n"
				     "d000-e000 r--p 00003000 08:01 8 /bin/moved/too\n";
	(void)state;
	for (size_t lines = 1; lines <= 20; lines++) {
		char text[sizeof(all)];
		struct maps_text maps = {.text = text, .size = strlen(all)};
		struct maps_filter filter = {0};
		memcpy(text, all, sizeof(all));
		while (!maps_filter_some(&filter, lines, &maps))
			;
		maps_filter_clear(&filter);
		assert_int_equal(maps.size, strlen(needed));
		assert_memory_equal(text, needed, maps.size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_deleted),
		cmocka_unit_test(test_without_name),
		cmocka_unit_test(test_invalid_lines_are_skipped),
		cmocka_unit_test(test_own_map),
		cmocka_unit_test(test_filter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
