/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures stacks that are in no cache: unwinding in the worker, interning, naming. Copies are of
 * this program itself, each at another place.
 *
 *   unwind [STACKS]
 *
 * Prints nanoseconds per stack, the same of CPU time of the stack thread and its worker, and until
 * all frames are named.
 */
#include "config.h"

#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/ring.h"
#include "event/stack_copy.h"
#include "proc/maps.h"
#include "stack/stacks.h"

#define DEPTH 20
#define SIZE  4096

static struct stacks *stacks;
static struct stack_copy_channel *channel;
static const char *top;
static size_t sent, received;

static void take_results(void)
{
	struct stack_result result;
	while (stacks_next(stacks, &result))
		received++;
}

static void send_stack(uint64_t ip, const char *sp)
{
	struct stack_copy *copy;
	size_t size = (size_t)(top - sp) < SIZE ? (size_t)(top - sp) : SIZE;
	while (!(copy = stack_copy_reserve(
			 channel, STACK_COPY_STACK, getpid(), getpid(), sizeof(*copy) + size)))
		take_results();
	copy->in_call = copy->compat = copy->only_ip_sp = false;
	copy->number = stack_copy_next_number(channel);
	copy->regs = unwind_regs_at(ip, (uint64_t)(uintptr_t)sp, 0);
	copy->base = (uint64_t)(uintptr_t)sp;
	copy->size = (uint32_t)size;
	copy->wanted = SIZE;
	memcpy(copy->bytes, sp, size);
	if (stack_copy_commit(channel))
		stack_copy_wake(channel);
	sent++;
}

static __attribute__((noinline)) void deep(int depth)
{
	if (depth > 0) {
		deep(depth - 1);
	} else {
		uint64_t ip;
		const char *sp;
		__asm__ volatile("lea 0(%%rip), %0; mov %%rsp, %1" : "=r"(ip), "=r"(sp));
		send_stack(ip, sp);
	}
	__asm__ volatile("");
}

static __attribute__((noinline)) void shifted(size_t number)
{
	char pad[16];
	(void)pad;
	if (number)
		shifted(number - 1);
	else
		deep(DEPTH);
	__asm__ volatile("");
}

static void send_maps(void)
{
	struct maps_text maps = {0};
	struct maps_filter filter = {0};
	maps_read(getpid(), &maps);
	maps_filter_some(&filter, SIZE_MAX, &maps);
	struct stack_copy_maps *record = stack_copy_reserve(
		channel, STACK_COPY_MAPS, getpid(), getpid(), sizeof(*record) + maps.size);
	record->size = maps.size;
	record->map = ++channel->last_map;
	memcpy(record->text, maps.text, maps.size);
	stack_copy_commit(channel);
	stack_copy_wake(channel);
}

int main(int argc, char **argv)
{
	size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
	top = (const char *)__builtin_frame_address(0) + 64;
	const struct stacks_config config = {.copy_limit = SIZE,
		.memory = STACKS_MEMORY,
		.debug_directories = stacks_debug_directories,
		.debuginfod = DEBUGINFOD_NEVER};
	if (stacks_new(&config, &stacks) < 0)
		return 1;
	channel = stacks_channel(stacks);
	send_maps();
	uint64_t begin = clock_now_ns();
	for (size_t i = 0; i < count; i++) {
		/* Another stack pointer each time, and other frames sometimes. */
		char *room = alloca(16);
		*(volatile char *)room = 0;
		shifted(i % 64);
		if (i % 64 == 63) {
			take_results();
			if (i % 8192 > 8000)
				while (received + 2000 < sent)
					take_results();
		}
	}
	while (received < sent) {
		take_results();
		usleep(50);
	}
	uint64_t end = clock_now_ns();
	struct stacks_stats stats;
	stacks_stats(stacks, &stats);
	while (!stacks_finish(stacks)) {
		take_results();
		usleep(1000);
	}
	uint64_t named = clock_now_ns();
	printf("%.0f %.0f %.0f\n", (double)(end - begin) / (double)sent,
		(double)stats.cpu_ns / (double)sent, (double)(named - begin));
	fflush(stdout);
	_exit(0);
}
