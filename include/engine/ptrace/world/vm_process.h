/*
 * A process vm_process: it shares our memory and our descriptors, as a thread does, but not our
 * fate. A SIGKILL for one of the two is none for the other.
 *
 *     our process                              the process vm_process
 *       main thread
 *       keeper thread ──clone(CLONE_VM)──▶ run(argument)
 *         sleeps until it ends                 leads a process group, all signals blocked;
 *                                              when the keeper dies, it is sent a signal
 *
 * The C library knows of threads only. So the process goes on as the keeper, on its stack and with
 * its thread-local data (errno, the caches of malloc), and the keeper sleeps as long as it runs.
 * The memory outlives us where we die first. What a dead thread of ours held locked stays so: what
 * is done then must not ask for such a lock.
 *
 * All functions are for the thread that called vm_process_start().
 */
#ifndef STOP_ENGINE_PTRACE_WORLD_VM_PROCESS_H
#define STOP_ENGINE_PTRACE_WORLD_VM_PROCESS_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct vm_process {
	void (*run)(void *argument);
	void *argument;
	const char *name; /* as ps(1) shows it: 15 bytes at most */
	int death_signal; /* what it is sent when we die */

	/* In the keeper, when it has ended, or was killed; NULL: nothing. */
	void (*after)(void *argument);

	pid_t home; /* our process */
	pthread_t keeper;
	sem_t begun; /* `pid` or `error` is known */
	pid_t pid;
	int error;
	bool joined;
};

/*
 * Starts a process that does APART->run(), and ends with it. The first five members are the
 * caller's to set. 0 or -errno: -EAGAIN (no more processes).
 */
int vm_process_start(struct vm_process *vm_process);

/* Waits for its end, for TIMEOUT_NS at most (below a second). Returns whether it has come. */
bool vm_process_join(struct vm_process *vm_process, uint64_t timeout_ns);

#endif
