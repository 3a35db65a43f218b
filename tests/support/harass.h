/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Harassing a program while it works: `stop` attaches to it again and again, and is ended at random
 * moments in random ways, including SIGKILL. A test compares the program's behaviour with that of
 * an untraced run.
 *
 * Environment:
 *   STOP_ROUNDS   factor by which tests run longer than usual (default 1)
 *   STARVED       what the targets or `stop` lack; see starve.h
 *   HARASS_TOOL   "strace": attaches that instead, to measure its effect on the target
 */
#ifndef STOP_TESTS_SUPPORT_HARASS_H
#define STOP_TESTS_SUPPORT_HARASS_H

#include <stdbool.h>
#include <sys/types.h>

#include "support/program.h"

/* AddressSanitizer maps a lot of memory, and retains freed memory. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* COUNT multiplied by STOP_ROUNDS. */
unsigned int rounds(unsigned int count);

/*
 * The same, for a program that stops, or creates tasks, COUNT times: a hundredth where each of
 * its stops waits for the next period of a processor quota.
 */
unsigned int stop_rounds(unsigned int count);

/* Likewise, of what a target does as fast as it can: a tenth where it has hardly any processor. */
unsigned int fast_rounds(unsigned int count);

/* The result of harassing. */
struct harassed {
	unsigned int cycles;   /* times attached and ended */
	unsigned int kills;    /* of these, ended by SIGKILL */
	unsigned int failures; /* times `stop` exited with an unexpected status */
	unsigned int hangs;    /* times it did not exit within patience_s() */
	int status;            /* wait status of the last failure */
};

struct harasser;

/*
 * Starts to attach to PID and leave it in another process, until harasser_stop() or the end of PID.
 * OPTIONS are additional options for `stop`, or "".
 */
struct harasser *harasser_start(pid_t pid, const char *options);

/* Waits until it has killed `stop` COUNT times. */
void harasser_await_kills(struct harasser *harasser, unsigned int count);

/* Waits until it has attached and left COUNT times. */
void harasser_await_cycles(struct harasser *harasser, unsigned int count);

/* Ends and frees it. Fails the test if `stop` failed or did not exit. */
struct harassed harasser_stop(struct harasser *harasser);

/*
 * Checks that something is rare, which README says it is: COUNT harasses a program and returns how
 * often it happened. As a busy machine may cause it more often once, but a defect does each time,
 * at least one of several runs must not exceed RARELY.
 */
#define RARELY 3
void assert_rare(unsigned long (*count)(void), const char *what);

/*
 * Runs the command formatted by FORMAT alone, under `stop -c`, and several times harassed. Output
 * and status have to be the same. If the first line is "target PID", that process is harassed
 * instead of the command itself. Lines beginning with "target" are not compared.
 */
void assert_same(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
