/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions in which a thread's own code was sampled, from the rows of model_samples(). Pure.
 */
#ifndef STOP_OUT_SAMPLED_H
#define STOP_OUT_SAMPLED_H

#include <stddef.h>
#include <stdint.h>

#include "model/model.h"

struct sampled_function {
	char *name;                /* as frame_function() has it, or where the walk ended; owned */
	const struct stack *stack; /* the most frequent one in it */
	uint64_t samples;
	double share; /* of all samples, 0 to 1 */
};

struct sampled {
	struct sampled_function *function; /* the most frequent first; owned */
	size_t count;
	uint64_t samples; /* of all */
};

/* Adds up COUNT ROWS, which must outlive SAMPLED, by function. Cleared with sampled_clear(). */
void sampled_make(struct sampled *sampled, const struct stack_row *rows, size_t count);
void sampled_clear(struct sampled *sampled);

#endif
