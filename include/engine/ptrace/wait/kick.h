/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sending a tracer kicks, see world/wait.h. They do not accumulate: while one is on its way,
 * another would tell the tracer nothing. A tracer that gets no CPU would be sent hundreds, which
 * the kernel queues, as they are real-time signals.
 */
#ifndef STOP_ENGINE_PTRACE_WAIT_KICK_H
#define STOP_ENGINE_PTRACE_WAIT_KICK_H

#include <stdbool.h>
#include <sys/types.h>

struct world;

struct kick {
	struct world *world;
	_Atomic bool is_on_its_way;
};

void kick_init(struct kick *kick, struct world *world);

/* Kicks the tracer, process PID, unless a kick is on its way to it. Any thread. */
void kick_send(struct kick *kick, pid_t pid);

/* For world_wait.setup_kick(): the tracer was kicked. ARGUMENT is its struct kick. Signal-safe. */
void kick_arrived(void *argument);

#endif
