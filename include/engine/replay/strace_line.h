/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of strace's text, taken apart: whose it is, when, and what it says. What strace 4.5 to 7
 * writes, with any of -f -i -n -r -t -T -Y:
 *
 *     [pid  1234<sh>] 18:03:54.014 (+ 0.000058) [ 257] [00007f23] openat(AT_FDCWD, "a", 0) = 3
 * <0.0001> ╰─ pid, comm ─╯ ╰── time ──╯ ╰ relative ╯  number  address ╰name╯ ╰─── args ─────╯   │
 * ╰─ duration result
 *
 * Everything in a line is hostile, and bounded by its size. Pure; any thread.
 */
#ifndef STOP_ENGINE_REPLAY_STRACE_LINE_H
#define STOP_ENGINE_REPLAY_STRACE_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/replay/span.h"

/* What a line says. */
enum strace_line_kind {
	STRACE_OTHER,        /* nothing that is known: output of the program, a message */
	STRACE_CALL,         /* name(args) = result */
	STRACE_OPEN,         /* name(args: something else was written before its end */
	STRACE_UNFINISHED,   /* name(args <unfinished ...> */
	STRACE_DETACHED,     /* name(args <detached ...> */
	STRACE_RESUMED,      /* <... name resumed>args) = result */
	STRACE_RESUMED_OPEN, /* the same, cut off as STRACE_OPEN is */
	STRACE_SIGNAL,       /* --- name {args} --- */
	STRACE_STOPPED,      /* --- stopped by name --- */
	STRACE_EXITED,       /* +++ exited with number +++ */
	STRACE_KILLED,       /* +++ killed by name +++, or (core dumped) */
	STRACE_SUPERSEDED,   /* +++ superseded by execve in pid number +++ */
	STRACE_ATTACHED,     /* Process number attached */
	STRACE_LEFT,         /* Process number detached */
	STRACE_ABI,          /* [ Process PID=number runs in 32 bit mode. ] */
	STRACE_FRAME,        /* " > /lib/libc.so.6(write+0x17) [0x1a]": of the call before */
	STRACE_TABLE,        /* the head of the table of -c and -C */
	STRACE_KINDS,
};

/* What a time stamp is. */
enum strace_stamp_kind {
	STAMP_NONE,
	STAMP_OF_DAY, /* -t, -tt: since midnight, of the local time */
	STAMP_UNIX,   /* -ttt: since 1970 */
};

/* The ABI in a line of STRACE_ABI. */
enum strace_mode {
	STRACE_64_BIT,
	STRACE_32_BIT,
	STRACE_X32,
};

struct strace_line {
	enum strace_line_kind kind;
	pid_t pid;        /* 0: it has none */
	struct span comm; /* of -Y */
	enum strace_stamp_kind stamp;
	uint64_t stamp_ns;
	unsigned int stamp_digits; /* behind its point */
	bool has_relative;         /* -r */
	uint64_t relative_ns;      /* since the line before */
	bool has_number;           /* -n */
	bool has_address;          /* -i */
	struct span name;   /* of the call, or of the signal; of a thread of STRACE_SUPERSEDED */
	struct span args;   /* without parentheses; of a signal, with braces */
	struct span result; /* without "=" and duration */
	bool has_duration;  /* -T */
	uint64_t duration_ns;
	uint64_t number; /* see the kinds */
	bool dumped_core;
	enum strace_mode mode;
	pid_t attached; /* the message that this process was attached is in the line; or 0 */
};

/* Takes TEXT, without its newline, apart. */
void strace_line_parse(struct span text, struct strace_line *line);

/*
 * Takes TEXT apart as the rest of a call that was cut off: "7) = 7 <0.0001>". Returns whether it is
 * that, with `args`, `result` and `duration_ns` in *LINE.
 */
bool strace_line_parse_rest(struct span text, struct strace_line *line);

/* What the arguments of restart_syscall begin with. */
#define STRACE_RESUMING "<... resuming"

/* The maximum number of arguments that strace_split() finds: the last one has the rest. */
#define STRACE_ARGS_MAX 8

/*
 * Splits ARGS, or the inside of an array or of a structure, at its commas. Returns the number of
 * PARTS, of which there is room for MAX, without blanks around them; the last one has the rest.
 */
size_t strace_split(struct span args, struct span *parts, size_t max);

/* The result of a call. */
struct strace_result {
	enum strace_result_kind {
		RESULT_UNKNOWN, /* it cannot be read */
		RESULT_VALUE,
		RESULT_ERROR, /* `error` is its name, or `value` its number */
		RESULT_NEVER, /* it has not returned */
	} kind;
	int64_t value;
	struct span error;      /* "ENOENT" */
	struct span annotation; /* what -y says of a descriptor, without the outer <> */
	pid_t translated; /* the PID in strace's own namespace, of --pidns-translation; or 0 */
};

/* Takes RESULT, of a line, apart. */
void strace_result_parse(struct span result, struct strace_result *out);

/*
 * What is between the < at the beginning of *TEXT and its >, as -y writes it, with what it says
 * behind that ("(deleted)"), which is taken from *TEXT. False, and nothing is taken, if there is
 * none.
 */
bool strace_take_annotation(struct span *text, struct span *annotation);

#endif
