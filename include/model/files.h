/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls by object: files, peers, pipes, … For the files of this layer; model/file_rows.h has the
 * views.
 *
 *     EVENT_DETAIL ──▶ decode/descriptors.h: which objects? ──▶ their counts
 *     EVENT_EXIT, EVENT_SUM ──▶ how many such calls there were ──▶ the rest: not attributed
 *
 * Memory is bounded: of more than FILES_MAX objects, those that matter least are added to one entry
 * and forgotten. Not locked: owned by the model.
 */
#ifndef STOP_MODEL_FILES_H
#define STOP_MODEL_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/map.h"
#include "decode/descriptors.h"
#include "event/event.h"
#include "model/rate.h"
#include "model/thread_calls.h"

/* Objects that are counted by themselves: some 30 MB. */
#define FILES_MAX       16384

/* Calls, threads and stacks of an object with their own entry; the rest share one. */
#define FILE_PARTS_MAX  24

/* Calls that wait for their stack, and stacks for their call. */
#define FILE_WAITING    1024

/* The key of the entry for the rest. */
#define FILE_PART_OTHER UINT64_MAX

/* Completed calls, aggregated. */
struct file_counts {
	uint64_t calls, errors;
	uint64_t in, out; /* bytes */
	uint64_t total_ns;
};

/* How an object's calls are divided. */
enum file_division {
	FILE_BY_CALL,   /* the key is call_key() */
	FILE_BY_THREAD, /* the tid */
	FILE_BY_STACK,  /* its ID, and the number of the call in the upper half */
	FILE_DIVISIONS,
};

struct file_part {
	uint64_t key; /* or FILE_PART_OTHER */
	struct call call;
	pid_t tgid;                /* of a thread */
	char comm[TASK_COMM_SIZE]; /* likewise */
	struct file_counts counts;
};

struct file_parts {
	struct file_part *part; /* owned */
	size_t count;
};

struct file_span {
	struct tally tally;
	uint64_t in, out;
	uint64_t unsure;  /* of the calls, may have been about another object */
	uint64_t idle_ns; /* of idle waits for it, also of those in progress; see model/idle.h */
	struct file_parts parts[FILE_DIVISIONS];
};

struct file_stats {
	struct object *object;              /* a reference */
	struct file_span *span[SPAN_COUNT]; /* owned; NULL: no calls */
	struct rate rate, in_rate, out_rate;
	struct call last_call;
	uint64_t last_ns; /* when that ended; 0: none has */
	size_t place;     /* for views: number of its row plus 1, in the last one; 0: none */
};

/* A call that waits for the stack with its number, or a stack. */
struct file_waiting {
	uint32_t number;
	uint32_t stack;        /* its ID; 0: not known yet */
	struct object *object; /* a reference; NULL: only the stack is known */
	struct call call;
	bool is_marked; /* it counts in SPAN_MARKED */
	struct file_counts counts;
};

/* A call in progress, as of the last tick. */
struct file_progress {
	pid_t tid;
	uint64_t since_ns;     /* when it began, as in its event_enter */
	struct object *object; /* a reference */
};

struct files {
	struct descriptors *descriptors; /* owned */
	bool is_on;
	uint64_t since_ns;        /* when counting began; 0: never */
	struct file_stats **list; /* owned */
	size_t count, capacity;
	struct file_stats *other; /* those that were forgotten; owned */
	uint64_t forgotten;       /* number of these */
	struct {
		struct file_counts expected; /* calls that can be about objects; in: all bytes */
		struct file_counts told;     /* of these, had details; likewise */
		uint64_t without;            /* of these, were about no object */
		uint64_t repeated;           /* uses of objects beyond the first one of a call */
	} sum[SPAN_COUNT];
	unsigned char has_objects[ABI_COUNT][1024]; /* enum known of each call */
	struct file_waiting waiting[FILE_WAITING];  /* a ring */
	size_t waiting_next;
	struct file_progress *progress; /* owned */
	size_t progress_count, progress_capacity;
};

struct model;
struct thread;

/* The zero value is not usable before. Frees what FILES owns. */
void files_init(struct files *files);
void files_clear(struct files *files);

/* Counts by object from NOW_NS on, or no longer. */
void files_switch(struct files *files, bool wanted, uint64_t now_ns);

/* CALLS calls of CALL have completed, with these counts: they are expected to have details. */
void files_expect(
	struct files *files, enum span span, struct call call, const struct file_counts *counts);

/* Applies an EVENT_DETAIL, which the descriptors have got. */
void model_apply_detail(struct model *model, const struct event *event);

/* The stack of the copy with NUMBER is known. */
void files_take_stack(struct files *files, uint32_t number, uint32_t stack);

/* Ends an interval: objects that have turned out to be others are joined. */
void files_join(struct files *files);
void files_tick(struct files *files, const struct interval *interval);

/* Finds out which objects the calls in progress are about, after model_tick_idle(). */
void files_tick_progress(struct model *model, uint64_t now_ns);

/* Clears the counts of SPAN_MARKED. */
void files_reset_marked(struct files *files);

/* The entry of OBJECT, added if there is none. */
struct file_stats *files_stats_of(struct files *files, struct object *object);

#endif
