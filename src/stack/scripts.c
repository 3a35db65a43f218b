/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames of scripts; see stack/scripts.h. */
#include "config.h"

#include "stack/scripts.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stack/names.h"

#define HASH_MULTIPLY UINT64_C(0x9e3779b97f4a7c15)

/* NULL: there are too many. */
struct script_frames {
	struct frame *sure, *late;
};

static struct frame *make_frame(
	struct intern *intern, const struct unwind_script *script, bool is_late)
{
	bool is_new;
	uint64_t hash = script->line;
	const struct module_source *source = intern_script(intern, script->file);
	for (const char *at = script->function; *at; at++)
		hash = (hash ^ (unsigned char)*at) * HASH_MULTIPLY;
	if (!source)
		return NULL;
	struct frame *frame = intern_frame(
		intern, &source->module, hash >> 16, 0, !is_late, &is_new);
	if (frame && is_new) {
		struct names_builder builder = {0};
		frame->late = is_late;
		names_add(&builder, script->function, 0, script->file, script->line);
		atomic_store_explicit(&frame->found, names_finish(&builder), memory_order_release);
	}
	return frame;
}

static bool is_text(const char text[UNWIND_SCRIPT_TEXT])
{
	size_t size = strnlen(text, UNWIND_SCRIPT_TEXT);
	return size > 0 && size < UNWIND_SCRIPT_TEXT;
}

bool scripts_add(struct scripts *scripts, struct intern *intern, const struct unwind_script *script)
{
	if (scripts->count == UNWIND_SCRIPTS_MAX || !is_text(script->function) ||
		!is_text(script->file))
		return false;
	if (!scripts->frames)
		scripts->frames = xcalloc(UNWIND_SCRIPTS_MAX, sizeof(*scripts->frames));
	scripts->frames[scripts->count++] = (struct script_frames){
		.sure = make_frame(intern, script, false),
		.late = make_frame(intern, script, true),
	};
	return true;
}

struct frame *scripts_frame(const struct scripts *scripts, uint32_t number, bool is_late)
{
	if (number == 0 || number > scripts->count)
		return NULL;
	const struct script_frames *frames = &scripts->frames[number - 1];
	return is_late ? frames->late : frames->sure;
}

void scripts_clear(struct scripts *scripts)
{
	free(scripts->frames);
	*scripts = (struct scripts){0};
}
