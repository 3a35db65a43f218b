/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file of -o, opened as by other tools. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "out/file.h"

static char directory[64];

static int enter(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/stop-test-XXXXXX");
	return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int leave(void **state)
{
	(void)state;
	unlink("file");
	unlink("link");
	unlink("pipe");
	return chdir("/") == 0 && rmdir(directory) == 0 ? 0 : -1;
}

static void write_file(const char *path, const char *text)
{
	FILE *stream;
	assert_int_equal(file_open(path, &stream), 0);
	fputs(text, stream);
	assert_int_equal(file_close(stream), 0);
}

static void assert_content(const char *path, const char *text)
{
	char content[64] = "";
	int fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, content, sizeof(content) - 1), strlen(text));
	assert_string_equal(content, text);
	close(fd);
}

static void a_new_file_is_private_to_the_owner(void **state)
{
	struct stat status;
	(void)state;
	mode_t old = umask(0);
	write_file("file", "text");
	umask(old);
	assert_content("file", "text");
	assert_int_equal(stat("file", &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
}

static void an_existing_file_is_truncated_and_keeps_its_mode(void **state)
{
	struct stat status;
	(void)state;
	write_file("file", "something long");
	assert_int_equal(chmod("file", 0644), 0);
	write_file("file", "new");
	assert_content("file", "new");
	assert_int_equal(stat("file", &status), 0);
	assert_int_equal(status.st_mode & 07777, 0644);
}

static void a_symbolic_link_is_followed(void **state)
{
	(void)state;
	assert_int_equal(symlink("file", "link"), 0);
	write_file("link", "through");
	assert_content("file", "through");
}

static void devices_and_pipes_work(void **state)
{
	(void)state;
	write_file("/dev/null", "gone");
	assert_int_equal(mkfifo("pipe", 0600), 0);
	int reader = open("pipe", O_RDONLY | O_NONBLOCK);
	write_file("pipe", "flows");
	char text[16] = "";
	assert_int_equal(read(reader, text, sizeof(text)), 5);
	assert_string_equal(text, "flows");
	close(reader);
}

static void a_dash_is_standard_output_which_stays_open(void **state)
{
	(void)state;
	int saved = dup(STDOUT_FILENO);
	int fd = open("file", O_WRONLY | O_CREAT, 0600);
	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	close(fd);
	write_file("-", "one ");
	write_file("-", "two");
	dup2(saved, STDOUT_FILENO);
	close(saved);
	assert_content("file", "one two");
}

static void failure_to_open_is_an_error(void **state)
{
	FILE *stream = NULL;
	(void)state;
	assert_int_equal(file_open("no/such/directory", &stream), -ENOENT);
	assert_int_equal(file_open("/", &stream), -EISDIR);
	assert_null(stream);
}

static void failure_to_write_is_an_error(void **state)
{
	FILE *stream;
	(void)state;
	assert_int_equal(file_open("/dev/full", &stream), 0);
	fputs("text", stream);
	assert_int_equal(file_close(stream), -ENOSPC);
	/* Also if an earlier write has already failed. */
	assert_int_equal(file_open("/dev/full", &stream), 0);
	fputs("text", stream);
	fflush(stream);
	assert_true(file_close(stream) < 0);
	assert_int_equal(file_close(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_new_file_is_private_to_the_owner, enter, leave),
		cmocka_unit_test_setup_teardown(
			an_existing_file_is_truncated_and_keeps_its_mode, enter, leave),
		cmocka_unit_test_setup_teardown(a_symbolic_link_is_followed, enter, leave),
		cmocka_unit_test_setup_teardown(devices_and_pipes_work, enter, leave),
		cmocka_unit_test_setup_teardown(
			a_dash_is_standard_output_which_stays_open, enter, leave),
		cmocka_unit_test_setup_teardown(failure_to_open_is_an_error, enter, leave),
		cmocka_unit_test_setup_teardown(failure_to_write_is_an_error, enter, leave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
