/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vm-sharing process: it shares our memory and our descriptors, as a thread does, but a SIGKILL
 * of one of the two leaves the other alive.
 *
 *     our process                                the vm-sharing process
 *       main thread
 *       reaper thread ──clone(CLONE_VM)──▶ run(argument)
 *         sleeps until it ends                leads a process group, all signals blocked;
 *                                             is kicked when the reaper thread dies
 *
 * The C library supports only threads. So the process runs as if it were the reaper thread, on its
 * stack (above a guard) and with its thread-local data (errno, malloc's caches), while that thread
 * sleeps. The memory outlives us if we die first. Locks held by one of our threads when it died
 * stay locked: after that the process must not take such a lock.
 */
#ifndef STOP_BASE_VM_PROCESS_H
#define STOP_BASE_VM_PROCESS_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct vm_process {
	/* Set by the caller. */
	void (*run)(void *argument);   /* in the process, which exits when it returns */
	void (*after)(void *argument); /* in the reaper thread, after the process has exited or was
	                                  killed */
	void *argument;
	const char *name; /* its name in ps(1), at most 15 bytes */

	pid_t pid;   /* of the process */
	bool joined; /* it has exited, or was never started */

	/* Internal, but for `parent`. */
	pid_t parent; /* our process */
	int death_signal;
	pthread_t reaper;
	sem_t started; /* `pid` or `error` is known */
	sem_t ready;   /* not a lock, whose holder might die */
	int error;
};

/*
 * Starts PROCESS, which is sent DEATH_SIGNAL when we die. Returns 0, or -errno: -EAGAIN (no more
 * processes). In either case it has to be cleared. The calling thread is its owner.
 */
int vm_process_start(struct vm_process *process, int death_signal);

/*
 * In the process: gives it its own descriptors, so that it neither keeps ours open nor runs out of
 * them because of what we open: the COUNT in KEPT, which it sorts (negative ones are ignored), and
 * the standard ones. Returns 0 or -errno.
 */
int vm_process_separate_descriptors(int *kept, size_t count);

/*
 * In the process, once we have died: ends it, and goes on with RUN in another one in its place,
 * which shares the memory and the descriptors and exits when RUN returns. Only returns if no
 * process can be made: -errno.
 */
int vm_process_succeed(void (*run)(void *argument), void *argument);

/* In the process: it dies after SECONDS. That one does after 30. */
void vm_process_limit_time(unsigned int seconds);

/* Owner: waits for vm_process_set_ready(). */
void vm_process_await_ready(struct vm_process *process);

/* Owner: waits for it to exit, at most TIMEOUT_NS, less than a second. Returns whether it has. */
bool vm_process_join(struct vm_process *process, uint64_t timeout_ns);

/* Owner: frees what PROCESS, which was joined, owns. */
void vm_process_clear(struct vm_process *process);

/* The process or its reaper thread: ends vm_process_await_ready(). */
void vm_process_set_ready(struct vm_process *process);

#endif
