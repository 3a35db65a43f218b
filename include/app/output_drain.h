/*
 * A keeper: a child that goes on reading the hidden command's output while stop itself is stopped,
 * so that the command never waits for a reader. It holds what it reads in memory, and ends when it
 * is asked to, or when stop is gone. One thread.
 */
#ifndef STOP_APP_OUTPUT_DRAIN_H
#define STOP_APP_OUTPUT_DRAIN_H

#include <sys/types.h>

#include "out/transcript.h"

struct output_drain {
	pid_t pid;     /* of the child; 0: there is none */
	int stop_fd;   /* closing it asks the child to end */
	int memory_fd; /* what it has read */
};

/* Has a child read OUTPUT_FD, which does not block. 0 or -errno; then nobody reads. */
int output_drain_start(struct output_drain *keeper, int output_fd);

/* Ends the child, and adds what it has read to TRANSCRIPT. Harmless where there is none. */
void output_drain_end(struct output_drain *keeper, struct transcript *transcript);

#endif
