/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the memory of targets without ever waiting for it: for each process, whether that can be
 * read at all, and a handle for asking which of its pages are resident. Others may be provided by a
 * program (userfaultfd, FUSE), which may never do it.
 *
 * A process that existed before us may be stuck with the lock of its memory map: it is first asked,
 * by a process of its own, whether queries about it return. Until that is known, nothing of it is
 * read. If none has returned in time, it is asked again at one of its later calls.
 *
 * Tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_PAGES_H
#define STOP_ENGINE_PTRACE_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/map.h"

struct pages_process;
struct tracee;
struct world;

struct pages {
	struct world *world;
	struct map processes;        /* struct pages_process by tgid; owned */
	struct pages_process *first; /* those with a query that has not returned */
	_Atomic uint64_t unopened;   /* number of times that there was no descriptor */
	_Atomic uint64_t unanswered; /* processes that have not answered the first query in time */
};

void pages_init(struct pages *pages, struct world *world);

/* Frees what PAGES owns. */
void pages_clear(struct pages *pages);

/*
 * The handle for world_target.copy() of TRACEE's process. FOUND: it existed before the attach.
 * -EAGAIN: there is none now, but there may be one later; another -errno: its memory cannot be
 * read.
 */
int pages_of(struct pages *pages, const struct tracee *tracee, bool found);

/* Closes a handle of a process other than TGID, if there is one, to get a free descriptor. */
bool pages_give_way(struct pages *pages, pid_t tgid);

/* Whether there are queries that have not returned. */
bool pages_is_asking(const struct pages *pages);

/*
 * Checks whether one of these has returned. If so, and the memory of its process can be read, *TID
 * and *TGID are the thread that it was for, and the result is true.
 */
bool pages_take_step(struct pages *pages, pid_t *tid, pid_t *tgid);

/* Process TGID is no longer traced, or has executed another program. */
void pages_forget(struct pages *pages, pid_t tgid);

#endif
