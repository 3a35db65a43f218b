/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What processes have executed: the story of a build or a script. A program is what a process runs
 * from an execve, or from its beginning, until the next execve, or its end.
 *
 *     make ─┬─ sh -c "gcc -c a.c"        process 12, until it executes
 *           ├─ gcc -c a.c ─── cc1 a.c    process 12 still
 *           └─ …
 *
 * Its parent is the program that has created its process. A process that executes without having
 * created any itself was created for that: the calls until then are those of its first program.
 *
 * Calls are in the program that their thread runs when they arrive; an execve that succeeds is the
 * first one of the new program. Engines that report calls as sums attribute those shortly before an
 * execve to the program after it.
 *
 * Memory is bounded: of ended programs, the last PROGRAMS_KEPT are kept, with the first
 * PROGRAM_WORDS_MAX bytes of their command lines; the others only add to `other`. For the files of
 * this layer; see model/program_rows.h. One thread.
 */
#ifndef STOP_MODEL_PROGRAMS_H
#define STOP_MODEL_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/map.h"
#include "model/program_rows.h"
#include "model/time_class.h"
#include "proc/comm.h"

struct event;
struct event_detail;
struct event_gone;
struct event_task;
struct model;
struct sums;
struct thread;

/* Maximum size of the words of a command line that is kept. */
#define PROGRAM_WORDS_MAX 2048

struct program {
	uint64_t id;                     /* ascending, in the order of their beginnings; from 1 */
	struct program *parent;          /* NULL: not traced */
	struct program *first, *last;    /* its children, by their beginnings */
	struct program *before, *after;  /* among the children of its parent */
	struct program *newer;           /* the one that has ended next; if it has ended */
	struct program_process *process; /* NULL: that has ended */
	pid_t pid;
	pid_t starter;             /* the process that has created it; 0: unknown */
	char comm[TASK_COMM_SIZE]; /* must be escaped for display */
	enum program_origin origin;
	enum program_state state;
	char *words; /* of its command line, each with its NUL, not escaped; owned; NULL: none */
	size_t size;
	bool is_cut;       /* there were more */
	bool has_words;    /* they are known, if it has any */
	uint64_t words_ns; /* when they were read in /proc; 0: they were not */
	char *title;       /* what /proc has said instead since then: a title that it has written
	                      over its words; as these; owned; NULL: none */
	size_t title_size;
	uint64_t read_ns;   /* when /proc was read last; 0: never */
	bool is_unreadable; /* it had nothing the last time */
	uint64_t start_ns;  /* when it began, or was found */
	uint64_t end_ns;    /* unless it runs */
	int exit_code;      /* as in struct event_gone */
	int exit_signal;
	bool dumped_core;
	struct program_counts counts; /* times without those of living threads */
	size_t threads;               /* living ones that run it */
	size_t place;                 /* its row plus 1, while rows are made */
};

/* A process of which a thread is alive. */
struct program_process {
	pid_t pid;
	struct program *now; /* what it runs */
	size_t threads;      /* living ones that are known */
	uint64_t executed;   /* programs that were executed, as tasks have reported */
	uint64_t detailed;   /* the same as details have */
};

struct programs {
	struct map processes;         /* struct program_process by PID; owned */
	struct program *first, *last; /* those without a parent, by their beginnings; owned */
	struct program *oldest;       /* of the ended ones, by their end */
	struct program **newest;      /* where the next one that ends is linked */
	size_t kept;                  /* number of these */
	uint64_t last_id;
	uint64_t other;               /* programs that were dropped */
	struct program_counts others; /* and what they have counted */
};

/* Makes PROGRAMS empty. */
void programs_init(struct programs *programs);
void programs_clear(struct programs *programs);

/* THREAD exists, or its process has executed a program: TASK, which was applied to THREAD. */
void programs_task(struct model *model, struct thread *thread, const struct event_task *task);

/* THREAD has completed calls of CLASS, as in MORE. */
void programs_count(struct thread *thread, enum time_class class, const struct sums *more);

/* THREAD, whose times are final, has ended as GONE says; NULL: without having been seen. */
void programs_gone(
	struct model *model, struct thread *thread, const struct event_gone *gone, uint64_t now_ns);

/* A call has ended: if it has executed a program, its command line is known. */
void programs_detail(struct model *model, const struct event_detail *detail);

/* Applies an EVENT_COMMAND_LINE. */
void model_apply_command_line(struct model *model, const struct event *event);

#endif
