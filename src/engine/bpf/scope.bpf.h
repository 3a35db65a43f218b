/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which tasks are in the scope; part of count.bpf.c. It is asked when a task is found, is born, or
 * moves to another cgroup: the programs that count know its slot alone.
 *
 *     sched_process_fork, clone3 ─▶ task_newtask ────────┐
 *     cgroup.procs, cgroup.threads ─▶ cgroup_attach_task ┼─▶ reconsider(): join, or leave
 *     the attach, and what a move has left ─▶ iter/task ─┘
 *
 * These can run at the same time for one task. `members` decides which of them gives it a slot, and
 * each looks again afterwards whether the task is still in the scope.
 */
#ifndef STOP_ENGINE_BPF_SCOPE_BPF_H
#define STOP_ENGINE_BPF_SCOPE_BPF_H

#include "engine/bpf/scope.h"

#include "state.bpf.h"

/* The deepest cgroup; the most hierarchies; the deepest PID namespace (MAX_PID_NS_LEVEL). */
#define CGROUP_LEVELS   256
#define HIERARCHIES_MAX 64
#define NAMESPACES_MAX  33

/* Threads of a process that are handled when it moves; the iterator finds the others. */
#define MOVED_AT_ONCE   512

/* Written by stop before the programs are loaded: enum bpf_scope_kind. */
const volatile uint32_t scope_kind = BPF_SCOPE_TASKS;

/* Written by stop before they are attached. */
struct bpf_scope scope = {0};

/* Written here. */
uint64_t moves = 0;     /* of processes into or out of the scope: the iterator has to run */
uint64_t outsiders = 0; /* tasks in the scope that are not in stop's PID namespace */

/*
 * Tids of tasks that have a slot, or are about to get one. Allocated in advance, because a move is
 * reported with interrupts disabled, and then the kernel has only a few elements at hand.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_MEMBERS);
	__type(key, uint32_t);
	__type(value, uint32_t);
} members SEC(".maps");

/* A pointer as a number: functions that are verified once take only these. */
static uint64_t address_of(const void *pointer)
{
	uint64_t address = 0;
	bpf_probe_read_kernel(&address, sizeof(address), &pointer);
	return address;
}

/* Whether the cgroup at ADDRESS is the scope's, or below it. */
__noinline int is_below(uint64_t address)
{
	struct cgroup *cgroup = (void *)address;
	for (int i = 0; i < CGROUP_LEVELS && cgroup; i++) {
		if (BPF_CORE_READ(cgroup, kn, id) == scope.inode)
			return 1;
		struct cgroup_subsys_state *parent = BPF_CORE_READ(cgroup, self.parent);
		cgroup = parent ? BPF_CORE_READ(parent, cgroup) : NULL;
	}
	return 0;
}

/* The cgroup of the css_set at ADDRESS in a hierarchy of version 1, or 0. */
__noinline uint64_t cgroup_of_set(uint64_t address)
{
	struct css_set *set = (void *)address;
	struct list_head *head = &set->cgrp_links, *node = BPF_CORE_READ(head, next);
	for (int i = 0; i < HIERARCHIES_MAX && node != head; i++) {
		struct cgrp_cset_link *link = (void *)node -
		                              bpf_core_field_offset(
						      struct cgrp_cset_link, cgrp_link);
		struct cgroup *cgroup = BPF_CORE_READ(link, cgrp);
		if ((uint32_t)BPF_CORE_READ(cgroup, root, hierarchy_id) == scope.hierarchy)
			return address_of(cgroup);
		node = BPF_CORE_READ(node, next);
	}
	return 0;
}

static bool is_in_cgroup(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	if (!set)
		return false;
	uint64_t cgroup = scope.hierarchy ? cgroup_of_set(address_of(set))
	                                  : address_of(BPF_CORE_READ(set, dfl_cgrp));
	return is_below(cgroup);
}

static bool is_in_namespace(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	uint32_t level = pid ? BPF_CORE_READ(pid, level) : 0;
	for (uint32_t i = 0; i < NAMESPACES_MAX && pid && i <= level; i++) {
		if (BPF_CORE_READ(pid, numbers[i].ns, ns.inum) == scope.inode)
			return true;
	}
	return false;
}

/* Whether TASK is one of stop's, or a child of it. */
static bool is_ours(struct task_struct *task)
{
	return (uint32_t)BPF_CORE_READ(task, tgid) == our_tgid ||
	       (uint32_t)BPF_CORE_READ(task, real_parent, tgid) == our_tgid;
}

/* Whether the task at ADDRESS is in the scope. */
__noinline int is_in_scope(uint64_t address)
{
	struct task_struct *task = (void *)address;
	if (is_ours(task))
		return 0;
	if (scope_kind == BPF_SCOPE_CGROUP)
		return is_in_cgroup(task);
	if (scope_kind == BPF_SCOPE_NAMESPACE)
		return is_in_namespace(task);
	return 1;
}

/*
 * Makes TID a member. Returns whether it was none: then the caller gives it a slot, or calls
 * remove_member().
 */
static bool add_member(uint32_t tid)
{
	uint32_t one = 1;
	int64_t result = bpf_map_update_elem(&members, &tid, &one, BPF_NOEXIST);
	if (result && result != -EEXIST)
		__sync_fetch_and_add(&task_fill.refused, 1);
	return result == 0;
}

static void remove_member(uint32_t tid)
{
	bpf_map_delete_elem(&members, &tid);
}

/* Ends RECORD of the task with TID, whose own CPU can be using it. */
static void abandon_record(struct bpf_task *record, uint32_t tid)
{
	*(volatile uint64_t *)&record->left_ns = bpf_ktime_get_ns();
	barrier();
	remove_member(tid);
}

/* The task with TID, which has a slot, has left the scope. */
static void leave_scope(uint32_t tid)
{
	struct bpf_task *record = task_of(tid);
	if (!record)
		return;
	clear_place(record->place, record->slot);
	clear_slot(tid);
	abandon_record(record, tid);
}

/* Makes RECORD be found by its place and by TID; ends it if there is no memory for that. */
static void publish_record(struct bpf_task *record, uint32_t tid)
{
	if (set_slot(tid, record->slot)) {
		set_place(record->place, record->slot);
		return;
	}
	__sync_fetch_and_add(&task_fill.refused, 1);
	abandon_record(record, tid);
}

#endif
