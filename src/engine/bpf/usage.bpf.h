/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a call uses; part of count.bpf.c. The kernel counts by task, and keeps counting while a task
 * sleeps: a call's part is the difference between its exit and its entry.
 *
 *     entry ── usage_now() ──▶ bpf_call.before
 *     exit ─── usage_now() ──▶ bpf_call.after
 *              after − before ──▶ bpf_cell.usage, and bpf_cell.split if time is split
 */
#ifndef STOP_ENGINE_BPF_USAGE_BPF_H
#define STOP_ENGINE_BPF_USAGE_BPF_H

#include "state.bpf.h"

/* What TASK, with record RECORD, has used. A task that runs, or does not run at all: nothing of it
 * changes meanwhile.
 */
static __always_inline void usage_now(
	const struct bpf_task *record, struct task_struct *task, struct bpf_meter *meter)
{
	meter->voluntary = task->nvcsw;
	meter->involuntary = task->nivcsw;
	meter->minor_faults = task->min_flt;
	meter->major_faults = task->maj_flt;
	if (bpf_core_field_exists(task->sched_info.run_delay))
		meter->runnable_ns = task->sched_info.run_delay;
	meter->off_runnable_ns = record->off.runnable_ns;
	meter->off_blocked_ns = record->off.blocked_ns;
}

/* Adds to CELL what CALL has used, in SPAN_NS. */
static __always_inline void add_usage(
	struct bpf_cell *cell, const struct bpf_call *call, uint64_t span_ns)
{
	const struct bpf_meter *before = &call->before, *after = &call->after;
	struct task_struct *task = NULL;
	uint64_t since_ns = split_since_ns;
	if (!bpf_core_field_exists(task->sched_info.run_delay))
		return; /* the time in the run queue is not known */
	cell->usage.calls++;
	cell->usage.voluntary += after->voluntary - before->voluntary;
	cell->usage.involuntary += after->involuntary - before->involuntary;
	cell->usage.minor_faults += after->minor_faults - before->minor_faults;
	cell->usage.major_faults += after->major_faults - before->major_faults;
	cell->usage.runnable_ns += after->runnable_ns - before->runnable_ns;
	if (!since_ns || call->enter_ns < since_ns)
		return;
	cell->split.calls++;
	cell->split.total_ns += span_ns;
	cell->split.runnable_ns += after->off_runnable_ns - before->off_runnable_ns;
	cell->split.blocked_ns += after->off_blocked_ns - before->off_blocked_ns;
}

#endif
