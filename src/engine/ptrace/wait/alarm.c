/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A timer that kicks the tracer; see engine/ptrace/wait/alarm.h. */
#include "config.h"

#include "engine/ptrace/wait/alarm.h"

#include "engine/ptrace/world/world.h"

int alarm_init(struct alarm *alarm, struct world *world)
{
	alarm->world = world;
	alarm->deadline_ns = 0;
	return world->clock->new_timer(world, &alarm->timer);
}

void alarm_clear(struct alarm *alarm)
{
	alarm->world->clock->free_timer(alarm->world, alarm->timer);
}

void alarm_set(struct alarm *alarm, uint64_t deadline_ns, uint64_t every_ns)
{
	alarm->deadline_ns = deadline_ns;
	alarm->world->clock->set_timer(alarm->world, alarm->timer, deadline_ns, every_ns);
}
