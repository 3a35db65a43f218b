/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ships single calls (--ship-calls): a sink that makes a row of each detail of a call that has
 * ended, as a line of the log (out/log.h), without secrets. Calls whose details were dropped by the
 * engine are counted in SHIP_LOST. For one thread.
 */
#ifndef STOP_OUT_SHIP_CALLS_H
#define STOP_OUT_SHIP_CALLS_H

#include "decode/call_text.h"

struct event_sink;
struct ship_calls;
struct ship_source;

/* Of SOURCE, which has to outlive it; with calls as TEXT. Freed with free(3). */
struct ship_calls *ship_calls_new(struct ship_source *source, const struct call_text_options *text);

/* Takes the events. Valid as long as CALLS. */
struct event_sink *ship_calls_sink(struct ship_calls *calls);

/* As ship_source_abandon(). */
void ship_calls_abandon(struct ship_calls *calls);

#endif
