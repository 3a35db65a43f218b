/*
 * What /proc says about tasks. Any thread. Every function handles tasks that are gone or hidden.
 */
#ifndef STOP_PROC_PROC_H
#define STOP_PROC_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/syscall.h"
#include "proc/comm.h"

/* A growing list of tids; the zero value is empty. */
struct tid_list {
	pid_t *tid; /* owned */
	size_t count, capacity;
};

void tid_list_add(struct tid_list *list, pid_t tid);
void tid_list_clear(struct tid_list *list);

/* Parts of /proc/TID/status. */
struct proc_status {
	char comm[TASK_COMM_SIZE]; /* with the kernel's escapes undone */
	char state;                /* 'R', 'S', 'D', 'T', 't', 'Z', 'X' … */
	pid_t tgid, parent, tracer;
	uid_t uid[4];          /* real, effective, saved, file system */
	gid_t gid;             /* effective */
	uint64_t capabilities; /* permitted (CapPrm), one bit each */
	pid_t ns_tid;          /* its tid in its innermost PID namespace; 0: that is ours */
};

/* Reads /proc/TID/status. Returns 0, -ENOENT or -ESRCH if there is no such task, or -errno. */
int proc_status(pid_t tid, struct proc_status *status);

/* Reads the name of thread TID into COMM. Returns 0, or -errno and leaves COMM unchanged. */
int proc_comm(pid_t tid, char comm[TASK_COMM_SIZE]);

/* Whether TID is a thread of process TGID. */
bool proc_is_thread_of(pid_t tid, pid_t tgid);

/* Whether UID, as shown by /proc, belongs to our user namespace: all others are shown as one UID.
 */
bool proc_has_user(uid_t uid);

/* Whether TID is a kernel thread. */
bool proc_is_kernel_thread(pid_t tid);

/* The CPU that thread TID runs on or last ran on; -1 if it cannot be read. */
int proc_cpu(pid_t tid);

/* The state of thread TID, as in struct proc_status; '\0' if it cannot be read. */
char proc_state(pid_t tid);

/* Whether process TGID runs a 32-bit program; false if that cannot be read. */
bool proc_is_32bit(pid_t tgid);

/*
 * Adds the threads of process TGID to LIST. Returns 0 if the list is complete, -errno, or 1 if it
 * may not be: the kernel's iteration ends early or skips threads if the current one dies
 * (next_tid() and first_tid() in fs/proc/base.c).
 */
int proc_threads(pid_t tgid, struct tid_list *list);

/*
 * Scans all processes once, and adds those whose parent is in LIST or has just been added. Returns
 * their number, or -errno. A child with a lower PID than its parent is found by the next scan. Sets
 * *INCOMPLETE if a process exited before it was read, and may have created others.
 */
int proc_children(struct tid_list *list, bool *incomplete);

/* A call that a thread is waiting in. The file does not show the ABI. */
struct proc_wait {
	uint64_t nr;
	uint64_t args[CALL_MAX_ARGS];
	uint64_t sp, ip; /* in user code */
};

/*
 * Reads the call that thread TID of process TGID is waiting in from /proc/TGID/task/TID/syscall.
 * Returns 1 with *WAIT filled in, 0 if the thread is running or waiting outside of a call, or
 * -errno.
 */
int proc_waits(pid_t tgid, pid_t tid, struct proc_wait *wait);

/*
 * Whether thread TID of process TGID is waiting for the server of a FUSE file system, in a call or
 * a page fault. False if that cannot be determined.
 */
bool proc_waits_for_server(pid_t tgid, pid_t tid);

/*
 * Number of context switches of thread TID, voluntary or not: while it stays the same, a waiting
 * thread is in the same wait. 0 if it cannot be read.
 */
uint64_t proc_switches(pid_t tid);

/*
 * When thread TID last left its CPU, or was last updated by the scheduler there: ns of that CPU's
 * clock. 0 if the kernel does not provide it.
 */
uint64_t proc_left_cpu_ns(pid_t tid);

/* Number of voluntary context switches of thread TID. 0 if it cannot be read. */
uint64_t proc_sleeps(pid_t tid);

/* CPU time of thread TID in nanoseconds. UINT64_MAX if it cannot be read. */
uint64_t proc_cpu_ns(pid_t tid);

/*
 * The kernel stack of waiting thread TID, innermost function first, one name per line, in BUF of
 * SIZE bytes; without permission (CAP_SYS_ADMIN) only the name from wchan. Returns 0, -ENOENT if it
 * is not waiting, or -errno.
 */
int proc_kernel_stack(pid_t tgid, pid_t tid, char *buf, size_t size);

/* The number in file PATH, such as kernel.yama.ptrace_scope; -errno if it cannot be read. */
int proc_number(const char *path);

#endif
