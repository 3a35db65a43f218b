/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation that never returns NULL: it ends the program cleanly when memory runs out.
 *
 * Running out of memory is handled in one place, the function registered with alloc_on_failure(),
 * which restores the terminal and prints a message. Any thread may allocate.
 *
 * A thread that must not end there has a reserve, memory that was mapped in advance, and ends its
 * work when it has to use it. The tracer, on which targets depend, is served from it. For the main
 * thread, which calls many libraries, it is unmapped, so that malloc(3) can have that memory.
 */
#ifndef STOP_BASE_ALLOC_H
#define STOP_BASE_ALLOC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* Zeroed memory for COUNT objects of SIZE bytes; never NULL. The caller frees it with
 * xfree(), or with free() if its thread has no reserve. So it is with all that follow. */
void *xcalloc(size_t count, size_t size) __attribute__((malloc, alloc_size(1, 2), returns_nonnull));

/* SIZE bytes, not zeroed, at a multiple of ALIGNMENT; never NULL. */
void *xaligned_alloc(size_t alignment, size_t size) __attribute__((malloc, returns_nonnull));

/* Like reallocarray(3): resizes MEMORY to COUNT objects of SIZE bytes; never NULL. */
void *xreallocarray(void *memory, size_t count, size_t size)
	__attribute__((alloc_size(2, 3), returns_nonnull));

/*
 * Resizes ARRAY of *COUNT objects of SIZE bytes to at least WANTED, in steps that double it, if it
 * has fewer; the new ones are zero. NULL only if WANTED is 0.
 */
void *xlengthen(void *array, size_t *count, size_t wanted, size_t size);

/* A copy of TEXT; never NULL. */
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull));

/* Like asprintf(3); never NULL. Not from a reserve. */
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2), returns_nonnull));

/*
 * Registers the function that the failing thread calls before the program aborts. DIE should not
 * return and must not allocate. Call this before other threads exist.
 */
void alloc_on_failure(void (*die)(size_t wanted));

/*
 * Calls FUNCTION(ARGUMENT), for a thread that can do without its result. Returns false if memory
 * was refused, which has ended it there: what it had allocated is lost, and it must not hold a
 * lock then.
 */
bool alloc_try(void (*function)(void *argument), void *argument);

/* Frees MEMORY of the functions above, whichever thread has allocated it; NULL is allowed. */
void xfree(void *memory);

/*
 * While ON, blocks of many megabytes that are freed stay at hand for those that are allocated next,
 * which have their pages then; off, they are given back. This is for all threads of the program.
 */
void alloc_keep_large(bool on);

/* Memory for one thread. */
struct alloc_reserve {
	char *start; /* mapped; NULL: none */
	size_t size;
	size_t taken;                         /* bytes; only its thread writes it */
	bool is_for_malloc;                   /* at its first use, it is unmapped */
	_Atomic bool is_used;                 /* the thread has been refused other memory */
	void (*on_first_use)(void *argument); /* called once then, in the thread; NULL: nothing */
	void *argument;
};

/*
 * Maps SIZE bytes for RESERVE, of which `is_for_malloc` and `on_first_use` are set. Returns 0 or
 * -errno. Until it is cleared, RESERVE must not move.
 */
int alloc_reserve_init(struct alloc_reserve *reserve, size_t size);

/* Unmaps it. What was allocated from it must not be used any more. */
void alloc_reserve_clear(struct alloc_reserve *reserve);

/* The calling thread has RESERVE from now on; NULL: none. */
void alloc_use_reserve(struct alloc_reserve *reserve);

/*
 * The calling process goes on after another that shared its memory has died, maybe in malloc(3):
 * the lock of that one's heap may stay locked. From now on xfree() frees nothing, and what is
 * lengthened moves to the heap of the caller.
 */
void alloc_survive(void);

/* Whether the calling thread lives on its reserve, and whether less than half of that is left. */
bool alloc_is_short(void);
bool alloc_is_low(void);

#endif
