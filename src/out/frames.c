/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames as text; see out/frames.h. */
#include "config.h"

#include "out/frames.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Limits on the parts of a line, so that it fits. */
#define NAME_MAX_SHOWN 1280
#define FILE_MAX_SHOWN 256

/* Some of the calls from there may be from other code, which has replaced it. */
#define AMBIGUOUS      " [replaced?]"

_Static_assert(NAME_MAX_SHOWN + sizeof(AMBIGUOUS) + FILE_MAX_SHOWN * 2 < FRAME_TEXT_MAX, "it fits");

static char *escape(const char *text, char *buf, size_t size)
{
	return text_escape(text, strlen(text), buf, size);
}

/* Function number AT, or NULL if unknown. */
static const struct frame_name *name_of(const struct frame *frame, size_t at)
{
	const struct frame_names *names = frame_names(frame);
	return names && at < names->count ? &names->name[at] : NULL;
}

size_t frame_functions(const struct frame *frame)
{
	const struct frame_names *names = frame_names(frame);
	return names ? names->count : 1;
}

char *frame_function(const struct frame *frame, size_t at, char buf[FRAME_TEXT_MAX])
{
	const struct frame_name *name = name_of(frame, at);
	char module[FILE_MAX_SHOWN];
	if (name && name->symbol) {
		escape(name->symbol, buf, NAME_MAX_SHOWN);
		if (atomic_load_explicit(&frame->is_ambiguous, memory_order_relaxed))
			strcat(buf, AMBIGUOUS);
		return buf;
	}
	/* What the kernel has mapped, of which only that is known. */
	if (frame->offset == 0 && !frame->module->is_script)
		return escape(frame->module->name, buf, FILE_MAX_SHOWN);
	snprintf(buf, FRAME_TEXT_MAX, "%s+0x%llx",
		escape(frame->module->name, module, sizeof(module)),
		(unsigned long long)frame->offset);
	return buf;
}

/* The last two components of PATH, which identify the file; whole paths are too long. */
static const char *path_end(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

char *frame_line(const struct frame *frame, size_t at, bool guessed, char buf[FRAME_TEXT_MAX])
{
	const struct frame_name *name = name_of(frame, at);
	char text[FILE_MAX_SHOWN];
	bool has_symbol = name && name->symbol;
	frame_function(frame, at, buf);
	size_t used = strlen(buf);
	if (has_symbol && !name->inlined && !frame->module->is_script)
		used += (size_t)snprintf(buf + used, FRAME_TEXT_MAX - used, "+0x%llx",
			(unsigned long long)name->symbol_offset);
	if (has_symbol)
		used += (size_t)snprintf(buf + used, FRAME_TEXT_MAX - used, " (%s)",
			escape(frame->module->name, text, sizeof(text)));
	if (name && name->file)
		used += (size_t)snprintf(buf + used, FRAME_TEXT_MAX - used, " %s:%u",
			escape(path_end(name->file), text, sizeof(text)), name->line);
	snprintf(buf + used, FRAME_TEXT_MAX - used, "%s%s%s",
		name && name->inlined ? " [inlined]" : "",
		!has_symbol && module_problem(frame->module) ? " [unreadable symbols]" : "",
		guessed ? " ?" : "");
	return buf;
}
