/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of functions; see out/functions.h. */
#include "config.h"

#include "out/functions.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "out/frames.h"

/* What a function is: number AT of a frame, a mark where a stack ends early, or a call. */
struct functions_key {
	const struct frame *frame; /* NULL: no frame */
	size_t at;
	const char *text; /* without a frame */
};

static int compare(const void *a, const void *b)
{
	const struct functions_key *left = a, *right = b;
	uint32_t first = left->frame ? left->frame->id : 0;
	uint32_t second = right->frame ? right->frame->id : 0;
	/* By IDs: in the replay of a recording the order is the same. */
	if (first != second)
		return first < second ? -1 : 1;
	if (left->frame != right->frame)
		return (uintptr_t)left->frame < (uintptr_t)right->frame ? -1 : 1;
	if (left->at != right->at)
		return left->at < right->at ? -1 : 1;
	return left->text && right->text ? strcmp(left->text, right->text)
	                                 : (left->text != NULL) - (right->text != NULL);
}

/* A list of keys that grows. */
struct keys {
	struct functions_key *key;
	size_t count, room;
};

static void add(struct keys *keys, struct functions_key key)
{
	keys->key = xlengthen(keys->key, &keys->room, keys->count + 1, sizeof(*keys->key));
	keys->key[keys->count++] = key;
}

static void add_stack(struct keys *keys, const struct stack_row *row)
{
	if (row->stack->end != STACK_WHOLE)
		add(keys, (struct functions_key){.text = stack_end_text(row->stack->end), .at = 1});
	for (size_t i = row->stack->count; i-- > 0;) {
		for (size_t at = frame_functions(row->stack->frame[i]); at-- > 0;)
			add(keys, (struct functions_key){row->stack->frame[i], at, NULL});
	}
	add(keys, (struct functions_key){.text = row->name});
}

static struct function make_function(const struct functions_key *key)
{
	char text[FRAME_TEXT_MAX];
	const struct frame_names *names = key->frame ? frame_names(key->frame) : NULL;
	struct function function = {0};
	if (!key->frame) {
		function.name = key->at ? xasprintf("[%s]", key->text) : report_escaped(key->text);
		return function;
	}
	function.name = xstrdup(frame_function(key->frame, key->at, text));
	function.module = key->frame->module;
	function.offset = key->frame->offset;
	if (names && key->at < names->count && names->name[key->at].file) {
		function.file = report_escaped(names->name[key->at].file);
		function.line = names->name[key->at].line;
	}
	return function;
}

void functions_make(struct functions *functions, const struct report *report)
{
	struct keys all = {0};
	functions->first = xcalloc(report->stack_count + 1, sizeof(*functions->first));
	for (size_t i = 0; i < report->stack_count; i++) {
		functions->first[i] = all.count;
		add_stack(&all, &report->stacks[i]);
	}
	functions->first[report->stack_count] = all.count;
	functions->key = xcalloc(all.count + 1, sizeof(*functions->key));
	if (all.count)
		memcpy(functions->key, all.key, all.count * sizeof(*all.key));
	qsort(functions->key, all.count, sizeof(*functions->key), compare);
	functions->count = 0;
	for (size_t i = 0; i < all.count; i++) {
		if (i == 0 || compare(&functions->key[i], &functions->key[functions->count - 1]))
			functions->key[functions->count++] = functions->key[i];
	}
	functions->function = xcalloc(functions->count + 1, sizeof(*functions->function));
	for (size_t i = 0; i < functions->count; i++)
		functions->function[i] = make_function(&functions->key[i]);
	functions->index = xcalloc(all.count + 1, sizeof(*functions->index));
	for (size_t i = 0; i < all.count; i++) {
		const struct functions_key *found = bsearch(&all.key[i], functions->key,
			functions->count, sizeof(*functions->key), compare);
		functions->index[i] = (size_t)(found - functions->key);
	}
	free(all.key);
}

void functions_clear(struct functions *functions)
{
	for (size_t i = 0; i < functions->count; i++) {
		free(functions->function[i].name);
		free(functions->function[i].file);
	}
	free(functions->function);
	free(functions->index);
	free(functions->first);
	free(functions->key);
	*functions = (struct functions){0};
}
