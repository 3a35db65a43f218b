/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a thread waits: in which system call (/proc/TGID/task/TID/syscall), and where in the kernel
 * (stack and wchan). Any thread.
 */
#ifndef STOP_PROC_WAIT_H
#define STOP_PROC_WAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/syscall.h"

struct proc_status;

/* A call that a thread is waiting in. The file does not show the ABI. */
struct proc_wait {
	uint64_t nr;
	uint64_t args[CALL_MAX_ARGS];
	uint64_t sp, ip; /* in user code */
};

/*
 * Reads the call that thread TID of process TGID is waiting in. Returns 1 with *WAIT filled in, 0
 * if the thread is running or waiting outside of a call, or -errno.
 */
int proc_waits(pid_t tgid, pid_t tid, struct proc_wait *wait);

/* Parses TEXT of that file: 1 or 0, as above. Pure. */
int proc_wait_parse(const char *text, struct proc_wait *wait);

/*
 * Whether thread TID of process TGID is waiting for the server of a FUSE file system, in a call or
 * a page fault, for that of a page (userfaultfd(2)), or for the supervisor of a seccomp filter
 * (SECCOMP_RET_USER_NOTIF), as a call begins. False if that cannot be determined.
 */
bool proc_waits_for_server(pid_t tgid, pid_t tid);

/* Whether NAME, the text of the file `wchan`, shows such a wait. Pure. */
bool proc_wchan_is_server(const char *name);

/*
 * Whether thread TID of process TGID, which was seen asleep, has a signal to take, and is on a run
 * queue. A thread that loses its processor between prepare_to_wait() and its look for signals is in
 * state S, although it will not wait. False where that cannot be read.
 */
bool proc_is_woken(pid_t tgid, pid_t tid);

/* Whether STATUS, and NAME, the text of the file `wchan`, are of such a thread. Pure. */
bool proc_status_is_woken(const struct proc_status *status, const char *name);

/* Size of the longest name of a function of the kernel, including the final NUL. */
#define PROC_WCHAN_MAX 128

/*
 * Reads the name of the kernel's function that thread TID of process TGID is waiting in. False if
 * it is not waiting, or if that cannot be read.
 */
bool proc_wchan(pid_t tgid, pid_t tid, char name[PROC_WCHAN_MAX]);

/* Whether NAME is that of FUNCTION, or of a part of it that the compiler has split off. Pure. */
bool proc_wchan_is(const char *name, const char *function);

/*
 * The kernel stack of waiting thread TID, innermost function first, one name per line, in BUF of
 * SIZE bytes; without permission (CAP_SYS_ADMIN) only the name from wchan. Returns 0, -ENOENT if it
 * is not waiting, or -errno.
 */
int proc_kernel_stack(pid_t tgid, pid_t tid, char *buf, size_t size);

/* Extracts the names in TEXT of the file `stack`, as above. Pure. */
void proc_kernel_stack_parse(const char *text, char *buf, size_t size);

#endif
