/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program that a process runs: /proc/PID/exe and auxv. Any thread.
 */
#ifndef STOP_PROC_PROGRAM_H
#define STOP_PROC_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The program's file. */
struct proc_program {
	mode_t mode; /* as in inode(7) */
	uid_t uid;
	gid_t gid;
};

/*
 * Reads the attributes of the program of TID, as cached by the kernel: the server of its file
 * system may be waiting for us. Returns 0 or -errno.
 */
int proc_program(pid_t tid, struct proc_program *program);

/* Whether process TGID runs a 32-bit program; false if that cannot be read. */
bool proc_is_32bit(pid_t tgid);

/* Whether VECTOR (SIZE bytes of /proc/PID/auxv) is of a 32-bit program. Pure. */
bool proc_auxv_is_32bit(const char *vector, size_t size);

#endif
