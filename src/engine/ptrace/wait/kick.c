/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sending kicks; see engine/ptrace/wait/kick.h. */
#include "config.h"

#include "engine/ptrace/wait/kick.h"

#include <stdatomic.h>

#include "engine/ptrace/world/world.h"

void kick_init(struct kick *kick, struct world *world)
{
	kick->world = world;
	atomic_store(&kick->is_on_its_way, false);
}

void kick_send(struct kick *kick, pid_t pid)
{
	if (atomic_exchange(&kick->is_on_its_way, true))
		return;
	if (kick->world->process->kick(kick->world, pid) < 0)
		atomic_store(&kick->is_on_its_way, false);
}

void kick_arrived(void *argument)
{
	struct kick *kick = argument;
	atomic_store(&kick->is_on_its_way, false);
}
