/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seccomp filters; see engine/ptrace/state/filters.h. */
#include "config.h"

#include "engine/ptrace/state/filters.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "abi/restart.h"
#include "engine/ptrace/world/world.h"

/* Who has more is taken to be refused: sandboxes have a few, each inherited by the next inside. */
#define LOOKS_MAX 64

void filters_clear(struct filters *filters)
{
	map_clear(&filters->permitted);
}

void filters_forget(struct filters *filters, pid_t tgid)
{
	map_remove(&filters->permitted, (uint64_t)tgid);
}

/* Number of filters of TID; if that cannot be read, one. */
static unsigned int count_filters(struct world *world, pid_t tid)
{
	struct proc_status status;
	return world->proc->status(world, tid, &status) == 0 ? status.filters : 1;
}

/* What the filters see when the kernel restarts the call in VIEW. */
static void describe_restart(const struct syscall_view *view, struct filter_data *data)
{
	struct call restart;
	*data = (struct filter_data){.ip = view->ip};
	restart_call(view->call.abi, &restart);
	call_to_kernel(restart, &data->audit_arch, &data->nr);
	memcpy(data->args, view->args, sizeof(data->args));
}

/* All filters are asked, and the strictest answer counts. */
static bool all_permit(
	struct filters *filters, struct world *world, pid_t tid, const struct filter_data *data)
{
	for (unsigned int i = 0; i < LOOKS_MAX; i++) {
		int count = world->trace->filter(world, tid, i, filters->code);
		if (count == -ENOENT)
			return i > 0;
		if (count < 0 || !filter_lets_pass(filter_run(filters->code, (size_t)count, data)))
			return false;
	}
	return false;
}

bool filters_may_refuse(const struct filters *filters, struct world *world, pid_t tgid, pid_t tid)
{
	unsigned int count = count_filters(world, tid);
	return count && (uintptr_t)map_get(&filters->permitted, (uint64_t)tgid) != count;
}

bool filters_refuse(struct filters *filters, struct world *world, pid_t tgid, pid_t tid,
	const struct syscall_view *view)
{
	struct filter_data data;
	uintptr_t count = count_filters(world, tid);
	if (!count)
		return false;
	describe_restart(view, &data);
	if (!all_permit(filters, world, tid, &data))
		return true;
	if (!filters->is_full)
		map_put(&filters->permitted, (uint64_t)tgid, (void *)count); /* NOLINT */
	return false;
}
