/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first target, after which a session is named: its present name, and how it ends. One thread.
 */
#ifndef STOP_APP_TARGET_H
#define STOP_APP_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "event/sink.h"
#include "proc/cmdline.h"
#include "proc/comm.h"

struct target {
	struct event_sink sink; /* first member; receives the target's names and its end */
	pid_t tid;
	bool is_command;                /* a child of ours */
	char comm[TASK_COMM_SIZE];      /* not escaped */
	char command_line[CMDLINE_MAX]; /* the same; "": unknown */
	unsigned int programs;          /* how often the engine has named it */
	bool has_changed;               /* `command_line` may be out of date */
	int asked_for;    /* the signal of the prctl(PR_SET_PDEATHSIG) that it is in */
	int death_signal; /* the signal that it has asked for at the death of its parent; 0: none */
	bool has_ended;
	int exit_code;   /* once it has ended: as in struct event_gone */
	int exit_signal; /* likewise */
};

/* The running process or thread TID. */
struct target target_of_task(pid_t tid);

/* The command that child PID becomes by executing ARGV. */
struct target target_of_command(pid_t pid, char *const *argv);

/* Reads the command line again if the target may have another by now. */
void target_refresh(struct target *target);

/* Records how task TID has ended, if that is TARGET and it is not known yet. */
void target_set_end(struct target *target, pid_t tid, int exit_code, int exit_signal);

/* Reaps a command that is no longer traced. Returns whether it has ended. */
bool target_reap(struct target *target);

/* Whether process PID is TARGET or a descendant of it. */
bool target_is_above(const struct target *target, pid_t pid);

/*
 * How many of the COUNT processes PIDS are ancestors of ours: the shell, the terminal multiplexer,
 * the ssh session. Each line that we write makes them work.
 */
size_t targets_above_us(const pid_t *pids, size_t count);

#endif
