/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damaged files: headers and tables with any byte changed, and files that are truncated while in
 * use. They may cost names, and nothing else; the sanitizers check.
 */
#include "config.h"

#include "support/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "stack/fault_guard.h"
#include "stack/image.h"
#include "stack/symbols.h"
#include "support/random.h"

#define ROUNDS    150
#define HEADERS   1024 /* size of the headers at the beginning */
#define ADDRESSES 40

/* libdw leaks some bytes on damaged files; our own leaks have to be fixed. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libdw";
}

static unsigned char *program; /* the file of this program */
static size_t program_size;

static int read_program(void **state)
{
	(void)state;
	struct stat stat;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0 && fstat(fd, &stat) == 0);
	program_size = (size_t)stat.st_size;
	program = xcalloc(program_size, 1);
	assert_int_equal(read(fd, program, program_size), program_size);
	close(fd);
	return 0;
}

static int free_program(void **state)
{
	(void)state;
	free(program);
	return 0;
}

/* A memory file with SIZE bytes of the program. */
static int file_of(const unsigned char *bytes, size_t size)
{
	int fd = memfd_create("hostile", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	return fd;
}

/* Memory lost by faults: not freed, but reachable, so not reported as leaks. */
static void *volatile lost[ROUNDS + 1];

struct use {
	struct module_source source;
	struct symbols *symbols;
	uint64_t from; /* addresses */
	size_t named;
};

/* Runs the libraries on it. A fault leaves `symbols` set: lost, but not leaked. */
static void use_symbols(void *argument)
{
	struct use *use = argument;
	if (!use->symbols)
		use->symbols = symbols_open(&use->source);
	for (uint64_t i = 0; i < ADDRESSES; i++) {
		struct frame_names *names = symbols_find(
			use->symbols, use->from + i * (program_size / ADDRESSES));
		use->named += names != NULL;
		free(names);
	}
}

static void close_symbols(void *argument)
{
	symbols_close(argument);
}

static void use_image(struct image *image)
{
	struct image_table table;
	char id[BUILD_ID_MAX];
	uint64_t address;
	image_build_id(image, id);
	assert_true(strlen(id) < sizeof(id));
	if (image_table(image, &table))
		assert_true(table.count > 0);
	for (uint64_t offset = 0; offset < program_size; offset += program_size / 16)
		image_address(image, offset, &address);
	image_is_entry(image, 0x1000);
}

static struct use use_of(int fd)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return (struct use){
		.source = {.module = {.path = xstrdup(path)},
			.image = image_new(file_cache_add(NULL, fd, NULL))},
		.from = 0x1000,
	};
}

static void test_changed_bytes_are_harmless(void **state)
{
	(void)state;
	fault_guard_setup();
	unsigned char *copy = xcalloc(program_size, 1);
	uint64_t seed = 1;
	for (size_t round = 0; round < ROUNDS; round++) {
		memcpy(copy, program, program_size);
		/* Some change the headers, some the section table at the end, some anything. */
		size_t range = round % 3 == 0 ? HEADERS : program_size;
		size_t from = round % 3 == 1 && program_size > 4 * HEADERS
		                      ? program_size - 3 * HEADERS
		                      : 0;
		for (int change = 0; change < 1 + (int)(round % 20); change++)
			copy[from + random_next(&seed) % (range - from)] = (unsigned char)
				random_next(&seed);
		size_t size = round % 10 == 9 ? random_next(&seed) % program_size : program_size;
		struct use use = use_of(file_of(copy, size));
		if (use.source.image) {
			use_image(use.source.image);
			if (!fault_guard_run(use_symbols, &use) ||
				!fault_guard_run(close_symbols, use.symbols))
				lost[round] = use.symbols;
		}
		image_free(use.source.image);
		free(use.source.module.path);
	}
	free(copy);
}

static void test_a_file_that_is_truncated(void **state)
{
	(void)state;
	fault_guard_setup();
	int fd = file_of(program, program_size);
	struct use use = use_of(fd);
	assert_non_null(use.source.image);
	assert_true(fault_guard_run(use_symbols, &use));
	assert_true(use.named > 0);
	assert_int_equal(ftruncate(fd, 0), 0);
	use.from += program_size / ADDRESSES / 2;
	if (!fault_guard_run(use_symbols, &use))
		lost[ROUNDS] = use.symbols;
	else
		fault_guard_run(close_symbols, use.symbols);
	use_image(use.source.image);
	image_free(use.source.image);
	free(use.source.module.path);
}

static void fault(void *argument)
{
	(void)argument;
	char *mapped = mmap(NULL, 1, PROT_READ, MAP_PRIVATE, file_of(NULL, 0), 0);
	assert_true(mapped != MAP_FAILED);
	*(volatile char *)mapped;
}

static void do_nothing(void *argument)
{
	*(bool *)argument = true;
}

static void test_a_fault_ends_the_guarded_call(void **state)
{
	(void)state;
	bool done = false;
	fault_guard_setup(); /* in each test: cmocka installs its own handlers */
	for (int i = 0; i < 3; i++)
		assert_false(fault_guard_run(fault, NULL));
	assert_true(fault_guard_run(do_nothing, &done));
	assert_true(done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_fault_ends_the_guarded_call),
		cmocka_unit_test(test_changed_bytes_are_harmless),
		cmocka_unit_test(test_a_file_that_is_truncated),
	};
	return cmocka_run_group_tests(tests, read_program, free_program);
}
