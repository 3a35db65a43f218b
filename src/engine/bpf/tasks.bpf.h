/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Births, execs and ends of tasks, and the attach; part of count.bpf.c. */
#ifndef STOP_ENGINE_BPF_TASKS_BPF_H
#define STOP_ENGINE_BPF_TASKS_BPF_H

#include "calls.bpf.h"
#include "scope.bpf.h"
#include "sleep.bpf.h"

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
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	uint32_t number = our_number(pid);
	/* It has entered a PID namespace that stop's does not contain. */
	if (!number) {
		__sync_fetch_and_add(&outsiders, 1);
		return NULL;
	}
	uint32_t slot = take_index(&tasks, freed_tasks, &task_fill, BPF_TASKS_SHIFT);
	struct bpf_task *record = task_at(slot);
	if (!record)
		return NULL;
	record->slot = slot;
	record->tid = BPF_CORE_READ(task, pid);
	record->tgid = BPF_CORE_READ(task, tgid);
	record->our_tid = number;
	record->our_tgid = our_number(BPF_CORE_READ(task, group_leader, thread_pid));
	record->our_parent = our_number(
		BPF_CORE_READ(task, group_leader, real_parent, group_leader, thread_pid));
	record->ns_tid = number_of(pid);
	record->place = ((uint64_t)BPF_CORE_READ(task, stack) + stack_to_place) >> BPF_PLACE_SHIFT;
	record->born_ns = bpf_ktime_get_ns();
	record->serial = __sync_fetch_and_add(&serials, 1) + 1;
	BPF_CORE_READ_INTO(&record->comm, task, comm);
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
	uint32_t flags = BPF_CORE_READ(task, flags);
	return flags & PF_IO_WORKER ||
	       (bpf_core_type_exists(struct vhost_task) && flags & PF_USER_WORKER);
}

/* If TASK, which has REGS, sleeps in a call, stores that in its RECORD. */
static void find_call(struct bpf_task *record, struct task_struct *task, const struct pt_regs *regs)
{
	struct bpf_call *call = &record->current;
	int64_t id = (int64_t)BPF_CORE_READ(regs, orig_ax);
	/* An interrupt has a negative one; `ax` keeps -ENOSYS until the call has a result. */
	if (BPF_CORE_READ(task, on_cpu) || id < 0 || (int64_t)BPF_CORE_READ(regs, ax) != -ENOSYS)
		return;
	call->abi = X86_64;
	call->nr = (uint32_t)id;
	if (BPF_CORE_READ(task, thread_info.status) & TS_COMPAT) {
		call->abi = I386;
	} else if (id & X32_BIT) {
		call->abi = X32;
		call->nr = (uint32_t)id & ~X32_BIT;
	}
	probe_args(call->args, regs, call->abi);
	call->ip = BPF_CORE_READ(regs, ip);
	call->sp = BPF_CORE_READ(regs, sp);
	call->partial = 1;
	call->before_ns = sleeping_ns(task, record->born_ns);
	call->enter_ns = record->born_ns;
}

static uint64_t switches_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, nvcsw) + BPF_CORE_READ(task, nivcsw);
}

/* Gives TASK, which exists, a slot and the call that it is in, but no way to find it by its tid. */
static struct bpf_task *found_task(struct task_struct *task, const struct pt_regs *regs)
{
	struct bpf_task *record = new_task(task, BPF_TASK_FRESH | BPF_TASK_FOUND);
	if (record)
		find_call(record, task, regs);
	barrier();
	return record;
}

/*
 * Makes RECORD of TASK, which had SWITCHES when it was looked at, be found by its tid. What was
 * read is true only if it has not run meanwhile.
 */
static void publish_task(struct bpf_task *record, struct task_struct *task, uint64_t switches)
{
	uint64_t born_ns = record->born_ns;
	publish_record(record, record->tid);
	if (BPF_CORE_READ(task, on_cpu) || switches_of(task) != switches)
		__sync_val_compare_and_swap(&record->current.enter_ns, born_ns, 0);
	if (BPF_CORE_READ(task, flags) & PF_EXITING) {
		__sync_fetch_and_or(&record->flags, BPF_TASK_DOUBTFUL);
		__sync_fetch_and_add(&doubtful, 1);
	}
}

/* Gives TASK, which is in the scope, a slot. Like reconsider(). */
static int join_scope(struct task_struct *task, const struct pt_regs *regs, uint32_t flags)
{
	uint32_t tid = BPF_CORE_READ(task, pid);
	if (!add_member(tid))
		return 0;
	uint64_t switches = switches_of(task);
	struct bpf_task *record = regs ? found_task(task, regs) : new_task(task, flags);
	if (!record) {
		remove_member(tid);
		return 0;
	}
	if (regs)
		publish_task(record, task, switches);
	else
		publish_record(record, tid);
	if (!regs && are_details_wanted())
		send_task(record, BPF_DETAIL_TASK);
	if (scope_kind == BPF_SCOPE_CGROUP && !is_in_scope(address_of(task)))
		leave_scope(tid);
	return 1;
}

/*
 * Gives the task at ADDRESS a slot if it is in the scope and has none, and takes it away if it is
 * not in it. Its registers are at REGS; 0: it is new, and the FLAGS of its record are these.
 * Returns 1 if it has got one.
 */
__noinline int reconsider(uint64_t address, uint64_t regs, uint32_t flags)
{
	struct task_struct *task = (void *)address;
	uint32_t tid = BPF_CORE_READ(task, pid);
	bool has_slot = slot_of(tid), is_in = is_in_scope(address);
	if (has_slot && !is_in)
		leave_scope(tid);
	if (has_slot || !is_in || BPF_CORE_READ(task, flags) & (PF_KTHREAD | PF_EXITING) ||
		!BPF_CORE_READ(task, mm) || is_worker(task))
		return 0;
	return join_scope(task, (void *)regs, flags);
}

SEC("tp_btf/task_newtask")
int task_newtask(unsigned long long *context)
{
	struct task_struct *child = (void *)context[0];
	bool is_thread = context[1] & CLONE_THREAD;
	if (scope_kind)
		return reconsider(address_of(child), 0, BPF_TASK_FRESH);
	/* Its creator is traced; or another thread of that, which itself found no room. */
	uint64_t creator = bpf_get_current_pid_tgid();
	if (!slot_of((uint32_t)creator) && !slot_of((uint32_t)(creator >> 32)) &&
		!(is_attaching && is_named(bpf_get_current_task_btf())))
		return 0;
	if (!is_thread && !scope.follow_forks)
		return 0;
	if (is_worker(child))
		return 0;
	if (!add_member(child->pid))
		return 0;
	struct bpf_task *record = new_task(child, BPF_TASK_FRESH);
	if (!record) {
		remove_member(child->pid);
		return 0;
	}
	publish_record(record, record->tid);
	if (are_details_wanted())
		send_task(record, BPF_DETAIL_TASK);
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
	record->current.before_ns = 0;
	record->current.detail = 0;
	for (uint32_t i = 0; i < 6; i++)
		record->current.args[i] = 0;
	record->current.enter_ns = record->born_ns;
}

/* What TASK, the current one, has used: as of the last tick or switch, as the kernel counts. */
static __always_inline void read_times(struct bpf_times *times, const struct task_struct *task)
{
	times->user_ns = task->utime;
	times->system_ns = task->stime;
	times->run_ns = task->se.sum_exec_runtime;
	times->queued_ns = task->sched_info.run_delay;
	times->runs = task->sched_info.pcount;
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
	}
	struct bpf_task *record = task_at(slot);
	if (!record)
		return 0;
	if (was_ours)
		publish_record(record, tid);
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
		remove_member(former);
		add_member(tid);
		record->tid = tid;
		record->our_former = record->our_tid;
		record->our_tid = record->our_tgid;
		record->ns_tid = number_of(task->thread_pid);
		record->flags |= BPF_TASK_TOOK_OVER;
		publish_record(record, tid);
	}
	record->stack_end = 0;
	space_changed(task->tgid);
	uint64_t at = record->programs + 1;
	BOUND(at, BPF_EXECS - 1);
	read_times(&record->at_exec[at], task);
	barrier();
	*(volatile uint32_t *)&record->programs = record->programs + 1;
	if (are_details_wanted())
		send_task(record, BPF_DETAIL_TASK);
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
		uint32_t nr, abi = abi_of(bpf_get_current_task_btf(), (int64_t)regs->orig_ax, &nr);
		kind = kind_of(nr, abi, 0);
		from_ns = now_ns;
		call->nr = nr;
		call->abi = abi;
		call->capture = call->detail = 0;
		call->partial = 1;
		read_args(call->args, regs, abi);
	}
	const struct ending ending = {.now_ns = now_ns,
		.before_ns = call->enter_ns && call->partial ? call->before_ns : 0};
	count_partial(record, kind, from_ns, &ending);
	call->enter_ns = from_ns;
	if (are_details_wanted())
		end_detail(record, call, now_ns, HOW(0, BPF_DETAIL_NEVER_RETURNED));
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
	read_times(&record->at_end, task);
	record->exit_code = task->exit_code;
	if (signal->flags & SIGNAL_GROUP_EXIT) {
		record->exit_code = signal->group_exit_code;
		flags |= BPF_TASK_GROUP_EXIT;
	}
	record->gone_ns = now_ns;
	clear_place(record->place, slot);
	clear_slot(tid);
	remove_member(tid);
	barrier();
	*(volatile uint32_t *)&record->flags = flags |
	                                       (record->flags &
						       (BPF_TASK_FOUND | BPF_TASK_TOOK_OVER));
	if (are_details_wanted())
		send_task(record, BPF_DETAIL_END);
	if (signal->live.counter == 0) {
		space_changed(task->tgid);
		/* In a scope, many end, and nobody waits for one of them. */
		if (!scope_kind)
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
	if (!scope.follow_tree)
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

/* An iterator runs in the thread that reads it. */
static __noinline int find_ourselves(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pid *pid = task->thread_pid;
	uint32_t level = BPF_CORE_READ(pid, level);
	uint64_t distance = distance_to_places((void *)bpf_task_pt_regs(task));
	our_place = distance >> BPF_PLACE_SHIFT;
	stack_to_place = distance - (uint64_t)task->stack;
	our_tid = task->pid;
	our_tgid = task->tgid;
	our_level = level;
	our_namespace = BPF_CORE_READ(pid, numbers[level].ns, ns.inum);
	return 0;
}

/* Finds TASK if it is named. Returns whether it has got a slot. */
static bool find_named(struct task_struct *task)
{
	if (task->flags & (PF_KTHREAD | PF_EXITING) || !task->mm || is_worker(task) ||
		!is_wanted(task))
		return false;
	uint32_t tid = task->pid;
	bool is_command = is_target(our_number(task->thread_pid), BPF_TARGET_COMMAND);
	if (slot_of(tid) || !add_member(tid))
		return false;
	uint64_t switches = switches_of(task);
	struct bpf_task *record = found_task(task, (struct pt_regs *)bpf_task_pt_regs(task));
	if (!record) {
		remove_member(tid);
		return false;
	}
	if (!is_command) {
		publish_task(record, task, switches);
		return true;
	}
	command.tid = tid;
	command.slot = record->slot;
	return false;
}

SEC("iter/task")
int find_tasks(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;
	uint64_t found = 1;
	if (!our_namespace)
		find_ourselves();
	if (!task || !is_finding)
		return 0;
	bool is_new;
	if (scope_kind)
		is_new = reconsider(
			address_of(task), address_of((struct pt_regs *)bpf_task_pt_regs(task)), 0);
	else
		is_new = find_named(task);
	if (is_new)
		bpf_seq_write(context->meta->seq, &found, sizeof(found));
	return 0;
}

/*
 * A process, or one thread, has moved to another cgroup of some hierarchy. The registers of its
 * threads are at the same place of their stacks.
 */
static int move_task(struct task_struct *task, bool is_process)
{
	uint64_t place = address_of((struct pt_regs *)bpf_task_pt_regs(task)) -
	                 address_of(BPF_CORE_READ(task, stack));
	struct list_head *head = &BPF_CORE_READ(task, signal)->thread_head;
	struct list_head *node = BPF_CORE_READ(head, next);
	__sync_fetch_and_add(&moves, 1);
	ring_bell();
	if (!is_process)
		return reconsider(
			address_of(task), address_of(BPF_CORE_READ(task, stack)) + place, 0);
	for (int i = 0; i < MOVED_AT_ONCE && node != head; i++) {
		struct task_struct *thread = (void *)node -
		                             bpf_core_field_offset(struct task_struct, thread_node);
		reconsider(address_of(thread), address_of(BPF_CORE_READ(thread, stack)) + place, 0);
		node = BPF_CORE_READ(node, next);
	}
	return 0;
}

SEC("tp_btf/cgroup_attach_task")
int cgroup_attach_task(unsigned long long *context)
{
	move_task((void *)context[2], context[3] & 1);
	return 0;
}

SEC("tp_btf/cgroup_transfer_tasks")
int cgroup_transfer_tasks(unsigned long long *context)
{
	move_task((void *)context[2], context[3] & 1);
	return 0;
}

#endif
