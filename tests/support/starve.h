/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests on a machine that has too little of something: processors, descriptors, disk, a terminal
 * that is read. The environment variable STARVED, or starve_begin(), says of what:
 *
 *   quota         targets, and sometimes `stop`, have 2 % of a processor, shared with busy loops
 *   idle          the same at SCHED_IDLE, beside busy loops
 *   held          the tracer or its parent is stopped from outside at random moments
 *   descriptors   `stop` may open only a few
 *   disk          `stop` writes to a full disk
 *   terminal      nobody reads what `stop` draws
 */
#ifndef STOP_TESTS_SUPPORT_STARVE_H
#define STOP_TESTS_SUPPORT_STARVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define STARVE_WAYS 6

extern const char *const starve_ways[STARVE_WAYS];

/* Begins to starve what is started from now on. Returns false if this machine does not permit it.
 */
bool starve_begin(const char *way);

/* Ends what starve_begin() began. Programs that it starved have to be over. */
void starve_end(void);

/* Limit on any wait, in seconds: only reached on failure, however slow the machine is. */
int patience_s(void);

/* Whether tests are starved of WAY; of anything if it is NULL. */
bool starve_is(const char *way);

/* In a child of the test, before it executes a target, or `stop`. */
void starve_target(void);
void starve_tool(uint64_t *seed);

/* More options for `stop`, or "". */
const char *starve_options(void);

/* The file that it writes its report to. */
const char *starve_report(void);

/*
 * Starts a process that stops the tracer of the `stop` TOOL, or TOOL itself, at a random moment
 * below MOST_NS, and continues it after 0.1, 0.4 or 2 s. Returns its PID, to be waited for, or 0.
 */
pid_t starve_hold(pid_t tool, uint64_t most_ns, uint64_t *seed);

/* Whether STATUS of `stop` is explained by what it lacks. */
bool starve_explains(int status);

#endif
