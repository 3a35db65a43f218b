/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last lines of the log, for the screen: a sink that keeps the newest calls, signals and ends
 * of tasks about a subject, as lines of out/log_line.h with what is needed to find and select them.
 *
 * A bounded number of lines in bounded memory: the oldest go first. Main thread only.
 */
#ifndef STOP_OUT_LOG_TAIL_H
#define STOP_OUT_LOG_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/syscall.h"
#include "event/sink.h"
#include "out/log_line.h"

struct event_detail;
struct log_tail;

/* Maximum number of lines, and bytes of their text. */
#define LOG_TAIL_LINES 50000
#define LOG_TAIL_BYTES ((size_t)16 << 20)

/* Maximum length of a line; longer ones are cut. */
#define LOG_TAIL_LINE  4096

/* What the lines are about. */
struct log_subject {
	enum log_scope {
		LOG_NOTHING, /* there are no lines */
		LOG_ALL,
		LOG_CALL,   /* of one kind */
		LOG_THREAD, /* of one thread */
	} scope;
	struct call call;
	pid_t tid;
};

/* How a line is about a descriptor; bits. */
enum log_use {
	LOG_USES = 1,  /* an argument */
	LOG_MAKES = 2, /* the result, or a copy */
	LOG_CLOSES = 4,
};

struct log_tail_line {
	uint64_t number; /* 1, 2, … */
	pid_t tid, tgid;
	struct call call; /* if is_call */
	bool is_call;     /* otherwise a signal, or an end */
	bool failed;
	uint64_t args[CALL_MAX_ARGS];
	int64_t result;
	size_t length; /* of `text`, without its final NUL */
	char text[];   /* escaped */
};

/* An empty one, about nothing. Freed with log_tail_free(), which accepts NULL. */
struct log_tail *log_tail_new(const struct call_text_options *options);
void log_tail_free(struct log_tail *tail);

struct event_sink *log_tail_sink(struct log_tail *tail);

/* As of out/log.h. */
void log_tail_set_clock(struct log_tail *tail, uint64_t clock_ns);

/*
 * Sets what the lines are about. Returns whether that is a change; if so, the former ones are gone.
 */
bool log_tail_follow(struct log_tail *tail, const struct log_subject *subject);

/* Lines: those with numbers from log_tail_first() to before log_tail_end(). */
uint64_t log_tail_first(const struct log_tail *tail);
uint64_t log_tail_end(const struct log_tail *tail);
const struct log_tail_line *log_tail_line(const struct log_tail *tail, uint64_t number);

/*
 * The share of the calls, since log_tail_follow(), whose details have arrived: 1 if no detail was
 * dropped. Which calls the others were is not known: they may be of other subjects.
 */
double log_tail_share(const struct log_tail *tail);

/* Whether LINE uses, makes or closes descriptor FD of process TGID: bits of enum log_use, or 0. */
unsigned int log_tail_uses(const struct log_tail_line *line, pid_t tgid, int fd);

/* The descriptor that LINE is about first: its argument, or what it has made; -1: none. */
int log_tail_descriptor(const struct log_tail_line *line);

/* Writes the line of a call in progress, which DETAIL describes. Like log_line(). */
size_t log_tail_format(
	struct log_tail *tail, const struct event_detail *detail, char *buf, size_t size);

#endif
