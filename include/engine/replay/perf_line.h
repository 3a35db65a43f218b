/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of perf's text, taken apart: what `perf trace` writes, and `perf script` of the events
 * raw_syscalls and syscalls.
 *
 *         2.856 ( 0.013 ms): sh/32190 openat(dfd: CWD, filename: 0x7f, flags: RDONLY)    = 3
 *        37.639 (         ): sh/32190 wait4(upid: -1)                                    ...
 *        37.639 ( 2.844 ms): sh/32190  ... [continued]: wait4())                         = 32193
 *         ╰ms   ╰ duration   ╰ comm ╰ tid
 *     sh 32217 [000] 30047.398224: raw_syscalls:sys_enter: NR 12 (0, 7fff2703105c, 0, 37f, 0, 0)
 *     sh 32217 [000] 30047.398226:  raw_syscalls:sys_exit: NR 12 = 94775759241216
 *     sh 32217 [000] 30047.398224: syscalls:sys_enter_close: fd: 0x00000003
 *     sh 32217 [000] 30047.398226:  syscalls:sys_exit_close: 0x0
 *
 * Everything in a line is hostile, and bounded by its size. Pure; any thread.
 */
#ifndef STOP_ENGINE_REPLAY_PERF_LINE_H
#define STOP_ENGINE_REPLAY_PERF_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/replay/span.h"

/* What a line says. */
enum perf_line_kind {
	PERF_OTHER, /* nothing that is known here */
	PERF_CALL,  /* a call, with its result */
	PERF_BEGUN, /* a call has begun */
	PERF_ENDED, /* … or ended */
	PERF_LOST,  /* events were lost: `number` */
	PERF_FRAME, /* of the stack of the event before */
	PERF_TABLE, /* the head of the summary of -s and -S */
};

/* How the arguments are written. */
enum perf_args {
	PERF_ARGS_NAMED,   /* "fd: 3, buf: 0x7f" : those that are 0 may be missing */
	PERF_ARGS_NUMBERS, /* "3, 7f, 0, 0, 0, 0": registers, hexadecimal */
};

struct perf_line {
	enum perf_line_kind kind;
	bool is_trace; /* of perf trace, which sees no end of rt_sigreturn */
	pid_t tid;     /* 0: it has none, as of a single thread */
	struct span comm;
	bool has_time;
	uint64_t time_ns; /* of the beginning; of PERF_ENDED, of the end: since any time */
	bool has_duration;
	uint64_t duration_ns;
	struct span name; /* of the call; empty: it is `number` */
	uint64_t number;
	enum perf_args style;
	struct span args;
	struct span result; /* as strace writes it, or a number: negative, it is -errno; may be
	                       empty */
};

/* Takes TEXT, without its newline, apart. */
void perf_line_parse(struct span text, struct perf_line *line);

#endif
