/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs code on untrusted files: libraries map them and fault on one that is truncated meanwhile, or
 * that has invalid headers. That must cost a name, not the program.
 */
#ifndef STOP_STACK_FAULT_GUARD_H
#define STOP_STACK_FAULT_GUARD_H

#include <stdbool.h>

/*
 * Makes faults (SIGBUS, SIGSEGV) within fault_guard_run() end it; others are handled as before.
 * Call this before the first fault_guard_run(), and never during one; calling it again is harmless.
 * The thread that runs must not block these signals.
 */
void fault_guard_setup(void);

/*
 * Calls FUNCTION with ARGUMENT. Returns false if it faulted: then it was aborted, and the data that
 * it was working on must never be used again or freed. Cannot be nested.
 */
bool fault_guard_run(void (*function)(void *argument), void *argument);

#endif
