/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Says what the stacks in a recording are. Events refer to stacks by their IDs; this sends, before
 * the first event that does, its modules, frames and names as events (EVENT_FRAMES and those before
 * it in event/event.h), and what becomes known of them later. So each is in the recording once:
 *
 *     EVENT_STACK, stack 7 ──▶ stack_writer_before() ──▶ EVENT_MODULE …, EVENT_PLACE …,
 *                                                        EVENT_FUNCTION …, EVENT_FRAMES 7
 *
 * For the thread of the model.
 */
#ifndef STOP_OUT_STACK_WRITER_H
#define STOP_OUT_STACK_WRITER_H

#include <stddef.h>
#include <stdint.h>

struct event;
struct event_sink;
struct stack_lookup;
struct stack_writer;

/* Sends to SINK, which outlives it; LOOKUP finds the stacks. Freed with stack_writer_free(). */
struct stack_writer *stack_writer_new(const struct stack_lookup *lookup, struct event_sink *sink);

/* NULL is allowed. */
void stack_writer_free(struct stack_writer *writer);

/* Sends what EVENT refers to, and before a frame or the end, what has become known. */
void stack_writer_before(struct stack_writer *writer, const struct event *event);

/* Sends what has become known. */
void stack_writer_flush(struct stack_writer *writer);

/* Sends everything again before it is referred to: what was sent is no longer there, or not all. */
void stack_writer_restart(struct stack_writer *writer);

#endif
