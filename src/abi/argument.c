/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arguments and results of calls; see abi/argument.h. */
#include "config.h"

#include "abi/argument.h"

#include <string.h>

#include "abi/argument_tables.h"

/* Where the search for a key begins: the same as in arguments.awk. */
static uint32_t hash(
	const struct key_table *table, uint32_t number, uint32_t first, uint32_t second)
{
	uint64_t folded = (first & 0xffff) + UINT64_C(7) * (first >> 16) + UINT64_C(31) * second +
	                  UINT64_C(97) * number;
	return (uint32_t)(folded & (table->size - 1));
}

static const struct key *find_key(
	const struct key_table *table, uint32_t number, uint32_t first, uint32_t second)
{
	for (uint32_t at = hash(table, number, first, second);; at = (at + 1) & (table->size - 1)) {
		const struct key *key = &table->keys[at];
		if (!key->table)
			return NULL;
		if (key->table == number && key->first == first && key->second == second)
			return key;
	}
}

const char *value_name(const struct value_set *set, uint64_t value)
{
	const struct key *key = find_key(&value_table, set->number, (uint32_t)value, 0);
	return key ? set->names[key->result].name : NULL;
}

bool value_by_name(const struct value_set *set, const char *name, uint64_t *value)
{
	for (size_t i = 0; i < set->count; i++) {
		if (strcmp(set->names[i].name, name) == 0) {
			*value = set->names[i].value;
			return true;
		}
	}
	return false;
}

const struct value_set *value_set_by_name(const char *name)
{
	for (size_t i = 0; i < value_set_count; i++)
		if (strcmp(value_sets[i]->name, name) == 0)
			return value_sets[i];
	return NULL;
}

static const struct ioctl_name *find_ioctl(
	const struct ioctl_table *table, uint32_t nr, size_t *count)
{
	size_t from = 0;
	size_t to = table->count;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (table->names[middle].value < nr)
			from = middle + 1;
		else
			to = middle;
	}
	*count = 0;
	while (from + *count < table->count && table->names[from + *count].value == nr)
		++*count;
	return *count ? &table->names[from] : NULL;
}

const struct ioctl_name *ioctl_names(enum abi abi, uint32_t nr, size_t *count)
{
	const struct ioctl_name *names = NULL;
	if (abi == ABI_I386)
		names = find_ioctl(&ioctl_tables[1], nr, count);
	return names ? names : find_ioctl(&ioctl_tables[0], nr, count);
}

bool argument_condition_holds(
	const struct argument_condition *condition, const uint64_t args[CALL_MAX_ARGS])
{
	uint64_t value = args[condition->argument];
	switch (condition->test) {
	case CONDITION_ANY:
		return (value & condition->value) != 0;
	case CONDITION_NO:
		return (value & condition->value) == 0;
	case CONDITION_EQUAL:
		return (uint32_t)value == condition->value;
	case CONDITION_UNEQUAL:
		return (uint32_t)value != condition->value;
	case CONDITION_ALWAYS:
		break;
	}
	return true;
}

static const struct call_row *row_of(struct call call)
{
	static const struct call_row none = {0, 0, 0};
	const struct call_rows *rows = &call_rows[call.abi < ABI_COUNT ? call.abi : ABI_IO_URING];
	return call.nr < rows->count ? &rows->rows[call.nr] : &none;
}

static const struct call_arguments *arguments_of(struct call call)
{
	return &call_arguments[row_of(call)->arguments];
}

const struct argument *argument_declared(struct call call, unsigned int index)
{
	return &arguments[index < CALL_MAX_ARGS ? arguments_of(call)->args[index] : 0];
}

/* Whether an argument of this kind is an int or an unsigned int. */
static bool is_int(const struct argument *argument)
{
	switch (argument->kind) {
	case ARG_FLAGS:
	case ARG_ENUM:
	case ARG_HEX:
		return !argument->is_wide;
	case ARG_INT:
	case ARG_UINT:
	case ARG_BOOL:
	case ARG_FD:
	case ARG_DIRFD:
	case ARG_MODE:
	case ARG_DEV:
	case ARG_FUTEXOP:
	case ARG_FUTEXWAKE:
	case ARG_IOCTL:
		return true;
	default:
		return false;
	}
}

uint64_t argument_register(struct call call, const uint64_t args[CALL_MAX_ARGS], unsigned int index)
{
	uint64_t value = args[index];
	if (abi_is_32bit((enum abi)call.abi) || is_int(argument_declared(call, index)))
		return (uint32_t)value;
	return value;
}

unsigned int argument_count(struct call call)
{
	return arguments_of(call)->count;
}

enum call_style argument_style(struct call call)
{
	return (enum call_style)arguments_of(call)->style;
}

/* The value of argument INDEX of CALL that selects a row: without what is not part of it. */
static uint32_t selector(struct call call, const uint64_t args[CALL_MAX_ARGS], unsigned int index)
{
	const struct value_format *format = argument_declared(call, index)->format;
	uint64_t value = args[index];
	if (!format)
		return (uint32_t)value;
	value &= ~format->ignored;
	if (format->shift)
		value = (uint32_t)value >> format->shift;
	else if (format->low_set)
		value &= format->low_mask;
	return (uint32_t)value;
}

/* Resolves ARGUMENT, a MULTI at INDEX of CALL, or the result. */
static const struct argument *resolve(const struct argument *argument, struct call call,
	const uint64_t args[CALL_MAX_ARGS], unsigned int index)
{
	uint32_t first = selector(call, args, argument->selectors[0]);
	uint32_t second = 0;
	if (argument->selectors[1] != ARGUMENT_NOT)
		second = selector(call, args, argument->selectors[1]);
	const struct key *key = find_key(&multi_table, argument->table * 8U + index, first, second);
	return key ? &arguments[key->result] : NULL;
}

/* What MULTI is if the value that selects has no row: a number, or, if there is a size, bytes. */
static const struct argument *unknown(const struct argument *multi)
{
	static const struct argument number = {.kind = ARG_HEX, .max = ARGUMENT_NOT};
	static const struct argument in = {
		.kind = ARG_BUF, .direction = ARGUMENT_IN, .max = ARGUMENT_NOT};
	static const struct argument out = {
		.kind = ARG_BUF, .direction = ARGUMENT_OUT, .max = ARGUMENT_NOT};
	if (multi->count_from == COUNT_NONE)
		return &number;
	return multi->count_from == COUNT_POINTED ? &out : &in;
}

const struct argument *argument_of(
	struct call call, const uint64_t args[CALL_MAX_ARGS], unsigned int index)
{
	const struct argument *argument = argument_declared(call, index);
	if (argument->kind == ARG_MULTI) {
		const struct argument *selected = resolve(argument, call, args, index);
		argument = selected ? selected : unknown(argument);
	}
	return argument_condition_holds(&argument->when, args) ? argument : &arguments[0];
}

const struct argument *argument_result(struct call call, const uint64_t args[CALL_MAX_ARGS])
{
	static const struct argument number = {.kind = ARG_LONG, .max = ARGUMENT_NOT};
	const struct argument *result = &arguments[arguments_of(call)->result];
	if (result->kind == ARG_MULTI) {
		result = resolve(result, call, args, MULTI_RESULT);
		if (!result)
			result = &number;
	}
	return argument_condition_holds(&result->when, args) ? result : &number;
}

const struct descriptor_row *descriptor_rows(struct call call, size_t *count)
{
	const struct call_row *row = row_of(call);
	*count = row->descriptor_count;
	return *count ? &descriptor_table[row->descriptor] : NULL;
}
