/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel's settings allow: who may trace whom, and what is hidden. Any thread.
 */
#ifndef STOP_PROC_MACHINE_H
#define STOP_PROC_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

struct proc_machine {
	bool has_proc;         /* /proc is there, and of our PID namespace */
	uint64_t capabilities; /* effective ones of this process, one bit each */
	bool is_root;          /* user 0 */
	bool has_filter;       /* a seccomp filter applies to this process */
	int ptrace_scope;      /* kernel.yama.ptrace_scope; < 0: there is no Yama */
	int perf_paranoid;     /* kernel.perf_event_paranoid; INT_MIN: unknown */
	char lockdown[32];     /* kernel_lockdown(7): "integrity"; "": there is none, or unknown */
	bool has_btf;          /* the kernel describes its types */
	bool has_sysfs;        /* /sys/kernel is there */
	int hidepid;           /* option of /proc, proc(5): 0 if nothing is hidden */
	bool has_debug_files;  /* /usr/lib/debug/.build-id is there */
};

/* Reads all of it: what cannot be read is as documented. */
void proc_machine(struct proc_machine *machine);

/* The kernel's kernel.perf_event_paranoid alone; INT_MIN: unknown. */
int proc_perf_paranoid(void);

/* Whether this process has the capabilities to trace processes of other users, and to load BPF
 * programs that trace. */
bool proc_machine_may_trace(const struct proc_machine *machine);
bool proc_machine_may_load_bpf(const struct proc_machine *machine);

/* Whether perf_paranoid and its capabilities let this process sample what others run. */
bool proc_machine_may_sample(const struct proc_machine *machine);

/* The value of hidepid in TEXT, a line of /proc/self/mountinfo; -1: it is not of PATH /proc. Pure.
 */
int proc_hidepid_parse(const char *text);

#endif
