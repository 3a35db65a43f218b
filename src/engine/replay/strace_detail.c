/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arguments back from strace's text; see engine/replay/strace_detail.h. */
#include "config.h"

#include "engine/replay/strace_detail.h"

#include <stdlib.h>

#include "abi/argument.h"
#include "base/alloc.h"
#include "engine/replay/strace_decoder.h"
#include "engine/replay/strace_line.h"

/* Text of arguments beyond this is cut. */
#define TEXT_MAX       (128 << 10)

/* The longest name of a request of ioctl. */
#define IOCTL_NAME_MAX 64

struct strace_decoder *strace_decoder_new(const struct call_names *names)
{
	struct strace_decoder *decoder = xcalloc(1, sizeof(*decoder));
	decoder->names = names;
	decoder->record = xcalloc(1, sizeof(*decoder->record) + DETAIL_DATA_MAX);
	return decoder;
}

void strace_decoder_free(struct strace_decoder *decoder)
{
	if (!decoder)
		return;
	free(decoder->record);
	free(decoder);
}

size_t strace_decoder_descriptors(
	const struct strace_decoder *decoder, const struct strace_descriptor **list)
{
	*list = decoder->descriptors;
	return decoder->descriptor_count;
}

/* The request in TEXT: "TCGETS", "SNDCTL_TMR_TIMEBASE or TCGETS", "_IOC(…)", a number. */
static uint64_t ioctl_value(struct span text)
{
	static const char between[] = " or ";
	char name[IOCTL_NAME_MAX];
	uint64_t number;
	uint32_t value = 0;
	text = strace_without_comments(text);
	for (const char *at; text.size && (at = memmem(text.start, text.size, between,
						   sizeof(between) - 1)) != NULL;)
		text = span_between(at + sizeof(between) - 1, text.start + text.size);
	struct span rest = text;
	if (span_take_c_number(&rest, &number))
		return number;
	if (!text.size || text.size >= sizeof(name))
		return 0;
	memcpy(name, text.start, text.size);
	name[text.size] = '\0';
	ioctl_by_name(name, &value);
	return value;
}

/* The value in the register of ARGUMENT, from TEXT. */
static uint64_t argument_from(
	struct strace_decoder *decoder, const struct argument *argument, struct span text)
{
	enum abi abi = (enum abi)decoder->record->call.abi;
	switch (argument->kind) {
	case ARG_FD:
	case ARG_DIRFD:
		return (uint64_t)(int64_t)strace_descriptor(decoder, text, false);
	case ARG_SIGMASK:
		return strace_signals(decoder, text);
	case ARG_IOCTL:
		return ioctl_value(text);
	default:
		/* Values come before memory in this enum. */
		return argument->kind < ARG_PATH
		               ? strace_value(decoder, text, argument->format, abi)
		               : strace_memory(decoder, argument, text);
	}
}

/* The value of the part of ARGS that begins with NAME and "=". */
static bool named_part(const struct span *parts, size_t count, const char *name, struct span *value)
{
	for (size_t i = 0; i < count; i++) {
		*value = parts[i];
		if (span_take(value, name) && span_take(value, "="))
			return true;
	}
	return false;
}

/* clone(child_stack=NULL, flags=CLONE_VM|SIGCHLD, parent_tid=[7], tls=0x1, child_tidptr=0x2). */
static void decode_clone(struct strace_decoder *decoder, struct call call, const struct span *parts,
	size_t count, uint64_t registers[CALL_MAX_ARGS])
{
	static const char *const names[] = {
		"flags", "child_stack", "parent_tid", "child_tidptr", "tls"};
	struct span value;
	for (unsigned int i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (named_part(parts, count, names[i], &value))
			registers[i] = argument_from(decoder,
				i ? argument_of(call, registers, i) : argument_declared(call, i),
				value);
	}
}

/* Whether argument INDEX needs one that follows it: which one it is depends on that. */
static bool depends_on_later(struct call call, unsigned int index)
{
	const struct argument *argument = argument_declared(call, index);
	if (argument->when.test != CONDITION_ALWAYS && argument->when.argument > index)
		return true;
	return argument->kind == ARG_MULTI &&
	       ((argument->selectors[0] != ARGUMENT_NOT && argument->selectors[0] > index) ||
		       (argument->selectors[1] != ARGUMENT_NOT && argument->selectors[1] > index));
}

/* The half of a value of 64 bits that is in the register of an argument of KIND. */
static void store_offset(
	uint64_t registers[CALL_MAX_ARGS], unsigned int index, unsigned int kind, uint64_t value)
{
	bool is_low_first = kind != ARG_OFF_PAIR;
	registers[index] = is_low_first ? value & UINT32_MAX : value >> 32;
	if (index + 1 < CALL_MAX_ARGS)
		registers[index + 1] = is_low_first ? value >> 32 : value & UINT32_MAX;
}

static void decode_args(struct strace_decoder *decoder, struct call call, struct span args,
	uint64_t registers[CALL_MAX_ARGS])
{
	struct span parts[STRACE_ARGS_MAX];
	struct span late[CALL_MAX_ARGS] = {0};
	size_t count = strace_split(args, parts, STRACE_ARGS_MAX);
	size_t part = 0;
	memset(registers, 0, CALL_MAX_ARGS * sizeof(*registers));
	decoder->record->call = call;
	decoder->next_address = 0;
	decoder->descriptor_count = 0;
	if (argument_style(call) == STYLE_CLONE) {
		decode_clone(decoder, call, parts, count, registers);
		return;
	}
	for (unsigned int i = 0; i < CALL_MAX_ARGS && part < count; i++) {
		unsigned int kind = argument_declared(call, i)->kind;
		if (kind == ARG_UNUSED || kind == ARG_OFF_HIGH)
			continue;
		struct span text = parts[part++];
		if (kind == ARG_OFF_LOW || kind == ARG_OFF_PAIR || kind == ARG_FLAGS_LOW)
			store_offset(registers, i, kind,
				strace_value(decoder, text, argument_declared(call, i)->format,
					(enum abi)call.abi));
		else if (depends_on_later(call, i))
			late[i] = text;
		else
			registers[i] = argument_from(
				decoder, argument_of(call, registers, i), text);
	}
	for (unsigned int i = 0; i < CALL_MAX_ARGS; i++) {
		if (late[i].size)
			registers[i] = argument_from(
				decoder, argument_of(call, registers, i), late[i]);
	}
}

void strace_decode_args(struct strace_decoder *decoder, struct call call, struct span args,
	uint64_t registers[CALL_MAX_ARGS])
{
	decoder->wants_memory = false;
	decode_args(decoder, call, args, registers);
}

/* The call has made a descriptor that -y says something of. */
static void take_made(struct strace_decoder *decoder, const struct strace_call_text *text,
	const uint64_t registers[CALL_MAX_ARGS])
{
	if (!text->result.size || !memchr(text->result.start, '<', text->result.size) ||
		argument_result(text->call, registers)->kind != ARG_FD)
		return;
	strace_descriptor(decoder, text->result, true);
}

struct event_detail *strace_decode(
	struct strace_decoder *decoder, const struct strace_call_text *text)
{
	struct event_detail *record = decoder->record;
	size_t args_size = text->args.size < TEXT_MAX ? text->args.size : TEXT_MAX;
	*record = (struct event_detail){
		.event = {.type = EVENT_DETAIL},
		.call = text->call,
		.end = text->never_returned ? DETAIL_NEVER_RETURNED : DETAIL_RETURNED,
		.result = text->err ? -1 : text->value,
		.err = text->err,
		.has_data = true,
		.is_cut = args_size < text->args.size,
	};
	if (!text->is_raw) {
		strace_put(decoder, DETAIL_TEXT, DETAIL_TEXT_ARGS, text->args.start, args_size);
		strace_put(decoder, DETAIL_TEXT, DETAIL_TEXT_RESULT, text->result.start,
			text->result.size < TEXT_MAX ? text->result.size : TEXT_MAX);
	}
	decoder->wants_memory = true;
	decode_args(decoder, text->call, text->args, record->args);
	take_made(decoder, text, record->args);
	return record;
}
