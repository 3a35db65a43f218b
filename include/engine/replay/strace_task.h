/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The threads in strace's text: who made whom, and what each is doing, as far as the lines so far
 * tell. Memory is bounded: of more than STRACE_TASKS_MAX, the one that has not been heard of for
 * the longest time is forgotten.
 *
 *     line ──▶ strace_tasks_get(pid) ──▶ struct strace_task ──▶ engine/replay/strace_calls.h
 *
 * One owner at a time.
 */
#ifndef STOP_ENGINE_REPLAY_STRACE_TASK_H
#define STOP_ENGINE_REPLAY_STRACE_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/restart.h"
#include "abi/syscall.h"
#include "base/map.h"
#include "engine/replay/span.h"
#include "proc/comm.h"

/* Maximum number of threads that are alive. */
#define STRACE_TASKS_MAX     16384

/* Maximum number of calls that are suspended while handlers run. */
#define STRACE_SUSPENDED_MAX 4

/* Maximum size of the arguments of a call that are kept until it ends. */
#define STRACE_KEPT_MAX      (16 << 10)

/* Text that is kept. */
struct strace_kept {
	char *text; /* owned */
	size_t size, capacity;
};

/* A call that has begun. */
struct strace_begun {
	struct call call;
	uint64_t start_ns;
	uint64_t piece_ns;       /* when it was made, or made again, last */
	bool is_partial;         /* it began before start_ns */
	enum restart restart;    /* how it was interrupted … */
	uint64_t interrupted_ns; /* … and when */
};

/* What a task is doing. */
enum strace_phase {
	STRACE_IN_USER,
	STRACE_IN_CALL,
	STRACE_INTERRUPTED, /* its call was, and may go on */
};

struct strace_task {
	pid_t tid, tgid, parent;
	char comm[TASK_COMM_SIZE];
	enum abi abi;
	enum strace_phase phase;
	struct strace_begun current;
	struct strace_kept args; /* of the current call, as far as they are known */
	struct strace_begun suspended[STRACE_SUSPENDED_MAX];
	unsigned int suspended_count;
	bool is_signalled;                 /* since its call was interrupted */
	bool is_handler_over;              /* it has returned from a handler */
	bool is_stopped;                   /* by job control */
	bool clones;                       /* its call makes a task */
	struct strace_task *older, *newer; /* by when they were heard of */
};

struct strace_tasks {
	struct map tasks; /* by tid; owned */
	struct strace_task *oldest, *newest;
	struct map births;  /* struct strace_birth by tid; owned */
	size_t cloning;     /* number of tasks whose call makes one */
	uint64_t forgotten; /* number of those that were */
};

/* What is known of a task before its first line. */
struct strace_birth {
	pid_t parent;   /* the task that has made it */
	bool is_thread; /* of the same process */
};

/* Frees what TASKS owns; the zero value is empty. */
void strace_tasks_clear(struct strace_tasks *tasks);

/* The task PID, or NULL; it was heard of. */
struct strace_task *strace_tasks_find(struct strace_tasks *tasks, pid_t pid);

/*
 * A new one, which is a child of those that are being born, or of the only one that makes one; or
 * unknown. *IS_NEW: it is known to have been made just now.
 */
struct strace_task *strace_tasks_add(struct strace_tasks *tasks, pid_t pid, bool *is_new);

/* The one to be forgotten, if there are too many; NULL: there are not. */
struct strace_task *strace_tasks_surplus(const struct strace_tasks *tasks);

/* Frees TASK. */
void strace_tasks_remove(struct strace_tasks *tasks, struct strace_task *task);

/* PARENT has made PID, a thread of its process or another process. */
void strace_tasks_bear(
	struct strace_tasks *tasks, const struct strace_task *parent, pid_t pid, bool is_thread);

/* The call of TASK makes a task, or no longer does. */
void strace_tasks_set_clones(struct strace_tasks *tasks, struct strace_task *task, bool clones);

/* Sets KEPT to TEXT, or appends it. */
void strace_kept_set(struct strace_kept *kept, struct span text);
void strace_kept_append(struct strace_kept *kept, struct span text);

#endif
