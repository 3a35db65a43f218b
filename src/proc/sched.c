/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scheduler's files; see proc/sched.h. */
#include "config.h"

#include "proc/sched.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "proc/file.h"

/* What is read of /proc/TID/sched comes first in it. */
#define TEXT_MAX 4096

uint64_t proc_cpu_ns(pid_t tid)
{
	char text[128];
	ssize_t size = proc_read(text, sizeof(text), "/proc/%d/schedstat", proc_id(tid));
	return size < 0 ? UINT64_MAX : strtoull(text, NULL, 10);
}

int proc_schedstat_parse(const char *text, struct proc_schedstat *out)
{
	struct proc_schedstat stat;
	if (sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &stat.cpu_ns, &stat.queued_ns,
		    &stat.runs) != 3)
		return -EIO;
	/* Without CONFIG_SCHED_INFO all are 0; a thread that has run was given a CPU. */
	if (stat.runs == 0)
		return -ENODATA;
	*out = stat;
	return 0;
}

int proc_schedstat(pid_t tgid, pid_t tid, struct proc_schedstat *stat)
{
	char text[128];
	ssize_t size = proc_read(
		text, sizeof(text), "/proc/%d/task/%d/schedstat", proc_id(tgid), proc_id(tid));
	return size < 0 ? (int)size : proc_schedstat_parse(text, stat);
}

uint64_t proc_sched_parse(const char *text)
{
	unsigned long long ms, ns;
	/* "se.exec_start        :      26275769.944498": kernel/sched/debug.c of the kernel. */
	const char *line = strstr(text, "\nse.exec_start ");
	if (!line || sscanf(line, " %*s : %llu.%6llu", &ms, &ns) != 2)
		return 0;
	return ms * NS_PER_MS + ns;
}

uint64_t proc_left_cpu_ns(pid_t tid)
{
	char text[TEXT_MAX];
	ssize_t size = proc_read(text, sizeof(text), "/proc/%d/sched", proc_id(tid));
	return size < 0 ? 0 : proc_sched_parse(text);
}
