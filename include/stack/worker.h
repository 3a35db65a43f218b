/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A worker, as its owner sees it: a process that does one kind of work on what targets control. It
 * can be killed by what it reads, and then a new one takes its place.
 *
 *     owner ──requests──▶ worker      rings in shared memory (stack/shared_ring.h)
 *           ◀──answers───
 *           ──descriptors─▶           over a socket, only when it has asked for one
 *
 * Nothing that a worker says is believed: its owner checks answers, and waits for none. All
 * functions are for one thread, the owner's, but for worker_init() and worker_clear().
 */
#ifndef STOP_STACK_WORKER_H
#define STOP_STACK_WORKER_H

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "stack/shared_ring.h"

struct worker_self;
struct worker_shared;

/* A kind of work. Static. */
struct worker_kind {
	const char *name;                      /* of the process */
	size_t requests, answers;              /* capacities of the rings */
	uint64_t cpu_ns;                       /* CPU time that one request may take */
	bool is_patient;                       /* it has a lower priority than the tracer */
	void (*run)(struct worker_self *self); /* works for ever, in the worker */
};

/* Why a worker has ended. */
enum worker_end {
	WORKER_ALIVE,
	WORKER_CRASHED, /* it was killed, or has exited */
	WORKER_HUNG, /* it has used more CPU time for one request than it may, or waits for ever */
	WORKER_FULL, /* it needed more memory than it may have */
	WORKER_BROKEN, /* its answers make no sense */
	WORKER_ENDS,
};

enum worker_state {
	WORKER_STARTING, /* the sandbox has not said yet that it runs */
	WORKER_RUNNING,
	WORKER_ENDED, /* it waits for worker_restart() */
	WORKER_LOST,  /* there is no sandbox to start another one */
};

struct worker {
	const struct worker_kind *kind;
	size_t memory; /* limit of its memory, in bytes */
	size_t buffer; /* bytes of the longest request */
	struct worker_shared *shared;
	size_t shared_size;
	struct shared_ring requests, answers;
	int control[2]; /* a socket: ours, and that of the sandbox, or -1; owned */
	int files[2];   /* the same, with the worker: descriptors one way, wake-ups the other */
	enum worker_state state;
	enum worker_end end;   /* of the last one */
	_Atomic pid_t pid;     /* any thread may read it; 0: none */
	int pidfd;             /* owned; -1: none */
	size_t expected;       /* requests that have no answer */
	uint64_t since_ns;     /* the oldest of them is being worked on since then … */
	uint64_t since_cpu_ns; /* … and the CPU time that the worker had used by then */
	uint32_t deaths;       /* without an answer in between */
	uint64_t retry_ns;     /* it is not started again before this time */
};

/*
 * Makes the memory and descriptors of WORKER, which may use MEMORY bytes, for requests of at most
 * LONGEST bytes. Returns 0 or -errno. sandbox_start() then starts it.
 */
int worker_init(
	struct worker *worker, const struct worker_kind *kind, size_t memory, size_t longest);

/* Closes the other ends of the sockets, once the sandbox has them. */
void worker_close_other_ends(struct worker *worker);

/* Kills it, and frees what WORKER owns. Does not wait. */
void worker_clear(struct worker *worker);

/* Sends a request made of PARTS. False: there is no room now, or it does not run. IS_ANSWERED: it
 * will have an answer.
 */
bool worker_send(struct worker *worker, const struct iovec *parts, int count, bool is_answered);

/*
 * Sends FD, which is closed, or none if it is negative, in reply to an answer that asks for it,
 * with the SIZE bytes at REPLY.
 */
void worker_send_file(struct worker *worker, const void *reply, size_t size, int fd);

/* The greatest number of descriptors in one message. */
#define WORKER_FILES_MAX 64

/*
 * Sends COUNT descriptors, at most WORKER_FILES_MAX, which are closed, after a request that tells
 * of them. If that is not possible, the worker gets none. Returns whether it was.
 */
bool worker_send_files(struct worker *worker, const int *fds, size_t count);

/*
 * Takes the next answer: copies it to BUF of SIZE bytes, and returns its size. 0: there is none,
 * and perhaps the worker has ended.
 */
size_t worker_receive(struct worker *worker, void *buf, size_t size);

/* Call this for each answer that completes a request: the next one is being worked on. */
void worker_note_answer(struct worker *worker);

/* Ends it because its answers make no sense. */
void worker_reject(struct worker *worker);

/* Module number MODULE is what it reads, as it says; 0: none. */
uint32_t worker_module(const struct worker *worker);

/*
 * Looks whether it has ended, or takes too long: then it is killed. Returns whether it has ended by
 * now; `end` says why.
 */
bool worker_has_ended(struct worker *worker);

/* Starts another one, once it is time for that. Returns whether it is. Requests are lost. */
bool worker_restart(struct worker *worker);

/* Descriptors to wait for; the number is WORKER_POLLED. */
#define WORKER_POLLED 2
void worker_poll(const struct worker *worker, struct pollfd fds[WORKER_POLLED]);

/*
 * Call this before waiting: the worker will then wake us. Returns false if there is an answer
 * already. And after it, with what poll(2) has said of its descriptors; returns whether one says
 * that worker_has_ended() should be asked.
 */
bool worker_begin_wait(struct worker *worker);
bool worker_end_wait(struct worker *worker, const struct pollfd fds[WORKER_POLLED]);

/* In how many milliseconds to look at it again, -1 for never: it has nothing to do. */
int worker_timeout_ms(const struct worker *worker);

/* CPU time that the present one has used; 0: unknown. Any thread. */
uint64_t worker_cpu_ns(const struct worker *worker);

/* Why a worker has ended, as text: "the reader crashed". Static. */
const char *worker_end_text(enum worker_end end);

#endif
