/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BPF programs: they count the calls of traced tasks in the kernel; see engine/bpf/records.h.
 *
 *     task_newtask ─▶ a slot for a task         sched_process_exec ─▶ its name, maybe its tid
 *     sys_enter ────▶ its current call          sched_process_exit ─▶ its end
 *     sys_exit ─────▶ a cell of its calls       iter/task ──────────▶ slots for those that exist
 *                                               cgroup_attach_task ─▶ a slot, or its end
 *     io_uring_submit_req, io_uring_complete ─▶ a cell of its requests
 *     sched_switch, sched_waking, on demand ─▶ its time off the CPU
 *     signal_deliver, on demand ─▶ signals
 *
 * What they know about calls that signals interrupt is as in engine/ptrace/state/tracee.h, except
 * that they do not see the signals.
 *
 * Facts are from the kernel's sources: a call that a seccomp filter refuses has a sys_exit without
 * a sys_enter; exit, exit_group and a call in which a task is killed have no sys_exit; the first
 * event of a new task is the sys_exit of its clone.
 */
#include "engine/bpf/kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "arch/x86_64/bpf.h"
#include "engine/bpf/records.h"

char licence[] SEC("license") = "GPL";

#define barrier()          asm volatile("" ::: "memory")

/* Compilers drop a mask that they find needless, and the verifier of Linux 6.1 misses it. */
#define BOUND(value, mask) asm volatile("%0 &= %1" : "+r"(value) : "i"(mask))

#define PR_SET_PDEATHSIG   1
#define SIGKILL            9
#define EINTR              4
#define EEXIST             17
#define ENOSYS             38
#define ERRNO_MAX          4095
#define RESTART_SYS        512
#define RESTART_NOINTR     513
#define RESTART_NOHAND     514
#define RESTART_BLOCK      516

#define PF_EXITING         0x4
#define PF_KTHREAD         0x200000
#define PF_IO_WORKER       0x10
#define PF_USER_WORKER     0x4000
#define CLONE_THREAD       0x10000
#define SIGNAL_GROUP_EXIT  0x4

#include "calls.bpf.h"
#include "cells.bpf.h"
#include "details.bpf.h"
#include "scope.bpf.h"
#include "sleep.bpf.h"
#include "split.bpf.h"
#include "stacks.bpf.h"
#include "tasks.bpf.h"
#include "uring.bpf.h"
#include "usage.bpf.h"
