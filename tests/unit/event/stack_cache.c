/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stack cache: a stack is found if every word is equal, and only then, even while the cache is
 * written to.
 */
#include "config.h"

#include "support/unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "event/stack_cache.h"

#define REGISTER_3 (STACK_CACHE_REGISTER + 3)
#define ROUNDS     200000

static struct stack_place place_of(const uint64_t *words, size_t count)
{
	return (struct stack_place){
		.map = 1,
		.ip = 100,
		.sp = 200,
		.bytes = (const unsigned char *)words,
		.size = count * sizeof(*words),
	};
}

static void test_equal_words_are_found(void **state)
{
	(void)state;
	struct stack_cache *cache = xcalloc(1, sizeof(*cache));
	const struct stack_word read[] = {{8, 5}, {16, 6}};
	uint64_t words[] = {0, 5, 6};
	struct stack_place place = place_of(words, 3);
	bool needs_registers;
	assert_true(stack_cache_find(cache, &place, &needs_registers) == 0);
	stack_cache_add(cache, 1, 100, 200, read, 2, 77);
	assert_true(stack_cache_find(cache, &place, &needs_registers) == 77);
	assert_false(needs_registers);
	words[0] = 9; /* not read by any walk */
	assert_true(stack_cache_find(cache, &place, &needs_registers) == 77);
	words[2] = 7;
	assert_true(stack_cache_find(cache, &place, &needs_registers) == 0);
	words[2] = 6;
	place.size = 16; /* the copy is too short */
	assert_true(stack_cache_find(cache, &place, &needs_registers) == 0);
	place = place_of(words, 3);
	place.map = 2;
	assert_true(stack_cache_find(cache, &place, &needs_registers) == 0);
	free(cache);
}

static void test_registers_are_compared_where_the_walk_read_them(void **state)
{
	(void)state;
	struct stack_cache *cache = xcalloc(1, sizeof(*cache));
	const struct stack_word read[] = {{0, 5}, {REGISTER_3, 6}};
	struct unwind_regs regs = {.reg = {[3] = 6}};
	uint64_t words[] = {5};
	struct stack_place place = place_of(words, 1);
	bool needs_registers;
	stack_cache_add(cache, 1, 100, 200, read, 2, 77);
	assert_true(stack_cache_find(cache, &place, &needs_registers) == 0);
	assert_true(needs_registers);
	place.regs = &regs;
	assert_true(stack_cache_find(cache, &place, &needs_registers) == 77);
	regs.reg[3] = 7;
	assert_true(stack_cache_find(cache, &place, &needs_registers) == 0);
	free(cache);
}

/* As many entries at one place as a set can hold, however often each is added. */
static void test_a_set_holds_several(void **state)
{
	(void)state;
	struct stack_cache *cache = xcalloc(1, sizeof(*cache));
	uint64_t words[1];
	bool needs_registers;
	for (int round = 0; round < 3; round++) {
		for (uint64_t i = 0; i < STACK_CACHE_WAYS; i++) {
			struct stack_word read = {0, i};
			stack_cache_add(cache, 1, 100, 200, &read, 1, 70 + (uint32_t)i);
		}
	}
	for (uint64_t i = 0; i < STACK_CACHE_WAYS; i++) {
		struct stack_place place = place_of(words, 1);
		words[0] = i;
		assert_true(stack_cache_find(cache, &place, &needs_registers) == 70 + (uint32_t)i);
	}
	free(cache);
}

/* Writes entries at one place; all words of an entry are the ID of its stack. */
static void *write_entries(void *argument)
{
	struct stack_cache *cache = argument;
	struct stack_word read[STACK_CACHE_WORDS];
	for (uint32_t round = 1; round <= ROUNDS; round++) {
		for (uint32_t i = 0; i < STACK_CACHE_WORDS; i++)
			read[i] = (struct stack_word){i * 8, round % 16 + 1};
		stack_cache_add(cache, 1, 100, 200, read, STACK_CACHE_WORDS, round % 16 + 1);
	}
	return NULL;
}

static void test_entries_are_never_torn(void **state)
{
	(void)state;
	struct stack_cache *cache = xcalloc(1, sizeof(*cache));
	uint64_t words[STACK_CACHE_WORDS];
	pthread_t writer;
	uint64_t wrong = 0;
	assert_int_equal(pthread_create(&writer, NULL, write_entries, cache), 0);
	for (uint64_t round = 0; round < ROUNDS; round++) {
		struct stack_place place = place_of(words, STACK_CACHE_WORDS);
		bool needs_registers;
		for (size_t i = 0; i < STACK_CACHE_WORDS; i++)
			words[i] = round % 16 + 1;
		uint32_t stack = stack_cache_find(cache, &place, &needs_registers);
		wrong += stack && stack != round % 16 + 1;
	}
	pthread_join(writer, NULL);
	assert_int_equal(wrong, 0);
	free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_words_are_found),
		cmocka_unit_test(test_registers_are_compared_where_the_walk_read_them),
		cmocka_unit_test(test_a_set_holds_several),
		cmocka_unit_test(test_entries_are_never_torn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
