/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An output drain: a child that keeps reading the hidden command's output while stop itself is
 * stopped, so that the command never waits for a reader. It keeps the output in memory, and exits
 * on request, or when stop is gone. One thread.
 */
#ifndef STOP_APP_OUTPUT_DRAIN_H
#define STOP_APP_OUTPUT_DRAIN_H

#include <sys/types.h>

#include "out/transcript.h"

struct output_drain {
	pid_t pid;     /* of the child; 0: none */
	int stop_fd;   /* closing it makes the child exit */
	int memory_fd; /* memory file with what it has read */
};

/* Starts a child that reads OUTPUT_FD, which is nonblocking. Returns 0 or -errno. */
int output_drain_start(struct output_drain *drain, int output_fd);

/* Ends the child, and adds what it has read to TRANSCRIPT. Harmless if there is none. */
void output_drain_end(struct output_drain *drain, struct transcript *transcript);

#endif
