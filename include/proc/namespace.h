/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Namespaces: /proc/TID/ns. Any thread.
 */
#ifndef STOP_PROC_NAMESPACE_H
#define STOP_PROC_NAMESPACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The inode number of the namespace of kind NAME ("net", "ipc", …) of thread TID; 0: unknown. */
uint64_t proc_namespace(pid_t tid, const char *name);

/* Whether thread TID is in our own namespace of kind NAME. True if the kernel has none. */
bool proc_is_in_our_namespace(pid_t tid, const char *name);

#endif
