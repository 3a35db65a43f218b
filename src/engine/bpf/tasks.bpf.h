/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Births, execs and ends of tasks, and the attach; part of count.bpf.c. */
#ifndef STOP_ENGINE_BPF_TASKS_BPF_H
#define STOP_ENGINE_BPF_TASKS_BPF_H

#include "calls.bpf.h"

/* The number of PID in stop's PID namespace; 0: it has none there. */
static uint32_t our_number(struct pid *pid)
{
	if (!pid || BPF_CORE_READ(pid, level) < our_level)
		return 0;
	uint32_t level = our_level;
	if (BPF_CORE_READ(pid, numbers[level].ns, ns.inum) != our_namespace)
		return 0;
	return BPF_CORE_READ(pid, numbers[level].nr);
}

/* The number of PID in its own PID namespace. */
static uint32_t number_of(struct pid *pid)
{
	uint32_t level = BPF_CORE_READ(pid, level);
	return BPF_CORE_READ(pid, numbers[level].nr);
}

/* Gives TASK a slot. Returns its record, which is not found by tid yet, or NULL. */
static struct bpf_task *new_task(struct task_struct *task, uint32_t flags)
{
	struct pid *pid = task->thread_pid;
	uint32_t number = our_number(pid);
	/* It has entered a PID namespace that stop's does not contain. */
	if (!number)
		return NULL;
	uint32_t slot = take_index(&free_tasks, &task_fill);
	struct bpf_task *record = task_at(slot);
	if (task_fill.end - task_fill.next < 1 << BPF_TASKS_SHIFT >> 1)
		ring_bell();
	if (!record)
		return NULL;
	record->slot = slot;
	record->tid = task->pid;
	record->tgid = task->tgid;
	record->our_tid = number;
	record->our_tgid = our_number(BPF_CORE_READ(task, group_leader, thread_pid));
	record->our_parent = our_number(
		BPF_CORE_READ(task, group_leader, real_parent, group_leader, thread_pid));
	record->ns_tid = number_of(pid);
	record->born_ns = bpf_ktime_get_ns();
	record->serial = __sync_fetch_and_add(&serials, 1) + 1;
	__builtin_memcpy(record->comm, task->comm, sizeof(record->comm));
	barrier();
	*(volatile uint32_t *)&record->flags = BPF_TASK_LIVE | flags;
	return record;
}

/* Whether TID, in stop's PID namespace, is a target of KIND. */
static bool is_target(uint32_t tid, enum bpf_target kind)
{
	uint32_t *found = bpf_map_lookup_elem(&targets, &tid);
	return found && tid && *found == kind;
}

static bool is_named(struct task_struct *task)
{
	uint32_t tgid = our_number(BPF_CORE_READ(task, group_leader, thread_pid));
	return is_target(tgid, BPF_TARGET_PROCESS) || is_target(tgid, BPF_TARGET_COMMAND) ||
	       is_target(our_number(BPF_CORE_READ(task, thread_pid)), BPF_TARGET_THREAD);
}

/* Whether TASK is a kernel worker of its process (io_uring, since Linux 6.4 vhost). */
static bool is_worker(struct task_struct *task)
{
	return task->flags & PF_IO_WORKER ||
	       (bpf_core_type_exists(struct vhost_task) && task->flags & PF_USER_WORKER);
}

SEC("tp_btf/task_newtask")
int task_newtask(unsigned long long *context)
{
	struct task_struct *child = (void *)context[0];
	bool is_thread = context[1] & CLONE_THREAD;
	if (!slot_of((uint32_t)bpf_get_current_pid_tgid()) &&
		!(is_attaching && is_named(bpf_get_current_task_btf())))
		return 0;
	if (!is_thread && !follow_forks)
		return 0;
	if (is_worker(child))
		return 0;
	struct bpf_task *record = new_task(child, BPF_TASK_FRESH);
	if (record)
		set_slot(record->tid, record->slot);
	return 0;
}

/* Whether TASK is the command, and its calls are not counted yet: they are ours. */
static bool is_command(struct task_struct *task)
{
	return command.slot && (uint32_t)task->pid == command.tid;
}

/* The entry of the execve that RECORD is in was not seen. */
static void begin_exec(struct bpf_task *record)
{
	record->current.nr = NR_EXECVE;
	record->current.abi = X86_64;
	record->current.partial = 1;
	record->current.enter_ns = record->born_ns;
}

SEC("tp_btf/sched_process_exec")
int sched_process_exec(unsigned long long *context)
{
	struct task_struct *task = (void *)context[0];
	uint32_t former = (uint32_t)context[1], tid = task->pid;
	uint32_t slot = slot_of(former);
	bool was_ours = !slot && is_command(task);
	if (was_ours) {
		slot = command.slot;
		command.slot = 0;
		set_slot(tid, slot);
	}
	struct bpf_task *record = task_at(slot);
	if (!record)
		return 0;
	__builtin_memcpy(record->comm, task->comm, sizeof(record->comm));
	/* No handler survives. */
	for (uint32_t i = 0; i < BPF_SUSPENDED; i++) {
		if (i < record->suspended_count)
			end_call(record, &record->suspended[i], record->suspended[i].interrupted_ns,
				EINTR);
	}
	record->suspended_count = 0;
	if (!record->current.enter_ns || was_ours)
		begin_exec(record);
	if (former != tid) {
		/* It has taken over the tid of the leader, which has ended. */
		clear_slot(former);
		record->tid = tid;
		record->our_former = record->our_tid;
		record->our_tid = record->our_tgid;
		record->ns_tid = number_of(task->thread_pid);
		record->flags |= BPF_TASK_TOOK_OVER;
		set_slot(tid, slot);
	}
	record->stack_end = 0;
	space_changed(task->tgid);
	barrier();
	*(volatile uint32_t *)&record->programs = record->programs + 1;
	return 0;
}

/* The call that RECORD's task is in, ended by its death. */
static void end_last_call(struct bpf_task *record, struct task_struct *task, uint64_t now_ns)
{
	struct bpf_call *call = &record->current;
	uint64_t from_ns = call->enter_ns;
	uint64_t kind = kind_of(call->nr, call->abi, call->capture);
	if (!from_ns) {
		/* A filter may have killed it before its entry was seen. */
		struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
		if ((int64_t)regs->orig_ax < 0 || (int64_t)regs->ax != -ENOSYS ||
			(call->nr == regs->orig_ax && call->ip == regs->ip))
			return;
		uint32_t nr, abi = abi_of((int64_t)regs->orig_ax, &nr);
		kind = kind_of(nr, abi, 0);
		from_ns = now_ns;
	}
	count_partial(record, kind, from_ns, now_ns, 0);
	call->enter_ns = 0;
}

SEC("tp_btf/sched_process_exit")
int sched_process_exit(unsigned long long *context)
{
	struct task_struct *task = (void *)context[0];
	struct signal_struct *signal = task->signal;
	uint32_t tid = task->pid, flags = BPF_TASK_EXITED;
	uint32_t slot = slot_of(tid);
	if (!slot && is_command(task)) {
		slot = command.slot;
		command.slot = 0;
	}
	struct bpf_task *record = task_at(slot);
	if (!record)
		return 0;
	uint64_t now_ns = bpf_ktime_get_ns();
	for (uint32_t i = 0; i < BPF_SUSPENDED; i++) {
		if (i < record->suspended_count)
			end_call(record, &record->suspended[i], record->suspended[i].interrupted_ns,
				EINTR);
	}
	end_last_call(record, task, now_ns);
	record->user_ns = task->utime;
	record->system_ns = task->stime;
	record->run_ns = task->se.sum_exec_runtime;
	record->queued_ns = task->sched_info.run_delay;
	record->runs = task->sched_info.pcount;
	record->exit_code = task->exit_code;
	if (signal->flags & SIGNAL_GROUP_EXIT) {
		record->exit_code = signal->group_exit_code;
		flags |= BPF_TASK_GROUP_EXIT;
	}
	record->gone_ns = now_ns;
	clear_slot(tid);
	barrier();
	*(volatile uint32_t *)&record->flags = flags |
	                                       (record->flags &
						       (BPF_TASK_FOUND | BPF_TASK_TOOK_OVER));
	if (signal->live.counter == 0) {
		space_changed(task->tgid);
		ring_bell();
	}
	return 0;
}

/* The attach. */

/*
 * Whether TASK is traced: it is named, or (follow_tree) a descendant of one that is, or that was
 * found before.
 */
static bool is_wanted(struct task_struct *task)
{
	if (is_named(task))
		return true;
	if (!follow_tree)
		return false;
	struct task_struct *parent = BPF_CORE_READ(task, group_leader, real_parent);
	for (int i = 0; i < 64; i++) {
		if (BPF_CORE_READ(parent, tgid) <= 1)
			return false;
		if (slot_of(BPF_CORE_READ(parent, pid)) ||
			is_target(our_number(BPF_CORE_READ(parent, group_leader, thread_pid)),
				BPF_TARGET_PROCESS))
			return true;
		parent = BPF_CORE_READ(parent, group_leader, real_parent);
	}
	return false;
}

/* If TASK sleeps in a call, stores that in its RECORD: its registers are on its kernel stack. */
static void find_call(struct bpf_task *record, struct task_struct *task)
{
	struct bpf_call *call = &record->current;
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	int64_t id = (int64_t)regs->orig_ax;
	/* An interrupt has a negative one; `ax` keeps -ENOSYS until the call has a result. */
	if (task->on_cpu || id < 0 || (int64_t)regs->ax != -ENOSYS)
		return;
	call->abi = X86_64;
	call->nr = (uint32_t)id;
	if (task->thread_info.status & TS_COMPAT) {
		call->abi = I386;
	} else if (id & X32_BIT) {
		call->abi = X32;
		call->nr = (uint32_t)id & ~X32_BIT;
	}
	read_args(call->args, regs, call->abi);
	call->ip = regs->ip;
	call->sp = regs->sp;
	call->partial = 1;
	call->enter_ns = record->born_ns;
}

/* An iterator runs in the thread that reads it. */
static __noinline int find_ourselves(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pid *pid = task->thread_pid;
	uint32_t level = BPF_CORE_READ(pid, level);
	our_tid = task->pid;
	our_level = level;
	our_namespace = BPF_CORE_READ(pid, numbers[level].ns, ns.inum);
	return 0;
}

SEC("iter/task")
int find_tasks(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	uint64_t found = 1;
	if (!our_namespace)
		find_ourselves();
	if (!task || task->flags & (PF_KTHREAD | PF_EXITING) || !task->mm || is_worker(task) ||
		!is_wanted(task))
		return 0;
	uint32_t tid = task->pid;
	bool is_command = is_target(our_number(task->thread_pid), BPF_TARGET_COMMAND);
	if (slot_of(tid) || (is_command && command.slot))
		return 0;
	unsigned long switches = task->nvcsw + task->nivcsw;
	struct bpf_task *record = new_task(task, BPF_TASK_FRESH | BPF_TASK_FOUND);
	if (!record)
		return 0;
	find_call(record, task);
	uint64_t born_ns = record->born_ns;
	barrier();
	if (is_command) {
		command.tid = tid;
		command.slot = record->slot;
		return 0;
	}
	set_slot(tid, record->slot);
	/* What was read is true only if it has not run meanwhile. */
	if (task->on_cpu || task->nvcsw + task->nivcsw != switches)
		__sync_val_compare_and_swap(&record->current.enter_ns, born_ns, 0);
	if (task->flags & PF_EXITING) {
		__sync_fetch_and_or(&record->flags, BPF_TASK_DOUBTFUL);
		__sync_fetch_and_add(&doubtful, 1);
	}
	bpf_seq_write(context->meta->seq, &found, sizeof(found));
	return 0;
}

#endif
