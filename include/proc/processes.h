/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes of the machine, as the user names and chooses them. Any thread.
 */
#ifndef STOP_PROC_PROCESSES_H
#define STOP_PROC_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/map.h"
#include "proc/cmdline.h"
#include "proc/stat.h"

/* A process that runs a program. */
struct proc_process {
	pid_t pid;
	struct proc_stat stat; /* of the whole process; the name is the leader's */
};

/*
 * Lists the processes that run a program, by ascending PID: neither kernel threads, nor zombies,
 * nor ourselves. The list is not of one moment. Returns 0 with the list in *LIST, which the caller
 * frees with free(), and its length in *COUNT; or -errno.
 */
int proc_processes(struct proc_process **list, size_t *count);

/*
 * The command lines of processes. Reading one may take a fifth of a second (proc/cmdline.h), so
 * they are remembered: each is read again after a few seconds, as a process can change its own, or
 * when the process has another name; one that could not be read, only then. The zero value is
 * empty. One thread.
 */
struct proc_commands {
	struct map known; /* by PID; owned */
};

/* The command line of a process. */
struct proc_command {
	size_t size;             /* of the words, with their NULs; 0: unknown, or there are none */
	char words[CMDLINE_MAX]; /* not escaped */
};

/* The command line of PROCESS; valid until it is asked for again, or proc_commands_keep(). */
const struct proc_command *proc_commands_read(
	struct proc_commands *commands, const struct proc_process *process);

/* Forgets all processes but the COUNT of LIST, by ascending PID. */
void proc_commands_keep(
	struct proc_commands *commands, const struct proc_process *list, size_t count);

/* Frees what COMMANDS owns, and makes it empty. */
void proc_commands_clear(struct proc_commands *commands);

/*
 * Lists the processes called NAME: that is the name of the leader, or the base name of the first
 * word of the command line, argv[0]. Like proc_processes().
 */
int proc_processes_called(struct proc_commands *commands, const char *name,
	struct proc_process **list, size_t *count);

/* The process PID in LIST, of COUNT by ascending PID, or NULL. */
const struct proc_process *proc_processes_find(
	const struct proc_process *list, size_t count, pid_t pid);

#endif
