/*
 * Watching a program again and again while it works: `stop` attaches to it, and is ended at a
 * random moment by a random one of its ends, SIGKILL among them. A test compares what the program
 * does meanwhile with what it does when nobody watches.
 *
 * Environment:
 *   STOP_ROUNDS   how many times as long as usual (1) tests are to go on
 *   HARASS_TOOL   "strace": attaches that instead, to measure what others do to the target
 */
#ifndef STOP_TESTS_SUPPORT_HARASS_H
#define STOP_TESTS_SUPPORT_HARASS_H

#include <stdbool.h>
#include <sys/types.h>

#include "support/program.h"

/* AddressSanitizer maps much memory, and keeps what is freed. */
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED true
#else
#define SANITIZED false
#endif

/* How often something is to be done that is done COUNT times as a rule (STOP_ROUNDS). */
unsigned int rounds(unsigned int count);

/* What came of the watching. */
struct harassed {
	unsigned int cycles;   /* attached and ended */
	unsigned int kills;    /* of these, so many ended by SIGKILL */
	unsigned int failures; /* ends of `stop` with a status that the way it was ended does not
	                          explain */
	unsigned int hangs;    /* ends that did not come within PATIENCE_S */
	int status;            /* the last wait status that was a failure */
};

struct harasser;

/*
 * Begins to attach to PID and to leave, in another process, until harasser_stop(), or the end of
 * PID. OPTIONS are more ones for `stop`, or "".
 */
struct harasser *harasser_start(pid_t pid, const char *options);

/* Ends it and frees it. Fails the test where `stop` failed or did not end. */
struct harassed harasser_stop(struct harasser *harasser);

/*
 * Runs the command that FORMAT makes alone, under `stop -c`, and harassed, some times. Its output
 * and its status have to be the same. Of its lines the first may be "target PID": then that process
 * is harassed instead of the command itself. Lines that begin with "target" are not compared.
 */
void assert_same(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
