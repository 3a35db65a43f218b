/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Allocation that never returns NULL; see base/alloc.h. */
#include "config.h"

#include "base/alloc.h"

#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* More than there are tracers at a time: one, and those that are still leaving. */
#define RESERVES_MAX 16

/* The globals of this file: allocation has no context to keep them in. */
static void (*on_failure)(size_t wanted);
static _Thread_local struct alloc_reserve *own_reserve;
static _Thread_local bool survives;      /* see alloc_survive() */
static _Thread_local sigjmp_buf *trying; /* NULL: the thread is not in alloc_try() */

/* The memory of all reserves, so that any thread can tell what must not be passed to free(3). */
static struct {
	_Atomic uintptr_t start, end; /* 0: a free slot */
} reserved[RESERVES_MAX];

/* What precedes a block of a reserve. */
struct block {
	alignas(max_align_t) size_t size;
};

static void fail(size_t wanted)
{
	if (trying)
		siglongjmp(*trying, 1);
	if (on_failure)
		on_failure(wanted);
	abort();
}

void alloc_on_failure(void (*die)(size_t wanted))
{
	on_failure = die;
}

/* Reserves. */

static bool is_reserved(const void *memory)
{
	uintptr_t address = (uintptr_t)memory;
	for (size_t i = 0; i < RESERVES_MAX; i++) {
		if (address >= reserved[i].start && address < reserved[i].end)
			return true;
	}
	return false;
}

void alloc_reserve_clear(struct alloc_reserve *reserve)
{
	if (!reserve->start)
		return;
	for (size_t i = 0; i < RESERVES_MAX; i++) {
		if (reserved[i].start == (uintptr_t)reserve->start)
			reserved[i].start = reserved[i].end = 0;
	}
	munmap(reserve->start, reserve->size);
	reserve->start = NULL;
}

/* The reserve of the thread, which was refused memory; NULL: it has none left. */
static struct alloc_reserve *use_reserve(void)
{
	struct alloc_reserve *reserve = own_reserve;
	if (!reserve || !reserve->start)
		return NULL;
	if (!atomic_exchange_explicit(&reserve->is_used, true, memory_order_relaxed) &&
		reserve->on_first_use)
		reserve->on_first_use(reserve->argument);
	return reserve;
}

/* Makes room for malloc(3). Returns whether that was possible, so that it is tried again. */
static bool unmap_reserve(void)
{
	if (!own_reserve || !own_reserve->is_for_malloc || !use_reserve())
		return false;
	alloc_reserve_clear(own_reserve);
	return true;
}

/* Zeroed memory from the thread's reserve; NULL if it has none, or not enough. */
static void *take(size_t alignment, size_t size)
{
	struct alloc_reserve *reserve = use_reserve();
	if (!reserve || reserve->is_for_malloc || size > reserve->size)
		return NULL;
	size_t at = reserve->taken + sizeof(struct block);
	at = (at + alignment - 1) & ~(alignment - 1);
	if (at + size > reserve->size)
		return NULL;
	reserve->taken = at + size;
	((struct block *)(void *)(reserve->start + at))[-1].size = size;
	return reserve->start + at;
}

int alloc_reserve_init(struct alloc_reserve *reserve, size_t size)
{
	size_t slot = 0;
	while (slot < RESERVES_MAX && reserved[slot].start)
		slot++;
	if (slot == RESERVES_MAX)
		return -EAGAIN;
	char *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (start == MAP_FAILED)
		return -errno;
	reserve->start = start;
	reserve->size = size;
	reserve->taken = 0;
	reserve->is_used = false;
	reserved[slot].end = (uintptr_t)start + size;
	reserved[slot].start = (uintptr_t)start;
	return 0;
}

void alloc_use_reserve(struct alloc_reserve *reserve)
{
	own_reserve = reserve;
}

void alloc_survive(void)
{
	survives = true;
}

bool alloc_is_short(void)
{
	return own_reserve && atomic_load_explicit(&own_reserve->is_used, memory_order_relaxed);
}

bool alloc_is_low(void)
{
	return alloc_is_short() && own_reserve->taken > own_reserve->size / 2;
}

/* Allocation. */

void *xcalloc(size_t count, size_t size)
{
	size_t bytes;
	void *memory;
	do
		memory = calloc(count ? count : 1, size ? size : 1);
	while (!memory && unmap_reserve());
	if (!memory && !__builtin_mul_overflow(count, size, &bytes))
		memory = take(alignof(max_align_t), bytes);
	if (!memory)
		fail(count * size);
	return memory;
}

void *xaligned_alloc(size_t alignment, size_t size)
{
	void *memory;
	do
		memory = aligned_alloc(alignment, size);
	while (!memory && unmap_reserve());
	if (!memory)
		memory = take(alignment, size);
	if (!memory)
		fail(size);
	return memory;
}

/* Copies what MEMORY, of unknown size unless it is reserved, has at its start into a new block. */
static void *move_to_reserve(void *memory, size_t old_size, size_t size)
{
	void *moved = take(alignof(max_align_t), size);
	if (moved && memory)
		memcpy(moved, memory, old_size < size ? old_size : size);
	if (moved)
		xfree(memory);
	return moved;
}

/* As xreallocarray(), to a block of its own, whose heap is not that of MEMORY. */
static void *move(void *memory, size_t count, size_t size)
{
	void *moved = xcalloc(count, size);
	if (memory) {
		size_t old_size = is_reserved(memory) ? ((struct block *)memory)[-1].size
		                                      : malloc_usable_size(memory);
		memcpy(moved, memory, old_size < count * size ? old_size : count * size);
	}
	return moved;
}

void *xreallocarray(void *memory, size_t count, size_t size)
{
	size_t bytes;
	void *moved = NULL;
	if (survives)
		return move(memory, count, size);
	bool is_ours = is_reserved(memory);
	do {
		if (!is_ours)
			moved = reallocarray(memory, count ? count : 1, size ? size : 1);
	} while (!moved && unmap_reserve());
	if (!moved && !__builtin_mul_overflow(count, size, &bytes))
		moved = move_to_reserve(memory,
			is_ours ? ((struct block *)memory)[-1].size : malloc_usable_size(memory),
			bytes);
	if (!moved)
		fail(count * size);
	return moved;
}

bool alloc_try(void (*function)(void *argument), void *argument)
{
	sigjmp_buf jump;
	if (sigsetjmp(jump, 0)) {
		trying = NULL;
		return false;
	}
	trying = &jump;
	function(argument);
	trying = NULL;
	return true;
}

void xfree(void *memory)
{
	if (!survives && !is_reserved(memory))
		free(memory);
}

/* Up to which malloc(3) takes large blocks from its heap, and keeps what is free there. */
#define LARGE_MAX     (32 << 20)
#define LARGE_DEFAULT (128 << 10)

void alloc_keep_large(bool on)
{
	mallopt(M_MMAP_THRESHOLD, on ? LARGE_MAX : LARGE_DEFAULT);
	mallopt(M_TRIM_THRESHOLD, on ? 4 * LARGE_MAX : LARGE_DEFAULT);
	if (!on)
		malloc_trim(0);
}

void *xlengthen(void *array, size_t *count, size_t wanted, size_t size)
{
	if (wanted <= *count)
		return array;
	size_t longer = wanted < 2 * *count ? 2 * *count : wanted;
	array = xreallocarray(array, longer, size);
	memset((char *)array + *count * size, 0, (longer - *count) * size);
	*count = longer;
	return array;
}

char *xstrdup(const char *text)
{
	size_t size = strlen(text) + 1;
	return memcpy(xcalloc(size, 1), text, size);
}

char *xasprintf(const char *format, ...)
{
	char *text;
	va_list args;
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		fail(strlen(format));
	va_end(args);
	return text;
}
