/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events as lines of a log, in the format of strace -f -tt -T -yy: calls with their arguments when
 * they end, signals, and the ends of tasks.
 *
 *     12345 10:02:03.000456 openat(AT_FDCWD</home>, "a", O_RDONLY) = 3</home/a> <0.000012>
 *     12345 10:02:03.000470 --- SIGCHLD {si_signo=SIGCHLD, …} ---
 *     12345 10:02:03.000480 +++ exited with 0 +++
 *
 * The time is that of the beginning of a call. Text of the target is escaped. One thread.
 */
#ifndef STOP_OUT_LOG_LINE_H
#define STOP_OUT_LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/map.h"
#include "decode/call_text.h"

struct event;
struct event_detail;

/* Maximum size of a line, including its newline; longer ones are cut. */
#define LOG_LINE_MAX (128 << 10)

/* How lines are written; initially zero but for `text`. */
/* How times of the day are written: as strace's -tt, -t and -ttt. */
enum log_clock {
	LOG_CLOCK_MICROSECONDS, /* "10:02:03.000456" */
	LOG_CLOCK_SECONDS,      /* "10:02:03" */
	LOG_CLOCK_EPOCH,        /* "1700000000.000456" */
};

struct log_format {
	struct call_text_options text;
	enum log_clock clock;
	bool without_tid;  /* lines do not begin with the thread: they are of one */
	bool is_plain;     /* nothing that strace does not write: a time that is known in part is
	                      left out */
	uint64_t clock_ns; /* CLOCK_REALTIME minus CLOCK_MONOTONIC; may change, as time is set */
	time_t second;     /* of which `hms` is the local time */
	char hms[24];      /* "10:02:03"; of LOG_CLOCK_EPOCH, the number of the second */

	/* For out/line_json.h. */
	uint64_t last_ns;       /* time of the last event */
	struct map tasks;       /* the process of each task; owned */
	uint64_t counted_ns;    /* since when these are counted; 0: not yet */
	uint64_t calls, errors; /* since then */
	uint64_t arrows;        /* so far */
};

/*
 * Writes the line of EVENT, with its newline, to BUF of SIZE bytes. Returns its length; 0: EVENT
 * makes none.
 */
size_t log_line(struct log_format *format, const struct event *event, char *buf, size_t size);

/* Writes "10:02:03.000456", the local time at TIME_NS, to BUF of SIZE bytes. Returns the length. */
size_t log_line_time(struct log_format *format, uint64_t time_ns, char *buf, size_t size);

/* The same for "openat(…) = 3 <0.000012>", without a newline. */
size_t log_line_call(
	struct log_format *format, const struct event_detail *detail, char *buf, size_t size);

#endif
