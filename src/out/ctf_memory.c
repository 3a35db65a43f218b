/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flight recorders; see out/ctf_memory.h. */
#include "config.h"

#include "out/ctf_memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "out/ctf_directory.h"
#include "out/ctf_pack.h"
#include "out/ctf_piece.h"

/* Whole packets. */
struct block {
	struct block *next;
	size_t used;
	char bytes[CTF_MEMORY_BLOCK - 2 * sizeof(void *)];
};

struct part {
	unsigned int number;
	uint64_t size, begin_ns, end_ns; /* begin_ns: 0: there is no packet */
	bool is_full; /* there was no memory for a packet: what follows is not kept either */
	struct block *first, *last; /* owned */
};

struct ctf_memory {
	struct line_output output; /* first member */
	struct part parts[RECORDING_PARTS];
	size_t part_count;                 /* the last is the present one */
	struct ctf_metadata_text metadata; /* without its beginning */
	size_t limit;                      /* number of blocks */
	size_t blocks;                     /* likewise, that there are */

	_Atomic uint64_t packed; /* bytes, so far */

	pthread_mutex_t mutex; /* of what follows */
	struct ctf_memory_status status;
	struct ctf_memory_copy last;
};

static struct part *present_part(struct ctf_memory *memory)
{
	return &memory->parts[memory->part_count - 1];
}

/* Parts. */

static void free_blocks(struct ctf_memory *memory, struct part *part)
{
	while (part->first) {
		struct block *next = part->first->next;
		free(part->first);
		part->first = next;
		memory->blocks--;
	}
}

static void remove_oldest(struct ctf_memory *memory)
{
	free_blocks(memory, &memory->parts[0]);
	memmove(memory->parts, memory->parts + 1, --memory->part_count * sizeof(*memory->parts));
}

/* The bytes of all parts but the present one. */
static uint64_t size_of_parts(const struct ctf_memory *memory)
{
	uint64_t size = 0;
	for (size_t i = 0; i + 1 < memory->part_count; i++)
		size += memory->parts[i].size;
	return size;
}

static void begin_part(struct ctf_memory *memory, const char *piece)
{
	struct ctf_part part;
	memcpy(&part, piece, sizeof(part));
	unsigned int number = present_part(memory)->number + 1;
	if (memory->part_count == RECORDING_PARTS)
		remove_oldest(memory);
	memory->parts[memory->part_count++] = (struct part){.number = number};
	while (memory->part_count > 1 &&
		(size_of_parts(memory) > part.limit || memory->parts[0].end_ns < part.keep_ns))
		remove_oldest(memory);
}

/* Adds a block to the present part, at the cost of the oldest. Returns whether there was one. */
static bool add_block(struct ctf_memory *memory)
{
	struct block *block = NULL;
	while (!block) {
		if (memory->blocks < memory->limit)
			block = malloc(sizeof(*block));
		if (!block && memory->part_count == 1)
			return false;
		if (!block)
			remove_oldest(memory);
	}
	struct part *part = present_part(memory);
	block->next = NULL;
	block->used = 0;
	if (part->last)
		part->last->next = block;
	else
		part->first = block;
	part->last = block;
	memory->blocks++;
	return true;
}

/* Stores the packet at PIECE. Returns whether there was memory for it. */
static bool store(struct ctf_memory *memory, const char *piece, size_t size)
{
	struct recording_packet packet;
	struct part *part = present_part(memory);
	memcpy(&packet, piece, sizeof(packet));
	if (part->is_full)
		return false;
	if (!part->last || part->last->used + size > sizeof(part->last->bytes)) {
		bool has_room = add_block(memory);
		part = present_part(memory); /* it has moved if another was removed */
		part->is_full = !has_room;
		if (!has_room)
			return false;
	}
	memcpy(part->last->bytes + part->last->used, piece, size);
	part->last->used += size;
	part->size += size;
	if (!part->begin_ns)
		part->begin_ns = packet.begin_ns;
	part->end_ns = packet.end_ns;
	return true;
}

/* Writing. */

/* A request, and what has been done for it. */
struct request {
	struct ctf_copy head;
	const char *name, *metadata, *packet;
	int directory; /* descriptor */
	struct ctf_memory_copy copy;
};

static void take_apart(const char *piece, struct request *request)
{
	memcpy(&request->head, piece, sizeof(request->head));
	request->name = piece + sizeof(request->head);
	request->metadata = request->name + request->head.name_size;
	request->packet = request->metadata + request->head.head_size;
}

/* Whether there is a packed recording with its name already, if it is to be packed. */
static bool has_packed(const struct request *request)
{
	char path[PATH_MAX + sizeof(CTF_PACK_SUFFIX)];
	snprintf(path, sizeof(path), "%s" CTF_PACK_SUFFIX, request->copy.path);
	return request->head.is_packed && access(path, F_OK) == 0;
}

/* Creates the directory. Returns 0 or -errno. */
static int create(struct request *request)
{
	char number[16] = "";
	int result = -EEXIST;
	for (unsigned int try = 1; try <= CTF_MEMORY_TRIES && result == -EEXIST; try++) {
		if (try > 1)
			snprintf(number, sizeof(number), "-%u", try);
		int length = snprintf(request->copy.path, sizeof(request->copy.path),
			"%.*s%s" CTF_MEMORY_SUFFIX, (int)request->head.name_size, request->name,
			number);
		if (length + strlen(CTF_PACK_SUFFIX) >= sizeof(request->copy.path))
			result = -ENAMETOOLONG;
		else if (!has_packed(request))
			result = ctf_directory_new(request->copy.path);
	}
	request->directory = result;
	return result < 0 ? result : 0;
}

static int write_metadata(const struct ctf_memory *memory, const struct request *request)
{
	struct ctf_metadata_text whole = {0};
	int result = ctf_metadata_text_add(&whole, request->metadata, request->head.head_size);
	if (result == 0 && memory->metadata.size)
		result = ctf_metadata_text_add(
			&whole, memory->metadata.text, memory->metadata.size);
	if (result == 0)
		result = ctf_directory_write_metadata(request->directory, whole.text, whole.size);
	ctf_metadata_text_clear(&whole);
	return result;
}

static void note_progress(struct ctf_memory *memory, size_t size)
{
	pthread_mutex_lock(&memory->mutex);
	memory->status.written += size;
	pthread_mutex_unlock(&memory->mutex);
}

/* Writes PART, and what ends it if it is the present one. Returns 0 or -errno; then there is no
 * file. */
static int write_part(struct ctf_memory *memory, const struct request *request, struct part *part)
{
	int fd = ctf_directory_new_part(request->directory, part->number);
	int result = fd < 0 ? fd : 0;
	for (struct block *block = part->first; block && result == 0; block = block->next) {
		result = ctf_directory_write(fd, block->bytes, block->used);
		note_progress(memory, block->used);
	}
	if (result == 0 && part == present_part(memory))
		result = ctf_directory_write(fd, request->packet, request->head.packet_size);
	if (fd >= 0 && close(fd) < 0 && result == 0)
		result = -errno;
	if (fd >= 0 && result < 0)
		ctf_directory_remove_part(request->directory, part->number);
	return result;
}

/* Writes all parts, the newest first. Returns 0 or -errno. */
static int write_parts(struct ctf_memory *memory, struct request *request)
{
	struct ctf_memory_copy *copy = &request->copy;
	copy->end_ns = present_part(memory)->end_ns;
	for (size_t i = memory->part_count; i-- > 0;) {
		struct part *part = &memory->parts[i];
		int result = write_part(memory, request, part);
		if (result < 0) {
			copy->is_cut = i + 1 < memory->part_count;
			return result;
		}
		copy->size += part->size;
		if (part->begin_ns)
			copy->from_ns = part->begin_ns;
	}
	return 0;
}

static void write_copy(struct ctf_memory *memory, const char *piece)
{
	struct request request = {0};
	struct ctf_memory_copy *copy = &request.copy;
	take_apart(piece, &request);
	copy->error = create(&request);
	if (copy->error == 0) {
		copy->error = write_metadata(memory, &request);
		if (copy->error == 0)
			copy->error = write_parts(memory, &request);
		if (copy->error == 0 || copy->is_cut)
			close(request.directory);
		else
			ctf_directory_discard(request.directory, copy->path);
	}
	if (copy->error == 0 && request.head.is_packed)
		copy->error = copy->pack_error = ctf_pack(copy->path, &memory->packed);
	if (copy->error == 0 && request.head.is_packed)
		strcat(copy->path, CTF_PACK_SUFFIX);
	pthread_mutex_lock(&memory->mutex);
	memory->last = *copy;
	memory->status.done++;
	pthread_mutex_unlock(&memory->mutex);
}

/* The thread. */

static void update_status(struct ctf_memory *memory)
{
	pthread_mutex_lock(&memory->mutex);
	memory->status.size = memory->blocks * CTF_MEMORY_BLOCK + memory->metadata.capacity;
	memory->status.from_ns = memory->parts[0].begin_ns;
	pthread_mutex_unlock(&memory->mutex);
}

static void note_lost(struct ctf_memory *memory)
{
	pthread_mutex_lock(&memory->mutex);
	memory->status.lost++;
	pthread_mutex_unlock(&memory->mutex);
}

/* Does what PIECE, of SIZE bytes, is for. Returns 0 or an errno. */
static int take_piece(struct ctf_memory *memory, const char *piece, size_t size, uint32_t magic)
{
	switch (magic) {
	case CTF_TEXT_MAGIC:
		return -ctf_metadata_text_add(&memory->metadata, piece + sizeof(struct ctf_text),
			size - sizeof(struct ctf_text));
	case CTF_PART_MAGIC:
		begin_part(memory, piece);
		return 0;
	case CTF_COPY_MAGIC:
		update_status(memory);
		write_copy(memory, piece);
		return 0;
	default:
		if (!store(memory, piece, size))
			note_lost(memory);
		return 0;
	}
}

static int write_pieces(struct line_output *output, const char *pieces, size_t size)
{
	struct ctf_memory *memory = (struct ctf_memory *)output;
	int error = 0;
	for (size_t at = 0; at < size && !error;) {
		uint32_t magic;
		size_t length = ctf_piece_size(pieces + at, &magic);
		error = take_piece(memory, pieces + at, length, magic);
		at += length;
	}
	update_status(memory);
	return error;
}

static int close_output(struct line_output *output)
{
	struct ctf_memory *memory = (struct ctf_memory *)output;
	while (memory->part_count)
		remove_oldest(memory);
	ctf_metadata_text_clear(&memory->metadata);
	pthread_mutex_destroy(&memory->mutex);
	free(memory);
	return 0;
}

/* The others. */

void ctf_memory_new(size_t limit, struct ctf_memory **out)
{
	struct ctf_memory *memory = xcalloc(1, sizeof(*memory));
	memory->output = (struct line_output){.write = write_pieces, .close = close_output};
	memory->part_count = 1;
	memory->limit = limit / CTF_MEMORY_BLOCK;
	pthread_mutex_init(&memory->mutex, NULL);
	*out = memory;
}

struct line_output *ctf_memory_output(struct ctf_memory *memory)
{
	return &memory->output;
}

void ctf_memory_status(struct ctf_memory *memory, struct ctf_memory_status *status)
{
	pthread_mutex_lock(&memory->mutex);
	*status = memory->status;
	pthread_mutex_unlock(&memory->mutex);
	status->written += atomic_load_explicit(&memory->packed, memory_order_relaxed);
}

void ctf_memory_last(struct ctf_memory *memory, struct ctf_memory_copy *copy)
{
	pthread_mutex_lock(&memory->mutex);
	*copy = memory->last;
	pthread_mutex_unlock(&memory->mutex);
}
