/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes of a call; see abi/transfer.h. */
#include "config.h"

#include "abi/transfer.h"

#include <stdbool.h>

static bool set_has(uint64_t set, uint64_t value)
{
	return set >> (value < TRANSFER_LAST ? value : TRANSFER_LAST) & 1;
}

uint32_t transfer_rule_of(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	return desc ? desc->transfer : 0;
}

uint64_t transfer_bytes(struct call call, const uint64_t args[CALL_MAX_ARGS], int64_t result)
{
	const struct transfer_rule *rule = &transfer_rules[transfer_rule_of(call)];
	uint64_t selected = args[rule->selector];
	if (set_has(rule->by_result, selected))
		return (uint64_t)result;
	return set_has(rule->by_argument, selected) ? args[rule->argument] : 0;
}
