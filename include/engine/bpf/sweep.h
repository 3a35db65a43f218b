/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the kernel's records to events. A sweep looks at all records, in four steps:
 *
 *     tasks ──▶ the list of watched tasks, in the order of their births
 *     cells ──▶ what was added since the last sweep, as a tally that waits to be written
 *     details ▶ EVENT_TASK if they are the first of a task, EVENT_DETAIL, EVENT_SIGNAL, EVENT_GONE
 *     list ───▶ EVENT_TASK, EVENT_SUM, EVENT_ENTER or EVENT_STATE, EVENT_GONE in the ring
 *
 * A task that has ended before the first step has all of its calls in its cells at the second, and
 * a call that is in progress at the third is in none. If the ring is full, the rest is written
 * later, before anything else is looked at: what a sweep writes is bounded, so that a reader who
 * makes room for it comes to its end, however much is counted meanwhile.
 *
 * Not locked: one thread at a time.
 */
#ifndef STOP_ENGINE_BPF_SWEEP_H
#define STOP_ENGINE_BPF_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct detail_reader;
struct interest;
struct kernel_side;
struct ring;
struct sweep;

/*
 * A new sweep of SIDE that writes to RING. COMMAND is a child of ours whose end is reported once it
 * can be waited for; 0: none. Freed with sweep_free().
 */
struct sweep *sweep_new(struct kernel_side *side, struct ring *ring,
	const struct interest *interest, struct detail_reader *details, pid_t command);
void sweep_free(struct sweep *sweep);

/*
 * Looks at everything as of NOW_NS. IS_LAST: nothing comes any more. Returns whether all that was
 * found has been written.
 */
bool sweep_run(struct sweep *sweep, uint64_t now_ns, bool is_last);

/* Writes what the last sweep had no room for, and looks at nothing. Returns like sweep_run(). */
bool sweep_finish(struct sweep *sweep, uint64_t now_ns);

/* The number of tasks that are alive; those whose end is not reported yet are. */
size_t sweep_living(const struct sweep *sweep);

/* Whether a task was found with number TID: of a process, or of a thread. */
bool sweep_has(const struct sweep *sweep, pid_t tid);

/* Whether the next sweep should be soon: the end of something cannot be reported yet. */
bool sweep_is_awaiting(const struct sweep *sweep);

/* Calls so far that were counted, and that were not because memory was refused. Any thread. */
uint64_t sweep_calls(const struct sweep *sweep);
uint64_t sweep_uncounted(const struct sweep *sweep);

/* Calls so far that were counted with their stacks. */
uint64_t sweep_captured(const struct sweep *sweep);

#endif
