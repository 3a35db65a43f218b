/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arguments as text, by their kinds; see decode/call_writer.h. */
#include "config.h"

#include <linux/sched.h>
#include <string.h>

#include "decode/call_writer.h"

extern const struct value_set values_clone;
extern const struct value_set values_futex_wakecmp;
extern const struct value_set values_futex_wakeop;
extern const struct value_set values_ipc_key;
extern const struct value_set values_key_special;
extern const struct value_set values_personality_flags;

/* The value as a number of the ABI, with a sign. */
static long long signed_value(const struct slot *slot)
{
	return abi_is_32bit((enum abi)slot->writer->call.abi) ? (int32_t)slot->value
	                                                      : (long long)slot->value;
}

static void put_int(const struct slot *slot)
{
	putf(slot->writer, "%d", (int)slot->value);
}

static void put_uint(const struct slot *slot)
{
	putf(slot->writer, "%u", (unsigned int)slot->value);
}

static void put_long(const struct slot *slot)
{
	putf(slot->writer, "%lld", signed_value(slot));
}

static void put_ulong(const struct slot *slot)
{
	putf(slot->writer, "%llu", (unsigned long long)slot->value);
}

static void put_hex(const struct slot *slot)
{
	putf(slot->writer, "%#llx", (unsigned long long)slot->value);
}

static void put_pointer(const struct slot *slot)
{
	put_address(slot->writer, slot->value);
}

/* The low half, with the high half that follows. */
static void put_halves(const struct slot *slot)
{
	uint64_t high = slot->index + 1 < CALL_MAX_ARGS
	                        ? argument_value(slot->writer, slot->index + 1)
	                        : 0;
	putf(slot->writer, "%lld", (long long)(slot->value | high << 32));
}

/* The high half, with the low half that follows. */
static void put_off_pair(const struct slot *slot)
{
	uint64_t low = slot->index + 1 < CALL_MAX_ARGS
	                       ? argument_value(slot->writer, slot->index + 1)
	                       : 0;
	putf(slot->writer, "%lld", (long long)(slot->value << 32 | (uint32_t)low));
}

static void put_page_offset(const struct slot *slot)
{
	putf(slot->writer, "%#llx", (unsigned long long)slot->value * 4096);
}

static void put_flag_halves(const struct slot *slot)
{
	uint64_t high = slot->index + 1 < CALL_MAX_ARGS
	                        ? argument_value(slot->writer, slot->index + 1)
	                        : 0;
	put_values(slot->writer, slot->argument->format, slot->value | high << 32);
}

static void put_offset(const struct slot *slot)
{
	const struct argument *next = argument_declared(slot->writer->call, slot->index + 1);
	if (next->kind == ARG_OFF_HIGH)
		put_halves(slot);
	else
		put_long(slot);
}

static void put_fd(const struct slot *slot)
{
	put_descriptor(slot->writer, (int)slot->value, false);
}

static void put_dirfd(const struct slot *slot)
{
	put_directory(slot->writer, (int)slot->value);
}

static void put_uid(const struct slot *slot)
{
	put_id(slot->writer, slot->value, slot->argument->type ? 2 : 4);
}

static void put_mode_argument(const struct slot *slot)
{
	if (slot->argument->has_type)
		put_file_mode(slot->writer, slot->value);
	else
		put_mode(slot->writer, slot->value);
}

static void put_dev(const struct slot *slot)
{
	put_device(slot->writer, slot->value);
}

static void put_key(const struct slot *slot)
{
	if (value_name(&values_key_special, slot->value))
		put_set(slot->writer, &values_key_special, slot->value);
	else
		put_int(slot);
}

static void put_ipc_key(const struct slot *slot)
{
	if (value_name(&values_ipc_key, slot->value))
		put_set(slot->writer, &values_ipc_key, slot->value);
	else
		putf(slot->writer, "%#x", (unsigned int)slot->value);
}

static void put_mask_of_signals(const struct slot *slot)
{
	unsigned char bits[4];
	memcpy(bits, &slot->value, sizeof(bits));
	put_signals(slot->writer, bits, sizeof(bits));
}

static void put_named(const struct slot *slot)
{
	const struct value_format *format = slot->argument->format;
	/* A value that only asks. */
	if (format->set == &values_personality_flags && slot->value == UINT32_MAX)
		put_hex(slot);
	else
		put_values(slot->writer, format, slot->value);
}

/* FUTEX_WAIT_PRIVATE is one name; what is left are flags. */
static void put_futex_operation(const struct slot *slot)
{
	const struct value_format *format = slot->argument->format;
	uint64_t flags = (uint32_t)slot->value & ~format->low_mask;
	put_set(slot->writer, format->low_set, slot->value & format->low_mask);
	if (flags & 128)
		put(slot->writer, "_PRIVATE");
	flags &= ~UINT64_C(128);
	if (flags) {
		put(slot->writer, "|");
		put_set(slot->writer, format->set, flags);
	}
}

static void put_futex_wake(const struct slot *slot)
{
	uint32_t value = (uint32_t)slot->value;
	put(slot->writer, value >> 31 ? "FUTEX_OP_OPARG_SHIFT<<28|" : "");
	put_set(slot->writer, &values_futex_wakeop, value >> 28 & 7);
	putf(slot->writer, "<<28|%#x<<12|", value >> 12 & 0xfff);
	put_set(slot->writer, &values_futex_wakecmp, value >> 24 & 0xf);
	putf(slot->writer, "<<24|%#x", value & 0xfff);
}

static void put_request(const struct slot *slot)
{
	put_ioctl(slot->writer, (uint32_t)slot->value);
}

/* By enum argument_kind. */
static void (*const writers[ARG_KINDS])(const struct slot *slot) = {
	[ARG_UNUSED] = put_hex,
	[ARG_INT] = put_int,
	[ARG_UINT] = put_uint,
	[ARG_LONG] = put_long,
	[ARG_ULONG] = put_ulong,
	[ARG_HEX] = put_hex,
	[ARG_BOOL] = put_int,
	[ARG_SIZE] = put_ulong,
	[ARG_OFF] = put_offset,
	[ARG_OFF_LOW] = put_halves,
	[ARG_OFF_PAIR] = put_off_pair,
	[ARG_PAGEOFF] = put_page_offset,
	[ARG_PTR] = put_pointer,
	[ARG_FD] = put_fd,
	[ARG_DIRFD] = put_dirfd,
	[ARG_PID] = put_int,
	[ARG_TID] = put_int,
	[ARG_PGID] = put_int,
	[ARG_UID] = put_uid,
	[ARG_GID] = put_uid,
	[ARG_MODE] = put_mode_argument,
	[ARG_DEV] = put_dev,
	[ARG_TIMER] = put_int,
	[ARG_AIO] = put_hex,
	[ARG_KEY] = put_key,
	[ARG_PKEY] = put_int,
	[ARG_IPCID] = put_int,
	[ARG_IPCKEY] = put_ipc_key,
	[ARG_WD] = put_int,
	[ARG_SIGMASK] = put_mask_of_signals,
	[ARG_FLAGS] = put_named,
	[ARG_ENUM] = put_named,
	[ARG_FLAGS_LOW] = put_flag_halves,
	[ARG_FUTEXOP] = put_futex_operation,
	[ARG_FUTEXWAKE] = put_futex_wake,
	[ARG_IOCTL] = put_request,
	[ARG_MULTI] = put_hex,
	[ARG_PATH] = slot_path,
	[ARG_STR] = slot_text,
	[ARG_STRV] = slot_strings,
	[ARG_BUF] = slot_bytes,
	[ARG_STRUCT] = slot_struct,
	[ARG_REMAINDER] = slot_remainder,
	[ARG_ARRAY] = slot_array,
	[ARG_IOVEC] = slot_iovec,
	[ARG_MSGHDR] = slot_msghdr,
	[ARG_MMSGHDR] = slot_mmsghdr,
	[ARG_SOCKADDR] = slot_sockaddr,
	[ARG_SOCKLEN] = slot_socklen,
	[ARG_SIGSET] = slot_sigset,
	[ARG_FDSET] = slot_fdset,
	[ARG_CPUSET] = slot_cpuset,
	[ARG_NODEMASK] = slot_nodemask,
};

/* Whether ARGUMENT, which goes both ways, is shown as it was at the entry. */
static bool shows_entry(const struct call_writer *writer, const struct argument *argument)
{
	bool moves = argument->kind == ARG_STRUCT && argument->type->is_scalar;
	return moves || argument->kind == ARG_FDSET ||
	       argument_style(writer->call) == STYLE_READY ||
	       (argument->type && argument->type->shows_entry);
}

/* In which phase the memory of ARGUMENT is to be looked for. */
static enum detail_phase phase_of(const struct call_writer *writer, const struct argument *argument)
{
	if (!(argument->direction & ARGUMENT_OUT))
		return DETAIL_ENTRY;
	if (!(argument->direction & ARGUMENT_IN))
		return DETAIL_EXIT;
	return has_succeeded(writer) && !shows_entry(writer, argument) ? DETAIL_EXIT : DETAIL_ENTRY;
}

/* Whether ARGUMENT can only be written when the call has returned. */
static bool awaits_exit(const struct call_writer *writer, const struct argument *argument)
{
	return argument->direction & ARGUMENT_OUT && !shows_entry(writer, argument);
}

static void put_argument(struct call_writer *writer, unsigned int index)
{
	const struct event_detail *detail = writer->detail;
	struct slot slot = {
		.writer = writer,
		.argument = argument_of(writer->call, writer->args, index),
		.index = index,
		.value = argument_value(writer, index),
	};
	/* One that is not used is not shown, unless others follow. */
	if (slot.argument->kind == ARG_NONE)
		slot.argument = argument_declared(writer->call, index);
	const struct argument *argument = slot.argument;
	slot.phase = phase_of(writer, argument);
	/* What only goes out is valid if the call did not fail. */
	bool is_written = argument->direction != ARGUMENT_OUT || has_succeeded(writer) ||
	                  argument->kind == ARG_REMAINDER || argument->kind == ARG_MSGHDR ||
	                  argument->kind == ARG_IOVEC;
	if (argument->direction == ARGUMENT_OUT && argument_style(writer->call) == STYLE_WAIT &&
		detail->result == 0)
		is_written = false;
	if (!is_written || (argument->direction && !slot.value))
		put_address(writer, slot.value);
	else if (writers[argument->kind])
		writers[argument->kind](&slot);
	else
		put_hex(&slot);
}

/* The arguments of clone have names, and come in another order. */
static void put_clone(struct call_writer *writer)
{
	uint64_t flags = argument_value(writer, 0);
	/* The last two arguments are the other way round for 32-bit programs. */
	unsigned int tls = abi_is_32bit((enum abi)writer->call.abi) ? 3 : 4;
	put(writer, "child_stack=");
	put_address(writer, argument_value(writer, 1));
	put(writer, ", flags=");
	if (flags & ~(uint64_t)0xff)
		put_set(writer, &values_clone, flags & ~(uint64_t)0xff);
	if (!(flags & ~(uint64_t)0xff) || flags & 0xff) {
		put(writer, flags & ~(uint64_t)0xff ? "|" : "");
		put_signal(writer, (int)(flags & 0xff));
	}
	if (flags & (CLONE_PARENT_SETTID | CLONE_PIDFD)) {
		int32_t value;
		put(writer, ", parent_tid=");
		if (!has_succeeded(writer) ||
			!read_int(writer, DETAIL_EXIT, argument_value(writer, 2), &value)) {
			put_address(writer, argument_value(writer, 2));
		} else {
			put(writer, "[");
			if (flags & CLONE_PARENT_SETTID)
				putf(writer, "%d", value);
			else
				put_descriptor(writer, value, true);
			put(writer, "]");
		}
	}
	if (flags & CLONE_SETTLS) {
		put(writer, ", tls=");
		put_address(writer, argument_value(writer, tls));
	}
	if (flags & (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID)) {
		put(writer, ", child_tidptr=");
		put_address(writer, argument_value(writer, 7 - tls));
	}
}

/* The number of arguments that are written: those at the end that are not used are not. */
static unsigned int shown_arguments(const struct call_writer *writer)
{
	unsigned int count = argument_count(writer->call);
	if (writer->indirect.name && count > writer->indirect.count)
		count = (unsigned int)writer->indirect.count;
	while (count) {
		uint8_t kind = argument_of(writer->call, writer->args, count - 1)->kind;
		if (kind != ARG_NONE && kind != ARG_UNUSED && kind != ARG_OFF_HIGH)
			break;
		count--;
	}
	return count;
}

/* The arguments of a call without a table, as numbers. */
static void put_raw(struct call_writer *writer)
{
	const struct syscall_desc *desc = syscall_lookup(writer->call);
	unsigned int count = desc ? desc->nargs : CALL_MAX_ARGS;
	for (unsigned int i = 0; i < count; i++)
		putf(writer, "%s%#llx", i ? ", " : "",
			(unsigned long long)argument_value(writer, i));
}

void put_arguments(struct call_writer *writer)
{
	const struct event_detail *detail = writer->detail;
	if (argument_style(writer->call) == STYLE_CLONE) {
		put_clone(writer);
		return;
	}
	if (!argument_count(writer->call)) {
		put_raw(writer);
		return;
	}
	unsigned int count = shown_arguments(writer);
	for (unsigned int i = 0; i < count; i++) {
		const struct argument *argument = argument_of(writer->call, writer->args, i);
		if (argument->kind == ARG_OFF_HIGH || argument->kind == ARG_UNUSED)
			continue;
		put(writer, i ? ", " : "");
		if (detail->end != DETAIL_RETURNED && awaits_exit(writer, argument))
			break;
		put_argument(writer, i);
	}
}
