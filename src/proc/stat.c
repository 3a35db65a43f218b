/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/TGID/task/TID/stat; see proc/stat.h. */
#include "config.h"

#include "proc/stat.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/time.h"
#include "proc/file.h"

#define TEXT_MAX        4096

/* The kernel's include/linux/sched.h; the second since Linux 5.12, the third since 6.4. */
#define PF_KTHREAD      0x00200000
#define PF_IO_WORKER    0x00000010
#define PF_USER_WORKER  0x00004000

/*
 * Such a worker blocks all signals except SIGKILL and SIGSTOP (copy_process()): of the first 31,
 * which is what the file shows.
 */
#define WORKER_BLOCKED  (0x7FFFFFFF & ~(1U << (SIGKILL - 1)) & ~(1U << (SIGSTOP - 1)))

/* Fields, counted from 1: proc_pid_stat(5). */
#define FIELD_STATE     3
#define FIELD_PARENT    4
#define FIELD_FLAGS     9
#define FIELD_UTIME     14
#define FIELD_STIME     15
#define FIELD_THREADS   20
#define FIELD_BLOCKED   32
#define FIELD_PROCESSOR 39

/* The clock ticks in TEXT as nanoseconds. */
static uint64_t ticks_ns(const char *text)
{
	return strtoull(text, NULL, 10) * (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
}

/* Stores the FIELD at TEXT in *STAT, if it is needed. */
static void take_field(int field, const char *text, struct proc_stat *stat)
{
	switch (field) {
	case FIELD_STATE:
		stat->state = *text;
		break;
	case FIELD_PARENT:
		stat->parent = (pid_t)strtol(text, NULL, 10);
		break;
	case FIELD_FLAGS:
		stat->flags = (unsigned int)strtoul(text, NULL, 10);
		break;
	case FIELD_UTIME:
		stat->user_ns = ticks_ns(text);
		break;
	case FIELD_STIME:
		stat->system_ns = ticks_ns(text);
		break;
	case FIELD_THREADS:
		stat->threads = (unsigned int)strtoul(text, NULL, 10);
		break;
	case FIELD_BLOCKED:
		stat->blocked = (unsigned int)strtoul(text, NULL, 10);
		break;
	case FIELD_PROCESSOR:
		stat->cpu = (int)strtol(text, NULL, 10);
		break;
	}
}

/* Stores the name, which begins after the first parenthesis of TEXT and ends before END. */
static void take_name(const char *text, const char *end, struct proc_stat *stat)
{
	const char *begin = strchr(text, '(');
	if (!begin || !end || ++begin > end)
		return;
	size_t size = (size_t)(end - begin);
	memcpy(stat->comm, begin, size < TASK_COMM_SIZE ? size : TASK_COMM_SIZE - 1);
}

bool proc_stat_parse(const char *text, struct proc_stat *out)
{
	/* The name, in parentheses, may contain parentheses: the last one ends it. */
	const char *rest = strrchr(text, ')');
	struct proc_stat stat = {0};
	take_name(text, rest, &stat);
	for (int field = FIELD_STATE; rest && field <= FIELD_PROCESSOR; field++) {
		rest = strchr(rest, ' ');
		if (rest)
			take_field(field, ++rest, &stat);
	}
	if (rest)
		*out = stat;
	return rest != NULL;
}

int proc_stat(pid_t tgid, pid_t tid, struct proc_stat *stat)
{
	char text[TEXT_MAX];
	ssize_t size = proc_read(
		text, sizeof(text), "/proc/%d/task/%d/stat", proc_id(tgid), proc_id(tid));
	if (size < 0)
		return (int)size;
	return proc_stat_parse(text, stat) ? 0 : -EIO;
}

bool proc_is_kernel_thread(pid_t tid)
{
	struct proc_stat stat;
	return proc_stat(tid, tid, &stat) == 0 && (stat.flags & PF_KTHREAD);
}

bool proc_stat_is_worker(const struct proc_stat *stat)
{
	return stat->flags & (PF_IO_WORKER | PF_USER_WORKER) && stat->blocked == WORKER_BLOCKED;
}

/* Before Linux 5.12 there are none, and the first flag means that a virtual CPU runs (PF_VCPU). */
static bool can_have_workers(void)
{
	struct utsname name;
	int major, minor;
	return uname(&name) == 0 && sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
	       (major > 5 || (major == 5 && minor >= 12));
}

bool proc_is_worker(pid_t tgid, pid_t tid)
{
	struct proc_stat stat;
	return proc_stat(tgid, tid, &stat) == 0 && proc_stat_is_worker(&stat) && can_have_workers();
}

int proc_cpu(pid_t tid)
{
	struct proc_stat stat;
	return proc_stat(tid, tid, &stat) == 0 ? stat.cpu : -1;
}

/* Whether what has failed with RESULT, -errno, may succeed if it is done again. */
static bool is_temporary(int result)
{
	return result == -ENOMEM || result == -EMFILE || result == -ENFILE || result == -EINTR ||
	       result == -EAGAIN;
}

char proc_state(pid_t tid)
{
	struct proc_stat stat;
	int result = proc_stat(tid, tid, &stat);
	if (result < 0)
		return is_temporary(result) ? PROC_STATE_LATER : '\0';
	return stat.state;
}
