/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Demangling by libiberty, which binutils and gdb use; see stack/demangle.h. */
#include "config.h"

#include "stack/demangle.h"

#include <stddef.h>
#include <string.h>

#include <libiberty/demangle.h>

#include "base/alloc.h"

/*
 * libiberty uses these if the program defines them. Its own come with an xcalloc() that would
 * conflict with ours.
 */
extern void *xmalloc(size_t size);
extern void *xrealloc(void *memory, size_t size);

void *xmalloc(size_t size)
{
	return xcalloc(1, size);
}

void *xrealloc(void *memory, size_t size)
{
	return xreallocarray(memory, size, 1);
}

char *demangle(const char *symbol)
{
	const int options = DMGL_PARAMS | DMGL_ANSI;
	char *readable = NULL;
	if (strncmp(symbol, "_D", 2) == 0)
		return dlang_demangle(symbol, options);
	/* Rust's legacy symbols look like those of C++, so Rust is tried first. */
	if (strncmp(symbol, "_R", 2) == 0 || strncmp(symbol, "_ZN", 3) == 0)
		readable = rust_demangle(symbol, options);
	if (!readable && strncmp(symbol, "_Z", 2) == 0)
		readable = cplus_demangle_v3(symbol, options);
	return readable;
}

const char *demangle_library(void)
{
	return "libiberty (C++, Rust, D)";
}
