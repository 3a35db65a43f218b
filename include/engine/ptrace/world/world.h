/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The world: everything that the ptrace engine requests from outside, behind tables of functions.
 *
 *     engine/ptrace ──▶ struct world ──▶ world_kernel(): the kernel, by system calls
 *                                   └──▶ a simulated kernel, in tests
 *
 *   trace      requests of ptrace(2)                               world/trace.h
 *   wait       reports of tracees, and what else ends a wait       world/wait.h
 *   clock      time, sleeping, timers                              world/clock.h
 *   proc       what /proc says about a task                        world/proc.h
 *   target     the memory and the sockets of a target              world/target.h
 *   sched      priority and CPUs of the tracer, load, watchdog     world/sched.h
 *   process    our own processes and descriptors                   world/process.h
 *   access     who may trace whom, for the text of a refusal       world/access.h
 *
 * Nothing else in engine/ptrace makes a system call, reads /proc, or calls a C library function
 * that does; tests/lint/seam.sh checks that. Besides these tables, the engine uses memory, atomics,
 * and what it shares with its readers: the ring, and the channel of event/stack_copy.h.
 *
 * Each function gets its world as the first argument: a simulated kernel embeds struct world in its
 * own struct, and finds itself from that. Tables and world do not change while an engine uses them.
 * A test that replaces one function copies its table.
 */
#ifndef STOP_ENGINE_PTRACE_WORLD_WORLD_H
#define STOP_ENGINE_PTRACE_WORLD_WORLD_H

#include "engine/ptrace/world/access.h"
#include "engine/ptrace/world/clock.h"
#include "engine/ptrace/world/proc.h"
#include "engine/ptrace/world/process.h"
#include "engine/ptrace/world/sched.h"
#include "engine/ptrace/world/target.h"
#include "engine/ptrace/world/trace.h"
#include "engine/ptrace/world/wait.h"

struct world {
	const struct world_trace *trace;
	const struct world_wait *wait;
	const struct world_clock *clock;
	const struct world_proc *proc;
	const struct world_target *target;
	const struct world_sched *sched;
	const struct world_process *process;
	const struct world_access *access;
};

/* The real world. Any thread; shared by all engines of this program. */
struct world *world_kernel(void);

#endif
