/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Seccomp filters: what one answers to a system call. They are programs of the classic Berkeley
 * Packet Filter over a description of the call (the kernel's Documentation/userspace-api/
 * seccomp_filter.rst), without loops.
 *
 * All functions are pure; any thread.
 */
#ifndef STOP_ABI_FILTER_H
#define STOP_ABI_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/syscall.h"

/* The longest program: BPF_MAXINSNS of <linux/bpf_common.h>. */
#define FILTER_MAX 4096

/* An instruction: struct sock_filter of <linux/filter.h>. */
struct filter_instruction {
	uint16_t code; /* BPF_* of <linux/bpf_common.h> */
	uint8_t if_true, if_false;
	uint32_t operand;
};

/* The description of a call: struct seccomp_data of <linux/seccomp.h>. */
struct filter_data {
	uint32_t nr;
	uint32_t audit_arch; /* AUDIT_ARCH_* of <linux/audit.h> */
	uint64_t ip;
	uint64_t args[CALL_MAX_ARGS];
};

/*
 * What the program CODE of COUNT instructions returns for DATA: SECCOMP_RET_* of <linux/seccomp.h>,
 * with data in the lower half. 0, which kills, for a program that the kernel would not accept.
 */
uint32_t filter_run(
	const struct filter_instruction *code, size_t count, const struct filter_data *data);

/* Whether the call is made after this ANSWER, and nobody is asked. */
bool filter_lets_pass(uint32_t answer);

#endif
