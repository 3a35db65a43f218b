/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings that grow; see out/ctf_output.h. */
#include "config.h"

#include "out/ctf_output.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "out/ctf_directory.h"
#include "out/ctf_pack.h"
#include "out/ctf_piece.h"

/* A part that is complete. */
struct part {
	unsigned int number;
	uint64_t size, end_ns;
};

struct ctf_output {
	struct line_output output;          /* first member */
	int directory, stream;              /* descriptors */
	struct part parts[RECORDING_PARTS]; /* the oldest first */
	size_t part_count;
	struct part now; /* the one of `stream` */
	struct ctf_metadata_text metadata;
	bool has_changed;        /* the metadata, since it was written */
	char *path;              /* of the directory; owned */
	_Atomic uint64_t packed; /* bytes, so far */
};

/* Replaces the metadata. Returns 0 or an errno. */
static int write_metadata(struct ctf_output *output)
{
	output->has_changed = false;
	return -ctf_directory_write_metadata(
		output->directory, output->metadata.text, output->metadata.size);
}

/* Adds to it. Returns 0 or an errno. */
static int add_text(struct ctf_output *output, const char *text, size_t size)
{
	output->has_changed = true;
	return -ctf_metadata_text_add(&output->metadata, text, size);
}

/* Removes what is not a whole packet of the SIZE bytes of PACKETS that were written in part at
 * BEFORE. Returns 0 or an errno. */
static int remove_rest(
	const struct ctf_output *output, const char *packets, size_t size, off_t before)
{
	off_t end = lseek(output->stream, 0, SEEK_END);
	uint32_t magic;
	size_t whole = 0;
	while (whole < size) {
		size_t next = ctf_piece_size(packets + whole, &magic);
		if (before + (off_t)(whole + next) > end)
			break;
		whole += next;
	}
	return ftruncate(output->stream, before + (off_t)whole) < 0 ? errno : 0;
}

/* Writes packets of SIZE bytes: all, or those for which there is room. Returns 0 or an errno. */
static int write_packets(struct ctf_output *output, const char *packets, size_t size)
{
	int error = output->has_changed ? write_metadata(output) : 0;
	if (error || size == 0)
		return error;
	off_t before = lseek(output->stream, 0, SEEK_END);
	error = -ctf_directory_write(output->stream, packets, size);
	if (error)
		remove_rest(output, packets, size, before);
	output->now.size += size;
	return error;
}

/* Removes the oldest part. */
static void remove_oldest(struct ctf_output *output)
{
	ctf_directory_remove_part(output->directory, output->parts[0].number);
	memmove(output->parts, output->parts + 1, --output->part_count * sizeof(*output->parts));
}

/* The bytes of all parts that are complete. */
static uint64_t size_of_parts(const struct ctf_output *output)
{
	uint64_t size = 0;
	for (size_t i = 0; i < output->part_count; i++)
		size += output->parts[i].size;
	return size;
}

/* Creates the file of the present part. Returns 0 or an errno. */
static int open_stream(struct ctf_output *output)
{
	output->stream = ctf_directory_new_part(output->directory, output->now.number);
	return output->stream < 0 ? -output->stream : 0;
}

/* Begins the next part as PIECE says. Returns 0 or an errno. */
static int begin_part(struct ctf_output *output, const char *piece)
{
	struct ctf_part part;
	memcpy(&part, piece, sizeof(part));
	if (output->part_count == RECORDING_PARTS)
		remove_oldest(output);
	output->parts[output->part_count++] = output->now;
	while (output->part_count &&
		(size_of_parts(output) > part.limit || output->parts[0].end_ns < part.keep_ns))
		remove_oldest(output);
	output->now = (struct part){.number = output->now.number + 1};
	int error = close(output->stream) < 0 ? errno : 0;
	output->stream = -1;
	return error ? error : open_stream(output);
}

/* Notices when the packet at PIECE ends. */
static void note_end(struct ctf_output *output, const char *piece)
{
	struct recording_packet packet;
	memcpy(&packet, piece, sizeof(packet));
	output->now.end_ns = packet.end_ns;
}

/* Packs what is there: nothing follows. Returns 0 or an errno. */
static int pack(struct ctf_output *output)
{
	int error = output->stream >= 0 && close(output->stream) < 0 ? errno : 0;
	output->stream = -1;
	return error ? error : -ctf_pack(output->path, &output->packed);
}

static int write_pieces(struct line_output *base, const char *pieces, size_t size)
{
	struct ctf_output *output = (struct ctf_output *)base;
	size_t begin = 0, at = 0;
	int error = 0;
	while (at < size && !error) {
		uint32_t magic;
		size_t length = ctf_piece_size(pieces + at, &magic);
		bool is_packet = magic == RECORDING_MAGIC;
		/* The packets before do not need a text, and are in another part. */
		if (!is_packet) {
			error = write_packets(output, pieces + begin, at - begin);
			begin = at + length;
		}
		if (is_packet)
			note_end(output, pieces + at);
		else if (!error && magic == CTF_TEXT_MAGIC)
			error = add_text(output, pieces + at + sizeof(struct ctf_text),
				length - sizeof(struct ctf_text));
		else if (!error && magic == CTF_PACK_MAGIC)
			error = pack(output);
		else if (!error)
			error = begin_part(output, pieces + at);
		at += length;
	}
	return error ? error : write_packets(output, pieces + begin, at - begin);
}

static int close_output(struct line_output *base)
{
	struct ctf_output *output = (struct ctf_output *)base;
	int error = output->stream >= 0 && close(output->stream) < 0 ? errno : 0;
	close(output->directory);
	ctf_metadata_text_clear(&output->metadata);
	xfree(output->path);
	free(output);
	return error;
}

int ctf_output_new(const char *path, const char *metadata, size_t size, struct line_output **out)
{
	int directory = ctf_directory_new(path);
	if (directory < 0)
		return directory;
	struct ctf_output *output = xcalloc(1, sizeof(*output));
	*output = (struct ctf_output){
		.output = {.write = write_pieces, .close = close_output},
		.directory = directory,
		.stream = -1,
		.path = xstrdup(path),
	};
	int error = add_text(output, metadata, size);
	if (!error)
		error = write_metadata(output);
	if (!error)
		error = open_stream(output);
	if (!error) {
		*out = &output->output;
		return 0;
	}
	ctf_directory_discard(directory, path);
	ctf_metadata_text_clear(&output->metadata);
	xfree(output->path);
	free(output);
	return -error;
}

uint64_t ctf_output_packed(const struct line_output *output)
{
	const struct ctf_output *files = (const struct ctf_output *)output;
	return atomic_load_explicit(&files->packed, memory_order_relaxed);
}
