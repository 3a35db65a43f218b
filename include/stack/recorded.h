/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stacks of a recording: a sink that makes modules, frames and stacks (stack/frame.h) of the
 * events that say what they are, with the IDs that they had. Nothing is opened or looked up: all
 * that there is comes from the events.
 *
 * Those come from a file, and may say anything: the tables are bounded as those of intern.h, and
 * names by a limit of memory; what refers to something that is missing is not made, and what exists
 * already is not changed, except for what can become known later. For one thread.
 */
#ifndef STOP_STACK_RECORDED_H
#define STOP_STACK_RECORDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_sink;
struct event_stacks;
struct recorded_stacks;
struct stack;

/* Names and paths take up to MEMORY bytes. Freed with recorded_stacks_free(). */
struct recorded_stacks *recorded_stacks_new(size_t memory);

/* Frees all stacks with their frames and modules; NULL is allowed. */
void recorded_stacks_free(struct recorded_stacks *recorded);

/* Takes the events. Valid as long as RECORDED. */
struct event_sink *recorded_stacks_sink(struct recorded_stacks *recorded);

/* The stack with ID, without frames if it is not in the recording. Never NULL. */
const struct stack *recorded_stacks_by_id(const struct recorded_stacks *recorded, uint32_t id);

/* Whether the recording has stacks, as far as is known. */
bool recorded_stacks_are_there(const struct recorded_stacks *recorded);

/* What was recorded last about stacks as such; NULL: nothing. */
const struct event_stacks *recorded_stacks_state(const struct recorded_stacks *recorded);

/* Number of names that are missing because of the limit of memory. */
uint64_t recorded_stacks_beyond(const struct recorded_stacks *recorded);

#endif
