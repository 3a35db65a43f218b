/*
 * What /proc tells of tasks. Any thread. Every function copes with a task that is gone or hidden.
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
	char comm[TASK_COMM_SIZE]; /* unescaped by the kernel's rules: as it is */
	char state;                /* 'R', 'S', 'D', 'T', 't', 'Z', 'X' … */
	pid_t tgid, parent, tracer;
	uid_t uid[4];          /* real, effective, saved, file system */
	gid_t gid;             /* effective */
	uint64_t capabilities; /* it may have: CapPrm, a bit each */
	pid_t ns_tid; /* its tid in the innermost pid namespace it is in; 0: that is ours */
};

/* Reads /proc/TID/status. 0, -ENOENT (or -ESRCH) where there is no such task, or -errno. */
int proc_status(pid_t tid, struct proc_status *status);

/* Reads the name of thread TID into COMM. 0 or -errno, and COMM is left alone. */
int proc_comm(pid_t tid, char comm[TASK_COMM_SIZE]);

/* Whether TID is a thread of process TGID. */
bool proc_is_thread_of(pid_t tid, pid_t tgid);

/* Whether user UID, as /proc tells it, is one of our user namespace: others are all shown as one.
 */
bool proc_has_user(uid_t uid);

/* Whether TID is a kernel thread. */
bool proc_is_kernel_thread(pid_t tid);

/* The CPU that thread TID runs on or has last run on. -1 where it cannot be read. */
int proc_cpu(pid_t tid);

/* The state of thread TID, as `state` of struct proc_status; '\0' where it cannot be read. */
char proc_state(pid_t tid);

/* Whether process TGID runs a 32-bit program (false where that cannot be read). */
bool proc_is_32bit(pid_t tgid);

/*
 * Adds the threads of process TGID to LIST. Returns 0 where these are all that there are by then,
 * -errno, or 1: the kernel's walk over them ends early, or passes some over, where one dies that it
 * has come to (next_tid() and first_tid() in fs/proc/base.c).
 */
int proc_threads(pid_t tgid, struct tid_list *list);

/*
 * Looks once at all processes, and adds those whose parent is in LIST, or has just been added.
 * Returns how many these are, or -errno. A child with a lower number than its parent is found by
 * the next look. *VAGUE: a process had ended before it was looked at, and may have made others.
 */
int proc_children(struct tid_list *list, bool *vague);

/* A call that a thread waits in. The file does not tell the ABI. */
struct proc_wait {
	uint64_t nr;
	uint64_t args[CALL_MAX_ARGS];
	uint64_t sp, ip; /* of user code */
};

/*
 * The call that thread TID of process TGID waits in, from /proc/TGID/task/TID/syscall. Returns 1
 * with *WAIT filled in, 0 where the thread runs or waits for something else, or -errno.
 */
int proc_waits(pid_t tgid, pid_t tid, struct proc_wait *wait);

/*
 * Whether thread TID of process TGID waits for the server of a file system (FUSE), in a call or in
 * a touch of a mapped page. False where that cannot be seen.
 */
bool proc_waits_for_server(pid_t tgid, pid_t tid);

/*
 * How often thread TID has left the processor, of itself or not: as long as that stays the same, a
 * thread that waits is in the same wait. 0 where it cannot be read.
 */
uint64_t proc_switches(pid_t tid);

/*
 * When thread TID last left its processor, or was last looked at by the scheduler there: ns by that
 * processor's clock. 0 where the kernel does not tell.
 */
uint64_t proc_left_cpu_ns(pid_t tid);

/* How often thread TID has left the processor of itself, to wait. 0 where it cannot be read. */
uint64_t proc_sleeps(pid_t tid);

/* How long thread TID has run on a processor, in nanoseconds. UINT64_MAX where it cannot be read.
 */
uint64_t proc_cpu_ns(pid_t tid);

/*
 * Where in the kernel thread TID waits, innermost first: its functions' names, each ended by a
 * newline, into BUF of SIZE bytes; where they may not be seen (that takes CAP_SYS_ADMIN) the one
 * name of wchan. Returns 0, -ENOENT where it is not waiting, or -errno.
 */
int proc_kernel_stack(pid_t tgid, pid_t tid, char *buf, size_t size);

/* A number in the file PATH, as kernel.yama.ptrace_scope is; -errno where it cannot be read. */
int proc_number(const char *path);

#endif
