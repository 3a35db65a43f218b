/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes of the machine; see proc/processes.h. */
#include "config.h"

#include "proc/processes.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "proc/cmdline.h"
#include "proc/file.h"

/* Size of the longest /proc/PID/stat: names and 52 numbers. */
#define TEXT_MAX   1200

/* A flag of the kernel's include/linux/sched.h. */
#define PF_KTHREAD 0x00200000

/* Reads what PID is. Returns whether it runs a program. */
static bool read_process(pid_t pid, struct proc_process *process)
{
	char text[TEXT_MAX];
	*process = (struct proc_process){.pid = pid};
	if (proc_read(text, sizeof(text), "/proc/%d/stat", (int)pid) < 0 ||
		!proc_stat_parse(text, &process->stat))
		return false;
	char state = process->stat.state;
	return !(process->stat.flags & PF_KTHREAD) && state != 'Z' && state != 'X';
}

static int compare(const void *a, const void *b)
{
	const struct proc_process *one = a, *other = b;
	return (one->pid > other->pid) - (one->pid < other->pid);
}

int proc_processes(struct proc_process **list, size_t *count)
{
	DIR *directory = opendir("/proc");
	size_t capacity = 0;
	*list = NULL;
	*count = 0;
	if (!directory)
		return -errno;
	for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		struct proc_process process;
		int pid;
		if (sscanf(entry->d_name, "%d", &pid) != 1 || pid == getpid() ||
			!read_process(pid, &process))
			continue;
		if (*count == capacity) {
			capacity = capacity ? 2 * capacity : 64;
			*list = xreallocarray(*list, capacity, sizeof(**list));
		}
		(*list)[(*count)++] = process;
	}
	closedir(directory);
	if (*count)
		qsort(*list, *count, sizeof(**list), compare);
	return 0;
}

bool proc_process_is_called(const struct proc_process *process, const char *name)
{
	char words[CMDLINE_MAX];
	if (strcmp(process->stat.comm, name) == 0)
		return true;
	if (!cmdline_words(process->pid, words, sizeof(words)))
		return false;
	const char *slash = strrchr(words, '/');
	return strcmp(slash ? slash + 1 : words, name) == 0;
}
