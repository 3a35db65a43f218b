/*
 * User namespaces, and to whom the files in /proc belong. Any thread.
 */
#ifndef STOP_PROC_USERS_H
#define STOP_PROC_USERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Whether UID, as shown by /proc, belongs to our user namespace: all others are shown as one UID.
 */
bool proc_has_user(uid_t uid);

/* Whether UID is in TEXT of /proc/PID/uid_map, as the namespace itself numbers it. Pure. */
bool proc_uid_map_has(const char *text, uid_t uid);

/* The user namespace of process PID (0: of this one) into *NAMESPACE, as a number. 0 or -errno. */
int proc_user_namespace(pid_t pid, uint64_t *namespace);

/*
 * The owner of the files in /proc/PID into *UID: the user that the process runs as, or root where
 * its memory is protected (task_dump_owner() of the kernel). 0 or -errno.
 */
int proc_files_owner(pid_t pid, uid_t *uid);

#endif
