/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many bytes a system call has transferred, as far as its result and arguments tell. Those of
 * recvmmsg, sendmmsg and io_getevents are in the program's memory, and those of mappings are moved
 * by page faults: neither are counted.
 *
 * Generated from src/abi/data/bytes.tsv. Pure; any thread.
 */
#ifndef STOP_ABI_TRANSFER_H
#define STOP_ABI_TRANSFER_H

#include <stdint.h>

#include "abi/syscall.h"

/* A set of values: bit i for value i, the last bit for all that are not smaller. */
#define TRANSFER_ALL       UINT64_MAX
#define TRANSFER_LAST      63

/* Maximum number of different rules. */
#define TRANSFER_RULES_MAX 16

/* How to find the number of bytes of a call that has not failed. */
struct transfer_rule {
	uint64_t by_result;   /* values of the selecting argument for which it is the result */
	uint64_t by_argument; /* … for which it is an argument */
	uint32_t selector;    /* index of the selecting argument, from 0; any if one set is all */
	uint32_t argument;    /* index of the argument with the number */
};

/* The number of rules; the first is that of calls that transfer nothing, and is all 0. */
extern const uint32_t transfer_rule_count;

/* By number. */
extern const struct transfer_rule transfer_rules[];

/* The number of the rule of CALL; 0: it transfers nothing, or it is not known how much. */
uint32_t transfer_rule_of(struct call call);

/* The bytes that CALL with ARGS has transferred, if it returned RESULT, which is no error. */
uint64_t transfer_bytes(struct call call, const uint64_t args[CALL_MAX_ARGS], int64_t result);

#endif
