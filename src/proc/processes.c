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
#include "base/clock.h"
#include "proc/file.h"

/* Size of the longest /proc/PID/stat: names and 52 numbers. */
#define TEXT_MAX   1200

/* After so long, a command line is read again. */
#define AGAIN_NS   (2 * NS_PER_S)

/* A flag of the kernel's include/linux/sched.h. */
#define PF_KTHREAD 0x00200000

/* Reads what PID is. Returns whether it runs a program. */
static bool read_process(pid_t pid, struct proc_process *process)
{
	char text[TEXT_MAX];
	*process = (struct proc_process){.pid = pid};
	if (proc_read(text, sizeof(text), "/proc/%d/stat", proc_id(pid)) < 0 ||
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

const struct proc_process *proc_processes_find(
	const struct proc_process *list, size_t count, pid_t pid)
{
	const struct proc_process wanted = {.pid = pid};
	return count ? bsearch(&wanted, list, count, sizeof(*list), compare) : NULL;
}

/* Command lines. */

/* What is known of a process. */
struct known {
	struct proc_command command;
	pid_t pid;
	char comm[TASK_COMM_SIZE]; /* its name when its command line was read */
	uint64_t read_ns;          /* when that was */
};

static bool is_out_of_date(const struct known *known, const struct proc_process *process)
{
	if (strcmp(known->comm, process->stat.comm) != 0)
		return true;
	return known->command.size && clock_now_ns() - known->read_ns >= AGAIN_NS;
}

const struct proc_command *proc_commands_read(
	struct proc_commands *commands, const struct proc_process *process)
{
	struct known *known = map_get(&commands->known, (uint64_t)process->pid);
	if (known && !is_out_of_date(known, process))
		return &known->command;
	if (!known) {
		known = xcalloc(1, sizeof(*known));
		known->pid = process->pid;
		map_put(&commands->known, (uint64_t)process->pid, known);
	}
	memcpy(known->comm, process->stat.comm, sizeof(known->comm));
	known->command.size = cmdline_words(
		process->pid, known->command.words, sizeof(known->command.words));
	known->read_ns = clock_now_ns();
	return &known->command;
}

void proc_commands_keep(
	struct proc_commands *commands, const struct proc_process *list, size_t count)
{
	struct map kept = {0};
	struct known *known;
	MAP_FOR_EACH (&commands->known, at, known) {
		if (proc_processes_find(list, count, known->pid))
			map_put(&kept, (uint64_t)known->pid, known);
		else
			free(known);
	}
	map_clear(&commands->known);
	commands->known = kept;
}

void proc_commands_clear(struct proc_commands *commands)
{
	proc_commands_keep(commands, NULL, 0);
}

static bool is_called(
	struct proc_commands *commands, const struct proc_process *process, const char *name)
{
	if (strcmp(process->stat.comm, name) == 0)
		return true;
	const struct proc_command *command = proc_commands_read(commands, process);
	const char *slash = strrchr(command->words, '/');
	return command->size && strcmp(slash ? slash + 1 : command->words, name) == 0;
}

int proc_processes_called(
	struct proc_commands *commands, const char *name, struct proc_process **list, size_t *count)
{
	size_t all, kept = 0;
	int result = proc_processes(list, &all);
	*count = 0;
	if (result < 0)
		return result;
	proc_commands_keep(commands, *list, all);
	for (size_t i = 0; i < all; i++) {
		if (is_called(commands, &(*list)[i], name))
			(*list)[kept++] = (*list)[i];
	}
	*count = kept;
	return 0;
}
