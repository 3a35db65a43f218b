/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that appear complete or not at all, and never replace another. */
#include "config.h"

#include "support/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "out/atomic_file.h"

/* A temporary directory for each test. */
struct place {
	char path[64];
	int directory;
};

static int enter(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	strcpy(place->path, "/tmp/stop-test-XXXXXX");
	if (!mkdtemp(place->path))
		return -1;
	place->directory = open(place->path, O_RDONLY | O_DIRECTORY);
	*state = place;
	return place->directory < 0 ? -1 : 0;
}

/* Calls VISIT, if not NULL, for each file in PLACE. Returns their number. */
static int each_file(const struct place *place, void (*visit)(int directory, const char *name))
{
	DIR *dir = opendir(place->path);
	int count = 0;
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (visit)
			visit(place->directory, entry->d_name);
		count++;
	}
	closedir(dir);
	return count;
}

static void remove_file(int directory, const char *name)
{
	unlinkat(directory, name, 0);
}

static int leave(void **state)
{
	struct place *place = *state;
	each_file(place, remove_file);
	close(place->directory);
	rmdir(place->path);
	free(place);
	return 0;
}

/* Asserts that the contents of NAME in PLACE are TEXT. */
static void assert_content(const struct place *place, const char *name, const char *text)
{
	char content[256] = "";
	int fd = openat(place->directory, name, O_RDONLY | O_NOFOLLOW);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, content, sizeof(content) - 1), strlen(text));
	assert_string_equal(content, text);
	close(fd);
}

static void make_file(const struct place *place, const char *name, const char *text)
{
	int fd = openat(place->directory, name, O_WRONLY | O_CREAT, 0644);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void appears_when_published(void **state)
{
	const struct place *place = *state;
	struct atomic_file atomic_file;
	assert_int_equal(atomic_file_open(&atomic_file, place->directory), 0);
	fputs("whole", atomic_file.stream);
	assert_int_equal(atomic_file_finish(&atomic_file), 0);
	assert_int_not_equal(faccessat(place->directory, "name", F_OK, 0), 0);
	assert_int_equal(atomic_file_publish(&atomic_file, "name"), 0);
	atomic_file_discard(&atomic_file);
	assert_content(place, "name", "whole");
	assert_int_equal(each_file(place, NULL), 1);
}

static void is_private_to_the_owner(void **state)
{
	const struct place *place = *state;
	struct atomic_file atomic_file;
	struct stat status;
	mode_t old = umask(0);
	assert_int_equal(atomic_file_open(&atomic_file, place->directory), 0);
	assert_int_equal(atomic_file_publish(&atomic_file, "name"), 0);
	atomic_file_discard(&atomic_file);
	umask(old);
	assert_int_equal(fstatat(place->directory, "name", &status, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(status.st_mode, S_IFREG | 0600);
}

static void leaves_nothing_when_discarded(void **state)
{
	const struct place *place = *state;
	struct atomic_file atomic_file;
	assert_int_equal(atomic_file_open(&atomic_file, place->directory), 0);
	fputs("half", atomic_file.stream);
	atomic_file_discard(&atomic_file);
	assert_int_equal(each_file(place, NULL), 0);
}

static void never_replaces_a_file(void **state)
{
	const struct place *place = *state;
	struct atomic_file atomic_file;
	make_file(place, "name", "old");
	assert_int_equal(atomic_file_open(&atomic_file, place->directory), 0);
	fputs("new", atomic_file.stream);
	assert_int_equal(atomic_file_finish(&atomic_file), 0);
	assert_int_equal(atomic_file_publish(&atomic_file, "name"), -EEXIST);
	assert_int_equal(atomic_file_publish(&atomic_file, "other"), 0);
	atomic_file_discard(&atomic_file);
	assert_content(place, "name", "old");
	assert_content(place, "other", "new");
}

static void never_follows_a_symbolic_link(void **state)
{
	const struct place *place = *state;
	struct atomic_file atomic_file;
	make_file(place, "victim", "old");
	assert_int_equal(symlinkat("victim", place->directory, "name"), 0);
	assert_int_equal(symlinkat("nowhere", place->directory, "dangling"), 0);
	assert_int_equal(atomic_file_open(&atomic_file, place->directory), 0);
	assert_int_equal(atomic_file_publish(&atomic_file, "name"), -EEXIST);
	assert_int_equal(atomic_file_publish(&atomic_file, "dangling"), -EEXIST);
	atomic_file_discard(&atomic_file);
	assert_content(place, "victim", "old");
	assert_int_not_equal(faccessat(place->directory, "nowhere", F_OK, 0), 0);
}

static void can_remove_its_name_again(void **state)
{
	const struct place *place = *state;
	struct atomic_file atomic_file;
	assert_int_equal(atomic_file_open(&atomic_file, place->directory), 0);
	fputs("whole", atomic_file.stream);
	assert_int_equal(atomic_file_finish(&atomic_file), 0);
	assert_int_equal(atomic_file_publish(&atomic_file, "first"), 0);
	assert_int_equal(atomic_file_withdraw(&atomic_file, "first"), 0);
	assert_int_not_equal(faccessat(place->directory, "first", F_OK, 0), 0);
	make_file(place, "taken", "old");
	assert_int_equal(atomic_file_publish(&atomic_file, "taken"), -EEXIST);
	assert_int_equal(atomic_file_publish(&atomic_file, "second"), 0);
	atomic_file_discard(&atomic_file);
	assert_content(place, "second", "whole");
	assert_content(place, "taken", "old");
	assert_int_equal(each_file(place, NULL), 2);
}

static void withdrawn_and_discarded_leaves_nothing(void **state)
{
	const struct place *place = *state;
	struct atomic_file atomic_file;
	assert_int_equal(atomic_file_open(&atomic_file, place->directory), 0);
	assert_int_equal(atomic_file_publish(&atomic_file, "first"), 0);
	assert_int_equal(atomic_file_withdraw(&atomic_file, "first"), 0);
	atomic_file_discard(&atomic_file);
	assert_int_equal(each_file(place, NULL), 0);
}

static void a_failed_write_is_reported(void **state)
{
	const struct place *place = *state;
	struct atomic_file atomic_file;
	struct rlimit old, small;
	/* The file size limit simulates a full disk: both make write(2) stop half way. */
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = (struct rlimit){8192, old.rlim_max};
	assert_int_equal(atomic_file_open(&atomic_file, place->directory), 0);
	setrlimit(RLIMIT_FSIZE, &small);
	for (int i = 0; i < 100000; i++)
		fputc('x', atomic_file.stream);
	int error = atomic_file_finish(&atomic_file);
	setrlimit(RLIMIT_FSIZE, &old);
	atomic_file_discard(&atomic_file);
	assert_true(error < 0);
	assert_int_equal(each_file(place, NULL), 0);
}

static void an_unwritable_directory_is_an_error(void **state)
{
	struct atomic_file atomic_file;
	(void)state;
	/* Not even root can create files in sysfs. */
	int directory = open("/sys", O_RDONLY | O_DIRECTORY);
	if (directory < 0)
		skip();
	assert_true(atomic_file_open(&atomic_file, directory) < 0);
	assert_null(atomic_file.stream);
	close(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(appears_when_published, enter, leave),
		cmocka_unit_test_setup_teardown(is_private_to_the_owner, enter, leave),
		cmocka_unit_test_setup_teardown(leaves_nothing_when_discarded, enter, leave),
		cmocka_unit_test_setup_teardown(never_replaces_a_file, enter, leave),
		cmocka_unit_test_setup_teardown(never_follows_a_symbolic_link, enter, leave),
		cmocka_unit_test_setup_teardown(can_remove_its_name_again, enter, leave),
		cmocka_unit_test_setup_teardown(
			withdrawn_and_discarded_leaves_nothing, enter, leave),
		cmocka_unit_test_setup_teardown(a_failed_write_is_reported, enter, leave),
		cmocka_unit_test(an_unwritable_directory_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
