/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel traces of LTTng, which are directories in the Common Trace Format, or of whoever writes
 * the same events:
 *
 *     directory ──▶ trace_process: babeltrace ──lines──▶ lttng_events ──▶ strace_calls ──▶ sink
 *
 * The directory of an LTTng session, with the trace in its directory `kernel`, will do as well. Our
 * own recordings, which are CTF too, are those of src/engine/replay/ctf_format.c.
 */
#ifndef STOP_ENGINE_REPLAY_LTTNG_TRACE_H
#define STOP_ENGINE_REPLAY_LTTNG_TRACE_H

#include "engine/replay/format.h"

extern const struct trace_format lttng_format;

#endif
