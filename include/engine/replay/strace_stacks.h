/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stacks of strace -k: lines behind that of a call, the innermost frame first,
 *
 *      > /usr/lib/libc.so.6(__write+0x14) [0xf7574]
 *      > /usr/bin/cat() [0x2f1c] cat.c:177
 *
 * become the events that a recording has of stacks: of each module, place and stack once, and then
 * which one a call has. For src/engine/replay/strace_*.c only; one for each stream, whose lines
 * come before those of others. One owner at a time.
 */
#ifndef STOP_ENGINE_REPLAY_STRACE_STACKS_H
#define STOP_ENGINE_REPLAY_STRACE_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "engine/replay/span.h"
#include "event/event.h"

struct strace_stream;

/* The last numbers that all streams of a trace have given. */
struct strace_stack_numbers {
	uint32_t module, place, stack, capture;
	uint64_t taken; /* calls whose stacks are known */
};

/* Zero at first; strace_stacks_clear() frees what it owns. */
struct strace_stacks {
	struct map modules, places, stacks; /* numbers, by hashes of what they are */
	uint32_t capture;                   /* of the last call that has ended; 0: none */
	unsigned int unanswered;            /* calls without frames, in succession */
	bool is_over;                       /* too many, or too many stacks: no more are known */
	size_t count;                       /* frames behind the last call so far */
	uint32_t frames[EVENT_FRAMES_MAX];  /* their places */
};

void strace_stacks_clear(struct strace_stacks *stacks);

/*
 * A call has ended whose frames may follow. Returns the number by which its end refers to them; 0:
 * this trace has had none so far.
 */
uint32_t strace_stacks_follow(struct strace_stream *stream);

/* LINE, of which strace_line_parse() says that it is a frame, is behind that call. */
void strace_stacks_take(struct strace_stream *stream, struct span line);

/* Another line follows, or none: sends the stack, if there is one. */
void strace_stacks_finish(struct strace_stream *stream);

#endif
