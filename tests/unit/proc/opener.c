/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A name of a target opens regular files only, and only those that are meant. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "proc/opener.h"

#define BUILD_ID "0123456789abcdef"

static char directory[] = "/tmp/stop-opener-XXXXXX";

/* NAME in the directory; valid until the next call but one. */
static char *path_of(const char *name)
{
	static char paths[2][128];
	static int turn;
	char *path = paths[turn++ % 2];
	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

static void make_file(const char *name, const char *text)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static bool has_text(int fd, const char *text)
{
	char found[64] = "";
	return pread(fd, found, sizeof(found) - 1, 0) >= 0 && strcmp(found, text) == 0;
}

/* The line of the mapping of NAME at ADDRESS of ours, as if it was the file IDENTITY. */
static struct maps_line line_of(const char *name, const void *address, const struct stat *identity)
{
	return (struct maps_line){
		.start = (uint64_t)(uintptr_t)address,
		.end = (uint64_t)(uintptr_t)address + 4096,
		.major = major(identity->st_dev),
		.minor = minor(identity->st_dev),
		.inode = identity->st_ino,
		.readable = true,
		.name = name,
		.name_size = strlen(name),
	};
}

static void *map_file(const char *name, struct stat *identity)
{
	int fd = open(path_of(name), O_RDONLY | O_CLOEXEC);
	assert_int_equal(fstat(fd, identity), 0);
	void *address = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_true(address != MAP_FAILED);
	close(fd);
	return address;
}

static void the_mapped_file_is_opened(void **state)
{
	struct stat identity, found;
	(void)state;
	make_file("mapped", "mapped");
	void *address = map_file("mapped", &identity);
	char *name = path_of("mapped");
	struct maps_line line = line_of(name, address, &identity);
	int fd = proc_open_mapped(getpid(), &line, &found);
	assert_true(fd >= 0);
	assert_true(has_text(fd, "mapped"));
	assert_int_equal(found.st_ino, identity.st_ino);
	close(fd);
	/* Again, and not if it is another file by now. */
	fd = proc_open_again(getpid(), name, &identity);
	assert_true(has_text(fd, "mapped"));
	close(fd);
	unlink(name);
	make_file("mapped", "other!");
	assert_int_equal(proc_open_again(getpid(), name, &identity), -ENOENT);
	munmap(address, 4096);
	unlink(name);
}

/* Like a plugin that was replaced by another one at the same address. */
static void what_is_mapped_there_by_now_is_not_opened(void **state)
{
	struct stat identity, found;
	(void)state;
	make_file("first", "first");
	make_file("second", "second");
	void *address = map_file("second", &identity);
	char *name = path_of("first");
	assert_int_equal(stat(name, &identity), 0);
	struct maps_line line = line_of(name, address, &identity);
	int fd = proc_open_mapped(getpid(), &line, &found);
	assert_true(fd >= 0);
	assert_true(has_text(fd, "first"));
	close(fd);
	/* Even if its number says nothing. */
	line.inode = UINT64_MAX;
	assert_int_equal(proc_open_mapped(getpid(), &line, &found), -ENOENT);
	munmap(address, 4096);
	unlink(path_of("first"));
	unlink(path_of("second"));
}

static void what_is_no_regular_file_is_not_opened(void **state)
{
	struct stat identity;
	(void)state;
	char *name = path_of("fifo");
	assert_int_equal(mkfifo(name, 0600), 0);
	assert_int_equal(stat(name, &identity), 0);
	const struct maps_line line = line_of(name, NULL, &identity);
	assert_int_equal(proc_open_mapped(getpid(), &line, &identity), -ENOENT);
	assert_int_equal(proc_open_again(getpid(), name, &identity), -ENOENT);
	/* A writer does not wait for a reader only while there is one. */
	assert_int_equal(open(name, O_WRONLY | O_NONBLOCK | O_CLOEXEC), -1);
	assert_int_equal(errno, ENXIO);
	unlink(name);
}

static void a_file_with_another_number_is_not_opened(void **state)
{
	struct stat identity;
	(void)state;
	make_file("other", "other");
	char *name = path_of("other");
	assert_int_equal(stat(name, &identity), 0);
	identity.st_ino = (ino_t)-1;
	const struct maps_line line = line_of(name, NULL, &identity);
	assert_int_equal(proc_open_mapped(getpid(), &line, &identity), -ENOENT);
	unlink(name);
}

static int open_debug(const char *id, const char *name, const char *beside)
{
	char below[160];
	snprintf(below, sizeof(below), "%s/debug", directory);
	const char *const directories[] = {"/nonexistent", below, NULL};
	const struct debug_file file = {.build_id = id, .name = name, .beside = beside};
	return proc_open_debug(getpid(), &file, directories);
}

static void assert_debug(int fd, const char *text)
{
	assert_true(fd >= 0);
	assert_true(has_text(fd, text));
	close(fd);
}

static void debug_files_are_opened_below_their_directories_only(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path_of("debug"), 0700), 0);
	assert_int_equal(mkdir(path_of("debug/.build-id"), 0700), 0);
	assert_int_equal(mkdir(path_of("debug/.build-id/01"), 0700), 0);
	assert_int_equal(mkdir(path_of("debug/bin"), 0700), 0);
	make_file("secret", "secret");
	make_file("debug/.build-id/01/23456789abcdef.debug", "by id");
	make_file("debug/plain", "by name");
	make_file("debug/bin/beside", "beside");
	assert_int_equal(symlink("plain", path_of("debug/link")), 0);
	assert_int_equal(symlink("../secret", path_of("debug/out")), 0);
	assert_int_equal(symlink(path_of("secret"), path_of("debug/absolute")), 0);
	assert_int_equal(mkfifo(path_of("debug/fifo"), 0600), 0);
	assert_debug(open_debug(BUILD_ID, "", ""), "by id");
	assert_debug(open_debug("", "plain", "/sbin/program"), "by name");
	assert_debug(open_debug("", "beside", "/bin/program"), "beside");
	assert_debug(open_debug("", "link", ""), "by name");
	static const char *const refused[] = {
		"out", "absolute", "fifo", "../secret", "..", ".", "bin/beside", "nothing"};
	for (size_t i = 0; i < COUNT_OF(refused); i++)
		assert_int_equal(open_debug("", refused[i], "/bin/program"), -ENOENT);
	assert_int_equal(open_debug("../../../secret", "", ""), -ENOENT);
	assert_int_equal(open_debug("", "secret", "/../program"), -ENOENT);
	assert_int_equal(open(path_of("debug/fifo"), O_WRONLY | O_NONBLOCK | O_CLOEXEC), -1);
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	char command[128];
	(void)state;
	snprintf(command, sizeof(command), "rm -r '%s'", directory);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mapped_file_is_opened),
		cmocka_unit_test(what_is_mapped_there_by_now_is_not_opened),
		cmocka_unit_test(what_is_no_regular_file_is_not_opened),
		cmocka_unit_test(a_file_with_another_number_is_not_opened),
		cmocka_unit_test(debug_files_are_opened_below_their_directories_only),
	};
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
