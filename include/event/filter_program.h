/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a filter is compiled to: its terms, and a program that combines their answers on a stack.
 * Only for the files of event/filter.h.
 */
#ifndef STOP_EVENT_FILTER_PROGRAM_H
#define STOP_EVENT_FILTER_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "event/filter_terms.h"

/* A step of the program: the number of a term, whose answer is pushed, or one of these. */
enum filter_step {
	FILTER_STEP_NOT = -3, /* replaces the last answer */
	FILTER_STEP_AND,      /* replaces the last two */
	FILTER_STEP_OR,
};

struct filter {
	char *text; /* owned, like the following */
	struct filter_term term[FILTER_TERMS_MAX];
	size_t term_count;
	int8_t *step;
	size_t step_count;
	bool is_set;         /* the text is a call set as a whole */
	struct callset *set; /* what it is equal to; NULL: it is about more than which call */
};

#endif
