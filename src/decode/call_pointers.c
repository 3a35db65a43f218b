/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arguments that are addresses of memory, by their kinds; see decode/call_writer.h. */
#include "config.h"

#include <limits.h>

#include "decode/call_writer.h"

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

void slot_path(const struct slot *slot)
{
	put_string(slot->writer, slot->phase, slot->value, PATH_MAX - 1);
}

void slot_text(const struct slot *slot)
{
	size_t limit = slot->writer->options->string_max;
	char last;
	if (slot->argument->count_from != COUNT_CONSTANT) {
		put_string(slot->writer, slot->phase, slot->value, limit);
		return;
	}
	/* The kernel takes so many bytes, a NUL among them. */
	limit = slot->argument->count;
	put_string(slot->writer, slot->phase, slot->value, limit);
	if (detail_read(slot->writer->detail, slot->phase, slot->value + limit, &last, 1) == 1 &&
		!last)
		put(slot->writer, "...");
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

void slot_strings(const struct slot *slot)
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

/* The size of the value of a socket option. */
static uint64_t option_size(const struct slot *slot, const struct argument *declared)
{
	struct slot size = *slot;
	size.argument = declared;
	return count_of(&size);
}

/* The value of a socket option, of SIZE bytes. */
static void put_option(const struct slot *slot, uint64_t size)
{
	struct call_writer *writer = slot->writer;
	const struct argument *argument = slot->argument;
	size_t needed = argument->type ? type_layout(argument->type, writer->call.abi)->size : 0;
	size_t found = 0;
	const unsigned char *bytes = detail_find(writer->detail, slot->phase, slot->value, &found);
	if (argument->type && needed && (size_t)size >= needed && (int32_t)size > 0) {
		put_struct(writer, argument, slot->phase, slot->value, SIZE_MAX);
	} else if (bytes && size && (int32_t)size > 0 && found >= size &&
		   (slot->phase == DETAIL_EXIT || !argument->type)) {
		size_t limit = writer->options->string_max;
		limit = size < limit ? (size_t)size : limit;
		put_hex_string(writer, bytes, limit);
		put(writer, limit < size ? "..." : "");
	} else {
		put_address(writer, slot->value);
	}
}

void slot_bytes(const struct slot *slot)
{
	uint64_t count = count_of(slot);
	const struct argument *declared = argument_declared(slot->writer->call, slot->index);
	if (declared->kind == ARG_MULTI && declared->count_from != COUNT_NONE &&
		slot->argument->count_from == COUNT_NONE) {
		put_option(slot, option_size(slot, declared));
		return;
	}
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
	case CONTENT_TEXT: {
		unsigned char last;
		/* The NUL at its end is not shown. */
		if (count && count <= slot->writer->options->string_max &&
			detail_read(slot->writer->detail, slot->phase, slot->value + count - 1,
				&last, 1) == 1 &&
			!last)
			count--;
		put_buffer(slot->writer, slot->phase, slot->value, count);
		break;
	}
	case CONTENT_PAGES: {
		size_t limit = element_limit(slot->writer);
		unsigned char page;
		for (uint64_t i = 0; i < count && !slot->writer->is_full; i++) {
			if (i >= limit || detail_read(slot->writer->detail, slot->phase,
						  slot->value + i, &page, 1) < 1) {
				put(slot->writer, i ? ", ..." : "[...");
				break;
			}
			putf(slot->writer, "%s%u", i ? ", " : "[", page & 1U);
		}
		put(slot->writer, count ? "]" : "[]");
		break;
	}
	case CONTENT_HEX: {
		size_t limit = slot->writer->options->string_max;
		size_t found = 0;
		const unsigned char *bytes = detail_find(
			slot->writer->detail, slot->phase, slot->value, &found);
		limit = count < limit ? (size_t)count : limit;
		if (!bytes || found < limit) {
			put_missing(slot->writer, slot->value);
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

void slot_struct(const struct slot *slot)
{
	size_t limit = SIZE_MAX;
	const struct argument *argument = slot->argument;
	/* Its text may be short. */
	if (argument->type->special == SPECIAL_MSGBUF)
		limit = word_size(slot->writer);
	else if (argument->count_from != COUNT_NONE) {
		uint64_t count = count_of(slot);
		limit = count < SIZE_MAX ? (size_t)count : SIZE_MAX;
	}
	const struct argument *declared = argument_declared(slot->writer->call, slot->index);
	if (declared->kind == ARG_MULTI && declared->count_from != COUNT_NONE) {
		put_option(slot, option_size(slot, declared));
		return;
	}
	put_struct(slot->writer, argument, slot->phase, slot->value, limit);
	/* An offset that has moved. */
	if (slot->phase == DETAIL_ENTRY && argument->direction == (ARGUMENT_IN | ARGUMENT_OUT) &&
		argument->type->is_scalar && has_succeeded(slot->writer) &&
		slot->writer->detail->result) {
		put(slot->writer, " => ");
		put_struct(slot->writer, argument, DETAIL_EXIT, slot->value, limit);
	}
}

void slot_remainder(const struct slot *slot)
{
	if (slot->writer->detail->err == CALL_RESTART_LAST)
		slot_struct(slot);
	else
		put_address(slot->writer, slot->value);
}

void slot_array(const struct slot *slot)
{
	uint64_t count = count_of(slot);
	const struct layout *layout = type_layout(slot->argument->type, slot->writer->call.abi);
	if (slot->argument->in_bytes && layout->size)
		count /= layout->size;
	/* A pair is there as a whole, or not at all. */
	if (slot->argument->count_from == COUNT_CONSTANT) {
		size_t found = 0;
		detail_find(slot->writer->detail, slot->phase, slot->value, &found);
		if (found < count * layout->size) {
			put_address(slot->writer, slot->value);
			return;
		}
	}
	put_array(slot->writer, slot->argument, slot->phase, slot->value, count);
}

void slot_iovec(const struct slot *slot)
{
	uint64_t total = slot->phase == DETAIL_EXIT ? (uint64_t)slot->writer->detail->result
	                                            : UINT64_MAX;
	if (slot->phase == DETAIL_EXIT && !has_succeeded(slot->writer))
		total = IOVEC_ADDRESSES;
	put_iovec(slot->writer, slot->phase, slot->value, count_of(slot), total);
}

void slot_msghdr(const struct slot *slot)
{
	put_message(slot->writer, slot->argument, slot->phase, slot->value,
		slot->phase == DETAIL_EXIT ? (uint64_t)slot->writer->detail->result : UINT64_MAX);
}

void slot_mmsghdr(const struct slot *slot)
{
	uint64_t count = slot->phase == DETAIL_EXIT ? (uint64_t)slot->writer->detail->result
	                                            : count_of(slot);
	put_messages(slot->writer, slot->argument, slot->phase, slot->value, count);
}

/* The size of an address that comes out is not more than the buffer had at the entry. */
void slot_sockaddr(const struct slot *slot)
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

void slot_socklen(const struct slot *slot)
{
	struct call_writer *writer = slot->writer;
	int32_t before;
	int32_t after;
	bool is_address = argument_of(writer->call, writer->args, slot->index - 1)->kind ==
	                  ARG_SOCKADDR;
	if ((is_address && !argument_value(writer, slot->index - 1)) ||
		!read_int(writer, DETAIL_ENTRY, slot->value, &before)) {
		put_address(slot->writer, slot->value);
		return;
	}
	putf(writer, "[%d", before);
	if (has_succeeded(writer) && read_int(writer, DETAIL_EXIT, slot->value, &after) &&
		after != before)
		putf(writer, " => %d", after);
	put(writer, "]");
}

void slot_sigset(const struct slot *slot)
{
	unsigned char bits[128];
	uint64_t count = count_of(slot);
	size_t size = count < sizeof(bits) ? (size_t)count : sizeof(bits);
	/* The kernel knows no larger sets. */
	if (!slot->value || !size || size > 8 ||
		detail_read(slot->writer->detail, slot->phase, slot->value, bits, size) < size)
		put_address(slot->writer, slot->value);
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
		put_address(slot->writer, slot->value);
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

void slot_fdset(const struct slot *slot)
{
	put_bits(slot, (uint32_t)count_of(slot), true, " ");
}

void slot_cpuset(const struct slot *slot)
{
	put_bits(slot, count_of(slot) * 8, false, " ");
}

/* A set of nodes as words. */
void slot_nodemask(const struct slot *slot)
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
				put_address(slot->writer, slot->value);
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
		put_address(slot->writer, slot->value);
}
