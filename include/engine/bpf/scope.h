/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the BPF programs trace if it is not named tasks: shared by them and stop.
 */
#ifndef STOP_ENGINE_BPF_SCOPE_H
#define STOP_ENGINE_BPF_SCOPE_H

#ifdef __bpf__
#include "engine/bpf/kernel_types.h"
#else
#include <stdint.h>
#endif

enum bpf_scope_kind {
	BPF_SCOPE_TASKS,     /* named tasks */
	BPF_SCOPE_MACHINE,   /* every task but stop's */
	BPF_SCOPE_CGROUP,    /* those in a cgroup, and below it */
	BPF_SCOPE_NAMESPACE, /* those in a PID namespace, and in those that it contains */
};

/* What is known only once a target is: the programs are loaded for any. */
struct bpf_scope {
	uint64_t inode;        /* of the cgroup's directory, or of the namespace */
	uint32_t hierarchy;    /* of the cgroup; 0: version 2 */
	uint32_t follow_forks; /* of named tasks: new processes, too */
	uint32_t follow_tree;  /* likewise: descendants that exist at the attach, too */
	uint32_t unused;
};

#endif
