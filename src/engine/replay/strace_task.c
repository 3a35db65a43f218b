/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads in strace's text; see engine/replay/strace_task.h. */
#include "config.h"

#include "engine/replay/strace_task.h"

#include <stdlib.h>

#include "base/alloc.h"

/* Maximum number of births that are remembered. */
#define BIRTHS_MAX 16384

static void free_births(struct strace_tasks *tasks)
{
	struct strace_birth *birth;
	MAP_FOR_EACH (&tasks->births, at, birth)
		free(birth);
	map_clear(&tasks->births);
}

static void free_task(struct strace_task *task)
{
	free(task->args.text);
	free(task);
}

void strace_tasks_clear(struct strace_tasks *tasks)
{
	struct strace_task *task;
	MAP_FOR_EACH (&tasks->tasks, at, task)
		free_task(task);
	map_clear(&tasks->tasks);
	free_births(tasks);
	*tasks = (struct strace_tasks){0};
}

static void unlink_task(struct strace_tasks *tasks, struct strace_task *task)
{
	*(task->older ? &task->older->newer : &tasks->oldest) = task->newer;
	*(task->newer ? &task->newer->older : &tasks->newest) = task->older;
}

static void link_newest(struct strace_tasks *tasks, struct strace_task *task)
{
	task->older = tasks->newest;
	task->newer = NULL;
	*(tasks->newest ? &tasks->newest->newer : &tasks->oldest) = task;
	tasks->newest = task;
}

struct strace_task *strace_tasks_find(struct strace_tasks *tasks, pid_t pid)
{
	if (tasks->newest && tasks->newest->tid == pid)
		return tasks->newest;
	struct strace_task *task = map_get(&tasks->tasks, (uint64_t)pid);
	if (task) {
		unlink_task(tasks, task);
		link_newest(tasks, task);
	}
	return task;
}

/* The only task that makes one just now; NULL: there is none, or several. */
static const struct strace_task *only_maker(const struct strace_tasks *tasks)
{
	const struct strace_task *task;
	if (tasks->cloning != 1)
		return NULL;
	MAP_FOR_EACH (&tasks->tasks, at, task) {
		if (task->clones)
			return task;
	}
	return NULL;
}

struct strace_task *strace_tasks_add(struct strace_tasks *tasks, pid_t pid, bool *is_new)
{
	struct strace_birth *birth = map_remove(&tasks->births, (uint64_t)pid);
	const struct strace_task *parent = birth ? map_get(&tasks->tasks, (uint64_t)birth->parent)
	                                         : only_maker(tasks);
	bool is_thread = birth ? birth->is_thread
	                       : parent && parent->args.size &&
	                                 span_has((struct span){parent->args.text,
							  parent->args.size},
						 "CLONE_THREAD");
	struct strace_task *task = xcalloc(1, sizeof(*task));
	task->tid = pid;
	task->tgid = pid;
	if (parent) {
		task->tgid = is_thread ? parent->tgid : pid;
		task->parent = is_thread ? parent->parent : parent->tgid;
		task->abi = parent->abi;
		memcpy(task->comm, parent->comm, sizeof(task->comm));
	} else if (birth) {
		task->parent = birth->parent;
	}
	*is_new = birth || parent;
	free(birth);
	map_put(&tasks->tasks, (uint64_t)pid, task);
	link_newest(tasks, task);
	return task;
}

struct strace_task *strace_tasks_surplus(const struct strace_tasks *tasks)
{
	return tasks->tasks.count > STRACE_TASKS_MAX ? tasks->oldest : NULL;
}

void strace_tasks_remove(struct strace_tasks *tasks, struct strace_task *task)
{
	strace_tasks_set_clones(tasks, task, false);
	map_remove(&tasks->tasks, (uint64_t)task->tid);
	unlink_task(tasks, task);
	free_task(task);
}

void strace_tasks_bear(
	struct strace_tasks *tasks, const struct strace_task *parent, pid_t pid, bool is_thread)
{
	if (tasks->births.count >= BIRTHS_MAX)
		free_births(tasks);
	struct strace_birth *birth = map_get(&tasks->births, (uint64_t)pid);
	if (!birth) {
		birth = xcalloc(1, sizeof(*birth));
		map_put(&tasks->births, (uint64_t)pid, birth);
	}
	*birth = (struct strace_birth){.parent = parent->tid, .is_thread = is_thread};
}

void strace_tasks_set_clones(struct strace_tasks *tasks, struct strace_task *task, bool clones)
{
	tasks->cloning += (size_t)clones - (size_t)task->clones;
	task->clones = clones;
}

void strace_kept_append(struct strace_kept *kept, struct span text)
{
	size_t room = STRACE_KEPT_MAX - kept->size;
	size_t size = text.size < room ? text.size : room;
	kept->text = xlengthen(kept->text, &kept->capacity, kept->size + size, 1);
	if (size)
		memcpy(kept->text + kept->size, text.start, size);
	kept->size += size;
}

void strace_kept_set(struct strace_kept *kept, struct span text)
{
	kept->size = 0;
	strace_kept_append(kept, text);
}
