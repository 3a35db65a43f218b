/*
 * A short-lived process of our own for a request that may never come back, such as one to a file
 * system whose server does not answer: no signal ends that wait, so a child makes it. Any thread.
 */
#ifndef STOP_BASE_SUBPROCESS_H
#define STOP_BASE_SUBPROCESS_H

#include <stdbool.h>

/*
 * Forks a child that closes its descriptors, calls ACT with ARGUMENT and exits. Returns whether it
 * has ended within TIMEOUT_MS; else it is killed, and left behind if even that does not end it.
 * Other threads may have held locks at the fork: ACT is to make system calls only.
 */
bool subprocess_finishes(void (*act)(const void *argument), const void *argument, int timeout_ms);

#endif
