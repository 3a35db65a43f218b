/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is shipped: rows, each of one kind. A sum has the calls of one kind that a process has made
 * in an interval; those of a session add up to what its summary says.
 */
#ifndef STOP_OUT_SHIP_ROW_H
#define STOP_OUT_SHIP_ROW_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/syscall.h"
#include "base/hist.h"
#include "proc/comm.h"

struct json_text;
struct tally;

/* Maximum size of a row as text. */
#define SHIP_ROW_MAX     (64 << 10)

/* Sizes of the texts of an origin, including the final NUL. */
#define SHIP_SESSION_MAX 20
#define SHIP_NAME_MAX    256
#define SHIP_COMMAND_MAX 1024

enum ship_kind {
	SHIP_SUM,
	SHIP_LOST, /* how many sums of this session are missing so far, as they were not taken */
	SHIP_KINDS,
};

/* Who ships: the same in all rows of a session, as soon as it is known. Texts are escaped. */
struct ship_origin {
	char session[SHIP_SESSION_MAX]; /* a random number: tells sessions apart, and has only
	                                   letters and digits */
	char host[SHIP_NAME_MAX];
	char target[SHIP_NAME_MAX];     /* name of the first target, or the scope */
	char command[SHIP_COMMAND_MAX]; /* its command line, without secrets; "": unknown */
	char engine[32];
	pid_t pid; /* of the first target; 0: there is none */
};

struct ship_row {
	const struct ship_origin *origin;
	enum ship_kind kind;
	uint64_t number;           /* of the row in its session: with that, nothing else has it */
	uint64_t from_ns, time_ns; /* CLOCK_REALTIME: the interval from the one to the other */

	/* A sum. */
	pid_t pid;                 /* 0: of all with this name */
	char comm[TASK_COMM_SIZE]; /* name of the process, not escaped */
	struct call call;
	const struct tally *tally; /* not empty */

	/* SHIP_LOST: since the beginning of the session. */
	uint64_t lost_rows, lost_calls;
};

/* A histogram of few buckets: each has the times up to `high_ns`, above that of the one before. */
#define SHIP_BUCKETS_MAX (HIST_OCTAVES * 4)

struct ship_bucket {
	uint64_t high_ns, count;
};

/*
 * The times of HIST in four buckets for each power of two, those that are not empty. Returns their
 * number.
 */
size_t ship_buckets(const struct hist *hist, struct ship_bucket bucket[SHIP_BUCKETS_MAX]);

/*
 * Adds what is of one kind alone, as fields of JSON with the names and numbers that all targets
 * have, each after a comma: of a sum, "class" and what is in its tally; of SHIP_LOST, what is lost.
 */
void ship_row_add_sum(struct json_text *text, const struct ship_row *row);
void ship_row_add_lost(struct json_text *text, const struct ship_row *row);

#endif
