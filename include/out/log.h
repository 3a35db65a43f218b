/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log to a file (--log): a sink that writes a line for each call, signal and end of a task
 * (out/log_line.h), through a bounded buffer (out/line_writer.h). It never waits for the file. What
 * the buffer cannot take, or the engine has dropped, is one line at that place: "1,204 calls not
 * logged".
 *
 * Main thread only.
 */
#ifndef STOP_OUT_LOG_H
#define STOP_OUT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/call_text.h"
#include "event/sink.h"
#include "out/log_line.h"

struct filter;
struct line_format;
struct log;

/* The default size of the buffer, and its limits. */
#define LOG_BUFFER     ((size_t)64 << 20)
#define LOG_BUFFER_MIN ((size_t)1 << 20)
#define LOG_BUFFER_MAX ((size_t)4 << 30)

/* The default of `string_max`, and its limit. */
#define LOG_STRING     32
#define LOG_STRING_MAX 65536

/* Calls of which it is not known whether the filter selects them are not logged, but counted. */
struct log_options {
	struct call_text_options text;
	const struct line_format *format; /* NULL: strace's */
	enum log_clock clock;             /* of strace's */
	const char *secrets;         /* words that the user adds (event/redaction.h), or NULL */
	bool with_data;              /* buffers, also in formats for programs */
	const struct filter *filter; /* only these calls; NULL: all. Must outlive the log */
	size_t buffer;               /* its size in bytes */
};

/*
 * A log to FD, which it owns from then on, also on failure. Returns 0 with the log in *OUT, or
 * -errno.
 */
int log_new(int fd, const struct log_options *options, struct log **out);

/* The same with a file for each thread, PATH.TID; PATH must outlive it. */
int log_new_split(const char *path, const struct log_options *options, struct log **out);

/* The sink to which events have to be passed; valid as long as LOG. */
struct event_sink *log_sink(struct log *log);

/* Whether somebody reads what is written: it is a terminal, a pipe or a socket. */
bool log_has_reader(const struct log *log);

/*
 * Names descriptors by NAMER from now on, which must outlive LOG, for its filter, and in its lines
 * unless they are plain; NULL: they are numbers.
 */
void log_set_namer(struct log *log, struct descriptor_namer *namer);

/* The difference between CLOCK_REALTIME and CLOCK_MONOTONIC: initially, and when it may have
 * changed.
 */
void log_set_clock(struct log *log, uint64_t clock_ns);

/* Has the lines so far written. Call this after some events. */
void log_flush(struct log *log);

/* Whether there is no room for every line: what is passed nevertheless may be dropped. */
bool log_is_full(const struct log *log);

/* We are dead, and the tracer's process goes on: nothing more is written. */
void log_abandon(struct log *log);

/* Whether everything is written, or can no longer be; the number of bytes written so far. */
bool log_is_written(struct log *log);
uint64_t log_written(struct log *log);

/* The number of calls that were not logged so far; that of signals and ends of tasks. */
uint64_t log_lost(const struct log *log);
uint64_t log_lost_others(const struct log *log);

/* The number of calls of which it is not known whether the filter selects them. */
uint64_t log_unknown(const struct log *log);

/* The -errno of writing, or 0. */
int log_error(const struct log *log);

/*
 * Frees LOG; NULL is allowed. Like line_writer_close(). Returns 0, or the -errno of writing.
 * -EAGAIN: the file has not taken everything; LOG may still be in use then, and the program has to
 * end with _exit(2).
 */
int log_close(struct log *log, uint64_t until_ns);

#endif
