/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of the engine that is in the kernel: loads the programs, attaches them, and gives access
 * to their arrays (engine/bpf/records.h). The only place that uses libbpf, with kernel_stacks.c.
 *
 *     open ──▶ set_scope, target … ──▶ attach ──▶ find … ──▶ (records change) ──▶ detach ──▶ close
 *
 * One thread at a time. If this process dies, the kernel removes all of it.
 */
#ifndef STOP_ENGINE_BPF_KERNEL_SIDE_H
#define STOP_ENGINE_BPF_KERNEL_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/bpf/detail_records.h"
#include "engine/bpf/records.h"
#include "engine/bpf/scope.h"
#include "engine/bpf/stack_records.h"

struct fetch_limits;
struct kernel_side;

/* The arrays. */
enum kernel_array {
	KERNEL_TASKS,
	KERNEL_CELLS,
	KERNEL_ROWS,
	KERNEL_ARRAYS,
};

/* What the programs are loaded for. */
struct kernel_purpose {
	enum bpf_scope_kind kind;
	size_t targets; /* as many can be named */
};

/*
 * Loads the programs for PURPOSE. Returns 0 with *OUT, or -errno: bpf_refusal_text() says why. To
 * be called by the thread that calls kernel_side_trace_self().
 */
int kernel_side_open(const struct kernel_purpose *purpose, struct kernel_side **out);

/* Whether SIDE, which was loaded, can be used for PURPOSE. */
bool kernel_side_serves(const struct kernel_side *side, const struct kernel_purpose *purpose);

/* Frees SIDE with all that is in the kernel; NULL is allowed. */
void kernel_side_close(struct kernel_side *side);

/* What is traced, before kernel_side_attach(). */
void kernel_side_set_scope(struct kernel_side *side, const struct bpf_scope *scope);

/* Names TID, in our PID namespace, as a target, before kernel_side_attach(). Returns 0 or -errno.
 */
int kernel_side_target(struct kernel_side *side, pid_t tid, enum bpf_target kind);

/* Whether requests of io_uring are counted: the kernel has tracepoints that are known. */
bool kernel_side_has_requests(const struct kernel_side *side);

/* Attaches the programs. Tasks that targets create from then on are found. Returns 0 or -errno. */
int kernel_side_attach(struct kernel_side *side);

/*
 * Gives every task of the targets that has none yet a slot. Returns how many that were, or -errno.
 * Call it until it returns 0, and then kernel_side_attached().
 */
int kernel_side_find(struct kernel_side *side);
void kernel_side_attached(struct kernel_side *side);

/*
 * Whether processes have moved into or out of the scope since this was called last: then
 * kernel_side_find() has to finish that, for the calls that they are in, and for many threads.
 */
bool kernel_side_has_moves(struct kernel_side *side);

/*
 * Waits until every run of a program that has begun is over: what it has found by a tid before that
 * was forgotten, it does not use any more. Takes milliseconds.
 */
void kernel_side_await_programs(struct kernel_side *side);

/*
 * Splits the time of calls that begin from now on, or no longer: that costs every switch and
 * wake-up on the machine. Returns 0 or -errno.
 */
int kernel_side_split(struct kernel_side *side, bool is_wanted);

/* Ends counting. The records stay. */
void kernel_side_detach(struct kernel_side *side);

/* The first index that has never been used, of ARRAY. */
uint32_t kernel_side_end(const struct kernel_side *side, enum kernel_array array);

/* The records with an index below that. They are written by the kernel at any time. */
const struct bpf_task *kernel_side_task(const struct kernel_side *side, uint32_t slot);
const struct bpf_cell *kernel_side_cell(const struct kernel_side *side, uint32_t index);
const struct bpf_row *kernel_side_row(const struct kernel_side *side, uint32_t index);

/* How often ERR was returned to calls of the cell INDEX, beyond what it counts by itself. */
uint64_t kernel_side_error(const struct kernel_side *side, uint32_t index, uint32_t err);

/* The descriptor that this needs; reading the records needs none. */
int kernel_side_errors_fd(const struct kernel_side *side);

/* Frees that count. */
void kernel_side_forget_error(struct kernel_side *side, uint32_t index, uint32_t err);

/*
 * Frees the record INDEX of ARRAY, which the kernel does not write any more: clears it, and lets
 * the kernel use it again.
 */
void kernel_side_recycle(struct kernel_side *side, enum kernel_array array, uint32_t index);

/* Forgets TASK, which has ended without a record of that. */
void kernel_side_forget_task(struct kernel_side *side, const struct bpf_task *task);

/* Forgets CELL of TASK, as read last, which has no place in bpf_task.cell. */
void kernel_side_forget(struct kernel_side *side, uint32_t task, const struct bpf_cell *cell);

/*
 * Adds chunks to each array that will soon be full. Returns 0, or -errno if memory was refused. The
 * descriptor is readable when one may be, until then.
 */
int kernel_side_grow(struct kernel_side *side);
int kernel_side_room_bell(const struct kernel_side *side);

/* No cell will have calls that ended both before and after TIME_NS, which is in the future. */
void kernel_side_divide(struct kernel_side *side, uint64_t time_ns);

/* A descriptor that is readable when a process has ended; kernel_side_hush() makes it unreadable.
 */
int kernel_side_bell(const struct kernel_side *side);
void kernel_side_hush(struct kernel_side *side);

/*
 * Stacks: prepares for capturing them, once; their numbers follow LAST. Each that is new goes to
 * TAKE with CONTEXT, in kernel_side_take_stacks(); what TAKE returns is no error if it is 0, and
 * otherwise ends that. Returns 0 or -errno.
 */
typedef int kernel_stack_taker(void *context, const struct bpf_stack *stack, size_t size);
int kernel_side_open_stacks(
	struct kernel_side *side, uint32_t last, kernel_stack_taker *take, void *context);

/* What stop and the programs share about stacks. */
struct bpf_stacks *kernel_side_stacks(const struct kernel_side *side);

/* After kernel_side_open_stacks(): a descriptor that is readable when there are new stacks. */
int kernel_side_stacks_fd(const struct kernel_side *side);

/* Takes the new stacks. This and the other functions about stacks may be in a thread of their own.
 */
void kernel_side_take_stacks(const struct kernel_side *side);

/* From now on, the programs know the stack with HASH by NUMBER. */
void kernel_side_know_stack(
	const struct kernel_side *side, const uint64_t hash[2], uint32_t number);

/*
 * Details: prepares for sending them, once; strings and lists are cut at LIMITS. Returns 0 or
 * -errno.
 */
int kernel_side_open_details(struct kernel_side *side, const struct fetch_limits *limits);

/* What stop and the programs share about details. */
struct bpf_details *kernel_side_details(const struct kernel_side *side);

/* Sends signals to tasks as details, or no longer. Returns 0 or -errno. */
int kernel_side_send_signals(struct kernel_side *side, bool is_wanted);

/* Positions in the ring of details: up to which we have read, and the programs have written. */
uint64_t kernel_side_details_begin(const struct kernel_side *side);
uint64_t kernel_side_details_end(const struct kernel_side *side);

/*
 * The first record from position *AT on and before UNTIL, which is not behind the end, valid until
 * kernel_side_drop_details(); NULL: there is none, or it is just being written. *AT becomes its
 * position, and *NEXT the one after it.
 */
const struct bpf_detail *kernel_side_detail(
	const struct kernel_side *side, uint64_t *at, uint64_t until, uint64_t *next);

/* What is before position UNTIL is not needed any more. */
void kernel_side_drop_details(struct kernel_side *side, uint64_t until);

/* What was lost; all are 0 unless memory was refused or the kernel skipped a program. */
struct kernel_losses {
	uint64_t tasks;       /* not traced */
	uint64_t outsiders;   /* likewise, as they are not in our PID namespace */
	uint64_t errors;      /* whose errno is unknown */
	uint64_t missed;      /* runs of a program that the kernel skipped */
	uint64_t unsignalled; /* signals likewise */
	uint64_t unsplit;     /* switches and wake-ups likewise: the split of some call is wrong */
};

struct kernel_losses kernel_side_losses(const struct kernel_side *side);

/*
 * Traces the calling thread, or no longer: to measure the overhead before there are targets.
 * Returns its slot, or 0 if that is not possible.
 */
uint32_t kernel_side_trace_self(struct kernel_side *side);
void kernel_side_untrace_self(struct kernel_side *side, uint32_t slot);

#endif
