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

bool ioctl_by_name(const char *name, uint32_t *value)
{
	for (uint32_t i = 0; i < ioctl_tables[0].count; i++) {
		if (strcmp(ioctl_tables[0].names[i].name, name) == 0) {
			*value = ioctl_tables[0].names[i].value;
			return true;
		}
	}
	return false;
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

const char *argument_name(struct call call, unsigned int index)
{
	return index < CALL_MAX_ARGS ? arguments_of(call)->names[index] : NULL;
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

bool argument_is_short(struct call call, unsigned int index)
{
	return abi_is_32bit((enum abi)call.abi) || is_int(argument_declared(call, index));
}

uint64_t argument_register(struct call call, const uint64_t args[CALL_MAX_ARGS], unsigned int index)
{
	return argument_is_short(call, index) ? (uint32_t)args[index] : args[index];
}

unsigned int argument_count(struct call call)
{
	return arguments_of(call)->count;
}

enum call_style argument_style(struct call call)
{
	return (enum call_style)arguments_of(call)->style;
}

/* What of argument INDEX of CALL selects a row: without what is not part of it. */
static struct argument_selector selector_of(struct call call, unsigned int index)
{
	struct argument_selector selector = {.mask = UINT64_MAX, .argument = index};
	if (index == ARGUMENT_NOT)
		return selector;
	const struct value_format *format = argument_declared(call, index)->format;
	if (!format)
		return selector;
	selector.mask = ~format->ignored;
	if (format->shift)
		selector.shift = format->shift;
	else if (format->low_set)
		selector.mask &= format->low_mask;
	return selector;
}

static uint32_t select(const struct argument_selector *selector, const uint64_t args[CALL_MAX_ARGS])
{
	if (selector->argument == ARGUMENT_NOT)
		return 0;
	return (uint32_t)(args[selector->argument] & selector->mask) >> selector->shift;
}

void argument_selectors(struct call call, unsigned int index, struct argument_selector selectors[2])
{
	const struct argument *argument = argument_declared(call, index);
	selectors[0] = selector_of(call, argument->selectors[0]);
	selectors[1] = selector_of(call, argument->selectors[1]);
}

/* The row of ARGUMENT, a MULTI at INDEX of a call, for the values SELECTED, or NULL. */
static const struct argument *find_row(
	const struct argument *argument, unsigned int index, const uint32_t selected[2])
{
	const struct key *key = find_key(
		&multi_table, argument->table * 8U + index, selected[0], selected[1]);
	return key ? &arguments[key->result] : NULL;
}

/* Resolves ARGUMENT, a MULTI at INDEX of CALL, or the result. */
static const struct argument *resolve(const struct argument *argument, struct call call,
	const uint64_t args[CALL_MAX_ARGS], unsigned int index)
{
	const struct argument_selector first = selector_of(call, argument->selectors[0]);
	const struct argument_selector second = selector_of(call, argument->selectors[1]);
	return find_row(
		argument, index, (const uint32_t[2]){select(&first, args), select(&second, args)});
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

const struct argument *argument_selected(
	struct call call, unsigned int index, const uint32_t selected[2])
{
	const struct argument *argument = argument_declared(call, index);
	if (argument->kind != ARG_MULTI)
		return argument;
	bool has_second = argument->selectors[1] != ARGUMENT_NOT;
	const struct argument *row = NULL;
	if (selected)
		row = find_row(argument, index,
			(const uint32_t[2]){selected[0], has_second ? selected[1] : 0});
	return row ? row : unknown(argument);
}

bool argument_next_selected(struct call call, size_t *at, uint32_t selected[2])
{
	while (*at < multi_table.size) {
		const struct key *key = &multi_table.keys[(*at)++];
		unsigned int index = key->table % 8;
		if (!key->table || index >= CALL_MAX_ARGS)
			continue;
		const struct argument *argument = argument_declared(call, index);
		if (argument->kind != ARG_MULTI || argument->table != key->table / 8)
			continue;
		selected[0] = key->first;
		selected[1] = key->second;
		return true;
	}
	return false;
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
