/*
 * A vm-sharing process: it shares our memory and our descriptors, as a thread does, but not our
 * fate. A SIGKILL of one of the two leaves the other alive.
 *
 *     our process                                the vm-sharing process
 *       main thread
 *       reaper thread ──clone(CLONE_VM)──▶ run(argument)
 *         sleeps until it ends                leads a process group, all signals blocked;
 *                                             is kicked when the reaper thread dies
 *
 * The C library knows of threads only. So the process runs as if it were the reaper thread, on its
 * stack and with its thread-local data (errno, the caches of malloc), and that sleeps meanwhile.
 * The memory outlives us where we die first. What one of our threads held locked as it died stays
 * locked: what the process does after that must not ask for such a lock.
 */
#ifndef STOP_ENGINE_PTRACE_WORLD_VM_PROCESS_H
#define STOP_ENGINE_PTRACE_WORLD_VM_PROCESS_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct vm_process {
	/* The caller's to set. */
	void (*run)(void *argument);   /* in the process, which ends with it */
	void (*after)(void *argument); /* in the reaper thread, once it has ended or was killed */
	void *argument;
	const char *name; /* as ps(1) shows it: 15 bytes at most */

	pid_t pid;   /* of the process */
	bool joined; /* it has ended, or was never started */

	/* The world's. */
	pid_t parent; /* our process */
	int death_signal;
	pthread_t reaper;
	sem_t started; /* `pid` or `error` is known */
	sem_t ready;   /* no lock: whoever holds a lock may die with it */
	int error;
};

/*
 * Starts PROCESS, which is sent DEATH_SIGNAL when we die. 0, or -errno: -EAGAIN (no more
 * processes). In either case it is to be cleared. The thread that does this is its owner.
 */
int vm_process_start(struct vm_process *process, int death_signal);

/* Owner: waits for vm_process_set_ready(). */
void vm_process_await_ready(struct vm_process *process);

/* Owner: waits for its end, for TIMEOUT_NS at most, below a second. Returns whether it has come. */
bool vm_process_join(struct vm_process *process, uint64_t timeout_ns);

/* Owner: frees what PROCESS, which was joined, holds. */
void vm_process_clear(struct vm_process *process);

/* The process or its reaper thread: ends vm_process_await_ready(). */
void vm_process_set_ready(struct vm_process *process);

#endif
