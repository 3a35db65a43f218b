/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies stacks: the registers and the top of the stack of a thread that is stopped at the entry of
 * a call, or in a call at the attach, are put into the channel of event/stack_copy.h. The target
 * waits only for the copy.
 *
 * The memory map of a process precedes the first copy that needs it in the same channel: the tracer
 * sees the calls that map and unmap code, so a copy is never interpreted with an outdated map. A
 * large map is read in steps, between reports, and a process that existed before us is asked first
 * whether its memory can be read at all; until that is done, no stacks of its process are copied.
 *
 * Tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_CAPTURE_H
#define STOP_ENGINE_PTRACE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/map.h"
#include "engine/ptrace/state/tracee.h"
#include "event/stack_copy.h"

struct capture_process;
struct world;

struct capture {
	struct world *world;
	struct stack_copy_channel *channel; /* NULL: no copies are ever taken */
	struct map processes;               /* struct capture_process by tgid; owned */
	_Atomic uint64_t unopened;     /* stacks that were not copied for want of descriptors */
	unsigned char *bytes;          /* buffer for a copy; owned */
	struct capture_process *first; /* those that are being prepared */
};

/* Initializes CAPTURE; CHANNEL may be NULL. */
void capture_init(struct capture *capture, struct world *world, struct stack_copy_channel *channel);

/* Frees what CAPTURE owns. */
void capture_clear(struct capture *capture);

/*
 * Copies the stack of TRACEE. FOUND: it existed before the attach. Returns the copy's number;
 * STACK_COPY_MISSED if none could be taken; 0 without a channel.
 */
uint32_t capture_take(struct capture *capture, const struct tracee *tracee, bool found);

/*
 * Begins to prepare for copies of the stacks of TRACEE's process, if any may be taken: finds out
 * whether its memory can be read, and reads its map. That is over when capture_is_preparing() is
 * false.
 */
void capture_prepare(struct capture *capture, const struct tracee *tracee, bool found);

/* Whether something is left to do for some process; does a step of that. */
bool capture_is_preparing(const struct capture *capture);
void capture_take_step(struct capture *capture);

/* Handles the end of a call of TRACEE, which may have changed code mappings. */
void capture_call_ended(
	struct capture *capture, const struct tracee *tracee, const struct ended_call *end);

/* TRACEE has executed another program. */
void capture_exec(struct capture *capture, const struct tracee *tracee);

/* Whether process TGID has an entry here. */
bool capture_knows(const struct capture *capture, pid_t tgid);

/* Process TGID no longer has any traced thread. */
void capture_gone(struct capture *capture, pid_t tgid);

#endif
