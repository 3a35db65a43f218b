/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a task has been off the CPU, for calls that were in progress at the attach; part of
 * count.bpf.c.
 *
 * The scheduler stores when a task was last on a CPU (se.exec_start, by update_curr() as it
 * leaves), by the clock_task of that CPU: its `clock` without the time that interrupts and, in a
 * virtual machine, other guests took. What is missing only grows, so the difference of both now is
 * at least what it was then. The `clock` of all CPUs is that of the machine, as of their last
 * update. So all that is added here is too much rather than too little, and the time found is never
 * too long.
 */
#ifndef STOP_ENGINE_BPF_SLEEP_BPF_H
#define STOP_ENGINE_BPF_SLEEP_BPF_H

#include "state.bpf.h"

/* The part by which CLOCK_MONOTONIC, which is slewed, and the scheduler's clock may differ: 1/2^N,
 * as adjtimex(2) slews by 500 ppm at most.
 */
#define SLEW_SHIFT 10

/* From the scheduler's clock to CLOCK_MONOTONIC, or more; the least that was seen. */
uint64_t clock_offset_ns = ~0ULL;

/* The run queue of the CPU that TASK is on, or was on last; NULL: unknown. */
static const struct rq *queue_of(struct task_struct *task)
{
	if (!bpf_core_field_exists(task->se.cfs_rq))
		return NULL;
	return BPF_CORE_READ(task, se.cfs_rq, rq);
}

/* For at least how long TASK, which is off the CPU, has been there at NOW_NS; 0: unknown. */
static __noinline uint64_t sleeping_ns(struct task_struct *task, uint64_t now_ns)
{
	if (!task)
		return 0;
	const struct rq *ours = queue_of(bpf_get_current_task_btf()), *queue = queue_of(task);
	uint64_t left_ns = BPF_CORE_READ(task, se.exec_start);
	if (!ours || !queue || !left_ns)
		return 0;
	uint64_t offset_ns = now_ns - BPF_CORE_READ(ours, clock);
	if (offset_ns < clock_offset_ns)
		clock_offset_ns = offset_ns;
	/* In this order: an update in between makes the difference greater. */
	uint64_t task_ns = BPF_CORE_READ(queue, clock_task);
	uint64_t clock_ns = BPF_CORE_READ(queue, clock);
	uint64_t since_ns = left_ns + (clock_ns - task_ns) + clock_offset_ns;
	if (clock_ns < task_ns || since_ns >= now_ns)
		return 0;
	return (now_ns - since_ns) - ((now_ns - since_ns) >> SLEW_SHIFT);
}

#endif
