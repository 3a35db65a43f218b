/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When to try again; see out/backoff.h. */
#include "config.h"

#include "out/backoff.h"

/* More doublings than there are to the longest pause. */
#define DOUBLINGS_MAX 16

uint64_t backoff_pause_ns(unsigned int failures, uint64_t asked_s, uint32_t random)
{
	unsigned int doublings = failures ? failures - 1 : 0;
	uint64_t pause_ns = BACKOFF_FIRST_NS
	                    << (doublings < DOUBLINGS_MAX ? doublings : DOUBLINGS_MAX);
	if (pause_ns > BACKOFF_MAX_NS)
		pause_ns = BACKOFF_MAX_NS;
	pause_ns = pause_ns / 4 * 3 + pause_ns / 2 * (random & 0xffff) / 0xffff;
	uint64_t asked_ns = asked_s < BACKOFF_ASKED_NS / NS_PER_S ? asked_s * NS_PER_S
	                                                          : BACKOFF_ASKED_NS;
	return pause_ns > asked_ns ? pause_ns : asked_ns;
}
