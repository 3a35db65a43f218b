/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/TID/status; see proc/status.h. */
#include "config.h"

#include "proc/status.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "proc/file.h"

/* It is about 1,500 bytes; with hundreds of groups, CPUs or NUMA nodes some thousand. */
#define TEXT_MAX (16 << 10)

/* The text after "KEY:" and white space at the beginning of a line of STATUS, or NULL. */
static const char *field(const char *status, const char *key)
{
	size_t length = strlen(key);
	for (const char *line = status; line; line = proc_next_line(line)) {
		if (strncmp(line, key, length) == 0 && line[length] == ':')
			return line + length + 1 + strspn(line + length + 1, "\t ");
	}
	return NULL;
}

static pid_t number_field(const char *status, const char *key)
{
	const char *text = field(status, key);
	return text ? (pid_t)strtol(text, NULL, 10) : 0;
}

/* The second number in line KEY: the effective one of IDs. */
static uint32_t second_field(const char *status, const char *key)
{
	const char *text = field(status, key);
	return text ? (uint32_t)strtoul(text + strcspn(text, "\t\n"), NULL, 10) : 0;
}

static uint64_t long_field(const char *status, const char *key, int base)
{
	const char *text = field(status, key);
	return text ? strtoull(text, NULL, base) : 0;
}

/* SECCOMP_MODE_FILTER of <linux/seccomp.h>, as in the line Seccomp. */
#define MODE_FILTER 2

/* Seccomp_filters came with Linux 5.9. */
static unsigned int count_filters(const char *status)
{
	if (long_field(status, "Seccomp", 10) != MODE_FILTER)
		return 0;
	unsigned int count = (unsigned int)long_field(status, "Seccomp_filters", 10);
	return count ? count : 1;
}

/* NSpid lists the task's ID in each PID namespace from ours inwards. */
static pid_t innermost_tid(const char *status)
{
	const char *text = field(status, "NSpid");
	char *end;
	pid_t tid = 0;
	for (int depth = 0; text && *text != '\n'; depth++, text = end + strspn(end, "\t ")) {
		pid_t number = (pid_t)strtol(text, &end, 10);
		if (end == text)
			break;
		tid = depth ? number : 0;
	}
	return tid;
}

/* Undoes the escapes that the kernel writes into the Name line: "\n" and "\\". */
static void copy_name(const char *line, char comm[TASK_COMM_SIZE])
{
	size_t used = 0;
	while (*line && *line != '\n' && used < TASK_COMM_SIZE - 1) {
		if (line[0] == '\\' && (line[1] == 'n' || line[1] == '\\')) {
			comm[used++] = line[1] == 'n' ? '\n' : '\\';
			line += 2;
		} else {
			comm[used++] = *line++;
		}
	}
	comm[used] = '\0';
}

bool proc_status_parse(const char *text, struct proc_status *status)
{
	const char *name = field(text, "Name"), *state = field(text, "State");
	const char *uid = field(text, "Uid");
	if (!name || !state || !uid)
		return false;
	*status = (struct proc_status){
		.state = *state,
		.tgid = number_field(text, "Tgid"),
		.parent = number_field(text, "PPid"),
		.tracer = number_field(text, "TracerPid"),
		.gid = second_field(text, "Gid"),
		.capabilities = long_field(text, "CapPrm", 16),
		.ns_tid = innermost_tid(text),
		.sleeps = long_field(text, "voluntary_ctxt_switches", 10),
		.preemptions = long_field(text, "nonvoluntary_ctxt_switches", 10),
		.blocked = long_field(text, "SigBlk", 16),
		.pending = long_field(text, "SigPnd", 16) | long_field(text, "ShdPnd", 16),
		.ignored = long_field(text, "SigIgn", 16),
		.handled = long_field(text, "SigCgt", 16),
		.filters = count_filters(text),
	};
	copy_name(name, status->comm);
	for (int i = 0; i < 4; i++) {
		char *end;
		status->uid[i] = (uid_t)strtoul(uid, &end, 10);
		uid = end;
	}
	return true;
}

int proc_status(pid_t tid, struct proc_status *status)
{
	char text[TEXT_MAX];
	ssize_t size = proc_read(text, sizeof(text), "/proc/%d/status", proc_id(tid));
	if (size < 0)
		return (int)size;
	return proc_status_parse(text, status) ? 0 : -EIO;
}

uint64_t proc_switches(pid_t tid)
{
	struct proc_status status;
	return proc_status(tid, &status) == 0 ? status.sleeps + status.preemptions : 0;
}

uint64_t proc_sleeps(pid_t tid)
{
	struct proc_status status;
	return proc_status(tid, &status) == 0 ? status.sleeps : 0;
}

bool proc_exists(pid_t tid)
{
	return kill(tid, 0) == 0 || errno != ESRCH;
}
