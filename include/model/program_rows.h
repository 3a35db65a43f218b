/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Views of what processes have executed: a row for each program (model/programs.h). */
#ifndef STOP_MODEL_PROGRAM_ROWS_H
#define STOP_MODEL_PROGRAM_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/time_class.h"
#include "proc/comm.h"

struct model;

/* Number of ended programs that are kept. */
#define PROGRAMS_KEPT 8192

/* How a process has come to a program. */
enum program_origin {
	PROGRAM_FOUND,    /* it ran when tracing began */
	PROGRAM_FORKED,   /* the process is a copy of its parent */
	PROGRAM_EXECUTED, /* by execve */
	PROGRAM_ORIGINS,
};

/* What has become of a program. */
enum program_state {
	PROGRAM_RUNS,
	PROGRAM_REPLACED, /* its process has executed another */
	PROGRAM_EXITED,   /* with exit_code, or killed by exit_signal */
	PROGRAM_LEFT,     /* its end was not seen */
	PROGRAM_STATES,
};

/* What a program has done. */
struct program_counts {
	uint64_t calls, errors, bytes;                          /* completed calls */
	uint64_t total_ns;                                      /* of these */
	uint64_t class_calls[TIME_COUNT], class_ns[TIME_COUNT]; /* the same by time class */
	uint64_t time_ns[TIME_COUNT]; /* how its threads have spent their time */
	uint64_t cpu_ns;              /* of this, on a CPU, as last read */
};

/* A row. */
struct program_row {
	uint64_t id, parent; /* of the program; parent 0: none that is traced. id 0: [other] */
	pid_t pid;
	pid_t starter;             /* the process that has created `pid`; 0: unknown */
	char comm[TASK_COMM_SIZE]; /* must be escaped for display */
	const char *words;         /* of the command line, each with its NUL, not escaped; */
	size_t size;               /* 0: unknown, or there are none; owned by the model */
	bool is_cut;               /* there are more */
	enum program_origin origin;
	enum program_state state;
	uint64_t start_ns; /* CLOCK_MONOTONIC; PROGRAM_FOUND: when tracing began */
	uint64_t end_ns;   /* unless it runs */
	uint64_t run_ns;   /* how long it ran, or runs so far */
	int exit_code;     /* PROGRAM_EXITED: as in struct event_gone */
	int exit_signal;
	bool dumped_core;
	size_t threads; /* living ones */
	struct program_counts counts;
	int depth;      /* in the tree */
	bool is_last;   /* of the children of its parent */
	uint64_t rails; /* bit N: an ancestor at depth N is not the last of its parent's children */
	uint64_t programs; /* [other]: number of programs; otherwise 1 */
};

/*
 * The programs in the order of the tree: each is followed by what was created by it; children are
 * in the order of their beginnings. The last row is [other], if there is one. Stores an array in
 * *ROWS that the caller frees with free(), and returns its length.
 */
size_t model_programs(const struct model *model, uint64_t now_ns, struct program_row **rows);

/* A process whose command line is not known: the next one after PID, by PID; 0: there is none. */
pid_t model_next_unknown_program(const struct model *model, pid_t pid);

/* The process whose command line was read longest ago, but before BEFORE_NS, as it may have set a
 * title; 0: there is none. Those of which nothing could be read are left out. */
pid_t model_oldest_command_line(const struct model *model, uint64_t before_ns);

#endif
