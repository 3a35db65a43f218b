/*
 * The stack thread: from copies of stacks to interned stacks.
 *
 *     tracer ──captures──▶ stack thread: walk, intern ──results──▶ whoever owns the model
 *                                   └── new frames ──▶ naming thread ──▶ names, in the frames
 *
 * It owns every stack, frame and module; what it gives out lives until stacks_free(). It falls
 * behind rather than hold anybody up: when it does, the ring of captures is full, calls have no
 * copy, and stacks_stats() says how many.
 *
 * All functions are for the thread that called stacks_new().
 */
#ifndef STOP_STACK_STACKS_H
#define STOP_STACK_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/stack_copy.h"
#include "stack/frame.h"

struct stacks;

/* Starts the threads; LIMIT: most bytes of a stack to copy. 0 with it in *OUT, or -errno. */
int stacks_new(size_t limit, struct stacks **out);

/* Frees what stacks_new() made, and every stack; NULL is allowed. After the engine's end. */
void stacks_free(struct stacks *stacks);

/* Where the engine puts its copies. */
struct stack_copy_channel *stacks_channel(struct stacks *stacks);

/*
 * Looks at the stack of thread TID of process TGID, which waits in the 64-bit call NR, without
 * stopping it: /proc tells its stack pointer and where it is, and the stack does not change while
 * it waits. The answer is a result; there is none where it has not waited in that call from the
 * beginning of the look to its end.
 */
void stacks_peek(struct stacks *stacks, pid_t tgid, pid_t tid, uint32_t nr);

/* What a capture, or a look, came to. */
struct stack_result {
	uint64_t number; /* of the capture; 0: it is a look's */
	const struct stack *stack;
	pid_t tid;        /* a look's: whose stack it is */
	uint32_t nr;      /* a look's: the call that it waits in */
	uint64_t time_ns; /* a look's: when it did */
};

/* The oldest result that was not taken yet, into *RESULT. Returns whether there was one. */
bool stacks_next(struct stacks *stacks, struct stack_result *result);

/*
 * No capture will come any more: brings the thread to work off what there is, without waiting.
 * Returns whether it is done, with all frames named: take the results, and call again.
 */
bool stacks_finish(struct stacks *stacks);

/* The stack with ID, which every stack that was given out has; NULL: there is none. Any thread. */
const struct stack *stacks_by_id(const struct stacks *stacks, uint32_t id);

struct stacks_stats {
	uint64_t taken;  /* copies that were made */
	uint64_t missed; /* calls that were wanted and have none */
	uint64_t walked; /* copies that have become stacks */
	uint64_t cpu_ns; /* processor time of the stack thread */
};

void stacks_stats(const struct stacks *stacks, struct stacks_stats *stats);

#endif
