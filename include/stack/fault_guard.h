/*
 * Running code over files that somebody else may damage: libraries map such files, and one that is
 * truncated meanwhile, or whose headers lie, makes them fault. That must cost us a name, not the
 * program.
 */
#ifndef STOP_STACK_FAULT_GUARD_H
#define STOP_STACK_FAULT_GUARD_H

#include <stdbool.h>

/*
 * Has faults (SIGBUS, SIGSEGV) within fault_guard_run() end it; others go where they went before.
 * To be called before the first fault_guard_run(), and not while one is under way; again does no
 * harm. The thread that runs must not block these signals.
 */
void fault_guard_setup(void);

/*
 * Calls ACT with ARGUMENT. Returns false where it faulted: then it was left in the middle, and what
 * it was working on must never be used again, nor freed. Not nested.
 */
bool fault_guard_run(void (*act)(void *argument), void *argument);

#endif
