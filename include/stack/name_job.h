/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the namer has to do, and lists of it. For the symbolizer.
 */
#ifndef STOP_STACK_NAME_JOB_H
#define STOP_STACK_NAME_JOB_H

#include <stdint.h>

#include "stack/perfmap_file.h"

struct frame;
struct module_source;

enum job_type {
	JOB_NAME,
	JOB_CHECK, /* whether generated code still has the name */
};

struct job {
	enum job_type type;
	struct frame *frame;
	struct module_source *source;
	unsigned int tries;        /* attempts that found nothing */
	struct perfmap_state seen; /* generated code: how its map was at the last one */
	uint64_t limit;            /* … and of how many bytes of it the name is wanted */
	uint64_t asked;            /* a check: for how many changes of it */
	struct job *next;
};

struct job_list {
	struct job *first, **last;
};

/* Makes LIST empty. */
void job_list_init(struct job_list *list);

/* Adds JOB at the end. */
void job_list_add(struct job_list *list, struct job *job);

/* Takes the first, or NULL. */
struct job *job_list_take(struct job_list *list);

/* Puts all of FROM before what is in TO. */
void job_list_prepend(struct job_list *to, struct job_list *from);

/* Frees all jobs of LIST. */
void job_list_clear(struct job_list *list);

#endif
