/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is shipped: rows, each of one kind. A sum has the calls of one kind that a process has made
 * in an interval; those of a session add up to what its summary says. With --ship-calls, each call
 * is a row as well.
 */
#ifndef STOP_OUT_SHIP_ROW_H
#define STOP_OUT_SHIP_ROW_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/syscall.h"
#include "base/hist.h"
#include "proc/comm.h"

struct call_text_options;
struct event_detail;
struct json_text;
struct tally;

/* Maximum size of a row as text. */
#define SHIP_ROW_MAX     (128 << 10)

/* Sizes of the texts of an origin, including the final NUL. */
#define SHIP_SESSION_MAX 20
#define SHIP_NAME_MAX    256
#define SHIP_COMMAND_MAX 1024

/* The first are sent first, and dropped last. */
enum ship_kind {
	SHIP_SUM,
	SHIP_LOST, /* how many of the others are missing so far in this session */
	SHIP_CALL, /* one call */
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

	/* A sum, or a call. */
	pid_t pid;                 /* 0: of all with this name */
	char comm[TASK_COMM_SIZE]; /* name of the process, not escaped */
	struct call call;

	const struct tally *tally; /* of a sum: not empty */

	/* A call: of this task, and as this text. */
	pid_t tid;
	const struct event_detail *detail;
	const struct call_text_options *text;

	/* SHIP_LOST: since the beginning of the session. */
	uint64_t lost_rows, lost_calls; /* sums, and the calls in them */
	uint64_t lost_details;          /* calls that have no row of their own */
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

/* The class of the call of ROW: "file", "other". */
const char *ship_row_class(const struct ship_row *row);

/*
 * Adds what is of one kind alone, as fields of JSON with the names and numbers that databases have,
 * each after a comma: of a sum, "class" and what is in its tally; of a call, "class" and its text,
 * result and time; of SHIP_LOST, what is lost.
 */
void ship_row_add(struct json_text *text, const struct ship_row *row);

#endif
