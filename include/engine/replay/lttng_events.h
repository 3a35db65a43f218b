/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the events of a kernel trace of LTTng say about threads and their calls:
 *
 *     lttng_line ──▶ whose it is: context tid, or what its CPU runs ──▶ strace_calls ──▶ events
 *
 *     syscall_entry_X, syscall_exit_X, with compat_ before it     calls, since LTTng 2.5
 *     sys_X, compat_sys_X, exit_syscall                           calls, before
 *     sched_switch                                                what a CPU runs; names
 *     sched_waking, sched_wakeup, irq_*                           who wakes whom; lttng_sched.h
 *     sched_process_fork, _exec, _exit                            births, programs, ends
 *     lttng_statedump_process_state, _file_descriptor             what there was at the beginning
 *     signal_deliver                                              signals
 *
 * Of a call whose thread is not known, only that it was made is known: it counts for a thread that
 * stands for its CPU. One owner at a time.
 */
#ifndef STOP_ENGINE_REPLAY_LTTNG_EVENTS_H
#define STOP_ENGINE_REPLAY_LTTNG_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

struct lttng_events;
struct lttng_line;
struct strace_stream;

/* The number of the thread that stands for CPU 0: no thread of Linux has it. */
#define LTTNG_CPU_TID ((1 << 22) + 1)

/* What has been seen. */
struct lttng_seen {
	uint64_t calls;     /* ends and beginnings of calls */
	uint64_t unowned;   /* calls whose thread is not known */
	uint64_t nameless;  /* ends of calls of which even the name is not known */
	uint64_t births;    /* of tasks, and states of processes */
	uint64_t discarded; /* events that LTTng has discarded */
	uint64_t invalid;   /* lines of events that lack what they need */
};

/* STREAM, whose `sink` gets the events, is not owned. Freed with lttng_events_free(), which accepts
 * NULL. */
struct lttng_events *lttng_events_new(struct strace_stream *stream);
void lttng_events_free(struct lttng_events *events);

/* Handles LINE, the next one. */
void lttng_events_take(struct lttng_events *events, const struct lttng_line *line);

/* What has been seen so far. */
const struct lttng_seen *lttng_events_seen(const struct lttng_events *events);

#endif
