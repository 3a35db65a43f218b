/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where threads wait; see proc/wait.h. */
#include "config.h"

#include "proc/wait.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proc/file.h"
#include "proc/status.h"

/* A kernel stack has at most some dozen frames. */
#define TEXT_MAX 4096

/* In a tracee that is being resumed: it is not waiting for anything. */
#define OUR_STOP "ptrace_stop\n"

int proc_wait_parse(const char *text, struct proc_wait *out)
{
	/* "running", "-1 SP PC" outside calls, or "NR ARG0 … ARG5 SP PC": proc_pid_syscall(5). */
	int64_t nr;
	struct proc_wait wait;
	uint64_t *a = wait.args;
	int fields = sscanf(text,
		"%" SCNd64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
		" %" SCNx64 " %" SCNx64,
		&nr, &a[0], &a[1], &a[2], &a[3], &a[4], &a[5], &wait.sp, &wait.ip);
	if (fields < 1 + CALL_MAX_ARGS + 2 || nr < 0)
		return 0;
	wait.nr = (uint64_t)nr;
	*out = wait;
	return 1;
}

int proc_waits(pid_t tgid, pid_t tid, struct proc_wait *wait)
{
	char text[256];
	ssize_t size = proc_read(
		text, sizeof(text), "/proc/%d/task/%d/syscall", proc_id(tgid), proc_id(tid));
	return size < 0 ? (int)size : proc_wait_parse(text, wait);
}

static ssize_t read_wchan(pid_t tgid, pid_t tid, char *buf, size_t size)
{
	return proc_read(buf, size, "/proc/%d/task/%d/wchan", proc_id(tgid), proc_id(tid));
}

bool proc_wchan(pid_t tgid, pid_t tid, char name[PROC_WCHAN_MAX])
{
	/* It is "0" for a running thread, and for callers without permission. */
	return read_wchan(tgid, tid, name, PROC_WCHAN_MAX) > 0 && strcmp(name, "0") != 0;
}

bool proc_wchan_is(const char *name, const char *function)
{
	size_t length = strlen(function);
	return strncmp(name, function, length) == 0 && (!name[length] || name[length] == '.');
}

bool proc_wchan_is_server(const char *name)
{
	/*
	 * The kernel's fs/fuse/dev.c: all of its requests wait there. kernel/seccomp.c: a filter
	 * waits for nothing else, and the first of its functions may be a part of the other. And
	 * fs/userfaultfd.c.
	 */
	static const char *const functions[] = {
		"request_wait_answer",
		"seccomp_do_user_notification",
		"__seccomp_filter",
		"handle_userfault",
	};
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		if (proc_wchan_is(name, functions[i]))
			return true;
	}
	return false;
}

bool proc_waits_for_server(pid_t tgid, pid_t tid)
{
	char text[64];
	return read_wchan(tgid, tid, text, sizeof(text)) > 0 && proc_wchan_is_server(text);
}

bool proc_status_is_woken(const struct proc_status *status, const char *name)
{
	/*
	 * get_wchan() shows nothing of what is on a run queue (since Linux 5.16). A signal of the
	 * whole process may be for another thread, and then this one is in its wait.
	 */
	return status->state == 'S' && (status->pending & ~status->blocked) &&
	       strcmp(name, "0") == 0;
}

bool proc_is_woken(pid_t tgid, pid_t tid)
{
	struct proc_status status;
	char name[PROC_WCHAN_MAX];
	return proc_status(tid, &status) == 0 && (status.pending & ~status.blocked) &&
	       read_wchan(tgid, tid, name, sizeof(name)) > 0 && proc_status_is_woken(&status, name);
}

/* Lines of "[<0>] ep_poll+0x2d5/0x360". */
void proc_kernel_stack_parse(const char *text, char *buf, size_t size)
{
	size_t used = 0;
	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		const char *name = strstr(line, "] ");
		const char *end = strchr(line, '\n');
		if (!name || (end && name > end))
			continue;
		size_t length = strcspn(name + 2, "+\n");
		if (used + length + 2 > size)
			break;
		memcpy(buf + used, name + 2, length);
		used += length;
		buf[used++] = '\n';
	}
	buf[used] = '\0';
}

int proc_kernel_stack(pid_t tgid, pid_t tid, char *buf, size_t size)
{
	char text[TEXT_MAX];
	if (proc_read(text, sizeof(text), "/proc/%d/task/%d/stack", proc_id(tgid), proc_id(tid)) >
		0) {
		proc_kernel_stack_parse(text, buf, size);
		if (strncmp(buf, OUR_STOP, strlen(OUR_STOP)) == 0)
			return -ENOENT;
		if (*buf)
			return 0;
	}
	ssize_t got = read_wchan(tgid, tid, text, sizeof(text));
	if (got < 0)
		return (int)got;
	/* It is "0" for a running thread, and for callers without permission. */
	if (got == 0 || strcmp(text, "0") == 0)
		return -ENOENT;
	snprintf(buf, size, "%s\n", text);
	return 0;
}
