/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Headers of tar archives: what is written is read back, and nothing else is taken for one. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <string.h>

#include "base/tar.h"
#include "support/random.h"

static void what_is_written_is_read_back(void **state)
{
	static const struct tar_member members[] = {
		{"a.ctf/", TAR_DIRECTORY, 0},
		{"a.ctf/metadata", TAR_FILE, 1},
		{"a.ctf/stream_1", TAR_FILE, UINT64_C(077777777777)},
		{"a.ctf/stream_2", TAR_FILE, UINT64_C(0100000000000)},
		{"a.ctf/stream_3", TAR_FILE, INT64_MAX},
	};
	unsigned char block[TAR_BLOCK];
	struct tar_member member;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(members); i++) {
		tar_write(&members[i], 1700000000, block);
		assert_int_equal(tar_read(block, &member), 1);
		assert_string_equal(member.name, members[i].name);
		assert_int_equal(member.type, members[i].type);
		assert_int_equal(member.size, members[i].size);
	}
}

/* Names that do not fit into one field are divided at a slash. */
static void names_are_long(void **state)
{
	unsigned char block[TAR_BLOCK];
	struct tar_member member = {.type = TAR_FILE}, again;
	(void)state;
	for (size_t size = 90; size <= TAR_DIRECTORY_MAX; size++) {
		memset(member.name, 'd', size);
		strcpy(member.name + size, "/stream_1");
		tar_write(&member, 0, block);
		assert_int_equal(tar_read(block, &again), 1);
		assert_string_equal(again.name, member.name);
	}
}

static void zeros_are_the_end(void **state)
{
	const unsigned char block[TAR_BLOCK] = {0};
	struct tar_member member;
	(void)state;
	assert_int_equal(tar_read(block, &member), 0);
}

/* The sum says so, wherever a byte has changed. */
static void damage_is_no_header(void **state)
{
	const struct tar_member member = {"a.ctf/stream", TAR_FILE, 12345};
	unsigned char block[TAR_BLOCK];
	struct tar_member read;
	(void)state;
	for (size_t i = 0; i < TAR_BLOCK; i++) {
		tar_write(&member, 0, block);
		block[i] ^= 1;
		/* What is behind the end of the sum's number says nothing. */
		if (i != 155)
			assert_int_equal(tar_read(block, &read), -EINVAL);
	}
}

static void noise_is_no_header(void **state)
{
	unsigned char block[TAR_BLOCK];
	struct tar_member member;
	uint64_t seed = 5;
	(void)state;
	for (int round = 0; round < 1000; round++) {
		for (size_t i = 0; i < TAR_BLOCK; i++)
			block[i] = (unsigned char)random_next(&seed);
		if (round % 2)
			memcpy(block + 257, "ustar", 6);
		assert_int_equal(tar_read(block, &member), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(names_are_long),
		cmocka_unit_test(zeros_are_the_end),
		cmocka_unit_test(damage_is_no_header),
		cmocka_unit_test(noise_is_no_header),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
