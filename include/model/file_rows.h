/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Views of calls by object: a row for each file, address, pipe, …, or for groups of them.
 *
 * The rows add up to the calls that can be about an object, with model_file_totals(): those that
 * are not attributed, because their details were lost or they began before, and the second objects
 * of calls that are about two, are counted there. For the thread that owns the model.
 */
#ifndef STOP_MODEL_FILE_ROWS_H
#define STOP_MODEL_FILE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "event/object.h"
#include "model/model.h"

/* What the rows are. */
enum file_grouping {
	FILE_EACH,     /* objects */
	FILE_BY_PLACE, /* directories, hosts at the other end, and kinds of the others */
	FILE_BY_KIND,
	FILE_GROUPINGS,
};

/* Errors of a row that are told apart; the rest is what they lack of `errors`. */
#define FILE_ERRORS_MAX 4

struct file_row {
	uint64_t key;     /* of the object or group: the same in every view */
	const char *name; /* unescaped, not terminated: owned by the model until the next event */
	size_t size;
	enum object_kind kind; /* KIND_COUNT: several */
	size_t objects;        /* number of objects in a group; 1 for an object */
	uint64_t calls, errors, partial, in_progress; /* as in struct call_row */
	uint64_t unsure; /* of the calls, may have been about another object */
	struct error_count error[FILE_ERRORS_MAX]; /* the most frequent first; count 0: no more */
	double rate;
	uint64_t in, out;         /* bytes that came from it to the programs, and that went to it */
	double in_rate, out_rate; /* per second, over the last interval, or NAN */
	double bytes_avg;         /* of a call that transferred any; NAN: there is none */
	uint64_t total_ns, max_ns;
	uint64_t idle_ns;  /* of total_ns: of idle waits; see model/idle.h */
	double work_share; /* of the time of all rows without these, 0 to 1 */
	double avg_ns;
	uint64_t timed; /* number of complete times; 0: p99 is meaningless */
	uint64_t p99_ns;
	struct call last_call;
	char last_name[CALL_NAME_MAX];
	uint64_t last_ns; /* when that ended; 0: none has */
	size_t users;     /* number of threads; if there are more than are told apart, at least */
	pid_t user;       /* process of the one with the most time in it */
	char user_comm[TASK_COMM_SIZE]; /* name of that thread; must be escaped for display */
	pid_t peer; /* a process with the other end, or the thread that owns the mutex; 0: unknown
	             */
	char peer_comm[TASK_COMM_SIZE]; /* its name, likewise */
};

/*
 * The rows of GROUPING as of NOW_NS, in no particular order. Stores an array in *ROWS that the
 * caller frees with free(), and returns its length. Includes calls in progress.
 */
size_t model_files(const struct model *model, enum file_grouping grouping, uint64_t now_ns,
	struct file_row **rows);

/* How the rows add up. */
struct file_totals {
	bool is_on;                              /* calls are being counted */
	uint64_t since_ns;                       /* since when; 0: they never were */
	uint64_t calls, errors, bytes, total_ns; /* of calls that can be about an object */
	uint64_t lost_calls, lost_errors, lost_bytes, lost_ns; /* of these, not attributed */
	uint64_t without;   /* of them, were about no object (mmap without a file) */
	uint64_t repeated;  /* uses of objects beyond the first one of a call */
	uint64_t unsure;    /* calls that may have been about another object */
	uint64_t objects;   /* that were met, of which … */
	uint64_t forgotten; /* … these are counted in the row of KIND_OTHER */
};

void model_file_totals(const struct model *model, struct file_totals *totals);

/* A part of the calls of a row: those of one kind, or of one thread. */
struct file_part_row {
	struct call call;          /* of parts by call */
	char name[CALL_NAME_MAX];  /* likewise; "" for the rest */
	pid_t pid, tid;            /* of parts by thread; 0 for the rest */
	char comm[TASK_COMM_SIZE]; /* likewise; must be escaped for display */
	uint64_t calls, errors, in, out, total_ns;
};

/*
 * The calls, or (THREADS) the threads, of the row with KEY of GROUPING, by time; like
 * model_files().
 */
size_t model_file_parts(const struct model *model, enum file_grouping grouping, uint64_t key,
	bool threads, struct file_part_row **rows);

/* Its stacks, as of NOW_NS; like model_stacks(). Of calls that were captured. */
size_t model_file_stacks(const struct model *model, enum file_grouping grouping, uint64_t key,
	struct stack_row **rows);

/*
 * Whether the call of the EVENT_DETAIL that MODEL was told last is one of the row with KEY of
 * GROUPING.
 */
bool model_is_about_file(const struct model *model, enum file_grouping grouping, uint64_t key);

/* The columns that rows are sorted by. */
enum file_column {
	FILE_COLUMN_KIND,
	FILE_COLUMN_CALLS,
	FILE_COLUMN_RATE,
	FILE_COLUMN_ERRORS,
	FILE_COLUMN_ERROR, /* the most frequent errors */
	FILE_COLUMN_PROGRESS,
	FILE_COLUMN_IN,
	FILE_COLUMN_OUT,
	FILE_COLUMN_IN_RATE,
	FILE_COLUMN_OUT_RATE,
	FILE_COLUMN_SIZE,
	FILE_COLUMN_SHARE, /* of all time, without idle waits */
	FILE_COLUMN_TOTAL,
	FILE_COLUMN_AVG,
	FILE_COLUMN_P99,
	FILE_COLUMN_MAX,
	FILE_COLUMN_LAST,
	FILE_COLUMN_USER,
	FILE_COLUMN_PEER,
	FILE_COLUMN_NAME, /* last: it may be long */
	FILE_COLUMN_COUNT,
};

/* An order of rows. */
struct file_order {
	enum file_column by;
	bool descending;
};

/* Sorts ROWS; those that are equal are ordered by name. */
void file_rows_sort(struct file_row *rows, size_t count, struct file_order order);

#endif
