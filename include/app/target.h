/*
 * Facts about the targets: the name of the first, and whether one of them serves our own terminal.
 * One thread.
 */
#ifndef STOP_APP_TARGET_H
#define STOP_APP_TARGET_H

#include <stddef.h>
#include <sys/types.h>

#include "proc/cmdline.h"
#include "proc/comm.h"

/* The name of a target, unescaped. */
struct target_name {
	char comm[TASK_COMM_SIZE];
	char command_line[CMDLINE_MAX]; /* "": unknown */
};

/* The name of the command ARGV. */
struct target_name target_name_of_command(char *const *argv);

/* The name of process or thread PID. */
struct target_name target_name_of_task(pid_t pid);

/*
 * How many of the COUNT processes in PIDS are ancestors of ours: the shell, the terminal
 * multiplexer, the ssh session. Each line that we write makes them busier.
 */
size_t targets_above_us(const pid_t *pids, size_t count);

#endif
