/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs of the namer that wait: for a perf map that may still be written, and for the debug file of
 * their module, for which a server was asked. For the symbolizer.
 */
#ifndef STOP_STACK_NAME_WAIT_H
#define STOP_STACK_NAME_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "stack/name_job.h"

struct debuginfod;
struct module_source;

struct name_wait {
	struct job_list later;    /* generated code, for which nothing was found */
	uint64_t retry_ns;        /* when that is retried; 0: not set */
	struct job_list awaiting; /* a server was asked for the debug file of their modules … */
	uint64_t await_ns;        /* … for which they do not wait beyond this time */
};

void name_wait_init(struct name_wait *wait);
void name_wait_clear(struct name_wait *wait);

/* Asks a server, unless that was done, for the debug file of SOURCE, which has BUILD_ID. Returns
 * whether to wait for the answer. DEBUGINFOD may be NULL. */
bool name_wait_ask(struct name_wait *wait, struct debuginfod *debuginfod,
	struct module_source *source, const char *build_id);

/*
 * Moves to AGAIN what it is time to retry or, if a map HAS_CHANGED or somebody waits (HURRY), all
 * that can find more by now. In a hurry, the rest is moved to ENDED.
 */
void name_wait_retry(struct name_wait *wait, bool hurry, bool has_changed, struct job_list *again,
	struct job_list *ended);

/* Takes answers of servers, and moves to AGAIN what need not wait any longer. */
void name_wait_check_servers(
	struct name_wait *wait, struct debuginfod *debuginfod, bool hurry, struct job_list *again);

/* When these have to be called again; 0: when something happens. */
uint64_t name_wait_end_ns(const struct name_wait *wait);

/* Whether any job waits. */
bool name_wait_has_jobs(const struct name_wait *wait);

#endif
