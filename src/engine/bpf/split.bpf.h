/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * On and off the CPU; part of count.bpf.c. These programs are attached only while somebody looks at
 * the split: they run at every switch and every wake-up on the machine.
 *
 *     on a CPU ── sched_switch, runnable ──────────────────────────────▶ runnable ── sched_switch
 * ─▶ ── sched_switch, not runnable ─▶ blocked ─ sched_waking ─▶              on a CPU
 *
 * A task can be woken after it has decided to block, but before the switch: sched_waking then finds
 * it on the CPU. As no task runs again without a wake-up, one that is still "blocked" when it gets
 * a CPU was woken like this, and has been runnable all the time.
 *
 * bpf_task.off is written by the CPU that the task leaves or gets, and by its waker in between:
 * the scheduler orders these (p->pi_lock, p->on_cpu).
 */
#ifndef STOP_ENGINE_BPF_SPLIT_BPF_H
#define STOP_ENGINE_BPF_SPLIT_BPF_H

#include "tasks.bpf.h"

#define TASK_RUNNING 0
#define TASK_WAKING  0x200

static void leave_cpu(
	struct bpf_task *record, struct task_struct *task, bool is_preempted, uint64_t now_ns)
{
	uint32_t state = task->__state;
	bool is_runnable = is_preempted || state == TASK_RUNNING || state == TASK_WAKING;
	record->off.since_ns = now_ns;
	barrier();
	*(volatile uint32_t *)&record->off.state = is_runnable ? BPF_OFF_RUNNABLE : BPF_OFF_BLOCKED;
}

static void get_cpu(struct bpf_task *record, uint64_t now_ns)
{
	uint64_t since_ns = record->off.since_ns;
	/* Unknown, or from when the split was on before. */
	if (record->off.state && since_ns >= split_since_ns && now_ns > since_ns)
		record->off.runnable_ns += now_ns - since_ns;
	record->off.state = BPF_OFF_NOT;
}

SEC("tp_btf/sched_switch")
int sched_switch(unsigned long long *context)
{
	struct task_struct *from = (void *)context[1], *to = (void *)context[2];
	uint32_t from_slot = slot_of(from->pid), to_slot = slot_of(to->pid);
	if (!from_slot && !to_slot)
		return 0;
	uint64_t now_ns = bpf_ktime_get_ns();
	struct bpf_task *record = task_at(from_slot);
	if (record)
		leave_cpu(record, from, context[0], now_ns);
	record = task_at(to_slot);
	if (record)
		get_cpu(record, now_ns);
	return 0;
}

/* The current task, or what has interrupted it, wakes the task of RECORD. */
static void note_waker(struct bpf_task *record, uint64_t now_ns)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct bpf_waker *waker = &record->waker;
	*(volatile uint64_t *)&waker->time_ns = 0;
	barrier();
	waker->tid = our_number(task->thread_pid);
	waker->is_interrupt = task->pid == 0 || is_in_interrupt();
	__builtin_memcpy(waker->comm, task->comm, sizeof(waker->comm));
	barrier();
	*(volatile uint64_t *)&waker->time_ns = now_ns;
}

SEC("tp_btf/sched_waking")
int sched_waking(unsigned long long *context)
{
	struct task_struct *task = (void *)context[0];
	struct bpf_task *record = task_of(task->pid);
	if (!record)
		return 0;
	uint64_t now_ns = bpf_ktime_get_ns();
	note_waker(record, now_ns);
	if (*(volatile uint32_t *)&record->off.state != BPF_OFF_BLOCKED)
		return 0;
	uint64_t since_ns = record->off.since_ns;
	if (since_ns >= split_since_ns && now_ns > since_ns) {
		record->off.blocked_ns += now_ns - since_ns;
		record->off.since_ns = now_ns;
	}
	record->off.state = BPF_OFF_RUNNABLE;
	return 0;
}

#endif
