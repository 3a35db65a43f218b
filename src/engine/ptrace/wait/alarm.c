/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A timer that kicks the tracer; see engine/ptrace/wait/alarm.h. */
#include "config.h"

#include "engine/ptrace/wait/alarm.h"

#include <stddef.h>

#include "engine/ptrace/world/world.h"

int alarm_init(struct alarm *alarm, struct world *world)
{
	int result = world->clock->new_timer(world, &alarm->timer);
	alarm->world = result < 0 ? NULL : world;
	alarm->deadline_ns = 0;
	return result;
}

void alarm_clear(struct alarm *alarm)
{
	/* None was made where the attach had not come to that. */
	if (!alarm->world)
		return;
	alarm->world->clock->free_timer(alarm->world, alarm->timer);
}

void alarm_set(struct alarm *alarm, uint64_t deadline_ns, uint64_t every_ns)
{
	alarm->deadline_ns = deadline_ns;
	alarm->world->clock->set_timer(alarm->world, alarm->timer, deadline_ns, every_ns);
}
