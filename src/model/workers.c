/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel workers, and what else is known about processes; see model/model.h. Workers are kept apart
 * from the tasks: they are not traced, make no calls, and are in no total of these.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/model.h"
#include "model/state.h"

static void free_worker(struct thread *worker)
{
	model_free_observation(worker);
	free(worker);
}

void model_apply_worker(struct model *model, const struct event *event)
{
	const struct event_worker *found = (const struct event_worker *)event;
	struct thread *worker = map_get(&model->workers, (uint64_t)event->tid);
	if (!worker) {
		worker = xcalloc(1, sizeof(*worker));
		worker->tid = event->tid;
		worker->is_worker = true;
		worker->state_ns = event->time_ns;
		model_begin_time(worker, event->time_ns, false);
		map_put(&model->workers, (uint64_t)event->tid, worker);
	}
	worker->pid = found->tgid;
	memcpy(worker->comm, found->comm, sizeof(worker->comm));
	worker->comm[sizeof(worker->comm) - 1] = '\0';
}

bool model_forget_worker(struct model *model, pid_t tid)
{
	if (model->workers.count == 0)
		return false;
	struct thread *worker = map_remove(&model->workers, (uint64_t)tid);
	if (worker)
		free_worker(worker);
	return worker != NULL;
}

void model_apply_process(struct model *model, const struct event *event)
{
	const struct event_process *found = (const struct event_process *)event;
	struct process_rings *rings = map_get(&model->rings, (uint64_t)event->tid);
	if (found->rings == 0) {
		free(map_remove(&model->rings, (uint64_t)event->tid));
		return;
	}
	if (!rings) {
		rings = xcalloc(1, sizeof(*rings));
		rings->pid = event->tid;
		map_put(&model->rings, (uint64_t)event->tid, rings);
	}
	rings->count = found->rings;
}

void model_free_workers(struct model *model)
{
	struct thread *worker;
	struct process_rings *rings;
	MAP_FOR_EACH (&model->workers, at, worker)
		free_worker(worker);
	MAP_FOR_EACH (&model->rings, at, rings)
		free(rings);
	map_clear(&model->workers);
	map_clear(&model->rings);
}
