/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stacks that are new to the kernel's programs (engine/bpf/stack_records.h), on their way to
 * the stack thread.
 *
 *     interest ──▶ what the programs capture
 *     ring of new stacks ──▶ memory map, if it has changed ──▶ channel of event/stack_copy.h
 *                               └──▶ filter of the process
 *     what a walk has used ──▶ a hash of as much, which the programs know
 *
 * A copy is interpreted with a memory map that is as new as itself, and in which nothing has been
 * replaced since; otherwise it is reported as lost. So are the stacks of processes that end before
 * their map can be read: nobody makes them wait for that.
 *
 * It has a thread of its own, which starts when the first stacks are wanted: to read the map of a
 * process that is stuck can take forever. The functions are for the owner's thread.
 */
#ifndef STOP_ENGINE_BPF_STACK_READER_H
#define STOP_ENGINE_BPF_STACK_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct interest;
struct kernel_side;
struct stack_copy_channel;
struct stack_reader;

/*
 * A new reader of the stacks of SIDE, which writes to CHANNEL. Both outlive it; if it is abandoned
 * (see below) also what uses them. Freed with stack_reader_free().
 */
struct stack_reader *stack_reader_new(struct kernel_side *side, struct stack_copy_channel *channel);

/*
 * Makes the programs capture the stacks of INTEREST, as far as that has changed. Returns 0, or
 * -errno if stacks cannot be captured.
 */
int stack_reader_request(struct stack_reader *reader, const struct interest *interest);

/* Reports that CALLS have been counted with their stacks, and how many without; LIVING tasks are
 * left.
 */
void stack_reader_note_sweep(struct stack_reader *reader, uint64_t calls, size_t living);

/*
 * Passes on what is left, after the programs were detached, and ends the thread. Returns false if
 * that does not end, because a process is stuck: SIDE and READER must be kept then.
 */
bool stack_reader_finish(struct stack_reader *reader);

/* The number in events (event_enter.capture) of the stack with NUMBER in the kernel, or 0. */
uint32_t stack_reader_capture(uint32_t number);

/* Frees READER, which has finished; NULL is allowed. */
void stack_reader_free(struct stack_reader *reader);

#endif
