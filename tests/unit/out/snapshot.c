/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots: two files or none, with a name that the target cannot abuse. */
#include "config.h"

#include "support/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "out/snapshot.h"
#include "support/fixture.h"

static char directory[64];

static int enter(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/stop-test-XXXXXX");
	return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

/* Removes all files in the current directory. Returns their number. */
static int clear_directory(void)
{
	DIR *dir = opendir(".");
	int count = 0;
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		count += unlink(entry->d_name) == 0;
	closedir(dir);
	return count;
}

static int leave(void **state)
{
	(void)state;
	clear_directory();
	return chdir("/") == 0 && rmdir(directory) == 0 ? 0 : -1;
}

static void make_file(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static off_t size_of(const char *name)
{
	struct stat status;
	assert_int_equal(lstat(name, &status), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0600);
	return status.st_size;
}

#define STEM "stop-evil__31m_-1234-20231114T221320"

static void writes_two_files(void **state)
{
	struct snapshot_names names;
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	fixture.report.facts.name = "evil\x1b[31m\n";
	assert_int_equal(snapshot_write(&fixture.report, ".", false, &names), 0);
	assert_string_equal(names.text, STEM ".txt");
	assert_string_equal(names.json, STEM ".json");
	assert_true(size_of(names.text) > 100);
	assert_true(size_of(names.json) > 100);
	assert_int_equal(clear_directory(), 2);
}

static void a_name_clash_of_either_numbers_both(void **state)
{
	static const char *const taken[] = {STEM ".txt", STEM ".json", STEM "-1.json"};
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	for (size_t i = 0; i < COUNT_OF(taken); i++) {
		struct snapshot_names names;
		make_file(taken[i]);
		if (i == 2)
			make_file(STEM ".txt");
		assert_int_equal(snapshot_write(&fixture.report, ".", false, &names), 0);
		assert_string_equal(names.text, i == 2 ? STEM "-2.txt" : STEM "-1.txt");
		assert_string_equal(names.json, i == 2 ? STEM "-2.json" : STEM "-1.json");
		assert_int_equal(size_of(taken[i]), 0);
		assert_true(size_of(names.text) > 100);
		assert_int_equal(clear_directory(), i == 2 ? 4 : 3);
	}
}

static void a_symbolic_link_is_a_name_clash(void **state)
{
	struct snapshot_names names;
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	make_file("victim");
	assert_int_equal(symlink("victim", STEM ".txt"), 0);
	assert_int_equal(snapshot_write(&fixture.report, ".", false, &names), 0);
	assert_string_equal(names.text, STEM "-1.txt");
	assert_int_equal(size_of("victim"), 0);
	clear_directory();
}

static void a_full_disk_leaves_nothing(void **state)
{
	struct snapshot_names names = {"untouched", ""};
	struct rlimit old, small;
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	/* The file size limit simulates a full disk: both make write(2) stop half way. */
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = (struct rlimit){1500, old.rlim_max};
	setrlimit(RLIMIT_FSIZE, &small);
	int error = snapshot_write(&fixture.report, ".", false, &names);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(error, -EFBIG);
	assert_string_equal(names.text, "untouched");
	assert_int_equal(clear_directory(), 0);
}

static void a_missing_directory_is_an_error(void **state)
{
	struct snapshot_names names;
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	assert_int_equal(snapshot_write(&fixture.report, "nowhere", false, &names), -ENOENT);
	assert_int_equal(snapshot_write(&fixture.report, "/dev/null", false, &names), -ENOTDIR);
	if (access("/sys", F_OK) == 0)
		assert_true(snapshot_write(&fixture.report, "/sys", false, &names) < 0);
}

static void names_are_harmless(void **state)
{
	static const struct {
		const char *name, *part;
	} cases[] = {
		{"redis-server", "stop-redis-server-1-"},
		{"../../etc/passwd", "stop-_._.._etc_passwd-1-"},
		{"..", "stop-_.-1-"},
		{".hidden", "stop-_hidden-1-"},
		{"-rf", "stop-_rf-1-"},
		{"a b;$(c)`d`", "stop-a_b___c__d_-1-"},
		{"\x1b]0;x\a", "stop-__0_x_-1-"},
		{"t\xc3\xa4t", "stop-t__t-1-"},
		{"", "stop-process-1-"},
		{"0123456789012345678901234567890123456789",
			"stop-01234567890123456789012345678901-1-"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char stem[SNAPSHOT_NAME_MAX], wanted[SNAPSHOT_NAME_MAX];
		snprintf(wanted, sizeof(wanted), "%s20231114T221320", cases[i].part);
		snapshot_stem(cases[i].name, 1, FIXTURE_TIME, 0, stem);
		assert_string_equal(stem, wanted);
	}
}

static void the_longest_name_fits(void **state)
{
	char stem[SNAPSHOT_NAME_MAX];
	(void)state;
	snapshot_stem("01234567890123456789012345678901", INT32_MAX, FIXTURE_TIME, 999, stem);
	assert_string_equal(
		stem, "stop-01234567890123456789012345678901-2147483647-20231114T221320-999");
	assert_true(strlen(stem) + strlen(".json") < SNAPSHOT_NAME_MAX);
}

int main(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_two_files, enter, leave),
		cmocka_unit_test_setup_teardown(a_name_clash_of_either_numbers_both, enter, leave),
		cmocka_unit_test_setup_teardown(a_symbolic_link_is_a_name_clash, enter, leave),
		cmocka_unit_test_setup_teardown(a_full_disk_leaves_nothing, enter, leave),
		cmocka_unit_test_setup_teardown(a_missing_directory_is_an_error, enter, leave),
		cmocka_unit_test(names_are_harmless),
		cmocka_unit_test(the_longest_name_fits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
