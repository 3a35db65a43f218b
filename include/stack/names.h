/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds a struct frame_names, one function at a time, and demangles symbols.
 */
#ifndef STOP_STACK_NAMES_H
#define STOP_STACK_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stack/frame.h"

/* Maximum number of inlined functions at one address; more are omitted. */
#define NAMES_MAX 32

struct names_builder {
	size_t count;
	struct frame_name name[NAMES_MAX]; /* without its strings, which follow */
	char *symbol[NAMES_MAX];           /* owned; NULL: unknown */
	char *file[NAMES_MAX];             /* owned; NULL: unknown */
};

/* Adds a function, the innermost first. SYMBOL (mangled) and FILE may be NULL. */
void names_add(struct names_builder *builder, const char *symbol, uint64_t symbol_offset,
	const char *file, unsigned int line);

/* The result as one block of memory, freed with free(); NULL if nothing was added. */
struct frame_names *names_finish(struct names_builder *builder);

/* SYMBOL demangled (C++, Rust, D), or unchanged. Freed with free(). */
char *names_demangle(const char *symbol);

/* The demangler, for -V; NULL: none. Static. */
const char *names_library(void);

#endif
