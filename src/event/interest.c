/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which details are displayed; see event/interest.h. */
#include "config.h"

#include "event/interest.h"

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
