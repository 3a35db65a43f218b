/*
 * What /proc tells of tasks. Any thread. Every function copes with a task that is gone or hidden.
 */
#ifndef STOP_TRACE_PROC_H
#define STOP_TRACE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "trace/event.h"

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
	uid_t uid[4]; /* real, effective, saved, file system */
};

/* Reads /proc/TID/status. 0, -ENOENT (or -ESRCH) where there is no such task, or -errno. */
int proc_status(pid_t tid, struct proc_status *status);

/* Reads the name of thread TID into COMM. 0 or -errno, and COMM is left alone. */
int proc_comm(pid_t tid, char comm[TASK_COMM_SIZE]);

/* Whether TID is a thread of process TGID. */
bool proc_is_thread_of(pid_t tid, pid_t tgid);

/* Whether TID is a kernel thread. */
bool proc_is_kernel_thread(pid_t tid);

/* Whether process TGID runs a 32-bit program (false where that cannot be read). */
bool proc_is_32bit(pid_t tgid);

/* Adds the threads of process TGID to LIST. 0 or -errno. */
int proc_threads(pid_t tgid, struct tid_list *list);

/* Adds the processes whose parent is in LIST, and theirs, to LIST. 0 or -errno. */
int proc_descendants(struct tid_list *list);

/*
 * The call that thread TID waits in, from /proc/TGID/task/TID/syscall. Returns 1 with the call's
 * raw number and arguments, 0 where the thread runs or waits for something else, or -errno. The
 * file does not tell the ABI.
 */
int proc_syscall(pid_t tgid, pid_t tid, uint64_t *nr, uint64_t args[CALL_MAX_ARGS]);

/*
 * Where in the kernel thread TID waits, innermost first: its functions' names, each ended by a
 * newline, into BUF of SIZE bytes; where they may not be seen (that takes CAP_SYS_ADMIN) the one
 * name of wchan. Returns 0, -ENOENT where it is not waiting, or -errno.
 */
int proc_kernel_stack(pid_t tgid, pid_t tid, char *buf, size_t size);

/* A number in the file PATH, as kernel.yama.ptrace_scope is; -errno where it cannot be read. */
int proc_number(const char *path);

#endif
