/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spinning: prints "ready", and then runs user code for ever, without a call: three quarters of the
 * time in spin_here(), the rest in spin_there(), both called by spin_outer().
 */
#include "tracee.h"

#define ROUNDS   100000

#define NOINLINE __attribute__((noinline))

static volatile uint64_t sink;

static NOINLINE void spin_here(uint64_t rounds)
{
	for (uint64_t i = 0; i < rounds; i++)
		sink += i;
}

static NOINLINE void spin_there(uint64_t rounds)
{
	for (uint64_t i = 0; i < rounds; i++)
		sink ^= i; /* else the compiler merges the two */
}

static NOINLINE void spin_outer(void)
{
	for (;;) {
		spin_here(3 * ROUNDS);
		spin_there(ROUNDS);
	}
}

int main(void)
{
	tracee_begin();
	puts("ready");
	spin_outer();
	return 0;
}
