/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames of Python: tables of lines as the interpreters make them, and frames in memory that is in
 * order, and in memory that is anything. This program looks like an interpreter: it has its
 * symbols.
 */
#include "config.h"

#include "support/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "proc/maps.h"
#include "stack/image.h"
#include "stack/python.h"
#include "stack/python_layout.h"
#include "stack/space.h"
#include "support/random.h"

#define ARENA      UINT64_C(0x10000000) /* where the memory begins that the tests make */
#define ARENA_SIZE (64 << 10)
#define READS_MAX  50000 /* for one stack, whatever is in the memory */
#define ROUNDS     20000
#define STACK_BASE UINT64_C(0x7fff00000000)
#define STACK_SIZE 1024

/* What the interpreter has. */
__attribute__((noinline, used)) void _PyEval_EvalFrameDefault(void);
__attribute__((noinline, used)) void _PyEval_EvalFrameDefault(void)
{
	__asm__ volatile("nop; nop; nop; nop" ::: "memory");
}
extern char _PyRuntime[];
__attribute__((used)) char _PyRuntime[4096];

/* Lines. */

/*
 *  1 def f(a):
 *  2     for i in range(a):
 *  3         if i % 2:
 *  4             print(i,
 *  5                   a)
 *  6         else:
 *  7             try:
 *  8                 g(i)
 *  9             except ValueError:
 * 10                 pass
 * 11
 * 12     return [x for x in
 * 13             range(3)]
 */
static const unsigned char table_9[] = {0x00, 0x01, 0x0c, 0x01, 0x08, 0x01, 0x04, 0x01, 0x02, 0xff,
	0x06, 0x03, 0x02, 0x01, 0x0c, 0x01, 0x0c, 0x01, 0x08, 0x02, 0x06, 0x01, 0x06, 0xff};
static const unsigned char table_10[] = {0x0c, 0x01, 0x08, 0x01, 0x04, 0x01, 0x02, 0x01, 0x06, 0xff,
	0x02, 0x03, 0x0c, 0x01, 0x0c, 0x01, 0x04, 0x01, 0x02, 0xff, 0x06, 0x03, 0x06, 0x01, 0x06,
	0xff};
static const unsigned char table_13[] = {0x80, 0x00, 0xdc, 0x0d, 0x12, 0x90, 0x31, 0x8e, 0x58, 0x88,
	0x01, 0xd8, 0x0b, 0x0c, 0x88, 0x71, 0x8f, 0x35, 0xdc, 0x0c, 0x11, 0x90, 0x21, 0xd8, 0x12,
	0x13, 0xf6, 0x03, 0x01, 0x0d, 0x15, 0xf0, 0x06, 0x03, 0x0d, 0x15, 0xdc, 0x10, 0x11, 0x90,
	0x21, 0x96, 0x04, 0xf1, 0x0d, 0x00, 0x0e, 0x16, 0xf4, 0x16, 0x00, 0x0d, 0x12, 0x90, 0x21,
	0x8c, 0x48, 0xf3, 0x03, 0x01, 0x0c, 0x16, 0xd9, 0x0c, 0x14, 0xf0, 0x03, 0x00, 0x13, 0x14,
	0x8a, 0x41, 0xd9, 0x0c, 0x14, 0xf1, 0x03, 0x01, 0x0c, 0x16, 0xf0, 0x00, 0x01, 0x05, 0x16,
	0xf8, 0xf4, 0x07, 0x00, 0x14, 0x1e, 0xf3, 0x00, 0x01, 0x0d, 0x15, 0xda, 0x10, 0x14, 0xf0,
	0x03, 0x01, 0x0d, 0x15, 0xfc, 0xf2, 0x06, 0x01, 0x0c, 0x16};

/* From this instruction on, the line; the last has line UINT32_MAX. */
struct line {
	uint64_t from;
	uint32_t line;
};

static const struct line lines_9[] = {{0, 2}, {12, 3}, {20, 4}, {24, 5}, {26, 4}, {32, 7}, {34, 8},
	{46, 9}, {58, 10}, {66, 12}, {72, 13}, {78, 12}, {84, UINT32_MAX}};
static const struct line lines_10[] = {{0, 2}, {12, 3}, {20, 4}, {24, 5}, {26, 4}, {32, 7}, {34, 8},
	{46, 9}, {58, 10}, {62, 9}, {64, 12}, {70, 13}, {76, 12}, {82, UINT32_MAX}};
static const struct line lines_13[] = {{0, 1}, {2, 2}, {30, 3}, {50, 4}, {62, 5}, {64, 4}, {78, 7},
	{80, 8}, {106, 2}, {110, 13}, {132, 12}, {140, 13}, {144, 12}, {152, 13}, {156, 12},
	{162, 0}, {164, 9}, {182, 10}, {188, 9}, {190, 0}, {200, 12}, {206, UINT32_MAX}};

static void lines_are_those_of_the_interpreter(void **state)
{
	static const struct {
		enum python_lines format;
		const unsigned char *table;
		size_t size;
		const struct line *lines;
	} cases[] = {
		{PYTHON_LINES_PAIRS, table_9, sizeof(table_9), lines_9},
		{PYTHON_LINES_RANGES, table_10, sizeof(table_10), lines_10},
		{PYTHON_LINES_LOCATIONS, table_13, sizeof(table_13), lines_13},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct line *line = cases[i].lines;
		for (uint64_t at = 0; line->line != UINT32_MAX; at += 2) {
			if (at == line[1].from && (++line)->line == UINT32_MAX)
				break;
			assert_int_equal(
				python_line(cases[i].format, cases[i].table, cases[i].size, 1, at),
				line->line);
		}
	}
}

static void any_table_is_read(void **state)
{
	uint64_t seed = 1;
	(void)state;
	for (size_t round = 0; round < ROUNDS; round++) {
		size_t size = random_below(&seed, 40);
		unsigned char *table = xcalloc(size ? size : 1, 1); /* for sanitizers */
		for (size_t i = 0; i < size; i++)
			table[i] = (unsigned char)random_next(&seed);
		for (int format = PYTHON_LINES_PAIRS; format <= PYTHON_LINES_LOCATIONS; format++)
			python_line(
				(enum python_lines)format, table, size, 1, random_magnitude(&seed));
		free(table);
	}
}

/* Frames. */

static unsigned char arena[ARENA_SIZE];
static uint64_t seed; /* not 0: what is read is random */
static size_t reads;
static struct python_script scripts[PYTHON_FRAMES_MAX];
static uint32_t script_count;
static struct walk_module module = {.id = 1, .is_complete = true};
static struct space *space;
static struct stack_copy *copy;
static struct walk walk;
static struct python_frame found[PYTHON_FRAMES_MAX];

/* Anything, but mostly what leads further. */
static void fill_random(unsigned char *buf, size_t size)
{
	for (size_t at = 0; at < size; at++)
		buf[at] = (unsigned char)random_next(&seed);
	for (size_t at = 0; at + 8 <= size; at += 8) {
		uint64_t word = ARENA + random_below(&seed, ARENA_SIZE);
		if (random_below(&seed, 4))
			memcpy(buf + at, &word, sizeof(word));
	}
	/* The state of a string that is compact, as nearly nothing else is. */
	if (size >= 36 && random_below(&seed, 2))
		buf[32] = (unsigned char)(1 << 5 | (1U << random_below(&seed, 3)) << 2);
}

static bool read_memory(void *context, uint64_t address, void *buf, size_t size)
{
	(void)context;
	uint64_t at = address - ARENA;
	reads++;
	if (seed) {
		fill_random(buf, size);
		return random_below(&seed, 8) > 0;
	}
	if (address == (uint64_t)(uintptr_t)_PyRuntime + python_layout(11)->first_interpreter) {
		memcpy(buf, &(uint64_t){ARENA}, size);
		return true;
	}
	if (at >= ARENA_SIZE || size > ARENA_SIZE - at)
		return false;
	memcpy(buf, arena + at, size);
	return true;
}

static uint32_t number_script(void *context, const struct python_script *script)
{
	(void)context;
	assert_true(strnlen(script->function, PYTHON_NAME_MAX) < PYTHON_NAME_MAX);
	assert_true(strnlen(script->file, PYTHON_NAME_MAX) < PYTHON_NAME_MAX);
	if (script_count == PYTHON_FRAMES_MAX)
		return script_count;
	scripts[script_count] = *script;
	return ++script_count;
}

static const struct python_user user = {read_memory, number_script, NULL};

/* The space of this program. */
static int set_up(void **state)
{
	struct maps_text maps = {0};
	struct maps_line line;
	char self[512] = "";
	(void)state;
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	assert_true(length > 0 && maps_read(getpid(), &maps) == 0);
	module.image = image_new(
		file_cache_add(NULL, open("/proc/self/exe", O_RDONLY | O_CLOEXEC), NULL, NULL));
	space = space_new(getpid(), NULL, NULL);
	for (const char *at = maps.text; maps_next(&at, maps.text + maps.size, &line);) {
		bool is_own = line.name_size == (size_t)length &&
		              memcmp(line.name, self, line.name_size) == 0;
		space_add(space, &(struct mapping){
					 .start = line.start,
					 .end = line.end,
					 .offset = line.offset,
					 .executable = line.executable,
					 .is_known = true,
					 .module = is_own ? &module : NULL,
				 });
	}
	maps_clear(&maps);
	copy = xcalloc(1, sizeof(*copy) + STACK_SIZE);
	copy->base = STACK_BASE;
	copy->size = copy->wanted = STACK_SIZE;
	copy->record.tid = 77;
	copy->regs = unwind_regs_at(1, STACK_BASE, 0);
	return module.image ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	space_free(space);
	image_free(module.image);
	free(copy);
	return 0;
}

static struct python *start_python(unsigned int minor)
{
	uint64_t eval = (uint64_t)(uintptr_t)_PyEval_EvalFrameDefault;
	/* Another function, the interpreter, another one, and the interpreter. */
	walk = (struct walk){.count = 4, .ip = {1, eval + 2, 2, eval + 3}};
	struct python *python = python_new(space, minor, space_find(space, eval)->start);
	assert_non_null(python);
	assert_true(python_runs(python, &walk));
	script_count = 0;
	reads = 0;
	return python;
}

static void put(uint64_t address, uint64_t value, size_t size)
{
	memcpy(arena + (address - ARENA), &value, size);
}

/* A string of ASCII at ADDRESS. */
static uint64_t put_text(uint64_t address, const char *text)
{
	put(address + 16, strlen(text), 8);
	put(address + 32, 1 << 2 | 1 << 5 | 1 << 6, 4);
	memcpy(arena + (address - ARENA) + python_layout(11)->ascii_size, text, strlen(text));
	return address;
}

/* A frame of 3.11 at ADDRESS, with its code after it. */
static void put_frame(
	uint64_t address, const char *name, uint64_t instruction, bool is_entry, uint64_t previous)
{
	const struct python_layout *layout = python_layout(11);
	uint64_t code = address + 256, table = address + 1024;
	put(address + layout->code, code, 8);
	put(address + layout->previous, previous, 8);
	put(address + layout->instruction, code + layout->instructions + instruction, 8);
	put(address + layout->is_entry, is_entry, 1);
	put(code + layout->function, put_text(address + 512, name), 8);
	put(code + layout->file, put_text(address + 768, "/lib/app.py"), 8);
	put(code + layout->first_line, 1, 4);
	put(code + layout->lines, table, 8);
	put(table + 16, sizeof(table_13), 8);
	memcpy(arena + (table + 32 - ARENA), table_13, sizeof(table_13));
}

static void frames_are_found_where_they_run(void **state)
{
	static const struct {
		const char *function;
		uint32_t line;
		size_t at;
	} expected[] = {{"inner", 3, 1}, {"Class.method", 8, 1}, {"<module>", 2, 3}};
	const struct python_layout *layout = python_layout(11);
	const uint64_t thread = ARENA + 1024, first = ARENA + 4096;
	(void)state;
	seed = 0;
	memset(arena, 0, sizeof(arena));
	put(ARENA + layout->first_thread, thread, 8);
	/* Which has its cframe on the stack. */
	put(thread + layout->current_frame, STACK_BASE + 64, 8);
	memcpy(copy->bytes + 64 + layout->cframe_frame, &first, sizeof(first));
	put_frame(first, "inner", 30, false, first + 2048);
	put_frame(first + 2048, "Class.method", 80, true, first + 4096);
	put_frame(first + 4096, "<module>", 2, true, 0);
	struct python *python = start_python(11);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(python_find(python, &user, copy, &walk, found), 3);
		for (size_t i = 0; i < COUNT_OF(expected); i++) {
			const struct python_script *script = &scripts[found[i].script - 1];
			assert_string_equal(script->function, expected[i].function);
			assert_string_equal(script->file, "/lib/app.py");
			assert_int_equal(script->line, expected[i].line);
			assert_int_equal(found[i].at, expected[i].at);
		}
		/* What is known is not read again. */
		assert_int_equal(script_count, 3);
	}
	/* Frames that go round in a circle. */
	put(first + 4096 + layout->previous, first, 8);
	put(first + 2048 + layout->is_entry, 0, 1);
	put(first + 4096 + layout->is_entry, 0, 1);
	reads = 0;
	assert_int_equal(python_find(python, &user, copy, &walk, found), PYTHON_FRAMES_MAX);
	assert_true(reads < READS_MAX);
	python_free(python);
}

static void any_memory_is_read(void **state)
{
	(void)state;
	for (unsigned int minor = PYTHON_MINOR_MIN; minor <= PYTHON_MINOR_MAX; minor++) {
		struct python *python = start_python(minor);
		for (size_t round = 1; round <= ROUNDS / 20; round++) {
			seed = round;
			reads = 0;
			fill_random(copy->bytes, STACK_SIZE);
			size_t count = python_find(python, &user, copy, &walk, found);
			assert_true(count <= PYTHON_FRAMES_MAX && reads < READS_MAX);
			for (size_t i = 0; i < count; i++)
				assert_true(found[i].at == 1 || found[i].at == 3);
		}
		python_free(python);
	}
}

static void only_known_versions_are_read(void **state)
{
	(void)state;
	for (unsigned int minor = 0; minor < 20; minor++)
		assert_int_equal(python_layout(minor) != NULL, minor >= 9 && minor <= 13);
	assert_null(python_new(space, 14, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_those_of_the_interpreter),
		cmocka_unit_test(any_table_is_read),
		cmocka_unit_test(frames_are_found_where_they_run),
		cmocka_unit_test(any_memory_is_read),
		cmocka_unit_test(only_known_versions_are_read),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
