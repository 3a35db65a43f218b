/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU times of threads; see proc/times.h. */
#include "config.h"

#include "proc/times.h"

#include "proc/sched.h"

struct proc_times proc_times_of(pid_t tgid, pid_t tid, const struct proc_stat *stat)
{
	struct proc_schedstat exact;
	struct proc_times times = {
		.cpu_ns = stat->user_ns + stat->system_ns,
		.user_ns = stat->user_ns,
		.system_ns = stat->system_ns,
	};
	if (proc_schedstat(tgid, tid, &exact) == 0) {
		times.is_exact = true;
		times.cpu_ns = exact.cpu_ns;
		times.queued_ns = exact.queued_ns;
		times.runs = exact.runs;
	}
	return times;
}

int proc_times(pid_t tgid, pid_t tid, struct proc_times *times)
{
	struct proc_stat stat;
	int result = proc_stat(tgid, tid, &stat);
	if (result == 0)
		*times = proc_times_of(tgid, tid, &stat);
	return result;
}
