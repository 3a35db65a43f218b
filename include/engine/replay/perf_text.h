/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * perf's text as strace would have written it, so that one reader reads both:
 *
 *     line_reader ──▶ perf_line_parse() ──▶ perf_text: strace's words and order ──▶ strace_line
 *
 * perf leaves out arguments that are 0 and the prefixes of constants, and names the others: they
 * get their places and names by the tables of abi/argument.h. It says of no thread that it has
 * ended, except by its last call, and shows no memory, except some paths.
 *
 * One owner at a time.
 */
#ifndef STOP_ENGINE_REPLAY_PERF_TEXT_H
#define STOP_ENGINE_REPLAY_PERF_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/replay/span.h"

struct call_names;
struct perf_text;

/* Lines that one of perf's becomes, at most. */
#define PERF_TEXT_LINES 2

/* NAMES is not owned. Freed with perf_text_free(), which accepts NULL. */
struct perf_text *perf_text_new(const struct call_names *names);
void perf_text_free(struct perf_text *perf);

/*
 * Rewrites TEXT, the next line of perf, to up to PERF_TEXT_LINES LINES, valid until the next call;
 * returns their number. A line that says nothing here becomes none; what is not perf's, itself.
 */
unsigned int perf_text_rewrite(
	struct perf_text *perf, struct span text, struct span lines[PERF_TEXT_LINES]);

/* Whether the arguments were registers in the last line that had any, as of raw_syscalls. */
bool perf_text_is_raw(const struct perf_text *perf);

/* The number of events that perf says it has lost. */
uint64_t perf_text_lost(const struct perf_text *perf);

#endif
