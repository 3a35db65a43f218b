/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process without rights that only starts others like it: the workers (stack/worker.h), which
 * read what targets control. It is started before anything is attached, when we have no secrets
 * yet, and is small, so that starting a worker again takes no time and copies nothing of ours.
 *
 *     stop ──fork──▶ stop-sandbox ──fork──▶ stop-unwinder    children of stop, all of them;
 *                          └────────fork──▶ stop-symbols     they end when it does
 *
 * One thread.
 */
#ifndef STOP_STACK_SANDBOX_H
#define STOP_STACK_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct worker;

/* The greatest number of workers of a sandbox. */
#define SANDBOX_WORKERS 2

struct sandbox {
	pid_t pid;                               /* 0: it does not run */
	size_t own_space, own_data;              /* its memory at the start, see memory_own() */
	pid_t parent;                            /* we */
	struct worker *workers[SANDBOX_WORKERS]; /* not owned */
	size_t count;                            /* of workers */
};

/*
 * Starts the process with WORKERS, at most SANDBOX_WORKERS, which it then starts, each whenever
 * that asks for it. Returns 0 or -errno.
 */
int sandbox_start(struct sandbox *sandbox, struct worker *const *workers, size_t count);

/* Whether PID, a child of ours that has ended, is this process; then it is reaped. */
bool sandbox_reap(struct sandbox *sandbox, pid_t pid);

/* Ends it, without waiting; the workers have been ended before, or are stuck in the kernel. */
void sandbox_end(struct sandbox *sandbox);

#endif
