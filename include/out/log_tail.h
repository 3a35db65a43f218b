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
#include "model/file_rows.h"
#include "out/log_line.h"

struct event_detail;
struct filter;
struct filter_objects;
struct log_tail;
struct model;

/* Maximum number of lines, and bytes of their text. */
#define LOG_TAIL_LINES 50000
#define LOG_TAIL_BYTES ((size_t)16 << 20)

/* Maximum length of a line; longer ones are cut. */
#define LOG_TAIL_LINE  4096

/* Size of the name of a file or peer, including the final NUL; longer ones are cut. */
#define LOG_NAME_MAX   64

/* What the lines are about. */
struct log_subject {
	enum log_scope {
		LOG_NOTHING, /* there are no lines */
		LOG_ALL,
		LOG_CALL,    /* of one kind */
		LOG_THREAD,  /* of one thread */
		LOG_PROCESS, /* of one process */
		LOG_FILE,    /* on one file or peer, or a group of them */
	} scope;
	struct call call;            /* LOG_CALL */
	pid_t tid;                   /* LOG_THREAD, LOG_PROCESS: its PID */
	enum file_grouping grouping; /* LOG_FILE: the row of model/file_rows.h … */
	uint64_t key;                /* … with this key, */
	char name[LOG_NAME_MAX];     /* and its name, escaped */
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
	uint64_t selection; /* number of the filter that selects it; 0: none does */
	uint64_t args[CALL_MAX_ARGS];
	int64_t result;
	size_t length; /* of `text`, without its final NUL */
	char text[];   /* escaped */
};

/* An empty one, about nothing. Freed with log_tail_free(), which accepts NULL. */
struct log_tail *log_tail_new(const struct call_text_options *options);
void log_tail_free(struct log_tail *tail);

struct event_sink *log_tail_sink(struct log_tail *tail);

/* The model of the targets, which gets each event before the sink does; it must outlive TAIL. */
void log_tail_set_model(struct log_tail *tail, const struct model *model);

/*
 * Lines from now on are selected by FILTER with OBJECTS, which must outlive TAIL or another call;
 * NULL: by none.
 */
void log_tail_select(
	struct log_tail *tail, const struct filter *filter, struct filter_objects *objects);

/* Whether LINE is selected by that filter, or there is none. */
bool log_tail_is_selected(const struct log_tail *tail, const struct log_tail_line *line);

/* The number of calls, since that, of which it is not known whether they are selected. */
uint64_t log_tail_unknown(const struct log_tail *tail);

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

/*
 * Writes the line of a call in progress, whose numbers DETAIL has, with the memory that was read
 * when it began, if that is known. Like log_line().
 */
size_t log_tail_format(
	struct log_tail *tail, const struct event_detail *detail, char *buf, size_t size);

#endif
