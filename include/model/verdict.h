/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verdict: what matters most about the targets now, in one or two findings.
 *
 * The rules, in the order of importance; the first that holds is the first finding, and the second
 * is the next one that says something else:
 *
 *   VERDICT_DEADLOCK  threads that wait for each other
 *   VERDICT_HELD      a thread has waited for VERDICT_WAIT_NS for a lock that another one holds
 *   VERDICT_DISK      a thread waits uninterruptibly, or to have data written: for
 *                     VERDICT_DISK_NS, or for a quarter of the last interval or more
 *   VERDICT_CONNECT   a connection has not been made for VERDICT_WAIT_NS
 *   VERDICT_STOPPED   no thread can run: all are stopped by job control, or frozen
 *   VERDICT_BUSY      the thread that used, or wanted, a CPU most, for VERDICT_BUSY_SHARE or more
 *   VERDICT_WAIT      nobody is busy: the longest wait that is not idle
 *   VERDICT_IDLE      nobody is busy, and all waits are idle: the one that began last, as its
 *                     thread was the last to do anything
 *
 * Pure.
 */
#ifndef STOP_MODEL_VERDICT_H
#define STOP_MODEL_VERDICT_H

#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "model/model.h"

#define VERDICT_MAX        2

#define VERDICT_WAIT_NS    (100 * NS_PER_MS)
#define VERDICT_DISK_NS    (20 * NS_PER_MS)
#define VERDICT_BUSY_SHARE 0.02

enum verdict_kind {
	VERDICT_DEADLOCK,
	VERDICT_HELD,
	VERDICT_DISK,
	VERDICT_CONNECT,
	VERDICT_STOPPED,
	VERDICT_BUSY,
	VERDICT_WAIT,
	VERDICT_IDLE,
	VERDICT_KINDS,
};

struct verdict {
	enum verdict_kind kind;
	const struct thread_row *row; /* the busiest, or the one that waits longest, of ROWS */
	size_t threads;               /* for which this holds; 1 for VERDICT_BUSY */
	double share;                 /* VERDICT_BUSY: of the last interval */
};

/*
 * Stores the findings about COUNT ROWS at NOW_NS, the most important first. Returns their number:
 * at most VERDICT_MAX.
 */
size_t verdict_find(const struct thread_row *rows, size_t count, uint64_t now_ns,
	struct verdict verdicts[VERDICT_MAX]);

/* The share of the last interval in which ROW's thread used a CPU, or waited for one. */
double verdict_busy_share(const struct thread_row *row);

#endif
