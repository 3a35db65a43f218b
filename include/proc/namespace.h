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

/*
 * A descriptor of that namespace: it, and its inode number, exist as long as it is open. -errno if
 * there is none.
 */
int proc_namespace_open(pid_t tid, const char *name);

/* Whether thread TID is in our own namespace of kind NAME. True if the kernel has none. */
bool proc_is_in_our_namespace(pid_t tid, const char *name);

/* Whether we are in a user namespace that is not the first one of the system. */
bool proc_is_in_nested_users(void);

#endif
