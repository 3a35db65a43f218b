/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the user may want to type next in a filter: keys, operators, calls, classes, errors. Pure;
 * any thread.
 */
#ifndef STOP_EVENT_FILTER_COMPLETE_H
#define STOP_EVENT_FILTER_COMPLETE_H

#include <stddef.h>

/* Maximum number of candidates that are listed. */
#define FILTER_CANDIDATES_MAX 16

struct filter_completion {
	size_t at;     /* what was typed of it begins there, in bytes … */
	size_t size;   /* … and is so long */
	size_t count;  /* number of candidates, of which the first are listed */
	size_t common; /* all candidates have so many bytes in common; as typed or longer */
	const char *candidate[FILTER_CANDIDATES_MAX]; /* static; in the order of their tables */
};

/* Stores what can be typed at CURSOR of TEXT, which is what precedes it. */
void filter_complete(const char *text, size_t cursor, struct filter_completion *completion);

#endif
