/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damaged files: headers, tables and debug information with any byte changed, perf maps of
 * anything, and files that are truncated while in use. They may cost names of their own, and the
 * worker that reads them, and nothing else.
 *
 * Environment: STOP_ROUNDS, how many times as many files. Prints how many workers they have ended.
 */
#include "config.h"

#include "support/unit.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "stack/image.h"
#include "stack/namer.h"
#include "stack/perfmap_file.h"
#include "stack/protocol.h"
#include "stack/sandbox.h"
#include "stack/stacks.h"
#include "stack/symbolizer.h"
#include "support/random.h"

#define ROUNDS      40
#define HEADERS     1024 /* size of the headers at the beginning */
#define ADDRESSES   40
#define PATIENCE_NS (120 * NS_PER_S)

static unsigned char *program; /* the file of this program */
static size_t program_size;
static struct module_source own; /* which is in order */
static struct worker namer;
static struct worker *const workers[] = {&namer};
static struct sandbox sandbox;
static struct symbolizer *symbolizer;
static uint32_t last_module;
static size_t rounds = ROUNDS;

static int set_up(void **state)
{
	(void)state;
	struct stat stat;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0 && fstat(fd, &stat) == 0);
	program_size = (size_t)stat.st_size;
	program = xcalloc(program_size, 1);
	assert_int_equal(read(fd, program, program_size), program_size);
	close(fd);
	const char *times = getenv("STOP_ROUNDS");
	rounds *= times ? strtoul(times, NULL, 10) : 1;
	const struct symbolizer_config config = {
		.worker = &namer,
		.directories = stacks_debug_directories,
		.memory = STACKS_MEMORY,
	};
	assert_int_equal(
		worker_init(&namer, &namer_kind, STACKS_MEMORY, sizeof(struct name_request)), 0);
	assert_int_equal(sandbox_start(&sandbox, workers, 1), 0);
	return symbolizer_new(&config, &symbolizer);
}

static int tear_down(void **state)
{
	struct symbolizer_stats stats;
	(void)state;
	symbolizer_stats(symbolizer, &stats);
	printf("%lu workers have ended\n", (unsigned long)stats.failures);
	assert_true(symbolizer_free(symbolizer));
	worker_clear(&namer);
	sandbox_end(&sandbox);
	cached_file_free(own.file);
	free(program);
	return 0;
}

/* A memory file with SIZE bytes of BYTES. */
static int file_of(const unsigned char *bytes, size_t size)
{
	int fd = memfd_create("hostile", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	return fd;
}

/* The module of file FD, which is taken; negative: of none. */
static void make_module(struct module_source *source, int fd)
{
	memset(source, 0, sizeof(*source));
	source->pid = getpid();
	source->module.path = (char *)(uintptr_t) "/hostile";
	source->module.name = "hostile";
	source->module.id = ++last_module;
	source->module.is_file = true;
	source->file = fd < 0 ? NULL : file_cache_add(NULL, fd, NULL, NULL);
}

/* Some frames of a module. */
struct frames {
	struct frame frame[ADDRESSES];
};

static void name_frames(struct frames *frames, struct module_source *source, uint64_t step)
{
	memset(frames, 0, sizeof(*frames));
	for (size_t i = 0; i < ADDRESSES; i++) {
		frames->frame[i].module = &source->module;
		frames->frame[i].offset = 0x1000 + i * step;
		frames->frame[i].exact = true;
		symbolizer_name(symbolizer, &frames->frame[i], source);
	}
}

/* Waits until all FRAMES have names, or are known to have none. Returns how many have. */
static size_t count_named(struct frames *frames)
{
	uint64_t until_ns = clock_now_ns() + PATIENCE_NS;
	size_t named = 0;
	for (size_t i = 0; i < ADDRESSES; i++) {
		const struct frame_names *names;
		while (!(names = frame_found(&frames->frame[i]))) {
			assert_true(clock_now_ns() < until_ns);
			pause_poll();
		}
		named += names->name[0].symbol != NULL;
		free((void *)(uintptr_t)names);
	}
	return named;
}

/* Names what is in SOURCE, which nothing else is lost by: our own program is still named. */
static void expect_nothing_lost(struct module_source *source, uint64_t step)
{
	struct frames hostile, sound;
	if (!own.file)
		make_module(&own, file_of(program, program_size));
	name_frames(&hostile, source, step);
	name_frames(&sound, &own, program_size / ADDRESSES);
	count_named(&hostile);
	assert_true(count_named(&sound) > 0);
	assert_null(own.module.problem);
	cached_file_free(source->file);
	source->file = NULL;
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

/* Where the changes of round ROUND are: in the headers, in those of the sections, or anywhere. */
static void choose_range(size_t round, size_t *from, size_t *size)
{
	*from = 0;
	*size = program_size;
	if (round % 3 == 0) {
		*size = HEADERS;
	} else if (round % 3 == 1 && program_size > 4 * HEADERS) {
		*from = program_size - 3 * HEADERS;
		*size = 3 * HEADERS;
	}
}

static void changed_bytes_cost_no_other_names(void **state)
{
	static struct module_source source;
	unsigned char *copy = xcalloc(program_size, 1);
	uint64_t seed = 1;
	(void)state;
	for (size_t round = 0; round < rounds; round++) {
		size_t from, range = 0, size = program_size;
		memcpy(copy, program, program_size);
		choose_range(round, &from, &range);
		for (int change = 0; change < 1 + (int)(round % 20); change++)
			copy[from + random_below(&seed, range)] = (unsigned char)random_next(&seed);
		if (round % 10 == 9)
			size = random_below(&seed, program_size);
		struct image *image = image_new(
			file_cache_add(NULL, file_of(copy, size), NULL, NULL));
		if (image)
			use_image(image);
		image_free(image);
		make_module(&source, file_of(copy, size));
		expect_nothing_lost(&source, program_size / ADDRESSES);
	}
	free(copy);
}

/* Finds a section with debug information of the program, another one for each ROUND. */
static bool find_debug_section(size_t round, size_t *from, size_t *size)
{
	const Elf64_Ehdr *header = (const void *)program;
	const Elf64_Shdr *sections = (const void *)(program + header->e_shoff);
	const char *names = (const char *)program + sections[header->e_shstrndx].sh_offset;
	size_t found = 0;
	for (int turn = 0; turn < 2; turn++) {
		for (size_t i = 0; i < header->e_shnum; i++) {
			if (strncmp(names + sections[i].sh_name, ".debug", 6) != 0 ||
				sections[i].sh_size == 0)
				continue;
			*from = sections[i].sh_offset;
			*size = sections[i].sh_size;
			if (turn == 1 && found-- == 0)
				return true;
			found += turn == 0;
		}
		found = found ? round % found : 0;
	}
	return false;
}

static void damaged_debug_information_costs_no_other_names(void **state)
{
	static struct module_source source;
	unsigned char *copy = xcalloc(program_size, 1);
	uint64_t seed = 2;
	(void)state;
	for (size_t round = 0; round < rounds; round++) {
		size_t from = 0, size = 0;
		if (!find_debug_section(round, &from, &size))
			skip();
		memcpy(copy, program, program_size);
		for (size_t change = 0; change < 1 + size / 256; change++)
			copy[from + random_below(&seed, size)] = (unsigned char)random_next(&seed);
		make_module(&source, file_of(copy, program_size));
		expect_nothing_lost(&source, program_size / ADDRESSES);
	}
	free(copy);
}

static void perf_maps_of_anything_cost_no_other_names(void **state)
{
	static struct module_source source;
	static const char letters[] = "0123456789abcdef   \n\nxyz\xff";
	unsigned char text[4096];
	uint64_t seed = 3;
	(void)state;
	symbolizer_is_done(symbolizer); /* what is not found is not tried again */
	for (size_t round = 0; round < rounds; round++) {
		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = round % 2 ? (unsigned char)random_next(&seed)
			                    : (unsigned char)
			                              letters[random_below(&seed, sizeof(letters))];
		make_module(&source, -1);
		source.is_generated = true;
		source.map = perfmap_file_of(file_of(text, sizeof(text)));
		expect_nothing_lost(&source, 0x10000);
		perfmap_file_free(source.map);
	}
}

static void a_file_that_is_truncated_costs_no_other_names(void **state)
{
	static struct module_source source;
	struct frames frames;
	(void)state;
	int fd = file_of(program, program_size), same = dup(fd);
	make_module(&source, fd);
	name_frames(&frames, &source, program_size / ADDRESSES);
	assert_true(count_named(&frames) > 0);
	assert_int_equal(ftruncate(same, 0), 0);
	close(same);
	expect_nothing_lost(&source, program_size / ADDRESSES / 2 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changed_bytes_cost_no_other_names),
		cmocka_unit_test(damaged_debug_information_costs_no_other_names),
		cmocka_unit_test(a_file_that_is_truncated_costs_no_other_names),
		cmocka_unit_test(perf_maps_of_anything_cost_no_other_names),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
