/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of strings, buffers and messages in the memory of a call; see abi/fetch_walk.h. */
#include "config.h"

#include <string.h>

#include "abi/fetch_walk.h"

/* Offsets in struct msghdr with addresses and sizes of 8 bytes, and of 4. */
struct msghdr_layout {
	size_t name;
	size_t name_size; /* an int */
	size_t iov;
	size_t iov_count;
	size_t control;
	size_t control_size;
	size_t size;
	size_t message_size; /* of a struct mmsghdr */
};

static const struct msghdr_layout layouts[2] = {
	{0, 8, 16, 24, 32, 40, 56, 64},
	{0, 4, 8, 12, 16, 20, 28, 32},
};

static const struct msghdr_layout *layout_of(const struct fetch_walk *walk)
{
	return &layouts[fetch_walk_word_size(walk) == 4];
}

/*
 * Has the strings at the COUNT addresses at LIST read. Their addresses are copied first: what is
 * read is valid until the next read.
 */
static void read_strings(struct fetch_walk *walk, const uint64_t list[], size_t count)
{
	size_t limit = walk->reader->string_max;
	for (size_t i = 0; i < count; i++)
		fetch_walk_string(walk, list[i], limit < SIZE_MAX ? limit + 1 : limit);
}

void fetch_walk_strv(struct fetch_walk *walk, const struct argument *argument, uint64_t address)
{
	size_t word = fetch_walk_word_size(walk);
	/* The environment is only counted. */
	bool shows_strings = walk->reader->verbose || argument->content != CONTENT_STRINGS;
	size_t strings_left = walk->reader->verbose ? SIZE_MAX : walk->reader->string_max;
	for (size_t part = 0; part < FETCH_STRV_PARTS; part++) {
		size_t got;
		size_t count = 0;
		uint64_t list[FETCH_STRV_PART];
		const unsigned char *bytes = fetch_walk_read(
			walk, address, FETCH_STRV_PART * word, &got);
		if (!bytes)
			return;
		while (count < got / word &&
			(list[count] = fetch_walk_word(walk, bytes + count * word)))
			count++;
		if (shows_strings)
			read_strings(walk, list, fetch_walk_limit(count, strings_left));
		strings_left -= fetch_walk_limit(count, strings_left);
		if (count < FETCH_STRV_PART || (shows_strings && !strings_left))
			return;
		address += FETCH_STRV_PART * word;
	}
}

/* Has the buffers of COUNT struct iovec at ADDRESS read, TOTAL bytes of them. */
static void read_buffers(struct fetch_walk *walk, uint64_t address, uint64_t count, uint64_t total)
{
	size_t word = fetch_walk_word_size(walk);
	size_t got;
	size_t part;
	size_t limit = fetch_walk_limit(count, fetch_walk_element_limit(walk, 2 * word));
	unsigned char vector[FETCH_STRUCT_MAX];
	const unsigned char *bytes = fetch_walk_read(walk, address, limit * 2 * word, &got);
	if (!bytes)
		return;
	memcpy(vector, bytes, got);
	for (size_t at = 0; at + 2 * word <= got; at += 2 * word) {
		uint64_t size = fetch_walk_word(walk, vector + at + word);
		size = size < total ? size : total;
		total -= size;
		fetch_walk_read(walk, fetch_walk_word(walk, vector + at),
			fetch_walk_limit(size, walk->reader->string_max), &part);
	}
}

void fetch_walk_iovec(struct fetch_walk *walk, const struct argument *argument, uint64_t address)
{
	uint64_t total = walk->at_exit ? (uint64_t)walk->result : UINT64_MAX;
	/* At the exit, `count` is where the number of buffers is; the result is that of bytes. */
	struct argument vector = *argument;
	vector.max = ARGUMENT_NOT;
	read_buffers(walk, address, fetch_walk_count(walk, &vector), total);
}

/* Has what the struct msghdr HEADER refers to read: TOTAL bytes of its buffers. */
static void read_message(struct fetch_walk *walk, const struct argument *argument,
	const unsigned char *header, uint64_t total)
{
	const struct msghdr_layout *layout = layout_of(walk);
	int32_t name_size;
	size_t got;
	/* At the entry of a call that receives, only the sizes mean something. */
	if (!walk->at_exit && argument->direction & ARGUMENT_OUT)
		return;
	memcpy(&name_size, header + layout->name_size, sizeof(name_size));
	if (name_size > 0)
		fetch_walk_read(walk, fetch_walk_word(walk, header + layout->name),
			fetch_walk_limit((uint64_t)name_size, 128), &got);
	fetch_walk_read(walk, fetch_walk_word(walk, header + layout->control),
		fetch_walk_limit(
			fetch_walk_word(walk, header + layout->control_size), FETCH_STRUCT_MAX),
		&got);
	if (walk->what & FETCH_REST)
		read_buffers(walk, fetch_walk_word(walk, header + layout->iov),
			fetch_walk_word(walk, header + layout->iov_count), total);
}

void fetch_walk_msghdr(struct fetch_walk *walk, const struct argument *argument, uint64_t address)
{
	unsigned char header[64];
	if (fetch_walk_copy(walk, address, header, layout_of(walk)->size))
		read_message(walk, argument, header,
			walk->at_exit ? (uint64_t)walk->result : UINT64_MAX);
}

void fetch_walk_mmsghdr(struct fetch_walk *walk, const struct argument *argument, uint64_t address)
{
	const struct msghdr_layout *layout = layout_of(walk);
	unsigned char message[64];
	uint64_t count = walk->at_exit ? (uint64_t)walk->result : fetch_walk_count(walk, argument);
	size_t limit = fetch_walk_limit(
		count, fetch_walk_element_limit(walk, layout->message_size));
	for (size_t i = 0; i < limit; i++) {
		uint32_t total;
		if (!fetch_walk_copy(walk, address, message, layout->message_size))
			return;
		memcpy(&total, message + layout->size, sizeof(total));
		address += layout->message_size;
		if (walk->at_exit && !(argument->direction & ARGUMENT_OUT))
			continue;
		read_message(walk, argument, message, walk->at_exit ? total : UINT64_MAX);
	}
}
