/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * User namespaces, and the owner of the files in /proc/PID. Any thread.
 */
#ifndef STOP_PROC_USERS_H
#define STOP_PROC_USERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Whether UID, as shown by /proc, belongs to our user namespace: all others are shown as one UID.
 */
bool proc_has_user(uid_t uid);

/* Whether TEXT of /proc/PID/uid_map maps UID, a number inside the namespace. Pure. */
bool proc_uid_map_has(const char *text, uid_t uid);

/* Stores the inode of the user namespace of process PID (0: this one) in *NAMESPACE. Returns 0 or
 * -errno. */
int proc_user_namespace(pid_t pid, uint64_t *namespace);

/*
 * Stores the owner of the files in /proc/PID in *UID: the user that the process runs as, or root if
 * its memory is protected (the kernel's task_dump_owner()). Returns 0 or -errno.
 */
int proc_files_owner(pid_t pid, uid_t *uid);

#endif
