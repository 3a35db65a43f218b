/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The functions in the stacks of a report, each once, with numbers, for formats that have such a
 * table (pprof, speedscope). The call is the innermost function of its stacks.
 *
 * A table owns its texts, and borrows the report. One thread.
 */
#ifndef STOP_OUT_FUNCTIONS_H
#define STOP_OUT_FUNCTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "out/report.h"

struct function {
	char *name;                  /* as in out/frames.h; escaped */
	char *file;                  /* of the source, escaped; NULL: unknown */
	unsigned int line;           /* 0: unknown */
	const struct module *module; /* NULL: it is a call */
	uint64_t offset;             /* in the module */
};

struct functions {
	struct function *function;
	size_t count;
	size_t *index; /* of the functions of all stacks, the outermost first */
	size_t *first; /* of each stack of the report, in `index`; and the end of the last */
	struct functions_key *key; /* of each function */
};

/* Makes FUNCTIONS of REPORT. Freed with functions_clear(). */
void functions_make(struct functions *functions, const struct report *report);
void functions_clear(struct functions *functions);

#endif
