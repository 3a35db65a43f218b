/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real world: the tables of the other files here; see engine/ptrace/world/world.h. */
#include "config.h"

#include "engine/ptrace/world/kernel.h"

struct world *world_kernel(void)
{
	static struct world kernel = {
		.trace = &kernel_trace,
		.wait = &kernel_wait,
		.clock = &kernel_clock,
		.proc = &kernel_proc,
		.target = &kernel_target,
		.sched = &kernel_sched,
		.process = &kernel_process,
		.access = &kernel_access,
	};
	return &kernel;
}
