/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies stacks: the registers and the top of the stack of a thread that is stopped at the entry of
 * a call, or in a call at the attach, are put into the channel of event/stack_copy.h. The target
 * waits only for the copy.
 *
 * The memory map of a process precedes the first copy that needs it in the same channel: the tracer
 * sees the calls that map and unmap code, so a copy is never interpreted with an outdated map. A
 * large map is read in steps, between reports; until that is done, no stacks of its process are
 * copied, nor until it is known that its memory can be read (engine/ptrace/pages.h).
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
struct pages;
struct world;

struct capture {
	struct world *world;
	struct stack_copy_channel *channel; /* NULL: no copies are ever taken */
	struct map processes;               /* struct capture_process by tgid; owned */
	struct pages *pages;                /* whose memory can be read */
	int handle;                         /* the pages of the process of the current copy */
	unsigned char *bytes;               /* buffer for a copy; owned */
	struct capture_process *first;      /* those whose map is being read */
};

/* Initializes CAPTURE; CHANNEL may be NULL. */
void capture_init(struct capture *capture, struct world *world, struct pages *pages,
	struct stack_copy_channel *channel);

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

/* TRACEE has executed another program. Its former pages are forgotten, too. */
void capture_exec(struct capture *capture, const struct tracee *tracee);

/* Process TGID no longer has any traced thread. The same. */
void capture_gone(struct capture *capture, pid_t tgid);

#endif
