/*
 * Taking copies of stacks: a thread that is stopped at the entry of a call, or inside one at the
 * attach, has its registers and the upper end of its stack copied into the channel of
 * event/stack_copy.h. The target waits for the copy and for nothing else.
 *
 * Which code is mapped where goes into the same channel, before the first copy that needs it: the
 * tracer sees the calls that map and unmap code, so a copy is never read with the map of another
 * time.
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
#include "proc/maps.h"

struct capture {
	struct stack_copy_channel *channel; /* NULL: no copies are ever taken */
	struct map processes;               /* struct capture_process by tgid; owned */
	unsigned char *bytes;               /* room for a copy; owned */
	struct maps_text maps;              /* the memory map that was read last; owned */
};

/* Makes CAPTURE ready; CHANNEL may be NULL. */
void capture_init(struct capture *capture, struct stack_copy_channel *channel);

/* Frees what CAPTURE owns. */
void capture_clear(struct capture *capture);

/*
 * Copies the stack of TRACEE. FOUND: it existed before the attach. Returns the copy's number;
 * STACK_COPY_MISSED where none could be taken; 0 where there is no channel.
 */
uint32_t capture_take(struct capture *capture, const struct tracee *tracee, bool found);

/* Takes note of a call of TRACEE that has ended: it may have changed what code is mapped. */
void capture_call_ended(
	struct capture *capture, const struct tracee *tracee, const struct ended_call *end);

/* TRACEE has become another program. */
void capture_exec(struct capture *capture, const struct tracee *tracee);

/* Whether something is kept of process TGID. */
bool capture_knows(const struct capture *capture, pid_t tgid);

/* Process TGID has no traced thread any more. */
void capture_gone(struct capture *capture, pid_t tgid);

#endif
