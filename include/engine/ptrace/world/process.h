/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our own processes and descriptors; part of world/world.h.
 */
#ifndef STOP_ENGINE_PTRACE_WORLD_PROCESS_H
#define STOP_ENGINE_PTRACE_WORLD_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/vm_process.h"

struct world;

/*
 * The name of a tracer, and its name once it leaves without its process, which tells another engine
 * what it is doing. Neither contains "stop", so that `pkill -9 stop` does not match it.
 */
#define TRACER_NAME        "syscall-tracer"
#define TRACER_ORPHAN_NAME "tracer-leaving"

struct world_process {
	/* The calling process, and the calling thread. Any thread. */
	pid_t (*self)(struct world *world);
	pid_t (*thread)(struct world *world);

	/*
	 * The process that runs the tracer: see base/vm_process.h. The first four are for the
	 * thread that started it, set_ready() is for the process itself and its reaper thread.
	 */
	int (*start)(struct world *world, struct vm_process *process);
	void (*await_ready)(struct world *world, struct vm_process *process);
	bool (*join)(struct world *world, struct vm_process *process, uint64_t timeout_ns);
	void (*clear)(struct world *world, struct vm_process *process);
	void (*set_ready)(struct world *world, struct vm_process *process);

	/*
	 * Kicks the tracer process PID: see world/wait.h. Each kick is queued: wait/kick.h sends
	 * them. Returns 0 or -errno. Any thread.
	 */
	int (*kick)(struct world *world, pid_t pid);

	/* Kills process PID, or continues it if it is stopped. Any thread. */
	void (*kill)(struct world *world, pid_t pid);
	void (*go_on)(struct world *world, pid_t pid);

	/* CPU time of process PID in ns; 0: unknown. Any thread. */
	uint64_t (*cpu_ns)(struct world *world, pid_t pid);

	/* Creates a child that calls empty_call() until it is killed. Returns its PID or -errno. */
	pid_t (*start_caller)(struct world *world);

	/* Makes an empty system call. Any thread. */
	void (*empty_call)(struct world *world);

	/*
	 * Gives the calling process its own descriptors, so that it cannot run out of them because
	 * of what our process opens: the COUNT in KEPT, which it sorts, and the standard ones.
	 * Those that are opened from then on are its own, and it closes them itself. Returns 0, or
	 * -errno if the limit leaves too few for what the tracer opens at a time. Tracer only, as
	 * its first.
	 */
	int (*separate_descriptors)(struct world *world, int *kept, size_t count);

	/*
	 * The tracer will go on without its process, which may exit or start another tracer: gives
	 * it the name TRACER_ORPHAN_NAME, and closes its descriptors, so that nobody waits for the
	 * end of what they lead to. Tracer only, after separate_descriptors().
	 */
	void (*stay_behind)(struct world *world);

	/*
	 * Ends the tracer's process, so that nothing is traced any more, and runs RUN in another
	 * that takes its place, shares its memory and has its descriptors. Does not return, unless
	 * there can be no other process: -errno. Tracer only, once our process has died.
	 */
	int (*succeed)(struct world *world, void (*run)(void *argument), void *argument);

	/* Wakes the reader of the eventfd FD. Any thread. */
	void (*wake)(struct world *world, int fd);

	/* Starts the command that waits for a byte from FD. Tracer only. Returns 0 or -errno. */
	int (*start_command)(struct world *world, int fd);
};

#endif
