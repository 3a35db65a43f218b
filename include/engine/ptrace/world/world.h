/*
 * The world: all that the ptrace engine asks of its surroundings, behind tables of functions.
 *
 *     engine/ptrace ──▶ struct world ──▶ world_kernel(): the kernel, by system calls
 *                                   └──▶ a simulated kernel, in tests
 *
 *   trace      requests of ptrace(2)                               world/trace.h
 *   wait       reports of tracees, and what else ends a wait       world/wait.h
 *   clock      the time, sleeping, timers                          world/clock.h
 *   proc       what /proc says of a task                           world/proc.h
 *   target     the memory and the sockets of a target              world/target.h
 *   sched      rank and CPUs of the tracer, load, its watchdog     world/sched.h
 *   process    our own processes and descriptors                   world/process.h
 *   access     who may trace whom, for the text of a refusal       world/access.h
 *
 * Nothing else in engine/ptrace makes a system call, reads /proc, or calls a function of the C
 * library that does; tests/lint/seam.sh checks that. Beside these tables the engine uses memory,
 * atomics, and what it shares with its readers: the ring, and the channel of event/stack_copy.h,
 * which wakes its own reader.
 *
 * Each function gets the world that it was taken from as its first argument: a simulated kernel
 * embeds struct world in its own struct, and finds itself by that. Tables and world stay as they
 * are while an engine uses them. A test that replaces one function copies the table that it is in.
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

/* The real world, which all engines of this program share. Any thread. */
struct world *world_kernel(void);

#endif
