/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building names; see stack/names.h. */
#include "config.h"

#include "stack/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stack/demangle.h"

/* Templates produce page-long symbols; nobody reads beyond this. */
#define SYMBOL_MAX 1024
#define FILE_MAX   4096
#define MARK       "\u2026"

/* TEXT truncated to SYMBOL_MAX bytes, at a character; freed and replaced if it is longer. */
static char *shortened(char *text)
{
	if (strlen(text) <= SYMBOL_MAX)
		return text;
	size_t end = SYMBOL_MAX;
	while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
		end--;
	char *cut = xasprintf("%.*s%s", (int)end, text, MARK);
	free(text);
	return cut;
}

char *names_demangle(const char *symbol)
{
	char *readable = demangle(symbol);
	if (readable) {
		char *copy = xstrdup(readable);
		free(readable);
		return shortened(copy);
	}
	/* Strip the symbol version: "write@@GLIBC_2.2.5". */
	char *copy = xstrdup(symbol);
	char *at = strchr(copy, '@');
	if (at && at != copy)
		*at = '\0';
	return shortened(copy);
}

const char *names_library(void)
{
	return demangle_library();
}

void names_add(struct names_builder *builder, const char *symbol, uint64_t symbol_offset,
	const char *file, unsigned int line)
{
	if (builder->count == NAMES_MAX)
		return;
	size_t at = builder->count++;
	builder->symbol[at] = symbol && *symbol ? names_demangle(symbol) : NULL;
	builder->file[at] = file ? xasprintf("%.*s", FILE_MAX, file) : NULL;
	builder->name[at] = (struct frame_name){
		.symbol_offset = symbol_offset,
		.line = file ? line : 0,
	};
}

/* The size of TEXT including its NUL; 0 for NULL. */
static size_t size_of(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

/* Moves TEXT to *AT, advances *AT past it, and frees TEXT. */
static const char *move(char *text, char **at)
{
	if (!text)
		return NULL;
	size_t size = size_of(text);
	char *to = memcpy(*at, text, size);
	*at += size;
	free(text);
	return to;
}

struct frame_names *names_finish(struct names_builder *builder)
{
	size_t texts = 0;
	if (builder->count == 0)
		return NULL;
	for (size_t i = 0; i < builder->count; i++)
		texts += size_of(builder->symbol[i]) + size_of(builder->file[i]);
	struct frame_names *names = xcalloc(
		1, sizeof(*names) + builder->count * sizeof(*names->name) + texts);
	char *at = (char *)&names->name[builder->count];
	names->count = builder->count;
	for (size_t i = 0; i < builder->count; i++) {
		names->name[i] = builder->name[i];
		names->name[i].symbol = move(builder->symbol[i], &at);
		names->name[i].file = move(builder->file[i], &at);
		names->name[i].inlined = i + 1 < builder->count;
	}
	builder->count = 0;
	return names;
}
