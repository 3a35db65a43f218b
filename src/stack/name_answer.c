/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names from the namer; see stack/name_answer.h. */
#include "config.h"

#include "stack/name_answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stack/names.h"
#include "stack/protocol.h"

static struct frame_names *no_names(void)
{
	struct frame_names *names = xcalloc(1, sizeof(*names) + sizeof(*names->name));
	names->count = 1;
	return names;
}

/* The trampoline's name as in gdb: its symbol in the C library has no size. */
static struct frame_names *trampoline_names(void)
{
	struct names_builder builder = {0};
	names_add(&builder, "<signal handler called>", 0, NULL, 0);
	return names_finish(&builder);
}

/* The end of the SIZE bytes of text at TEXT, if they are one with its NUL; NULL: they are not. */
static const char *text_end(const char *text, size_t size)
{
	return size && strnlen(text, size) == size - 1 ? text + size : NULL;
}

/* Moves text of SIZE bytes, or none, from *FROM, of which END is the end, to *TO. */
static bool take_text(
	const char **from, const char *end, uint32_t size, char **to, const char **taken)
{
	*taken = NULL;
	if (size == 0)
		return true;
	if (size > (size_t)(end - *from) || !text_end(*from, size))
		return false;
	*taken = memcpy(*to, *from, size);
	*to += size;
	*from += size;
	return true;
}

struct frame_names *name_answer_read(
	const struct name_result *result, size_t size, size_t *used, bool *is_sound)
{
	const struct name_entry *entries = (const void *)(result + 1);
	size_t room = size - sizeof(*result);
	*is_sound = result->count <= NAMES_MAX && room / sizeof(*entries) >= result->count;
	if (!*is_sound || result->count == 0)
		return NULL;
	const char *from = (const char *)&entries[result->count];
	const char *end = (const char *)result + size;
	*used = sizeof(struct frame_names) + result->count * sizeof(struct frame_name) +
	        (size_t)(end - from);
	struct frame_names *names = xcalloc(1, *used);
	char *to = (char *)&names->name[result->count];
	names->count = result->count;
	for (uint32_t i = 0; *is_sound && i < result->count; i++) {
		struct frame_name *name = &names->name[i];
		name->symbol_offset = entries[i].symbol_offset;
		name->line = entries[i].line;
		name->inlined = i + 1 < result->count;
		*is_sound = take_text(&from, end, entries[i].symbol, &to, &name->symbol) &&
		            take_text(&from, end, entries[i].file, &to, &name->file);
	}
	if (*is_sound)
		return names;
	free(names);
	return NULL;
}

struct frame_names *name_answer_finish(const struct frame *frame, struct frame_names *names)
{
	if (frame->trampoline) {
		free(names);
		return trampoline_names();
	}
	if (!names)
		return no_names();
	/* The address before it was looked up: see symbolizer.c. */
	if (names->name[names->count - 1].symbol)
		names->name[names->count - 1].symbol_offset += !frame->exact;
	return names;
}
