/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which details are displayed; see event/interest.h. */
#include "config.h"

#include "event/interest.h"

#include <stddef.h>

#include "abi/callset.h"

void interest_set_all(struct interest *interest, enum interest_kind kind, bool wanted)
{
	for (int abi = 0; abi < ABI_COUNT; abi++) {
		for (int word = 0; word < INTEREST_NUMBERS / 64; word++)
			atomic_store_explicit(&interest->bits[kind][abi][word],
				wanted ? UINT64_MAX : 0, memory_order_relaxed);
	}
}

void interest_set_split(struct interest *interest, bool wanted)
{
	atomic_store_explicit(&interest->split, wanted, memory_order_relaxed);
}

void interest_set(struct interest *interest, enum interest_kind kind, struct call call, bool wanted)
{
	uint32_t nr = call.nr < INTEREST_NUMBERS ? call.nr : INTEREST_NUMBERS - 1;
	_Atomic uint64_t *word = &interest->bits[kind][call.abi][nr / 64];
	uint64_t bit = UINT64_C(1) << (nr % 64);
	if (wanted)
		atomic_fetch_or_explicit(word, bit, memory_order_relaxed);
	else
		atomic_fetch_and_explicit(word, ~bit, memory_order_relaxed);
}

/* Collects KIND of the calls in word WORD of ABI if any user requests them. */
static void unite(struct interest *interest, enum interest_kind kind, uint32_t abi, uint32_t word)
{
	uint64_t bits = 0;
	for (int user = 0; user < INTEREST_USERS; user++)
		bits |= interest->users[user][kind][abi][word];
	atomic_store_explicit(&interest->bits[kind][abi][word], bits, memory_order_relaxed);
}

void interest_request_call(struct interest *interest, enum interest_user user,
	enum interest_kind kind, struct call call, bool wanted)
{
	uint32_t nr = call.nr < INTEREST_NUMBERS ? call.nr : INTEREST_NUMBERS - 1;
	uint64_t *word = &interest->users[user][kind][call.abi][nr / 64];
	uint64_t bit = UINT64_C(1) << (nr % 64);
	*word = wanted ? *word | bit : *word & ~bit;
	unite(interest, kind, call.abi, nr / 64);
}

void interest_request(struct interest *interest, enum interest_user user, enum interest_kind kind,
	const struct callset *set)
{
	for (uint32_t abi = 0; abi < ABI_COUNT; abi++) {
		for (uint32_t nr = 0; nr < INTEREST_NUMBERS; nr++) {
			const struct call call = {.nr = nr, .abi = abi};
			interest_request_call(
				interest, user, kind, call, set && callset_has(set, call));
		}
	}
}

void interest_request_all(
	struct interest *interest, enum interest_user user, enum interest_kind kind, bool wanted)
{
	for (uint32_t abi = 0; abi < ABI_COUNT; abi++) {
		for (uint32_t word = 0; word < INTEREST_NUMBERS / 64; word++) {
			interest->users[user][kind][abi][word] = wanted ? UINT64_MAX : 0;
			unite(interest, kind, abi, word);
		}
	}
}

bool interest_has_any(const struct interest *interest, enum interest_kind kind)
{
	uint64_t bits = 0;
	for (uint32_t abi = 0; abi < ABI_COUNT; abi++) {
		for (uint32_t word = 0; word < INTEREST_NUMBERS / 64; word++)
			bits |= atomic_load_explicit(
				&interest->bits[kind][abi][word], memory_order_relaxed);
	}
	return bits != 0;
}
