/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stacks of strace -k: lines after that of a call, the innermost frame first,
 *
 *      > /usr/lib/libc.so.6(__write+0x14) [0xf7574]
 *      > /usr/bin/cat() [0x2f1c] cat.c:177
 *
 * become the events that a recording has of stacks: of each module, place and stack once, at once,
 * and then, in the order of the stream, which one a call has. For src/engine/replay/strace_*.c
 * only. One owner at a time.
 */
#ifndef STOP_ENGINE_REPLAY_STRACE_STACKS_H
#define STOP_ENGINE_REPLAY_STRACE_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/map.h"
#include "engine/replay/span.h"
#include "event/event.h"

struct strace_stream;

/* What all streams of a trace know. Zero at first; strace_stacks_clear() frees what it owns. */
struct strace_stacks {
	struct map modules, places, stacks; /* numbers, by hashes of what they are */
	uint32_t capture;                   /* the last number of a call */
	bool is_full;                       /* there were too many stacks: no more are known */
	uint64_t taken;                     /* calls whose stacks are known */
};

/* What may follow the last call of a stream. */
struct strace_pending {
	bool is_decided, is_wanted;        /* whether there are frames in this stream */
	uint32_t capture;                  /* of the last call that has ended; 0: none */
	pid_t tid;                         /* its thread */
	size_t count;                      /* frames after it so far */
	uint32_t frames[EVENT_FRAMES_MAX]; /* their places */
};

void strace_stacks_clear(struct strace_stacks *stacks);

/* STREAM begins with AHEAD: whether there are frames in it. */
void strace_stacks_decide(struct strace_stream *stream, struct span ahead);

/*
 * A call of thread TID has ended whose frames may follow. Returns the number by which its end
 * refers to them; 0: this stream has had none so far.
 */
uint32_t strace_stacks_follow(struct strace_stream *stream, pid_t tid);

/* LINE, of which strace_line_parse() says that it is a frame, follows that call. */
void strace_stacks_take(struct strace_stream *stream, struct span line);

/*
 * Another line follows, or none: sends the stack, if there is one. ENDED: the thread whose end that
 * line is, or 0; frames of its last call may follow it.
 */
void strace_stacks_finish(struct strace_stream *stream, pid_t ended);

#endif
