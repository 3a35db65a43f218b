/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory of a call; see abi/fetch.h. */
#include "config.h"

#include "abi/fetch.h"

#include <string.h>

#include "abi/descriptor.h"
#include "abi/fetch_walk.h"
#include "abi/indirect.h"

#define PAGE_SIZE 4096

const unsigned char *fetch_walk_read(
	struct fetch_walk *walk, uint64_t address, size_t size, size_t *got)
{
	if (!address || !size || !walk->reads)
		return NULL;
	walk->reads--;
	return walk->reader->read(walk->reader, address, size, got);
}

bool fetch_walk_copy(struct fetch_walk *walk, uint64_t address, void *buf, size_t size)
{
	size_t got;
	const unsigned char *bytes = fetch_walk_read(walk, address, size, &got);
	if (!bytes || got < size)
		return false;
	memcpy(buf, bytes, size);
	return true;
}

void fetch_walk_string(struct fetch_walk *walk, uint64_t address, size_t size)
{
	size_t got;
	if (!address || !size || !walk->reads)
		return;
	walk->reads--;
	walk->reader->read_string(walk->reader, address, size, &got);
}

size_t fetch_walk_word_size(const struct fetch_walk *walk)
{
	return abi_pointer_size((enum abi)walk->call.abi);
}

uint64_t fetch_walk_word(const struct fetch_walk *walk, const unsigned char *bytes)
{
	uint64_t word = 0;
	memcpy(&word, bytes, fetch_walk_word_size(walk));
	return word;
}

size_t fetch_walk_element_limit(const struct fetch_walk *walk, size_t element_size)
{
	size_t limit = FETCH_STRUCT_MAX / (element_size ? element_size : 1);
	if (walk->reader->verbose)
		return limit;
	return fetch_walk_limit(walk->reader->string_max, limit);
}

/* The value of argument INDEX: a register of the ABI. */
static uint64_t register_of(const struct fetch_walk *walk, unsigned int index)
{
	return argument_register(walk->call, walk->args, index);
}

uint64_t fetch_walk_count(struct fetch_walk *walk, const struct argument *argument)
{
	uint64_t count = 1;
	int32_t number;
	switch ((enum argument_count)argument->count_from) {
	case COUNT_NONE:
		break;
	case COUNT_ARGUMENT:
		count = register_of(walk, argument->count);
		break;
	case COUNT_POINTED:
		count = 0;
		if (fetch_walk_copy(
			    walk, register_of(walk, argument->count), &number, sizeof(number)) &&
			number > 0)
			count = (uint64_t)number;
		break;
	case COUNT_RESULT:
		count = walk->at_exit && !walk->failed && walk->result > 0 ? (uint64_t)walk->result
		                                                           : 0;
		break;
	case COUNT_PAGES:
		count = register_of(walk, argument->count);
		count = count / PAGE_SIZE + (count % PAGE_SIZE != 0);
		break;
	case COUNT_CONSTANT:
		count = argument->count;
		break;
	}
	if (argument->max != ARGUMENT_NOT && count > register_of(walk, argument->max))
		count = register_of(walk, argument->max);
	return count;
}

static void fetch_path(struct fetch_walk *walk, const struct argument *argument, uint64_t address)
{
	(void)argument;
	fetch_walk_string(walk, address, FETCH_PATH_MAX);
}

static void fetch_str(struct fetch_walk *walk, const struct argument *argument, uint64_t address)
{
	size_t limit = walk->reader->string_max;
	if (argument->count_from == COUNT_CONSTANT)
		limit = argument->count;
	/* One more than is shown tells whether there is more. */
	fetch_walk_string(walk, address, limit < SIZE_MAX ? limit + 1 : limit);
}

static void fetch_buf(struct fetch_walk *walk, const struct argument *argument, uint64_t address)
{
	size_t limit = walk->reader->string_max;
	size_t got;
	if (argument->content == CONTENT_PATH)
		limit = FETCH_PATH_MAX;
	else if (argument->content == CONTENT_DIRENTS || argument->content == CONTENT_DIRENTS64)
		limit = FETCH_DIRENT_MAX;
	if (argument->count_from != COUNT_NONE)
		fetch_walk_read(walk, address,
			fetch_walk_limit(fetch_walk_count(walk, argument), limit), &got);
}

static void fetch_sockaddr(
	struct fetch_walk *walk, const struct argument *argument, uint64_t address)
{
	size_t got;
	fetch_walk_read(walk, address,
		fetch_walk_limit(fetch_walk_count(walk, argument), FETCH_BITS_MAX), &got);
}

static void fetch_bytes(struct fetch_walk *walk, const struct argument *argument, uint64_t address)
{
	size_t got;
	fetch_walk_read(walk, address,
		fetch_walk_limit(fetch_walk_count(walk, argument), FETCH_BITS_MAX), &got);
}

/* Sets whose length is a number of bits, which are kept in whole words. */
static void fetch_bits(struct fetch_walk *walk, const struct argument *argument, uint64_t address)
{
	size_t got;
	uint64_t count = (uint32_t)fetch_walk_count(walk, argument);
	fetch_walk_read(
		walk, address, fetch_walk_limit((count + 63) / 64 * 8, FETCH_BITS_MAX), &got);
}

static void fetch_struct(struct fetch_walk *walk, const struct argument *argument, uint64_t address)
{
	size_t got;
	size_t size = type_layout(argument->type, walk->call.abi)->size;
	if (argument->count_from != COUNT_NONE && argument->type->special == SPECIAL_MSGBUF)
		size = fetch_walk_word_size(walk) +
		       fetch_walk_limit(fetch_walk_count(walk, argument), walk->reader->string_max);
	else if (argument->count_from != COUNT_NONE)
		size = fetch_walk_limit(fetch_walk_count(walk, argument), FETCH_STRUCT_MAX);
	if (fetch_walk_read(walk, address, size, &got) && argument->type->special)
		fetch_walk_special(walk, argument, address, got);
}

static void fetch_array(struct fetch_walk *walk, const struct argument *argument, uint64_t address)
{
	size_t got;
	size_t element = type_layout(argument->type, walk->call.abi)->size;
	if (!element)
		return;
	uint64_t count = fetch_walk_count(walk, argument);
	size_t limit = fetch_walk_element_limit(walk, element);
	/* Those with events are picked out of all. */
	if (argument->type->special == SPECIAL_POLLFD)
		limit = FETCH_STRUCT_MAX / element;
	if (argument->in_bytes)
		count /= element;
	if (fetch_walk_read(walk, address, fetch_walk_limit(count, limit) * element, &got) &&
		argument->type->special)
		fetch_walk_special(walk, argument, address, got);
}

static void fetch_socklen(
	struct fetch_walk *walk, const struct argument *argument, uint64_t address)
{
	size_t got;
	(void)argument;
	fetch_walk_read(walk, address, sizeof(uint32_t), &got);
}

/* By enum argument_kind; NULL: a value. */
static void (*const fetchers[ARG_KINDS])(
	struct fetch_walk *walk, const struct argument *argument, uint64_t address) = {
	[ARG_PATH] = fetch_path,
	[ARG_STR] = fetch_str,
	[ARG_STRV] = fetch_walk_strv,
	[ARG_BUF] = fetch_buf,
	[ARG_STRUCT] = fetch_struct,
	[ARG_ARRAY] = fetch_array,
	[ARG_REMAINDER] = fetch_struct,
	[ARG_IOVEC] = fetch_walk_iovec,
	[ARG_MSGHDR] = fetch_walk_msghdr,
	[ARG_MMSGHDR] = fetch_walk_mmsghdr,
	[ARG_SOCKADDR] = fetch_sockaddr,
	[ARG_SOCKLEN] = fetch_socklen,
	[ARG_SIGSET] = fetch_bytes,
	[ARG_FDSET] = fetch_bits,
	[ARG_CPUSET] = fetch_bytes,
	[ARG_NODEMASK] = fetch_bits,
};

unsigned int fetch_belongs_to(struct call call, const struct argument *argument, unsigned int index)
{
	size_t count;
	switch (argument->kind) {
	case ARG_PATH:
	case ARG_SOCKADDR:
	case ARG_SOCKLEN:
		return FETCH_NAMES;
	case ARG_MSGHDR:
	case ARG_MMSGHDR:
		return FETCH_NAMES | FETCH_REST;
	default:
		break;
	}
	const struct descriptor_row *rows = descriptor_rows(call, &count);
	for (size_t i = 0; i < count; i++) {
		bool is_pointed = rows[i].at == index && rows[i].place != PLACE_ARGUMENT &&
		                  rows[i].place != PLACE_DATA;
		if (rows[i].path == index || is_pointed)
			return FETCH_NAMES;
	}
	return FETCH_REST;
}

bool fetch_is_read(const struct argument *argument, bool at_exit)
{
	if (argument->kind == ARG_MULTI)
		return true;
	if (!fetchers[argument->kind])
		return false;
	/* The kernel writes to a msghdr, but the size of the address is in it before. */
	if (argument->kind == ARG_MSGHDR)
		return !at_exit || argument->direction & ARGUMENT_OUT;
	/* How much was sent is in the messages, too. */
	if (argument->kind == ARG_MMSGHDR)
		return true;
	return argument->direction & (at_exit ? ARGUMENT_OUT : ARGUMENT_IN);
}

static bool any_is_read(struct call call, unsigned int what, bool at_exit)
{
	/* What it makes is not known yet. */
	if (argument_style(call) == STYLE_SOCKETCALL)
		return true;
	for (unsigned int i = 0; i < argument_count(call); i++) {
		const struct argument *argument = argument_declared(call, i);
		if (fetch_is_read(argument, at_exit) && fetch_belongs_to(call, argument, i) & what)
			return true;
	}
	return false;
}

bool fetch_at_entry(struct call call, unsigned int what)
{
	return any_is_read(call, what, false);
}

bool fetch_at_exit(struct call call, unsigned int what)
{
	return any_is_read(call, what, true);
}

const struct argument *fetch_sized(struct call call, const struct argument *argument,
	unsigned int index, struct argument *copy)
{
	const struct argument *declared = argument_declared(call, index);
	if (declared->kind != ARG_MULTI || declared->count_from == COUNT_NONE ||
		argument->kind != ARG_BUF || argument->count_from != COUNT_NONE)
		return argument;
	*copy = *argument;
	copy->count_from = declared->count_from;
	copy->count = declared->count;
	return copy;
}

static void fetch_arguments(struct fetch_walk *walk)
{
	struct argument copy;
	for (unsigned int i = 0; i < argument_count(walk->call); i++) {
		const struct argument *argument = argument_of(walk->call, walk->args, i);
		/* Only the time that remains is written by a call that fails. */
		if (walk->failed && argument->kind != ARG_REMAINDER && argument->kind != ARG_IOVEC)
			continue;
		if (fetch_is_read(argument, walk->at_exit) &&
			fetch_belongs_to(walk->call, argument, i) & walk->what)
			fetchers[argument->kind](walk, fetch_sized(walk->call, argument, i, &copy),
				register_of(walk, i));
	}
}

static void fetch_all(struct fetch_walk *walk)
{
	uint64_t address;
	uint32_t words[INDIRECT_WORDS_MAX];
	struct indirect indirect;
	size_t count = indirect_words(walk->call, walk->args, &address);
	if (count) {
		if (!fetch_walk_copy(walk, address, words, count * sizeof(*words)))
			return;
		indirect_resolve(walk->call, walk->args, words, &indirect);
		walk->call = indirect.call;
		walk->args = indirect.args;
	}
	fetch_arguments(walk);
}

void fetch_entry(struct fetch_reader *reader, unsigned int what, struct call call,
	const uint64_t args[CALL_MAX_ARGS])
{
	struct fetch_walk walk = {
		.reader = reader,
		.what = what,
		.call = call,
		.args = args,
		.reads = FETCH_READS_MAX,
	};
	fetch_all(&walk);
}

void fetch_exit(struct fetch_reader *reader, unsigned int what, struct call call,
	const uint64_t args[CALL_MAX_ARGS], int64_t result, bool failed)
{
	struct fetch_walk walk = {
		.reader = reader,
		.what = what,
		.call = call,
		.args = args,
		.at_exit = true,
		.failed = failed,
		.result = failed ? 0 : result,
		.reads = FETCH_READS_MAX,
	};
	fetch_all(&walk);
}
