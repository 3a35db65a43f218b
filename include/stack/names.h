/*
 * Building a struct frame_names, one function after the other, and the readable form of symbols.
 */
#ifndef STOP_STACK_NAMES_H
#define STOP_STACK_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stack/frame.h"

/* Functions that may be inlined into one another at one address; more are left out. */
#define NAMES_MAX 32

struct names_builder {
	size_t count;
	struct frame_name name[NAMES_MAX]; /* without its texts, which are these */
	char *symbol[NAMES_MAX];           /* owned; NULL: unknown */
	char *file[NAMES_MAX];             /* owned; NULL: unknown */
};

/* Adds a function, of the innermost first. SYMBOL as the linker knows it, and FILE, may be NULL. */
void names_add(struct names_builder *builder, const char *symbol, uint64_t symbol_offset,
	const char *file, unsigned int line);

/* What was added as one block of memory, for free(); NULL where it was nothing. */
struct frame_names *names_finish(struct names_builder *builder);

/* SYMBOL as its language writes it (C++, Rust, D), or as it is. For free(). */
char *names_demangle(const char *symbol);

/* What demangles, for -V; NULL: nothing does. Static. */
const char *names_library(void);

#endif
