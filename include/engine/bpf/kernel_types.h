/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of the kernel's structures that the BPF programs read, by name and type. libbpf finds
 * their offsets in the BTF of the running kernel, so that neither its headers nor a vmlinux.h are
 * needed. For BPF programs only.
 */
#ifndef STOP_ENGINE_BPF_KERNEL_TYPES_H
#define STOP_ENGINE_BPF_KERNEL_TYPES_H

typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long long uint64_t;
typedef int int32_t;
typedef long long int64_t;

/* The names that libbpf's headers use. */
typedef uint8_t __u8;
typedef uint16_t __u16;
typedef uint32_t __u32;
typedef uint64_t __u64;
typedef short __s16;
typedef int __s32;
typedef int64_t __s64;
typedef uint16_t __be16;
typedef uint32_t __be32;
typedef uint32_t __wsum;

#define UINT32_MAX 0xffffffffU
#define UINT64_MAX 0xffffffffffffffffULL
#define INT64_MAX  0x7fffffffffffffffLL
#define INT64_MIN  (-INT64_MAX - 1)
#define bool _Bool
#define true 1
#define false 0
#define NULL ((void *)0)

/* <linux/bpf.h> */
enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_QUEUE = 22,
	BPF_MAP_TYPE_RINGBUF = 27,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
	BPF_F_NO_PREALLOC = 1,
	BPF_F_MMAPABLE = 1024,
	BPF_F_INNER_MAP = 4096,
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_FORCE_WAKEUP = 2,
	BPF_RB_AVAIL_DATA = 0,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs; /* of the processor: arch/x86_64/bpf.h */

struct thread_info {
	uint32_t status;
};

struct ns_common {
	uint32_t inum;
};

struct pid_namespace {
	struct ns_common ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	uint32_t level;
	struct upid numbers[1];
};

struct sched_info {
	unsigned long pcount;
	unsigned long long run_delay;
};

/* A CPU's run queue. */
struct rq {
	uint64_t clock, clock_task;
};

struct cfs_rq {
	struct rq *rq;
};

struct sched_entity {
	uint64_t exec_start, sum_exec_runtime;
	struct cfs_rq *cfs_rq;
};

typedef struct {
	int counter;
} atomic_t;

struct list_head {
	struct list_head *next;
};

struct signal_struct {
	atomic_t live;
	struct list_head thread_head;
	unsigned int flags;
	int group_exit_code;
};

struct mm_struct {
	unsigned long env_end;
};

struct kernfs_node {
	uint64_t id;
};

struct cgroup;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct css_set {
	struct cgroup *dfl_cgrp; /* of version 2 */
	struct list_head cgrp_links;
};

struct cgrp_cset_link {
	struct cgroup *cgrp;
	struct list_head cgrp_link;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state;
	void *stack;
	unsigned int flags;
	int on_cpu;
	struct sched_entity se;
	struct sched_info sched_info;
	struct mm_struct *mm;
	int exit_state, exit_code;
	int pid, tgid;
	struct task_struct *real_parent, *group_leader;
	struct pid *thread_pid;
	uint64_t utime, stime;
	unsigned long nvcsw, nivcsw, min_flt, maj_flt;
	char comm[16];
	struct signal_struct *signal;
	struct list_head thread_node;
	struct css_set *cgroups;
};

/* Of io_uring. */
struct io_uring_task {
	struct task_struct *task; /* since Linux 6.13 */
};

struct io_kiocb {
	uint8_t opcode;
	struct io_uring_task *tctx; /* since Linux 6.13; before: */
	struct task_struct *task;
};

struct io_uring_cqe {
	uint64_t user_data;
	int32_t res;
	uint32_t flags;
};

struct seq_file;

/* Its existence tells that the kernel has PF_USER_WORKER. */
struct vhost_task {
	int unused;
};

struct bpf_iter_meta {
	struct seq_file *seq;
	uint64_t session_id, seq_num;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

#endif
