/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks: turns stack copies into interned stacks. Two workers, processes without rights, read what
 * targets control: one unwinds, one names; two threads of ours give them work and files.
 *
 *     engine ──copies──▶ stack thread: caches, interns ──results──▶ owner of the model
 *                             │  ▲  └── new frames ──▶ symbolizer thread ──▶ names, in the frames
 *                             ▼  │                            │  ▲
 *                         stop-unwinder                       ▼  │
 *                                                        stop-symbols
 *
 * No worker reads memory of a target: it gets copies, which were made while the thread stood still,
 * or did not run meanwhile. So it has no descriptor of /proc/PID/mem that an execve would have to
 * renew.
 *
 * It owns every stack, frame and module, which all live until stacks_free(). It never blocks the
 * tracer: if it falls behind, the ring of copies is full, calls are not copied, and stacks_stats()
 * says how many.
 *
 * All functions are for the thread that called stacks_new(), which has to live as long as the
 * workers.
 */
#ifndef STOP_STACK_STACKS_H
#define STOP_STACK_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/sample/sampler.h"
#include "event/stack_copy.h"
#include "stack/debuginfod.h"
#include "stack/frame.h"
#include "stack/samples.h"

struct stacks;

/* How stacks are made. Outlives them. */
struct stacks_config {
	size_t copy_limit; /* maximum size of a copy, in bytes */
	size_t memory;     /* what names may take, in all processes together, in bytes */
	const char *const *debug_directories; /* of debug files, absolute; ends with a NULL */
	enum debuginfod_when debuginfod;      /* whether servers are asked for these */
};

/* Defaults of the last two. */
#define STACKS_MEMORY ((size_t)200 << 20)
extern const char *const stacks_debug_directories[];

/*
 * Starts the workers, before anything is attached, and the threads. Returns 0 and stores it in
 * *OUT, or -errno.
 */
int stacks_new(const struct stacks_config *config, struct stacks **out);

/* Frees STACKS with all stacks; NULL is allowed. Call this after the engine has ended. */
void stacks_free(struct stacks *stacks);

/*
 * Whether stacks_free() has left a thread that does not exit in time, as when it waits for a file
 * server. The process must end with _exit(2) then: exit(3) would tear down what the thread uses.
 */
bool stacks_are_abandoned(void);

/* The channel for the engine's copies. */
struct stack_copy_channel *stacks_channel(struct stacks *stacks);

/*
 * Requests the stack of thread TID of process TGID, which is waiting in the 64-bit call NR, without
 * stopping it: /proc has its stack and instruction pointers, and the stack does not change while it
 * waits. The answer is a result; there is none unless it waited in that call during all of the
 * copy.
 */
void stacks_peek(struct stacks *stacks, pid_t tgid, pid_t tid, uint32_t nr);

/*
 * Samples COUNT THREADS, and no others, from now on: while such a thread runs user code, its stacks
 * are results. Only the first SAMPLES_THREADS are sampled.
 */
void stacks_sample(struct stacks *stacks, const struct samples_thread *threads, size_t count);

/* The result of a copy, of stacks_peek(), or of stacks_sample(). */
struct stack_result {
	uint64_t number;           /* of the copy; 0: it is of a peek, or a sample */
	const struct stack *stack; /* NULL: provisional results are known until `time_ns` */
	bool is_sample;
	bool is_provisional; /* see event_stack */
	pid_t tid;           /* of a peek or a sample: whose stack it is */
	uint32_t nr;         /* of a peek: the call that it is waiting in */
	uint64_t time_ns;    /* of a peek or a sample: when it was taken; or see event_stack */
};

/* Takes the oldest result. Returns whether there was one. */
bool stacks_next(struct stacks *stacks, struct stack_result *result);

/* Shows the names that were found until now for the frames of the results: frame_names(). */
void stacks_show_names(struct stacks *stacks);

/*
 * Call this when there are no more copies: makes the thread process the rest, without waiting.
 * Returns whether it is done and all frames are named; otherwise take the results and call it
 * again.
 */
bool stacks_finish(struct stacks *stacks);

/*
 * Whether PID, a child of ours that has ended, is one of STACKS, for who waits for all children:
 * then it has been reaped, or is going to be by the thread that knows why it has ended.
 */
bool stacks_reap(struct stacks *stacks, pid_t pid);

/* The stack with ID; NULL if there is none. Any thread. */
const struct stack *stacks_by_id(const struct stacks *stacks, uint32_t id);

struct stacks_stats {
	uint64_t taken;    /* number of copies made */
	uint64_t missed;   /* calls that should have been copied and were not */
	uint64_t walked;   /* copies turned into stacks */
	uint64_t refused;  /* stacks and names that were lost, because memory was refused */
	uint64_t unopened; /* files that were not opened for want of descriptors */
	uint64_t beyond;   /* names that are missing because of the limit of memory */
	uint64_t failures; /* workers that have ended while they read something */
	uint64_t cpu_ns;   /* CPU time of the stack thread */
	char unsampled[SAMPLER_REASON_MAX]; /* why threads that are requested cannot be sampled, as
	                                       sampler_explain() says; "": they can */
};

void stacks_stats(const struct stacks *stacks, struct stacks_stats *stats);

#endif
