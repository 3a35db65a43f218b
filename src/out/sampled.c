/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions by samples; see out/sampled.h. */
#include "config.h"

#include "out/sampled.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "out/frames.h"

/* The number of stacks whose functions are listed, the most frequent first; the rest only count. */
#define STACKS_MAX 512

/*
 * The function that STACK was in when it was sampled: of a script, if it has one, as those of its
 * interpreter say little. Returns BUF.
 */
static char *function_of(const struct stack *stack, char buf[FRAME_TEXT_MAX])
{
	for (size_t i = 0; i < stack->count; i++) {
		if (stack->frame[i]->module->is_script)
			return frame_function(stack->frame[i], 0, buf);
	}
	if (stack->count)
		return frame_function(stack->frame[0], 0, buf);
	snprintf(buf, FRAME_TEXT_MAX, "[%s]", stack_end_text(stack->end));
	return buf;
}

static int by_samples(const void *left, const void *right)
{
	const struct sampled_function *a = left, *b = right;
	if (a->samples != b->samples)
		return a->samples > b->samples ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Adds ROW to its function. */
static void add_row(struct sampled *sampled, const struct stack_row *row)
{
	char name[FRAME_TEXT_MAX];
	size_t at = 0;
	function_of(row->stack, name);
	while (at < sampled->count && strcmp(sampled->function[at].name, name) != 0)
		at++;
	struct sampled_function *function = &sampled->function[at];
	if (at == sampled->count) {
		*function = (struct sampled_function){.name = xstrdup(name), .stack = row->stack};
		sampled->count++;
	}
	function->samples += row->calls;
}

void sampled_make(struct sampled *sampled, const struct stack_row *rows, size_t count)
{
	size_t some = count < STACKS_MAX ? count : STACKS_MAX;
	*sampled = (struct sampled){.function = xcalloc(some + 1, sizeof(*sampled->function))};
	for (size_t i = 0; i < count; i++)
		sampled->samples += rows[i].calls;
	for (size_t i = 0; i < some; i++)
		add_row(sampled, &rows[i]);
	for (size_t i = 0; i < sampled->count; i++)
		sampled->function[i].share = (double)sampled->function[i].samples /
		                             (double)sampled->samples;
	qsort(sampled->function, sampled->count, sizeof(*sampled->function), by_samples);
}

void sampled_clear(struct sampled *sampled)
{
	for (size_t i = 0; i < sampled->count; i++)
		free(sampled->function[i].name);
	free(sampled->function);
	*sampled = (struct sampled){0};
}
