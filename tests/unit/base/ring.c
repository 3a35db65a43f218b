/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The queue between two threads: nothing is lost, duplicated, torn or reordered. */
#include "config.h"

#include "support/unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/ring.h"
#include "support/random.h"

#define HEAD 8 /* bytes before each record: part of the contract of ring_new() */

/* Fills SIZE bytes of RECORD with a pattern unique to NUMBER. */
static void fill(void *record, size_t size, uint64_t number)
{
	unsigned char *bytes = record;
	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(number * 31 + i);
}

static bool is_filled(const void *record, size_t size, uint64_t number)
{
	const unsigned char *bytes = record;
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != (unsigned char)(number * 31 + i))
			return false;
	}
	return true;
}

static bool push(struct ring *ring, size_t size, uint64_t number)
{
	void *record = ring_reserve(ring, size);
	if (!record)
		return false;
	assert_int_equal((uintptr_t)record % 8, 0);
	fill(record, size, number);
	ring_commit(ring);
	return true;
}

static void expect(struct ring *ring, size_t size, uint64_t number)
{
	const void *record = ring_peek(ring);
	assert_non_null(record);
	assert_true(is_filled(record, size, number));
	ring_pop(ring);
}

static void a_new_ring_is_empty(void **state)
{
	(void)state;
	struct ring *ring = ring_new(64);
	assert_null(ring_peek(ring));
	assert_int_equal(ring_used(ring), 0);
	assert_int_equal(ring_capacity(ring), 64);
	ring_free(ring);
	ring_free(NULL);
}

static void records_of_every_size_up_to_the_capacity_fit(void **state)
{
	(void)state;
	for (size_t size = 0; size <= 256 - HEAD; size++) {
		struct ring *ring = ring_new(256);
		assert_true(push(ring, size, size));
		expect(ring, size, size);
		assert_null(ring_peek(ring));
		assert_int_equal(ring_used(ring), 0);
		ring_free(ring);
	}
}

static void a_record_larger_than_the_ring_is_refused(void **state)
{
	static const size_t sizes[] = {256 - HEAD + 1, 256, 257, 1 << 20};
	(void)state;
	struct ring *ring = ring_new(256);
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		assert_null(ring_reserve(ring, sizes[i]));
	assert_true(push(ring, 256 - HEAD, 1));
	ring_free(ring);
}

static void half_the_capacity_fits_into_an_empty_ring_at_any_position(void **state)
{
	(void)state;
	for (size_t offset = 0; offset < 256; offset += 8) {
		struct ring *ring = ring_new(256);
		for (size_t at = 0; at < offset; at += HEAD) {
			assert_true(push(ring, 0, 0));
			ring_pop(ring);
		}
		assert_true(push(ring, 128 - HEAD, offset));
		expect(ring, 128 - HEAD, offset);
		ring_free(ring);
	}
}

static void a_full_ring_refuses_until_a_record_is_taken(void **state)
{
	(void)state;
	struct ring *ring = ring_new(256);
	for (uint64_t number = 0; number < 8; number++)
		assert_true(push(ring, 32 - HEAD, number));
	assert_int_equal(ring_used(ring), 256);
	assert_false(push(ring, 0, 0));
	for (uint64_t number = 8; number < 100; number++) {
		expect(ring, 32 - HEAD, number - 8);
		assert_true(push(ring, 32 - HEAD, number));
		assert_false(push(ring, 0, 0));
	}
	ring_free(ring);
}

static void a_record_that_does_not_fit_before_the_end_starts_at_the_beginning(void **state)
{
	(void)state;
	struct ring *ring = ring_new(128);
	assert_true(push(ring, 40, 1)); /* 48 bytes used */
	assert_true(push(ring, 40, 2)); /* 96 */
	expect(ring, 40, 1);
	assert_true(push(ring, 40, 3)); /* does not fit into the 32 that are left */
	assert_int_equal(ring_used(ring), 128);
	assert_false(push(ring, 0, 0));
	expect(ring, 40, 2);
	expect(ring, 40, 3);
	assert_null(ring_peek(ring));
	assert_int_equal(ring_used(ring), 0);
	ring_free(ring);
}

static void a_second_reserve_replaces_the_first(void **state)
{
	(void)state;
	struct ring *ring = ring_new(64);
	void *first = ring_reserve(ring, 48);
	assert_non_null(first);
	memset(first, 0xff, 48);
	assert_null(ring_peek(ring));
	assert_true(push(ring, 16, 7));
	expect(ring, 16, 7);
	assert_null(ring_peek(ring));
	ring_free(ring);
}

/* Pushes and pops at random, compared with a list of the expected records. */
static void records_of_mixed_sizes_come_out_unchanged(void **state)
{
	enum { OPERATIONS = 400000, CAPACITY = 512 };
	size_t waiting[CAPACITY / HEAD];
	uint64_t seed = 1, pushed = 0, popped = 0;
	(void)state;
	struct ring *ring = ring_new(CAPACITY);
	for (int i = 0; i < OPERATIONS; i++) {
		size_t size = (size_t)random_below(&seed, 100);
		if (random_next(&seed) >> 63) {
			if (push(ring, size, pushed))
				waiting[pushed++ % COUNT_OF(waiting)] = size;
		} else if (popped < pushed) {
			expect(ring, waiting[popped % COUNT_OF(waiting)], popped);
			popped++;
		} else {
			assert_null(ring_peek(ring));
		}
		assert_in_range(ring_used(ring), 0, CAPACITY);
	}
	assert_true(popped > OPERATIONS / 4);
	ring_free(ring);
}

/* Parameters of the two threads of the next test. */
enum { RECORDS = 3000000, WORDS_MAX = 12 };

static size_t words_of(uint64_t number)
{
	return 1 + (size_t)(number * UINT64_C(0x9e3779b97f4a7c15) >> 60) % WORDS_MAX;
}

/* While the consumer keeps up, a large ring uses little of its memory; a backlog uses all of it. */
static void a_large_ring_that_is_empty_begins_anew(void **state)
{
	enum { CAPACITY = 4 << 20, SIZE = 1000, PART = CAPACITY / 4 };
	struct ring *ring = ring_new(CAPACITY);
	const unsigned char *first = NULL;
	uint64_t pushed = 0, taken = 0;
	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 20000; i++) {
			const unsigned char *record = ring_reserve(ring, SIZE);
			first = first ? first : record;
			assert_true(record >= first && record <= first + PART);
			assert_true(push(ring, SIZE, pushed++));
			expect(ring, SIZE, taken++);
		}
		/* Where it begins anew, the rest has to be skipped first. */
		while (push(ring, SIZE, pushed))
			pushed++;
		assert_true((pushed - taken) * (SIZE + HEAD) > CAPACITY - PART);
		while (taken < pushed)
			expect(ring, SIZE, taken++);
		assert_null(ring_peek(ring));
		/* Back to the first part. */
		while (ring_reserve(ring, SIZE) != first) {
			assert_true(push(ring, SIZE, pushed++));
			expect(ring, SIZE, taken++);
		}
	}
	ring_free(ring);
}

static void *produce(void *argument)
{
	struct ring *ring = argument;
	for (uint64_t number = 0; number < RECORDS; number++) {
		size_t words = words_of(number);
		uint64_t *record;
		while (!(record = ring_reserve(ring, words * sizeof(*record))))
			sched_yield();
		for (size_t i = 0; i < words; i++)
			record[i] = number + i;
		ring_commit(ring);
	}
	return NULL;
}

/* Whether RECORD is the one that produce() wrote as NUMBER. */
static bool is_record(const uint64_t *record, uint64_t number)
{
	bool same = true;
	for (size_t i = 0; i < words_of(number); i++)
		same &= record[i] == number + i;
	return same;
}

static void two_threads_pass_millions_of_records_in_order(void **state)
{
	static const size_t capacities[] = {256, 1 << 16};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(capacities); i++) {
		struct ring *ring = ring_new(capacities[i]);
		pthread_t producer;
		uint64_t wrong = 0;
		assert_int_equal(pthread_create(&producer, NULL, produce, ring), 0);
		for (uint64_t number = 0; number < RECORDS; number++) {
			const uint64_t *record;
			while (!(record = ring_peek(ring)))
				sched_yield();
			wrong += !is_record(record, number);
			ring_pop(ring);
		}
		pthread_join(producer, NULL);
		assert_int_equal(wrong, 0);
		assert_null(ring_peek(ring));
		ring_free(ring);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_ring_is_empty),
		cmocka_unit_test(records_of_every_size_up_to_the_capacity_fit),
		cmocka_unit_test(a_record_larger_than_the_ring_is_refused),
		cmocka_unit_test(half_the_capacity_fits_into_an_empty_ring_at_any_position),
		cmocka_unit_test(a_full_ring_refuses_until_a_record_is_taken),
		cmocka_unit_test(a_record_that_does_not_fit_before_the_end_starts_at_the_beginning),
		cmocka_unit_test(a_second_reserve_replaces_the_first),
		cmocka_unit_test(records_of_mixed_sizes_come_out_unchanged),
		cmocka_unit_test(a_large_ring_that_is_empty_begins_anew),
		cmocka_unit_test(two_threads_pass_millions_of_records_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
