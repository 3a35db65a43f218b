/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose memory can be read; see engine/ptrace/pages.h. */
#include "config.h"

#include "engine/ptrace/pages.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/subprocess.h"
#include "base/time.h"
#include "engine/ptrace/state/tracee.h"
#include "engine/ptrace/world/world.h"

/*
 * How long to wait for the answer to the first query about the memory of a process: a lock that is
 * held only briefly is free by then. On a slow machine that may be too short for the query itself:
 * it is asked again, later and longer each time.
 */
#define ANSWER_NS    (200 * NS_PER_MS)
#define ANSWER_MAX   (5 * NS_PER_S)

/* Time to the second query, and the longest time between two. */
#define ASK_AGAIN_NS NS_PER_S
#define ASK_MAX_NS   (60 * NS_PER_S)

/* The values of `handle` while it has none, but may get one; and while it does not answer. */
#define NOT_OPEN     (-EAGAIN)
#define NO_ANSWER    (-ETIMEDOUT)

struct pages_process {
	pid_t tgid;
	int handle;                 /* see world_target.open_pages(); or -errno */
	bool is_asked;              /* it is not known whether its memory can be read: `query` */
	struct subprocess query;    /* see world_target.begin_query() */
	pid_t asked_tid;            /* the thread for which that was begun … */
	uint64_t asked_ns;          /* … and when */
	unsigned int unanswered;    /* queries that have not returned in time */
	uint64_t again_ns;          /* NO_ANSWER: not asked before this time */
	struct pages_process *next; /* in the list of those that are asked */
};

void pages_init(struct pages *pages, struct world *world)
{
	*pages = (struct pages){.world = world};
}

static void free_process(struct world *world, struct pages_process *process)
{
	if (process->is_asked)
		world->target->end_query(world, &process->query);
	if (process->handle >= 0)
		world->target->close_pages(world, process->handle);
	xfree(process);
}

void pages_clear(struct pages *pages)
{
	struct pages_process *process;
	MAP_FOR_EACH (&pages->processes, at, process)
		free_process(pages->world, process);
	map_clear(&pages->processes);
	pages->first = NULL;
}

/* Removes PROCESS from the list, if it is there. */
static void leave_list(struct pages *pages, const struct pages_process *process)
{
	struct pages_process **link = &pages->first;
	while (*link && *link != process)
		link = &(*link)->next;
	if (*link)
		*link = process->next;
}

/* Moves PROCESS, which is there, to the end. */
static void go_last(struct pages *pages, struct pages_process *process)
{
	struct pages_process **link = &pages->first;
	leave_list(pages, process);
	while (*link)
		link = &(*link)->next;
	process->next = NULL;
	*link = process;
}

bool pages_give_way(struct pages *pages, pid_t tgid)
{
	struct world *world = pages->world;
	struct pages_process *process;
	MAP_FOR_EACH (&pages->processes, at, process) {
		if (process->handle < 0 || process->tgid == tgid)
			continue;
		world->target->close_pages(world, process->handle);
		process->handle = NOT_OPEN;
		return true;
	}
	return false;
}

/* Opens a handle of the process TGID, to which TID belongs, or NOT_OPEN, or another -errno. */
static int open_pages(struct pages *pages, pid_t tgid, pid_t tid)
{
	struct world *world = pages->world;
	int handle;
	do
		handle = world->target->open_pages(world, tid);
	while (handle == -EMFILE && pages_give_way(pages, tgid));
	if (handle != -EMFILE && handle != -ENFILE)
		return handle;
	atomic_fetch_add_explicit(&pages->unopened, 1, memory_order_relaxed);
	return NOT_OPEN;
}

/* START doubled as often as queries about PROCESS have failed, up to MOST. */
static uint64_t lengthened(const struct pages_process *process, uint64_t start, uint64_t most)
{
	uint64_t time_ns = process->unanswered < 16 ? start << process->unanswered : most;
	return time_ns < most ? time_ns : most;
}

/* PROCESS has not answered, or could not be asked. */
static void ask_again(struct pages *pages, struct pages_process *process)
{
	struct world *world = pages->world;
	process->handle = NO_ANSWER;
	process->again_ns = world->clock->now_ns(world) +
	                    lengthened(process, ASK_AGAIN_NS, ASK_MAX_NS);
	if (process->unanswered++ == 0)
		atomic_fetch_add_explicit(&pages->unanswered, 1, memory_order_relaxed);
}

static void begin_query(struct pages *pages, struct pages_process *process, pid_t tid)
{
	struct world *world = pages->world;
	int result;
	do
		result = world->target->begin_query(world, tid, &process->query);
	while (result == -EMFILE && pages_give_way(pages, process->tgid));
	process->is_asked = result == 0;
	if (result < 0) {
		ask_again(pages, process);
		return;
	}
	process->asked_tid = tid;
	process->asked_ns = world->clock->now_ns(world);
	process->next = pages->first;
	pages->first = process;
}

bool pages_is_asking(const struct pages *pages)
{
	return pages->first != NULL;
}

bool pages_take_step(struct pages *pages, pid_t *tid, pid_t *tgid)
{
	struct world *world = pages->world;
	struct pages_process *process = pages->first;
	if (!process)
		return false;
	bool returned = world->target->has_returned(world, &process->query);
	if (!returned && world->clock->now_ns(world) - process->asked_ns <
				 lengthened(process, ANSWER_NS, ANSWER_MAX)) {
		go_last(pages, process);
		return false;
	}
	leave_list(pages, process);
	world->target->end_query(world, &process->query);
	process->is_asked = false;
	if (!returned) {
		ask_again(pages, process);
		return false;
	}
	process->handle = open_pages(pages, process->tgid, process->asked_tid);
	if (process->handle < 0)
		return false;
	*tid = process->asked_tid;
	*tgid = process->tgid;
	return true;
}

int pages_of(struct pages *pages, const struct tracee *tracee, bool found)
{
	struct pages_process *process = map_get(&pages->processes, (uint64_t)tracee->tgid);
	if (!process) {
		process = xcalloc(1, sizeof(*process));
		process->tgid = tracee->tgid;
		process->handle = NOT_OPEN;
		map_put(&pages->processes, (uint64_t)tracee->tgid, process);
		/* A process that existed before us may be stuck; one created since is not. */
		if (found)
			begin_query(pages, process, tracee->tid);
	}
	if (process->handle == NO_ANSWER && !process->is_asked &&
		pages->world->clock->now_ns(pages->world) >= process->again_ns)
		begin_query(pages, process, tracee->tid);
	if (process->is_asked)
		return -EAGAIN;
	if (process->handle == NOT_OPEN)
		process->handle = open_pages(pages, process->tgid, tracee->tid);
	return process->handle;
}

void pages_forget(struct pages *pages, pid_t tgid)
{
	struct pages_process *process = map_remove(&pages->processes, (uint64_t)tgid);
	if (!process)
		return;
	leave_list(pages, process);
	free_process(pages->world, process);
}
