/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes of the machine, as the user names and chooses them. Any thread.
 */
#ifndef STOP_PROC_PROCESSES_H
#define STOP_PROC_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "proc/comm.h"
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
 * Whether NAME is the name of PROCESS: its leader's, or the base name of its first word, argv[0].
 * Reads the latter if necessary: cmdline_words() in proc/cmdline.h.
 */
bool proc_process_is_called(const struct proc_process *process, const char *name);

#endif
