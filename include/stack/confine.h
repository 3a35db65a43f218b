/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes all rights from the calling process for ever, in two steps: what a process that only starts
 * others can do without, and what one that reads files of targets can do without. For the processes
 * of stack/sandbox.h.
 */
#ifndef STOP_STACK_CONFINE_H
#define STOP_STACK_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The first step: no capability; the user nobody, if it is root; nothing gained by execve(2); no
 * file is found by a path, where the kernel has landlock; nobody may trace it. It is in a session
 * without a terminal. Best effort: a kernel without one of these still has the others.
 */
void confine_identity(void);

/* Only no capability, nothing gained by execve(2), and nobody may trace it. */
void confine_privileges(void);

struct confine_limits {
	size_t memory;    /* bytes, in addition to those that it has */
	size_t own_space; /* bytes of address space that it has; see memory_own() */
	size_t own_data;  /* bytes of these that are data; 0: unknown, so memory is not limited */
};

/*
 * The second step: limited memory, for which files that are mapped for reading do not count, and
 * only the system calls that reading needs of what is open. Call it last.
 */
void confine_work(const struct confine_limits *limits);

/*
 * Allows only the calls that work on memory and on what is open already; all others fail with
 * EPERM. Returns 0 or -errno. There are two implementations: libseccomp, and none.
 */
int confine_calls(void);

/* What limits calls, for -V; NULL: nothing. Static. */
const char *confine_library(void);

#endif
