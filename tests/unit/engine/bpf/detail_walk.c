/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the BPF programs read of a call by steps is what abi/fetch.h walks: of every call of every
 * ABI, with all values that select something, over memory of random content. The programs' code is
 * compiled into this test, over helpers that read that memory.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/argument.h"
#include "abi/fetch.h"
#include "abi/fetch_step.h"
#include "engine/bpf/detail_plans.h"
#include "support/random.h"

/* The memory of the program; what lies outside of it cannot be read. */
#define BASE  UINT64_C(0x10000000)
#define SIZE  (1 << 16)
#define SMALL 300

static unsigned char memory[SIZE];

static bool is_readable(uint64_t address, uint64_t size)
{
	return address >= BASE && address - BASE <= SIZE && size <= SIZE - (address - BASE);
}

/* What the programs need of the kernel. */

#define __noinline
#define PAGE_SIZE          4096
#define X86_64             0
#define I386               1
#define BOUND(value, mask) ((value) &= (mask))

static long bpf_probe_read_user(void *to, uint32_t size, const void *from)
{
	memset(to, 0, size);
	if (!is_readable((uintptr_t)from, size))
		return -EFAULT;
	memcpy(to, memory + ((uintptr_t)from - BASE), size);
	return 0;
}

static long bpf_probe_read_user_str(void *to, uint32_t size, const void *from)
{
	char *text = to;
	for (uint32_t i = 0; i < size; i++) {
		if (!is_readable((uintptr_t)from + i, 1))
			return -EFAULT;
		text[i] = (char)memory[(uintptr_t)from + i - BASE];
		if (!text[i])
			return i + 1;
	}
	text[size - 1] = '\0';
	return size;
}

static struct detail_plans plans;
static const int detail_plans = 0;

static const void *bpf_map_lookup_elem(const int *map, const void *key)
{
	assert_ptr_equal(map, &detail_plans);
	for (size_t i = 0; i < plans.count; i++) {
		if (memcmp(&plans.variant[i].key, key, sizeof(plans.variant[i].key)) == 0)
			return &plans.variant[i].plan;
	}
	return NULL;
}

/* They have no prototypes, and the verifier compares what compilers take for needless. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wcast-align"
#pragma GCC diagnostic ignored "-Wint-to-pointer-cast"
extern struct bpf_details details;
#include "../../../../src/engine/bpf/detail_walk.bpf.h"
#pragma GCC diagnostic pop

/* What abi/fetch.h reads. */

struct coverage {
	struct fetch_reader reader;
	unsigned int reads;
	bool has[SIZE];
};

static struct coverage wanted, read;

static const unsigned char *cover(uint64_t address, size_t size, size_t *got)
{
	wanted.reads++;
	if (!is_readable(address, 1))
		return NULL;
	size_t left = SIZE - (size_t)(address - BASE);
	*got = size < left ? size : left;
	memset(wanted.has + (address - BASE), true, *got);
	return memory + (address - BASE);
}

static const unsigned char *read_bytes(
	struct fetch_reader *reader, uint64_t address, size_t size, size_t *got)
{
	(void)reader;
	return cover(address, size, got);
}

static const unsigned char *read_string(
	struct fetch_reader *reader, uint64_t address, size_t size, size_t *got)
{
	(void)reader;
	if (is_readable(address, 1)) {
		const unsigned char *text = memory + (address - BASE);
		const unsigned char *end = memchr(text, '\0', SIZE - (size_t)(address - BASE));
		if ((size_t)(end + 1 - text) < size)
			size = (size_t)(end + 1 - text);
	}
	return cover(address, size, got);
}

/* The other side. */

static struct detail_room room;

static void cover_blocks(void)
{
	for (uint64_t at = 0; at < room.used;) {
		uint64_t address, size;
		memcpy(&address, room.blocks + at, sizeof(address));
		memcpy(&size, room.blocks + at + 8, sizeof(size));
		size = (uint32_t)size;
		assert_true(is_readable(address, size));
		assert_memory_equal(room.blocks + at + BLOCK_HEAD, memory + (address - BASE), size);
		memset(read.has + (address - BASE), true, size);
		at += BLOCK_HEAD + ((size + 7) & ~UINT64_C(7));
	}
}

/* A number that an argument, or a word of memory, may have. */
static uint64_t any_word(uint64_t *random)
{
	switch (random_below(random, 6)) {
	case 0:
		return random_below(random, SMALL);
	case 1:
		return 0;
	case 2:
		return random_next(random);
	default:
		return BASE + random_below(random, SIZE - 512);
	}
}

static void fill_memory(uint64_t *random)
{
	for (size_t at = 0; at + 8 <= SIZE; at += 8) {
		uint64_t word = any_word(random);
		memcpy(memory + at, &word, sizeof(word));
	}
	/* Every string ends. */
	memset(memory + SIZE - PAGE_SIZE, 0, PAGE_SIZE);
}

static struct fetch_limits limits;

/* Compares both for CALL with ARGS. */
static void compare(struct call call, const uint64_t args[CALL_MAX_ARGS], unsigned int what,
	bool at_exit, int64_t result, bool failed)
{
	memset(&wanted, 0, sizeof(wanted));
	memset(&read, 0, sizeof(read));
	wanted.reader = (struct fetch_reader){.read = read_bytes,
		.read_string = read_string,
		.string_max = limits.string_max,
		.verbose = limits.verbose};
	if (at_exit)
		fetch_exit(&wanted.reader, what, call, args, result, failed);
	else
		fetch_entry(&wanted.reader, what, call, args);
	memset(&room, 0, offsetof(struct detail_room, blocks));
	memcpy(room.args, args, CALL_MAX_ARGS * sizeof(*args));
	room.what = what;
	room.result = failed ? 0 : result;
	room.has_failed = failed;
	walk(&room, call.nr, call.abi, at_exit ? FETCH_EXIT : FETCH_ENTRY);
	cover_blocks();
	/* They count the pieces in other ways. */
	if (wanted.reads >= FETCH_READS_MAX / 2 || room.is_cut)
		return;
	for (size_t at = 0; at < SIZE; at++) {
		char name[CALL_NAME_MAX];
		if (wanted.has[at] != read.has[at])
			fail_msg("%s(%#llx, %#llx, %#llx, %#llx, %#llx, %#llx) = %lld, %s: "
				 "%#zx was %sread",
				call_name(call, name), (unsigned long long)args[0],
				(unsigned long long)args[1], (unsigned long long)args[2],
				(unsigned long long)args[3], (unsigned long long)args[4],
				(unsigned long long)args[5], (long long)result,
				at_exit ? "exit" : "entry", (size_t)BASE + at,
				wanted.has[at] ? "not " : "");
	}
}

/* Makes the selectors of CALL those of its variant number WHICH, if there are as many. */
static void choose_variant(struct call call, uint64_t args[CALL_MAX_ARGS], size_t which)
{
	struct argument_selector selectors[2];
	uint32_t selected[2];
	size_t at = 0;
	if (!fetch_plan_depends(call, selectors))
		return;
	while (argument_next_selected(call, &at, selected)) {
		if (which--)
			continue;
		for (size_t i = 0; i < 2; i++) {
			if (selectors[i].argument != ARGUMENT_NOT)
				args[selectors[i].argument] = (uint64_t)selected[i]
				                              << selectors[i].shift;
		}
		return;
	}
}

static void compare_call(uint64_t *random, struct call call, size_t which)
{
	uint64_t args[CALL_MAX_ARGS];
	for (size_t i = 0; i < CALL_MAX_ARGS; i++)
		args[i] = any_word(random);
	choose_variant(call, args, which);
	if (argument_style(call) == STYLE_SOCKETCALL)
		args[0] = which % 24;
	int64_t result = (int64_t)random_below(random, SMALL) - 5;
	for (unsigned int what = FETCH_NAMES; what <= FETCH_ALL; what += FETCH_REST) {
		compare(call, args, what, false, 0, false);
		compare(call, args, what, true, result, false);
		compare(call, args, what, true, result, true);
	}
}

static void compare_all(void)
{
	uint64_t random = 1;
	memset(&details, 0, sizeof(details));
	detail_plans_make(&details, &limits, &plans);
	for (int round = 0; round < 4; round++) {
		fill_memory(&random);
		for (uint32_t abi = 0; abi < BPF_DETAIL_ABIS; abi++) {
			for (uint32_t nr = 0; nr < syscall_table_size((enum abi)abi); nr++) {
				const struct call call = {.nr = nr, .abi = abi};
				struct argument_selector selectors[2];
				bool depends = fetch_plan_depends(call, selectors) ||
				               argument_style(call) == STYLE_SOCKETCALL;
				size_t variants = depends ? 32 : 1;
				for (size_t i = 0; i < variants; i++)
					compare_call(&random, call,
						depends ? random_below(&random, 512) : 0);
			}
		}
	}
	detail_plans_clear(&plans);
}

static void what_is_read_is_what_is_walked(void **state)
{
	(void)state;
	limits = (struct fetch_limits){.string_max = 32};
	compare_all();
	limits = (struct fetch_limits){.string_max = 7, .verbose = true};
	compare_all();
}

/* All have their place: none is cut because there are too many. */
static void there_is_room_for_all_plans(void **state)
{
	struct detail_plans made = {0};
	const struct fetch_limits verbose = {.string_max = 4096, .verbose = true};
	(void)state;
	memset(&details, 0, sizeof(details));
	detail_plans_make(&details, &verbose, &made);
	size_t last = 0;
	for (size_t i = 0; i < BPF_DETAIL_STEPS; i++) {
		if (details.step[i].phases)
			last = i;
	}
	assert_in_range(last, 100, BPF_DETAIL_STEPS * 3 / 4);
	assert_in_range(made.count, 100, BPF_DETAIL_VARIANTS * 3 / 4);
	detail_plans_clear(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_what_is_walked),
		cmocka_unit_test(there_is_room_for_all_plans),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
