/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program of a process. */
#include "config.h"

#include "support/unit.h"

#include <elf.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc/program.h"
#include "support/child.h"

static void the_word_size_of_this_program_is_found(void **state)
{
	(void)state;
	assert_int_equal(proc_is_32bit(getpid()), sizeof(void *) == 4);
}

static void word_sizes_are_parsed(void **state)
{
	static const uint64_t wide[] = {AT_PAGESZ, 4096, AT_PHENT, sizeof(Elf64_Phdr), AT_NULL, 0};
	static const uint32_t narrow[] = {
		AT_PAGESZ, 4096, AT_PHENT, sizeof(Elf32_Phdr), AT_NULL, 0};
	(void)state;
	assert_false(proc_auxv_is_32bit((const char *)wide, sizeof(wide)));
	assert_true(proc_auxv_is_32bit((const char *)narrow, sizeof(narrow)));
	assert_false(
		proc_auxv_is_32bit((const char *)narrow, 12)); /* cut in the middle of a pair */
	assert_false(proc_auxv_is_32bit("", 0));
}

static void the_file_of_this_program_is_found(void **state)
{
	struct proc_program program;
	struct stat stats;
	(void)state;
	assert_int_equal(stat("/proc/self/exe", &stats), 0);
	assert_int_equal(proc_program(getpid(), &program), 0);
	assert_int_equal(program.mode, stats.st_mode);
	assert_int_equal(program.uid, stats.st_uid);
	assert_int_equal(program.gid, stats.st_gid);
	pid_t dead = dead_process();
	assert_int_equal(proc_program(dead, &program), -ENOENT);
	assert_false(proc_is_32bit(dead));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_word_size_of_this_program_is_found),
		cmocka_unit_test(word_sizes_are_parsed),
		cmocka_unit_test(the_file_of_this_program_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
