/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folded stacks; see out/folded.h. */
#include "config.h"

#include "out/folded.h"

#include <string.h>

#include "base/time.h"
#include "out/frames.h"

/* Writes TEXT without frame separators. */
static void write_frame(FILE *stream, const char *text)
{
	for (; *text; text++)
		fputc(*text == ';' ? ':' : *text, stream);
	fputc(';', stream);
}

static void write_stack(FILE *stream, const struct stack *stack)
{
	char text[FRAME_TEXT_MAX];
	if (stack->end != STACK_WHOLE)
		fprintf(stream, "[%s];", stack_end_text(stack->end));
	for (size_t i = stack->count; i-- > 0;) {
		for (size_t at = frame_functions(stack->frame[i]); at-- > 0;)
			write_frame(stream, frame_function(stack->frame[i], at, text));
	}
}

void folded_write(FILE *stream, const struct report *report)
{
	for (size_t i = 0; i < report->stack_count; i++) {
		const struct stack_row *row = &report->stacks[i];
		uint64_t weight = report->view.stacks_by_calls ? row->calls + row->in_progress
		                                               : row->total_ns / NS_PER_US;
		if (!weight)
			continue;
		write_stack(stream, row->stack);
		fprintf(stream, "%s %llu\n", row->name, (unsigned long long)weight);
	}
}
