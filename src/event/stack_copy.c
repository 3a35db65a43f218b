/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stack copies; see event/stack_copy.h. */
#include "config.h"

#include "event/stack_copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/ring.h"
#include "event/stack_cache.h"

/*
 * Some 250 ms of copies, at 30,000 calls per second of 4 KiB each: the stack thread may get no
 * processor for that long on a busy machine. A memory map of 65,530 mappings has some 16 MiB.
 */
#define RING_SIZE   (32 << 20)

#define WALKS_SIZE  (1 << 20)

#define RENEWALS    4096

/* How often to check the level of the ring, which reads an index that the stack thread writes. */
#define LEVEL_EVERY 16

int stack_copy_channel_init(struct stack_copy_channel *channel, size_t limit)
{
	int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake_fd < 0)
		return -errno;
	int renew_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (renew_fd < 0) {
		int error = errno;
		close(wake_fd);
		return -error;
	}
	*channel = (struct stack_copy_channel){
		.ring = ring_new(RING_SIZE),
		.walks = ring_new(WALKS_SIZE),
		.renewals = ring_new(RENEWALS),
		.wake_fd = wake_fd,
		.renew_fd = renew_fd,
		.limit = limit,
		.cache = xcalloc(1, sizeof(struct stack_cache)),
	};
	return 0;
}

void stack_copy_channel_clear(struct stack_copy_channel *channel)
{
	if (!channel->ring)
		return;
	ring_free(channel->ring);
	ring_free(channel->walks);
	ring_free(channel->renewals);
	free(channel->cache);
	close(channel->wake_fd);
	close(channel->renew_fd);
	channel->ring = NULL;
}

void stack_copy_wake(const struct stack_copy_channel *channel)
{
	uint64_t one = 1;
	/* Fails only after 2^64 wakeups that the thread has not read. */
	if (write(channel->wake_fd, &one, sizeof(one)) < 0)
		return;
}

void stack_copy_note_calls(struct stack_copy_channel *channel, uint64_t calls)
{
	if (atomic_exchange(&channel->taken, calls) != calls && atomic_load(&channel->is_watched))
		stack_copy_wake(channel);
}

bool stack_copy_renew(struct stack_copy_channel *channel, pid_t tgid)
{
	const uint64_t one = 1;
	const struct stack_copy_renewal renewal = {.tgid = tgid};
	if (!ring_push(channel->renewals, &renewal, sizeof(renewal)))
		return false;
	return write(channel->renew_fd, &one, sizeof(one)) == sizeof(one);
}

bool stack_copy_begin_sleep(struct stack_copy_channel *channel)
{
	atomic_store_explicit(&channel->sleeps, true, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	return !ring_peek(channel->ring);
}

void stack_copy_end_sleep(struct stack_copy_channel *channel)
{
	atomic_store_explicit(&channel->sleeps, false, memory_order_relaxed);
}

void *stack_copy_reserve(struct stack_copy_channel *channel, enum stack_copy_type type, pid_t tid,
	pid_t tgid, size_t size)
{
	struct stack_copy_record *record = ring_reserve(channel->ring, size);
	if (record)
		*record = (struct stack_copy_record){type, tid, tgid};
	return record;
}

bool stack_copy_commit(struct stack_copy_channel *channel)
{
	ring_commit(channel->ring);
	/* Pairs with the fence of stack_copy_begin_sleep(): one of us sees what the other wrote. */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load_explicit(&channel->sleeps, memory_order_relaxed))
		return true;
	return channel->last_number % LEVEL_EVERY == 0 &&
	       ring_used(channel->ring) > ring_capacity(channel->ring) / 4;
}

uint32_t stack_copy_next_number(struct stack_copy_channel *channel)
{
	if (++channel->last_number == STACK_COPY_LASTING)
		channel->last_number = 1; /* 0 means none */
	return channel->last_number;
}

static size_t place_of(pid_t tgid, uint64_t ip)
{
	return ((ip ^ (uint64_t)tgid << 20) * UINT64_C(0x9e3779b97f4a7c15) >> 32) %
	       STACK_COPY_PLACES;
}

size_t stack_copy_below(uint64_t sp)
{
	size_t above = (size_t)(sp % (uint64_t)sysconf(_SC_PAGESIZE));
	return above < arch.red_zone ? arch.red_zone - above : 0;
}

size_t stack_copy_size(const struct stack_copy_channel *channel, pid_t tgid, uint64_t ip)
{
	/* Relaxed: a hint that orders nothing. */
	size_t size = atomic_load_explicit(
		&channel->sizes[place_of(tgid, ip)], memory_order_relaxed);
	return size && size < channel->limit ? size : channel->limit;
}

void stack_copy_set_size(struct stack_copy_channel *channel, pid_t tgid, uint64_t ip, uint32_t size)
{
	atomic_store_explicit(&channel->sizes[place_of(tgid, ip)], size, memory_order_relaxed);
}

void stack_copy_report_walk(struct stack_copy_channel *channel, uint32_t number, uint32_t used,
	const struct stack_word *read, size_t count)
{
	struct stack_copy_walk *walk = ring_reserve(
		channel->walks, sizeof(*walk) + count * sizeof(*read));
	if (!walk)
		return;
	*walk = (struct stack_copy_walk){.number = number, .used = used, .count = (uint32_t)count};
	memcpy(walk->word, read, count * sizeof(*read));
	ring_commit(channel->walks);
}

void stack_copy_count(_Atomic uint64_t *counter)
{
	/* Written only by the engine, so no atomic addition is needed. */
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
		memory_order_relaxed);
}
