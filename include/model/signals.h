/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The signals of the targets: a sink that counts, for each thread and signal, how many it has got
 * and sent, and from whom the last came; and what each thread blocks, ignores and handles.
 *
 * Built only from events, in bounded memory. One thread.
 */
#ifndef STOP_MODEL_SIGNALS_H
#define STOP_MODEL_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "event/sink.h"
#include "proc/comm.h"

struct signals;

/* Maximum number of rows; what is of others is only counted. */
#define SIGNALS_ROWS_MAX 4096

/* What one thread has got and sent of one signal. */
struct signal_row {
	pid_t tid, tgid;
	int signal;
	uint64_t delivered, sent;
	int code;                  /* si_code of the last that it has got */
	pid_t sender;              /* who has sent that; 0: no process, or unknown */
	char comm[TASK_COMM_SIZE]; /* its name, not escaped; "": unknown */
	uint64_t last_ns;          /* when */
};

/* What /proc says about a thread: bit N is signal N + 1. */
struct signal_masks {
	pid_t tid, tgid;
	uint64_t blocked, pending;
	uint64_t ignored, handled; /* of its process */
};

/* Freed with signals_free(), which accepts NULL. */
struct signals *signals_new(void);
void signals_free(struct signals *signals);

struct event_sink *signals_sink(struct signals *signals);

/* Row I in the order in which they appeared; NULL: there are fewer. Valid until the next event. */
const struct signal_row *signals_row(const struct signals *signals, size_t i);

/* The same of masks, in the order of the threads' numbers. */
const struct signal_masks *signals_masks(const struct signals *signals, size_t i);

/* Signals of rows that there was no room for; signals and calls whose events were dropped. */
uint64_t signals_other(const struct signals *signals);
uint64_t signals_lost(const struct signals *signals);

/* A sender without a name; 0: there is none. signals_set_name() sets it, "" if it has none. */
pid_t signals_unnamed(const struct signals *signals);
void signals_set_name(struct signals *signals, pid_t sender, const char *comm);

#endif
