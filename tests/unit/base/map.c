/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hash map, compared with a naive map. */
#include "config.h"

#include "support/unit.h"

#include <string.h>

#include "base/map.h"
#include "support/random.h"

/* Objects whose addresses serve as values. */
static char thing[4096];

static void an_empty_map_has_no_key(void **state)
{
	struct map map = {0};
	size_t at = 0;
	(void)state;
	assert_null(map_get(&map, 0));
	assert_null(map_remove(&map, 7));
	assert_null(map_next(&map, &at));
	map_clear(&map);
}

static void putting_again_replaces_and_returns_the_old_value(void **state)
{
	struct map map = {0};
	(void)state;
	assert_null(map_put(&map, 5, &thing[0]));
	assert_ptr_equal(map_put(&map, 5, &thing[1]), &thing[0]);
	assert_int_equal(map.count, 1);
	assert_ptr_equal(map_remove(&map, 5), &thing[1]);
	assert_null(map_remove(&map, 5));
	assert_int_equal(map.count, 0);
	map_clear(&map);
}

static void every_number_can_be_a_key(void **state)
{
	static const uint64_t keys[] = {
		0, 1, UINT32_MAX, UINT64_C(1) << 32, UINT64_C(1) << 63, UINT64_MAX};
	struct map map = {0};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		assert_null(map_put(&map, keys[i], &thing[i]));
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		assert_ptr_equal(map_get(&map, keys[i]), &thing[i]);
	map_clear(&map);
	assert_null(map_get(&map, 0));
}

/* The keys' values; NULL if a key is not in the map. */
struct naive {
	void *value[COUNT_OF(thing)];
	size_t count;
};

static void assert_same(
	const struct map *map, const struct naive *naive, size_t keys, uint64_t stride)
{
	size_t met = 0;
	const char *value;
	assert_int_equal(map->count, naive->count);
	for (size_t i = 0; i < keys; i++)
		assert_ptr_equal(map_get(map, i * stride), naive->value[i]);
	MAP_FOR_EACH (map, at, value) {
		assert_in_range(value - thing, 0, COUNT_OF(thing) - 1);
		met++;
	}
	assert_int_equal(met, naive->count);
}

static void mutate(
	struct map *map, struct naive *naive, size_t keys, uint64_t stride, uint64_t *seed)
{
	size_t key = (size_t)random_below(seed, keys);
	void *had = naive->value[key];
	if (random_below(seed, 2)) {
		naive->value[key] = &thing[random_below(seed, COUNT_OF(thing))];
		naive->count += !had;
		assert_ptr_equal(map_put(map, key * stride, naive->value[key]), had);
	} else {
		naive->value[key] = NULL;
		naive->count -= had != NULL;
		assert_ptr_equal(map_remove(map, key * stride), had);
	}
}

static void it_behaves_like_a_naive_map(void **state)
{
	static const struct {
		size_t keys;
		uint64_t stride; /* tids are consecutive; calls have the ABI above bit 32 */
	} cases[] = {{8, 1}, {16, 1}, {100, 1}, {100, UINT64_C(1) << 32}, {4096, 1}, {1000, 4096}};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct map map = {0};
		struct naive naive = {0};
		uint64_t seed = 7 + i;
		for (int step = 0; step < 40000; step++) {
			mutate(&map, &naive, cases[i].keys, cases[i].stride, &seed);
			if (step % 997 == 0)
				assert_same(&map, &naive, cases[i].keys, cases[i].stride);
		}
		assert_same(&map, &naive, cases[i].keys, cases[i].stride);
		map_clear(&map);
	}
}

/* The home slot of KEY in a map of minimum capacity. */
static size_t lone_slot(uint64_t key, size_t *capacity)
{
	struct map map = {0};
	size_t at = 0;
	map_put(&map, key, thing);
	while (!map.slots[at].value)
		at++;
	*capacity = map.capacity;
	map_clear(&map);
	return at;
}

/* Finds keys whose home is one of the last two slots, so that their run wraps around. */
static void find_colliding_keys(uint64_t *keys, size_t count)
{
	size_t found = 0, capacity;
	for (uint64_t key = 0; found < count; key++) {
		if (lone_slot(key, &capacity) + 2 >= capacity)
			keys[found++] = key;
	}
}

/* Computes the next permutation of COUNT indices; 0 after the last. */
static int next_order(size_t *order, size_t count)
{
	size_t i = count - 1, j = count - 1;
	while (i > 0 && order[i - 1] > order[i])
		i--;
	if (i == 0)
		return 0;
	while (order[j] < order[i - 1])
		j--;
	size_t swap = order[i - 1];
	order[i - 1] = order[j];
	order[j] = swap;
	for (j = count - 1; i < j; i++, j--) {
		swap = order[i];
		order[i] = order[j];
		order[j] = swap;
	}
	return 1;
}

/* Inserts KEYS, removes them in ORDER, and looks up all others each time. */
static void remove_in_order(const uint64_t *keys, const size_t *order, size_t count)
{
	struct map map = {0};
	for (size_t i = 0; i < count; i++)
		map_put(&map, keys[i], &thing[i]);
	for (size_t gone = 0; gone < count; gone++) {
		assert_ptr_equal(map_remove(&map, keys[order[gone]]), &thing[order[gone]]);
		for (size_t i = 0; i < count; i++) {
			void *expected = i > gone ? &thing[order[i]] : NULL;
			assert_ptr_equal(map_get(&map, keys[order[i]]), expected);
		}
	}
	map_clear(&map);
}

static void a_run_across_the_end_survives_removal_in_any_order(void **state)
{
	uint64_t keys[6];
	size_t order[COUNT_OF(keys)];
	(void)state;
	find_colliding_keys(keys, COUNT_OF(keys));
	for (size_t i = 0; i < COUNT_OF(order); i++)
		order[i] = i;
	do {
		remove_in_order(keys, order, COUNT_OF(keys));
	} while (next_order(order, COUNT_OF(order)));
}

static void growth_keeps_all_entries(void **state)
{
	struct map map = {0};
	(void)state;
	for (size_t key = 0; key < COUNT_OF(thing); key++) {
		map_put(&map, key * 3, &thing[key]);
		assert_true(map.capacity > map.count);
	}
	for (size_t key = 0; key < COUNT_OF(thing); key++)
		assert_ptr_equal(map_get(&map, key * 3), &thing[key]);
	map_clear(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_map_has_no_key),
		cmocka_unit_test(putting_again_replaces_and_returns_the_old_value),
		cmocka_unit_test(every_number_can_be_a_key),
		cmocka_unit_test(it_behaves_like_a_naive_map),
		cmocka_unit_test(a_run_across_the_end_survives_removal_in_any_order),
		cmocka_unit_test(growth_keeps_all_entries),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
