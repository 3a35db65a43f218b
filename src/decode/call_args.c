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

/* An argument that is being written. */
struct slot {
	struct call_writer *writer;
	const struct argument *argument;
	unsigned int index;
	uint64_t value;
	enum detail_phase phase; /* in which its memory was read */
};

/* The value as a number of the ABI, with a sign. */
static long long signed_value(const struct slot *slot)
{
	return abi_is_32bit((enum abi)slot->writer->detail->call.abi) ? (int32_t)slot->value
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

static void put_flag_halves(const struct slot *slot)
{
	uint64_t high = slot->index + 1 < CALL_MAX_ARGS
	                        ? argument_value(slot->writer, slot->index + 1)
	                        : 0;
	put_values(slot->writer, slot->argument->format, slot->value | high << 32);
}

static void put_offset(const struct slot *slot)
{
	const struct argument *next = argument_declared(
		slot->writer->detail->call, slot->index + 1);
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
	uint64_t value = slot->value;
	/* The register of an int: the upper half is an extension of the sign, and means nothing. */
	if (value >> 32 == UINT32_MAX)
		value = (uint32_t)value;
	put_values(slot->writer, slot->argument->format, value);
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

/* The number of elements or bytes that the argument has. */
static uint64_t count_of(const struct slot *slot)
{
	const struct call_writer *writer = slot->writer;
	const struct argument *argument = slot->argument;
	uint64_t count = 1;
	int32_t number = 0;
	switch ((enum argument_count)argument->count_from) {
	case COUNT_NONE:
		break;
	case COUNT_ARGUMENT:
		count = argument_value(writer, argument->count);
		break;
	case COUNT_POINTED:
		read_int(writer, slot->phase, argument_value(writer, argument->count), &number);
		count = number > 0 ? (uint64_t)number : 0;
		break;
	case COUNT_RESULT:
		count = writer->detail->result > 0 ? (uint64_t)writer->detail->result : 0;
		break;
	case COUNT_PAGES:
		count = argument_value(writer, argument->count) / 4096 +
		        (argument_value(writer, argument->count) % 4096 != 0);
		break;
	case COUNT_CONSTANT:
		count = argument->count;
		break;
	}
	if (argument->max != ARGUMENT_NOT && count > argument_value(writer, argument->max))
		count = argument_value(writer, argument->max);
	return count;
}

static void put_path(const struct slot *slot)
{
	put_string(slot->writer, slot->phase, slot->value, SIZE_MAX);
}

static void put_text(const struct slot *slot)
{
	size_t limit = slot->writer->options->string_max;
	if (slot->argument->count_from == COUNT_CONSTANT && slot->argument->count < limit)
		limit = slot->argument->count;
	put_string(slot->writer, slot->phase, slot->value, limit);
}

/* The number of strings of the list at ADDRESS, up to the NULL. */
static size_t count_strings(const struct slot *slot)
{
	size_t word = word_size(slot->writer);
	size_t count = 0;
	unsigned char pointer[8];
	while (detail_read(slot->writer->detail, slot->phase, slot->value + count * word, pointer,
		       word) == word &&
		word_at(slot->writer, pointer))
		count++;
	return count;
}

static void put_strings(const struct slot *slot)
{
	struct call_writer *writer = slot->writer;
	size_t word = word_size(writer);
	unsigned char pointer[8];
	if (!slot->value ||
		detail_read(writer->detail, slot->phase, slot->value, pointer, word) < word) {
		put_address(writer, slot->value);
		return;
	}
	if (slot->argument->content == CONTENT_STRINGS && !writer->options->verbose) {
		size_t count = count_strings(slot);
		putf(writer, "%#llx /* %zu var%s */", (unsigned long long)slot->value, count,
			count == 1 ? "" : "s");
		return;
	}
	put(writer, "[");
	for (size_t i = 0; !writer->is_full; i++) {
		uint64_t at = slot->value + i * word;
		if (detail_read(writer->detail, slot->phase, at, pointer, word) < word) {
			putf(writer, ", ... /* %#llx */", (unsigned long long)at);
			break;
		}
		uint64_t string = word_at(writer, pointer);
		if (!string)
			break;
		put(writer, i ? ", " : "");
		if (i >= element_limit(writer)) {
			put(writer, "...");
			break;
		}
		put_string(writer, slot->phase, string, writer->options->string_max);
	}
	put(writer, "]");
}

/* Counts the entries of a directory; struct linux_dirent's length is at 16, as in linux_dirent64.
 */
static void put_entries(const struct slot *slot, uint64_t size)
{
	struct call_writer *writer = slot->writer;
	size_t at_length = slot->argument->content == CONTENT_DIRENTS && word_size(writer) == 4
	                           ? 8
	                           : 16;
	size_t count = 0;
	for (uint64_t at = 0; at < size;) {
		uint16_t length = 0;
		if (detail_read(writer->detail, slot->phase, slot->value + at + at_length, &length,
			    sizeof(length)) < sizeof(length) ||
			!length)
			break;
		at += length;
		count++;
	}
	putf(writer, "%#llx /* %zu entr%s */", (unsigned long long)slot->value, count,
		count == 1 ? "y" : "ies");
}

static void put_bytes_argument(const struct slot *slot)
{
	uint64_t count = count_of(slot);
	if (slot->argument->count_from == COUNT_NONE) {
		put_address(slot->writer, slot->value);
		return;
	}
	switch ((enum argument_content)slot->argument->content) {
	case CONTENT_PATH: {
		size_t found = 0;
		const unsigned char *bytes = detail_find(
			slot->writer->detail, slot->phase, slot->value, &found);
		bool is_string = bytes && count && found >= count && !bytes[count - 1];
		if (bytes && found >= count)
			put_quoted(slot->writer, bytes, (size_t)count - is_string, false);
		else
			put_address(slot->writer, slot->value);
		break;
	}
	case CONTENT_HEX: {
		size_t limit = slot->writer->options->string_max;
		size_t found = 0;
		const unsigned char *bytes = detail_find(
			slot->writer->detail, slot->phase, slot->value, &found);
		limit = count < limit ? (size_t)count : limit;
		if (!bytes || found < limit) {
			put_address(slot->writer, slot->value);
			break;
		}
		put_hex_string(slot->writer, bytes, limit);
		put(slot->writer, limit < count ? "..." : "");
		break;
	}
	case CONTENT_DIRENTS:
	case CONTENT_DIRENTS64:
		put_entries(slot, count);
		break;
	default:
		put_buffer(slot->writer, slot->phase, slot->value, count);
		break;
	}
}

static void put_struct_argument(const struct slot *slot)
{
	size_t limit = SIZE_MAX;
	const struct argument *argument = slot->argument;
	if (argument->count_from != COUNT_NONE && argument->type->special != SPECIAL_MSGBUF) {
		uint64_t count = count_of(slot);
		limit = count < SIZE_MAX ? (size_t)count : SIZE_MAX;
	}
	put_struct(slot->writer, argument, slot->phase, slot->value, limit);
}

static void put_remainder(const struct slot *slot)
{
	if (slot->writer->detail->err >= CALL_RESTART_FIRST)
		put_struct_argument(slot);
	else
		put_pointer(slot);
}

static void put_array_argument(const struct slot *slot)
{
	uint64_t count = count_of(slot);
	const struct layout *layout = type_layout(
		slot->argument->type, slot->writer->detail->call.abi);
	if (slot->argument->in_bytes && layout->size)
		count /= layout->size;
	put_array(slot->writer, slot->argument, slot->phase, slot->value, count);
}

static void put_vector(const struct slot *slot)
{
	uint64_t total = slot->phase == DETAIL_EXIT ? (uint64_t)slot->writer->detail->result
	                                            : UINT64_MAX;
	put_iovec(slot->writer, slot->phase, slot->value, count_of(slot), total);
}

static void put_msghdr(const struct slot *slot)
{
	put_message(slot->writer, slot->argument, slot->phase, slot->value,
		slot->phase == DETAIL_EXIT ? (uint64_t)slot->writer->detail->result : UINT64_MAX);
}

static void put_mmsghdr(const struct slot *slot)
{
	uint64_t count = slot->phase == DETAIL_EXIT ? (uint64_t)slot->writer->detail->result
	                                            : count_of(slot);
	put_messages(slot->writer, slot->argument, slot->phase, slot->value, count);
}

/* The size of an address that comes out is not more than the buffer had at the entry. */
static void put_socket_address(const struct slot *slot)
{
	uint64_t size = count_of(slot);
	int32_t before;
	if (slot->phase == DETAIL_EXIT && slot->argument->count_from == COUNT_POINTED &&
		read_int(slot->writer, DETAIL_ENTRY,
			argument_value(slot->writer, slot->argument->count), &before) &&
		before >= 0 && size > (uint64_t)before)
		size = (uint64_t)before;
	put_sockaddr(slot->writer, slot->phase, slot->value, size < 4096 ? (int)size : 4096);
}

static void put_socket_size(const struct slot *slot)
{
	struct call_writer *writer = slot->writer;
	int32_t before;
	int32_t after;
	if (!argument_value(writer, slot->index - 1) ||
		!read_int(writer, DETAIL_ENTRY, slot->value, &before)) {
		put_pointer(slot);
		return;
	}
	putf(writer, "[%d", before);
	if (has_succeeded(writer) && read_int(writer, DETAIL_EXIT, slot->value, &after) &&
		after != before)
		putf(writer, " => %d", after);
	put(writer, "]");
}

static void put_sigset_argument(const struct slot *slot)
{
	unsigned char bits[128];
	uint64_t count = count_of(slot);
	size_t size = count < sizeof(bits) ? (size_t)count : sizeof(bits);
	if (!slot->value || !size ||
		detail_read(slot->writer->detail, slot->phase, slot->value, bits, size) < size)
		put_pointer(slot);
	else
		put_signals(slot->writer, bits, size);
}

/* Writes the numbers of the bits that are set, in brackets; descriptors have their objects. */
static void put_bits(
	const struct slot *slot, uint64_t count, bool are_descriptors, const char *separator)
{
	unsigned char bits[128];
	struct call_writer *writer = slot->writer;
	size_t wanted = (size_t)(count < sizeof(bits) * 8 ? (count + 7) / 8 : sizeof(bits));
	size_t size = detail_read(writer->detail, slot->phase, slot->value, bits, wanted);
	const char *before = "";
	if (!slot->value || size < wanted) {
		put_pointer(slot);
		return;
	}
	put(writer, "[");
	for (size_t i = 0; i < size * 8 && i < count; i++) {
		if (!(bits[i / 8] >> i % 8 & 1))
			continue;
		put(writer, before);
		before = separator;
		if (are_descriptors)
			put_descriptor(writer, (int)i, false);
		else
			putf(writer, "%zu", i);
	}
	put(writer, "]");
}

static void put_fdset(const struct slot *slot)
{
	put_bits(slot, (uint32_t)count_of(slot), true, " ");
}

static void put_cpuset(const struct slot *slot)
{
	put_bits(slot, count_of(slot) * 8, false, " ");
}

/* A set of nodes as words. */
static void put_nodemask(const struct slot *slot)
{
	struct call_writer *writer = slot->writer;
	size_t word = word_size(writer);
	uint64_t bits = count_of(slot);
	size_t words = (size_t)(bits < 1024 ? (bits + word * 8 - 1) / (word * 8)
					    : 1024 / (word * 8));
	for (size_t i = 0; i < words; i++) {
		unsigned char bytes[8];
		if (!slot->value || detail_read(writer->detail, slot->phase, slot->value + i * word,
					    bytes, word) < word) {
			if (!i) {
				put_pointer(slot);
				return;
			}
			break;
		}
		putf(writer, "%s%#016llx", i ? ", " : "[",
			(unsigned long long)word_at(writer, bytes));
	}
	if (words)
		put(writer, "]");
	else
		put_pointer(slot);
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
	[ARG_PATH] = put_path,
	[ARG_STR] = put_text,
	[ARG_STRV] = put_strings,
	[ARG_BUF] = put_bytes_argument,
	[ARG_STRUCT] = put_struct_argument,
	[ARG_REMAINDER] = put_remainder,
	[ARG_ARRAY] = put_array_argument,
	[ARG_IOVEC] = put_vector,
	[ARG_MSGHDR] = put_msghdr,
	[ARG_MMSGHDR] = put_mmsghdr,
	[ARG_SOCKADDR] = put_socket_address,
	[ARG_SOCKLEN] = put_socket_size,
	[ARG_SIGSET] = put_sigset_argument,
	[ARG_FDSET] = put_fdset,
	[ARG_CPUSET] = put_cpuset,
	[ARG_NODEMASK] = put_nodemask,
};

/* Whether ARGUMENT, which goes both ways, is shown as it was at the entry. */
static bool shows_entry(const struct call_writer *writer, const struct argument *argument)
{
	return argument->kind == ARG_FDSET || argument_style(writer->detail->call) == STYLE_READY ||
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
		.argument = argument_of(detail->call, detail->args, index),
		.index = index,
		.value = argument_value(writer, index),
	};
	/* One that is not used is not shown, unless others follow. */
	if (slot.argument->kind == ARG_NONE)
		slot.argument = argument_declared(detail->call, index);
	const struct argument *argument = slot.argument;
	slot.phase = phase_of(writer, argument);
	/* What only goes out is valid if the call did not fail. */
	bool is_written = argument->direction != ARGUMENT_OUT || has_succeeded(writer) ||
	                  argument->kind == ARG_REMAINDER || argument->kind == ARG_MSGHDR;
	if (argument->direction == ARGUMENT_OUT && argument_style(detail->call) == STYLE_WAIT &&
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
	const struct event_detail *detail = writer->detail;
	uint64_t flags = argument_value(writer, 0);
	/* The last two arguments are the other way round for 32-bit programs. */
	unsigned int tls = abi_is_32bit((enum abi)detail->call.abi) ? 3 : 4;
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
static unsigned int shown_arguments(const struct event_detail *detail)
{
	unsigned int count = argument_count(detail->call);
	while (count) {
		uint8_t kind = argument_of(detail->call, detail->args, count - 1)->kind;
		if (kind != ARG_NONE && kind != ARG_UNUSED && kind != ARG_OFF_HIGH)
			break;
		count--;
	}
	return count;
}

/* The arguments of a call without a table, as numbers. */
static void put_raw(struct call_writer *writer)
{
	const struct syscall_desc *desc = syscall_lookup(writer->detail->call);
	unsigned int count = desc ? desc->nargs : CALL_MAX_ARGS;
	for (unsigned int i = 0; i < count; i++)
		putf(writer, "%s%#llx", i ? ", " : "",
			(unsigned long long)argument_value(writer, i));
}

void put_arguments(struct call_writer *writer)
{
	const struct event_detail *detail = writer->detail;
	if (argument_style(detail->call) == STYLE_CLONE) {
		put_clone(writer);
		return;
	}
	if (!argument_count(detail->call)) {
		put_raw(writer);
		return;
	}
	unsigned int count = shown_arguments(detail);
	for (unsigned int i = 0; i < count; i++) {
		const struct argument *argument = argument_of(detail->call, detail->args, i);
		if (argument->kind == ARG_OFF_HIGH || argument->kind == ARG_UNUSED)
			continue;
		put(writer, i ? ", " : "");
		if (detail->end != DETAIL_RETURNED && awaits_exit(writer, argument))
			break;
		put_argument(writer, i);
	}
}
