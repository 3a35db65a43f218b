/* SPDX-License-Identifier: GPL-2.0-or-later */
/* However many files are used, only a few are open. */
#include "config.h"

#include "support/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "stack/file_cache.h"
#include "stack/intern.h"

#define FILES 20
#define MAX   4

static char directory[] = "/tmp/stop-files-XXXXXX";

/* The path of file number I; valid until the next call. */
static char *path_of(size_t i)
{
	static char path[64];
	snprintf(path, sizeof(path), "%s/%zu", directory, i);
	return path;
}

/* Writes its number into the new file number I. Returns a descriptor. */
static int make_file(size_t i)
{
	int fd = open(path_of(i), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, &i, sizeof(i)), sizeof(i));
	return fd;
}

static size_t count_open(void)
{
	DIR *fds = opendir("/proc/self/fd");
	size_t count = 0;
	while (readdir(fds))
		count++;
	closedir(fds);
	return count;
}

static bool holds(struct cached_file *file, size_t i)
{
	size_t number;
	return cached_file_read(file, 0, &number, sizeof(number)) && number == i;
}

/* See file_cache_again: CONTEXT is the number of the file, plus one. */
static int open_file_again(const void *context)
{
	int fd = open(path_of((size_t)(uintptr_t)context - 1), O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int add_files(struct file_cache *cache, struct cached_file *files[FILES])
{
	for (size_t i = 0; i < FILES; i++)
		files[i] = file_cache_add(
			cache, make_file(i), open_file_again, (void *)(uintptr_t)(i + 1));
	return 0;
}

static void free_files(struct cached_file *files[FILES])
{
	for (size_t i = 0; i < FILES; i++) {
		cached_file_free(files[i]);
		unlink(path_of(i));
	}
}

static void all_can_be_read_and_few_are_open(void **state)
{
	struct file_cache cache = {.max = MAX};
	struct cached_file *files[FILES];
	size_t before = count_open();
	(void)state;
	add_files(&cache, files);
	assert_in_range(count_open(), before, before + MAX);
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < FILES; i++)
			assert_true(holds(files[i], i));
		assert_in_range(count_open(), before, before + MAX);
	}
	free_files(files);
	assert_int_equal(count_open(), before);
}

static void a_file_that_is_gone_is_not_read(void **state)
{
	struct file_cache cache = {.max = MAX};
	struct cached_file *files[FILES];
	(void)state;
	add_files(&cache, files);
	/* It is among those that are closed. */
	unlink(path_of(1));
	assert_false(holds(files[1], 1));
	assert_int_equal(cached_file_dup(files[1]), -ENOENT);
	assert_true(holds(files[FILES - 1], FILES - 1));
	free_files(files);
}

static void room_is_made_for_a_copy(void **state)
{
	struct file_cache cache = {.max = FILES};
	struct cached_file *files[FILES];
	struct rlimit limit, before;
	(void)state;
	getrlimit(RLIMIT_NOFILE, &before);
	add_files(&cache, files);
	limit = before;
	int lowest = fcntl(0, F_DUPFD, 0);
	close(lowest);
	limit.rlim_cur = (rlim_t)lowest;
	setrlimit(RLIMIT_NOFILE, &limit);
	int copy = cached_file_dup(files[0]);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_true(copy >= 0);
	close(copy);
	for (size_t i = 0; i < FILES; i++)
		assert_true(holds(files[i], i));
	free_files(files);
}

#define HEAD_SIZE 4096

/* The module of a new file, number I, with the head of this program. */
static struct module_source *make_module(struct intern *intern, size_t i)
{
	char head[HEAD_SIZE];
	struct stat identity;
	char *path = path_of(i);
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_int_equal(read(from, head, HEAD_SIZE), HEAD_SIZE);
	assert_int_equal(write(to, head, HEAD_SIZE), HEAD_SIZE);
	assert_int_equal(fstat(to, &identity), 0);
	close(from);
	close(to);
	const struct maps_line line = {
		.major = major(identity.st_dev),
		.minor = minor(identity.st_dev),
		.inode = identity.st_ino,
		.name = path,
		.name_size = strlen(path),
	};
	return intern_file(intern, getpid(), &line);
}

/* As in a process that has mapped more files than the limit of descriptors. */
static void more_modules_than_descriptors_have_images(void **state)
{
	struct intern *intern = xcalloc(1, sizeof(*intern));
	struct rlimit limit, before;
	(void)state;
	getrlimit(RLIMIT_NOFILE, &before);
	limit = (struct rlimit){64, before.rlim_max};
	setrlimit(RLIMIT_NOFILE, &limit);
	for (size_t i = 0; i < 4 * limit.rlim_cur; i++) {
		struct module_source *source = make_module(intern, i);
		assert_non_null(source);
		assert_non_null(source->file);
	}
	assert_int_equal(intern->unopened, 0);
	setrlimit(RLIMIT_NOFILE, &before);
	for (size_t i = 0; i < 4 * limit.rlim_cur; i++)
		unlink(path_of(i));
	intern_clear(intern);
	free(intern);
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_can_be_read_and_few_are_open),
		cmocka_unit_test(a_file_that_is_gone_is_not_read),
		cmocka_unit_test(room_is_made_for_a_copy),
		cmocka_unit_test(more_modules_than_descriptors_have_images),
	};
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
