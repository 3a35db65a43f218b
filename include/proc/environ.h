/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The environment of processes, as they were started: /proc/PID/environ. Any thread. */
#ifndef STOP_PROC_ENVIRON_H
#define STOP_PROC_ENVIRON_H

#include <sys/types.h>

/* The value of variable NAME of process PID, freed with free(); NULL if there is none. */
char *proc_variable(pid_t pid, const char *name);

/* The nearest of our ancestors that is named COMM; 0 if there is none. */
pid_t proc_ancestor(const char *comm);

#endif
