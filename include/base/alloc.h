/*
 * Memory that is always there: allocation that ends the program, in order, when there is none.
 *
 * Running out of memory is handled in one place, the function registered with alloc_on_failure():
 * it is the program's to restore the terminal and to say what happened. Any thread may allocate.
 */
#ifndef STOP_BASE_ALLOC_H
#define STOP_BASE_ALLOC_H

#include <stddef.h>

/* Zeroed memory for COUNT objects of SIZE bytes; never NULL. The caller frees it with free(). */
void *xcalloc(size_t count, size_t size) __attribute__((malloc, alloc_size(1, 2), returns_nonnull));

/* SIZE bytes, not zeroed, at a multiple of ALIGNMENT; never NULL. The caller frees it with free().
 */
void *xaligned_alloc(size_t alignment, size_t size) __attribute__((malloc, returns_nonnull));

/* MEMORY made COUNT objects of SIZE bytes long, as reallocarray(3); never NULL. */
void *xreallocarray(void *memory, size_t count, size_t size)
	__attribute__((alloc_size(2, 3), returns_nonnull));

/* A copy of TEXT; never NULL. The caller frees it with free(). */
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull));

/* As sprintf(3), into memory of the right size. The caller frees it with free(). */
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2), returns_nonnull));

/*
 * Registers what is called, by the thread that found no memory, before the program aborts. DIE
 * should not return; it may not allocate. To be called before other threads exist.
 */
void alloc_on_failure(void (*die)(size_t wanted));

#endif
