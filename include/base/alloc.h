/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation that never returns NULL: it ends the program cleanly when memory runs out.
 *
 * Running out of memory is handled in one place, the function registered with alloc_on_failure(),
 * which restores the terminal and prints a message. Any thread may allocate.
 */
#ifndef STOP_BASE_ALLOC_H
#define STOP_BASE_ALLOC_H

#include <stddef.h>

/* Zeroed memory for COUNT objects of SIZE bytes; never NULL. The caller frees it with free(). */
void *xcalloc(size_t count, size_t size) __attribute__((malloc, alloc_size(1, 2), returns_nonnull));

/* SIZE bytes, not zeroed, at a multiple of ALIGNMENT; never NULL. The caller frees it with free().
 */
void *xaligned_alloc(size_t alignment, size_t size) __attribute__((malloc, returns_nonnull));

/* Like reallocarray(3): resizes MEMORY to COUNT objects of SIZE bytes; never NULL. */
void *xreallocarray(void *memory, size_t count, size_t size)
	__attribute__((alloc_size(2, 3), returns_nonnull));

/* A copy of TEXT; never NULL. The caller frees it with free(). */
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull));

/* Like asprintf(3); never NULL. The caller frees the result with free(). */
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2), returns_nonnull));

/*
 * Registers the function that the failing thread calls before the program aborts. DIE should not
 * return and must not allocate. Call this before other threads exist.
 */
void alloc_on_failure(void (*die)(size_t wanted));

#endif
