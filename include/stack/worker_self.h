/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A worker (stack/worker.h) as it sees itself. All functions are for its only thread. What fails
 * here ends the process: its owner starts another one.
 */
#ifndef STOP_STACK_WORKER_SELF_H
#define STOP_STACK_WORKER_SELF_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "stack/worker.h"

struct sandbox;

/* Files that came before the request that tells of them was read. */
struct worker_files {
	struct worker_files *next;
	size_t count;
	int fds[WORKER_FILES_MAX];
};

struct worker_self {
	struct worker *worker; /* our copy of the owner's: its rings, seen from the other side */
	unsigned char *buf;    /* the last request */
	struct worker_files *early; /* the oldest first; owned */
	unsigned int untold;        /* answers since the owner was woken */
	size_t pending;             /* size of the answer for which there may be no room */
};

/* The statuses with which a worker exits. */
enum worker_status {
	WORKER_EXIT_MEMORY = 10, /* memory was refused */
	WORKER_EXIT_PROTOCOL,    /* the requests make no sense */
};

/* Confines the calling process, and works in it for ever. */
__attribute__((noreturn)) void worker_run(const struct sandbox *sandbox, struct worker *worker);

/* Waits for a request; returns its size, and it is in self->buf until the next one. */
size_t worker_self_next(struct worker_self *self);

/* Sends an answer made of PARTS. */
void worker_self_answer(struct worker_self *self, const struct iovec *parts, int count);

/* Waits for the reply to an answer that asks for a file: SIZE bytes, in REPLY. Returns the
 * descriptor, or -1: there is none. */
int worker_self_receive_file(struct worker_self *self, void *reply, size_t size);

/*
 * Takes a message with the descriptors of COUNT files, which its owner sends together with the last
 * request. Returns COUNT, or 0 if it has none.
 */
size_t worker_self_receive_files(struct worker_self *self, int *fds, size_t count);

/* Where to say which module is being read, by its number; 0: none. */
_Atomic uint32_t *worker_self_module(struct worker_self *self);

#endif
