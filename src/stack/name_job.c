/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of jobs; see stack/name_job.h. */
#include "config.h"

#include "stack/name_job.h"

#include <stdlib.h>

void job_list_init(struct job_list *list)
{
	list->first = NULL;
	list->last = &list->first;
}

void job_list_add(struct job_list *list, struct job *job)
{
	job->next = NULL;
	*list->last = job;
	list->last = &job->next;
}

struct job *job_list_take(struct job_list *list)
{
	struct job *job = list->first;
	if (!job)
		return NULL;
	list->first = job->next;
	if (!list->first)
		list->last = &list->first;
	return job;
}

void job_list_prepend(struct job_list *to, struct job_list *from)
{
	if (!from->first)
		return;
	*from->last = to->first;
	if (!to->first)
		to->last = from->last;
	to->first = from->first;
	job_list_init(from);
}

void job_list_clear(struct job_list *list)
{
	struct job *job;
	while ((job = job_list_take(list)))
		free(job);
}
