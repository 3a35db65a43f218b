/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the seccomp filters of threads let the kernel restart their calls as restart_syscall
 * (abi/restart.h). If not, or if that cannot be found out, the tracer restarts these calls as
 * themselves.
 *
 * Filters can be read only from a thread that has stopped, by a tracer with CAP_SYS_ADMIN. Threads
 * of a process usually have the same ones, so what was found for one is expected of others with as
 * many. Each is asked itself when it has stopped.
 *
 * Tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_STATE_FILTERS_H
#define STOP_ENGINE_PTRACE_STATE_FILTERS_H

#include <stdbool.h>
#include <sys/types.h>

#include "abi/filter.h"
#include "base/map.h"
#include "engine/ptrace/state/syscall_view.h"

struct world;

/* All zero: nothing is known. */
struct filters {
	struct map permitted; /* by tgid: the number of filters that allow restart_syscall */
	bool is_full;         /* nothing is added any more */
	struct filter_instruction code[FILTER_MAX]; /* of the one that is being looked at */
};

/* Frees what FILTERS owns. */
void filters_clear(struct filters *filters);

/* Whether thread TID of process TGID, which need not have stopped, may be refused the restart. */
bool filters_may_refuse(const struct filters *filters, struct world *world, pid_t tgid, pid_t tid);

/* Whether that thread, which has stopped, interrupted in the call that VIEW shows, is refused it.
 */
bool filters_refuse(struct filters *filters, struct world *world, pid_t tgid, pid_t tid,
	const struct syscall_view *view);

/* Process TGID is gone. */
void filters_forget(struct filters *filters, pid_t tgid);

#endif
