/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's settings in a file: written and read back, and errors reported. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/config.h"
#include "base/alloc.h"
#include "base/clock.h"

static char directory[] = "/tmp/stoprc-test-XXXXXX";

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	char *command = xasprintf("rm -rf '%s'", directory);
	(void)state;
	int status = system(command);
	free(command);
	return status;
}

static void is_read_back_as_written(void **state)
{
	const struct settings written = {.delay_ns = 250 * NS_PER_MS,
		.theme = THEME_CONTRAST,
		.hidden_calls = 0x12,
		.hidden_threads = 0x3};
	struct settings read = {0};
	char error[CONFIG_ERROR_MAX], path[CONFIG_PATH_MAX];
	struct stat status;
	(void)state;
	setenv("XDG_CONFIG_HOME", directory, 1);
	assert_int_equal(config_path(path), 0);
	assert_int_equal(config_write(path, &written), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(config_read(path, &read, error), 0);
	assert_int_equal(read.delay_ns, written.delay_ns);
	assert_int_equal(read.theme, written.theme);
	assert_int_equal(read.hidden_calls, written.hidden_calls);
	assert_int_equal(read.hidden_threads, written.hidden_threads);
	assert_int_equal(config_write(path, &written), 0);
}

static void reports_the_invalid_line_and_reads_the_others(void **state)
{
	struct settings settings = {.theme = THEME_DARK};
	char error[CONFIG_ERROR_MAX], *path = xasprintf("%s/wrong", directory);
	(void)state;
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs("# a comment\n\n theme = light # and why\ncolour = \x1b[31m\nhide = call, nothing\n"
	      "delay = -1\ndelay = 2\n",
		file);
	fclose(file);
	assert_int_equal(config_read(path, &settings, error), -EINVAL);
	assert_string_equal(error, "stoprc, line 4 is invalid: colour = \\x1b[31m");
	assert_int_equal(settings.theme, THEME_LIGHT);
	assert_int_equal(settings.delay_ns, 2 * NS_PER_S);
	assert_int_equal(settings.hidden_calls, 0);
	free(path);
}

static void a_missing_file_is_not_an_error(void **state)
{
	struct settings settings = {.theme = THEME_MONO};
	char error[CONFIG_ERROR_MAX];
	(void)state;
	assert_int_equal(config_read("/nonexistent/stoprc", &settings, error), 0);
	assert_int_equal(settings.theme, THEME_MONO);
	assert_true(config_write("/proc/stop/stoprc", &settings) < 0);
}

static void finds_the_path(void **state)
{
	char path[CONFIG_PATH_MAX];
	(void)state;
	setenv("HOME", "/home/somebody", 1);
	setenv("XDG_CONFIG_HOME", "relative", 1);
	assert_int_equal(config_path(path), 0);
	assert_string_equal(path, "/home/somebody/.config/stop/stoprc");
	unsetenv("HOME");
	assert_int_equal(config_path(path), -ENOENT);
}

/* The screen must not hang because of it. */
static void only_regular_files_of_some_size_are_read(void **state)
{
	struct settings settings = {.theme = THEME_DARK};
	char error[CONFIG_ERROR_MAX], *path = xasprintf("%s/special", directory);
	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(config_read(path, &settings, error), -EINVAL);
	assert_non_null(strstr(error, "no regular file"));
	unlink(path);
	static const char *const targets[] = {"/dev/zero", "/dev/tty", "."};
	for (size_t i = 0; i < COUNT_OF(targets); i++) {
		assert_int_equal(symlink(targets[i], path), 0);
		assert_true(config_read(path, &settings, error) < 0);
		unlink(path);
	}
	/* A hole, which would be read as one line without an end. */
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(ftruncate(fd, 1 << 30), 0);
	close(fd);
	assert_int_equal(config_read(path, &settings, error), -EINVAL);
	assert_non_null(strstr(error, "too large"));
	unlink(path);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_read_back_as_written),
		cmocka_unit_test(reports_the_invalid_line_and_reads_the_others),
		cmocka_unit_test(a_missing_file_is_not_an_error),
		cmocka_unit_test(finds_the_path),
		cmocka_unit_test(only_regular_files_of_some_size_are_read),
	};
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
