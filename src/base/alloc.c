/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Allocation that never returns NULL; see base/alloc.h. */
#include "config.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The only global of this file: allocation has no context to keep it in. */
static void (*on_failure)(size_t wanted);

static void fail(size_t wanted)
{
	if (on_failure)
		on_failure(wanted);
	abort();
}

void alloc_on_failure(void (*die)(size_t wanted))
{
	on_failure = die;
}

void *xcalloc(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size ? size : 1);
	if (!memory)
		fail(count * size);
	return memory;
}

void *xaligned_alloc(size_t alignment, size_t size)
{
	void *memory = aligned_alloc(alignment, size);
	if (!memory)
		fail(size);
	return memory;
}

void *xreallocarray(void *memory, size_t count, size_t size)
{
	void *moved = reallocarray(memory, count ? count : 1, size ? size : 1);
	if (!moved)
		fail(count * size);
	return moved;
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
