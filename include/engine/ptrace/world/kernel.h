/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files of the real world. For src/engine/ptrace/world, and tests of the engine.
 */
#ifndef STOP_ENGINE_PTRACE_WORLD_KERNEL_H
#define STOP_ENGINE_PTRACE_WORLD_KERNEL_H

#include <sys/types.h>

#include "engine/ptrace/world/world.h"

/*
 * How many descriptors the tracer opens at a time, at most, apart from those in caches: the
 * watchdog's timer, a file of /proc or a memory map, and the two of a socket; and one to spare.
 */
#define DESCRIPTORS_FREE 5

extern const struct world_trace kernel_trace;
extern const struct world_wait kernel_wait;
extern const struct world_clock kernel_clock;
extern const struct world_proc kernel_proc;
extern const struct world_target kernel_target;
extern const struct world_sched kernel_sched;
extern const struct world_process kernel_process;
extern const struct world_access kernel_access;

/* The signal used for kicks. */
int kernel_kick_signal(void);

/* world_process.kick(). */
int kernel_kick(struct world *world, pid_t pid);

/*
 * The tracer begins and ends something that may take long and is bound to end. It does so often
 * enough for its check of itself, see kick.c.
 */
void kernel_begin_wait(void);
void kernel_end_wait(void);

/* The functions of world_wait for kicks. */
void kernel_setup_kick(struct world *world, void (*arrived)(void *argument), void *argument);
bool kernel_is_kicked(struct world *world);
bool kernel_clear_kick(struct world *world);
bool kernel_is_orphan(struct world *world);

/* world_trace.seize(), which kicks interrupt. */
int kernel_seize(struct world *world, pid_t tid, unsigned long options);

#endif
