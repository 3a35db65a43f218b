/* What somebody looks at; see trace/interest.h. */
#include "config.h"

#include "trace/interest.h"

void interest_set_all(struct interest *interest, enum interest_kind kind, bool wanted)
{
	for (int abi = 0; abi < ABI_COUNT; abi++) {
		for (int word = 0; word < INTEREST_NUMBERS / 64; word++)
			atomic_store_explicit(&interest->bits[kind][abi][word],
				wanted ? UINT64_MAX : 0, memory_order_relaxed);
	}
}
