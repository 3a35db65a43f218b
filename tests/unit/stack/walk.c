/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks of stacks with anything on them, mostly addresses of code and of the stack itself: each
 * ends, within bounds, with a reason. That of a thread outside of all code is unmapped code.
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
#include "stack/space.h"
#include "stack/walk.h"
#include "support/random.h"

#define ROUNDS     3000
#define STACK_BASE UINT64_C(0x7fff00000000)
#define STACK_SIZE 4096

static struct walk_module module = {.id = 1, .is_complete = true};
static struct walk_module generated = {.id = 2, .is_complete = true, .is_generated = true};
static struct space *space;
static struct stack_copy *copy;
static struct walk walk;
static uint64_t code, code_size; /* of this program */

/* Two spaces of this program: one with its tables, and one where its code is generated. */
static void make_space(bool has_tables)
{
	struct maps_text maps = {0};
	struct maps_line line;
	char self[512] = "";
	struct walk_module *own = has_tables ? &module : &generated;
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	assert_true(length > 0 && maps_read(getpid(), &maps) == 0);
	space = space_new(getpid(), NULL, NULL);
	for (const char *at = maps.text; maps_next(&at, maps.text + maps.size, &line);) {
		bool is_own = line.name_size == (size_t)length &&
		              memcmp(line.name, self, line.name_size) == 0;
		if (is_own && line.executable) {
			code = line.start;
			code_size = line.end - line.start;
		}
		space_add(space, &(struct mapping){
					 .start = line.start,
					 .end = line.end,
					 .offset = line.offset,
					 .writable = line.writable,
					 .executable = line.executable,
					 .is_known = true,
					 .module = is_own ? own : NULL,
				 });
	}
	maps_clear(&maps);
}

static uint64_t random_word(uint64_t *seed)
{
	switch (random_below(seed, 4)) {
	case 0:
		return random_magnitude(seed);
	case 1:
		return STACK_BASE + random_below(seed, STACK_SIZE);
	default:
		return code + random_below(seed, code_size);
	}
}

static void any_stack_has_an_end(bool has_tables)
{
	uint64_t seed = 1;
	size_t deepest = 0;
	make_space(has_tables);
	for (size_t round = 0; round < ROUNDS; round++) {
		for (size_t at = 0; at < STACK_SIZE; at += sizeof(uint64_t)) {
			uint64_t word = random_word(&seed);
			memcpy(copy->bytes + at, &word, sizeof(word));
		}
		for (unsigned int i = 0; i < arch.unwind_count; i++)
			copy->regs.reg[i] = random_word(&seed);
		copy->regs.reg[arch.unwind_ip] = code + random_below(&seed, code_size);
		copy->regs.reg[arch.unwind_sp] = STACK_BASE + random_below(&seed, STACK_SIZE);
		copy->only_ip_sp = random_below(&seed, 2);
		copy->wanted = (uint32_t)(STACK_SIZE + random_below(&seed, 2));
		walk_copy(space, copy, &walk);
		assert_in_range(walk.count, 1, WALK_MAX);
		assert_true(walk.guessed <= walk.count && walk.end < STACK_WALKS);
		assert_true(walk.used <= copy->size);
		if (walk.count > deepest)
			deepest = walk.count;
	}
	/* Or nothing was tried. How far chance leads depends on the code of this program. */
	assert_true(deepest > 1);
	space_free(space);
}

static void any_stack_has_an_end_with_tables(void **state)
{
	(void)state;
	any_stack_has_an_end(true);
}

static void any_stack_has_an_end_without(void **state)
{
	(void)state;
	any_stack_has_an_end(false);
}

static void a_thread_outside_of_code_is_in_unmapped_code(void **state)
{
	(void)state;
	make_space(true);
	memset(copy->bytes, 0, STACK_SIZE);
	copy->regs.reg[arch.unwind_sp] = STACK_BASE;
	copy->wanted = STACK_SIZE;
	/* Nothing is mapped there; what is mapped there is no code. */
	const uint64_t places[] = {8, (uint64_t)(uintptr_t)copy};
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		copy->regs.reg[arch.unwind_ip] = places[i];
		copy->in_call = i != 0;
		walk_copy(space, copy, &walk);
		assert_int_equal(walk.end, STACK_UNMAPPED);
		assert_int_equal(walk.count, 1);
		assert_true(walk_may_be_outdated(&walk));
	}
	assert_string_equal(stack_end_text(STACK_UNMAPPED), "unmapped code");
	space_free(space);
}

static int set_up(void **state)
{
	(void)state;
	module.image = image_new(
		file_cache_add(NULL, open("/proc/self/exe", O_RDONLY | O_CLOEXEC), NULL, NULL));
	copy = xcalloc(1, sizeof(*copy) + STACK_SIZE);
	copy->base = STACK_BASE;
	copy->size = STACK_SIZE;
	return module.image ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	image_free(module.image);
	free(copy);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_stack_has_an_end_with_tables),
		cmocka_unit_test(any_stack_has_an_end_without),
		cmocka_unit_test(a_thread_outside_of_code_is_in_unmapped_code),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
