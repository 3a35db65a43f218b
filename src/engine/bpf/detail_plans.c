/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps for the programs; see engine/bpf/detail_plans.h. */
#include "config.h"

#include "engine/bpf/detail_plans.h"

#include <assert.h>
#include <string.h>

#include "abi/argument.h"
#include "abi/fetch.h"
#include "abi/fetch_step.h"
#include "abi/indirect.h"
#include "base/alloc.h"

static_assert(BPF_DETAIL_READS == FETCH_READS_MAX, "as many pieces are read");
static_assert(FETCH_NO_ARGUMENT == ARGUMENT_NOT, "numbers of arguments are the same");
static_assert(BPF_DETAIL_ABIS == ABI_IO_URING, "all ABIs that have calls come first");

/* Steps in the making. */
struct maker {
	struct bpf_details *shared;
	const struct fetch_limits *limits;
	struct detail_plans *plans;
	size_t steps;     /* that are used */
	size_t selectors; /* likewise; 0 is none */
};

/* The plan of COUNT steps in the memory of the programs; empty if there is no room. */
static struct bpf_plan add_steps(struct maker *maker, const struct fetch_step *steps, size_t count)
{
	struct bpf_plan plan = {.first = (uint16_t)maker->steps, .count = (uint16_t)count};
	if (!count || maker->steps + count > BPF_DETAIL_STEPS)
		return (struct bpf_plan){0};
	memcpy(&maker->shared->step[maker->steps], steps, count * sizeof(*steps));
	maker->steps += count;
	return plan;
}

static struct bpf_plan make_plan(
	struct maker *maker, struct call call, const uint32_t selected[2], uint8_t phases[2])
{
	struct fetch_step steps[FETCH_STEPS_MAX];
	size_t count = fetch_plan_make(call, selected, maker->limits, steps);
	for (size_t i = 0; i < count; i++) {
		if (steps[i].what & FETCH_NAMES)
			phases[0] |= steps[i].phases;
		phases[1] |= steps[i].phases;
	}
	return add_steps(maker, steps, count);
}

/* The number of SELECTORS, from 1; 0: there is no room. */
static uint8_t number_of(struct maker *maker, const struct argument_selector selectors[2])
{
	struct bpf_selectors wanted;
	memset(&wanted, 0, sizeof(wanted));
	for (size_t i = 0; i < 2; i++) {
		wanted.selector[i].mask = selectors[i].mask;
		wanted.selector[i].argument = selectors[i].argument;
		wanted.selector[i].shift = selectors[i].shift;
	}
	for (size_t i = 1; i <= maker->selectors; i++) {
		if (memcmp(&maker->shared->selectors[i], &wanted, sizeof(wanted)) == 0)
			return (uint8_t)i;
	}
	if (maker->selectors == UINT8_MAX)
		return 0;
	maker->shared->selectors[++maker->selectors] = wanted;
	return (uint8_t)maker->selectors;
}

static bool has_variant(
	const struct detail_plans *plans, size_t from, const struct bpf_variant *key)
{
	for (size_t i = from; i < plans->count; i++) {
		if (memcmp(&plans->variant[i].key, key, sizeof(*key)) == 0)
			return true;
	}
	return false;
}

/* Adds the plans of CALL for all values of its selectors. */
static void add_variants(struct maker *maker, struct call call, uint8_t phases[2])
{
	struct detail_plans *plans = maker->plans;
	size_t first = plans->count, at = 0;
	struct bpf_variant key = {.call = call.abi << 16 | call.nr};
	while (argument_next_selected(call, &at, key.selected)) {
		if (plans->count == BPF_DETAIL_VARIANTS || has_variant(plans, first, &key))
			continue;
		plans->variant = xlengthen(
			plans->variant, &plans->room, plans->count + 1, sizeof(*plans->variant));
		plans->variant[plans->count].key = key;
		plans->variant[plans->count++].plan = make_plan(maker, call, key.selected, phases);
	}
}

static void add_call(struct maker *maker, struct call call)
{
	struct bpf_detail_call *shared = &maker->shared->call[call.abi][call.nr];
	struct argument_selector selectors[2];
	uint8_t phases[2] = {0};
	shared->plan = make_plan(maker, call, NULL, phases);
	if (fetch_plan_depends(call, selectors)) {
		shared->depends = number_of(maker, selectors);
		add_variants(maker, call, phases);
	}
	/* What it makes is not known yet. */
	if (argument_style(call) == STYLE_SOCKETCALL) {
		phases[0] = phases[1] = FETCH_ENTRY | FETCH_EXIT;
		maker->shared->socketcall = call.nr;
	}
	shared->phases = phases[0];
	shared->all_phases = phases[1];
}

/* The calls that socketcall makes. */
static void add_socket_calls(struct bpf_details *shared)
{
	static const uint32_t no_words[INDIRECT_WORDS_MAX];
	const struct call call = {.nr = shared->socketcall, .abi = ABI_COMPAT};
	for (uint64_t number = 0; number < BPF_SOCKET_CALLS; number++) {
		const uint64_t args[CALL_MAX_ARGS] = {number};
		uint64_t address;
		struct indirect indirect;
		size_t words = indirect_words(call, args, &address);
		if (!words)
			continue;
		indirect_resolve(call, args, no_words, &indirect);
		shared->socket_call[number].nr = indirect.call.nr;
		shared->socket_call[number].words = (uint32_t)words;
	}
}

void detail_plans_make(
	struct bpf_details *shared, const struct fetch_limits *limits, struct detail_plans *plans)
{
	struct maker maker = {.shared = shared, .limits = limits, .plans = plans};
	shared->socketcall = UINT32_MAX;
	for (uint32_t abi = 0; abi < BPF_DETAIL_ABIS; abi++) {
		for (uint32_t nr = 0; nr < syscall_table_size((enum abi)abi); nr++) {
			if (nr < BPF_DETAIL_NUMBERS)
				add_call(&maker, (struct call){.nr = nr, .abi = abi});
		}
	}
	add_socket_calls(shared);
}

void detail_plans_clear(struct detail_plans *plans)
{
	xfree(plans->variant);
	*plans = (struct detail_plans){0};
}
