/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads strace's text: what strace 4.5 to 7 writes with most of its options, also compressed, while
 * it is being written, and as several files that are merged by their times (-ff, or any others).
 *
 * Latencies are those of -T. Without it, a call has lasted until the next line at most, which is
 * then its latency; with times of whole seconds or none, latencies are unknown. A call that was
 * interrupted and is made again counts as one, as in the other engines.
 */
#ifndef STOP_ENGINE_REPLAY_STRACE_TRACE_H
#define STOP_ENGINE_REPLAY_STRACE_TRACE_H

#include "engine/replay/format.h"

extern const struct trace_format strace_format;

/* perf's text, rewritten (engine/replay/perf_text.h). */
extern const struct trace_format perf_format;

#endif
