/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a recording; see out/ctf_output.h. */
#include "config.h"

#include "out/ctf_output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

#define DIRECTORY_MODE 0700
#define FILE_MODE      0600

/* The metadata is written under this name first. */
#define NEW_METADATA   ".metadata.new"

struct ctf_output {
	struct line_output output; /* first member */
	int directory, stream;     /* descriptors */
	char *metadata;            /* owned */
	size_t size, capacity;
	bool has_changed; /* the metadata, since it was written */
};

/* Writes SIZE bytes to FD. Returns 0 or an errno. */
static int write_whole(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;
	while (size) {
		ssize_t count = write(fd, at, size);
		if (count < 0 && errno != EINTR)
			return errno;
		if (count > 0) {
			at += count;
			size -= (size_t)count;
		}
	}
	return 0;
}

/* Replaces the metadata. Returns 0 or an errno. */
static int write_metadata(struct ctf_output *output)
{
	int fd = openat(output->directory, NEW_METADATA,
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return errno;
	int error = write_whole(fd, output->metadata, output->size);
	if (close(fd) < 0 && !error)
		error = errno;
	if (!error && renameat(output->directory, NEW_METADATA, output->directory,
			      RECORDING_METADATA) < 0)
		error = errno;
	if (error)
		unlinkat(output->directory, NEW_METADATA, 0);
	output->has_changed = false;
	return error;
}

static int add_text(struct ctf_output *output, const char *text, size_t size)
{
	if (output->size + size > output->capacity) {
		size_t capacity = 2 * (output->size + size);
		char *longer = realloc(output->metadata, capacity);
		if (!longer)
			return ENOMEM;
		output->metadata = longer;
		output->capacity = capacity;
	}
	memcpy(output->metadata + output->size, text, size);
	output->size += size;
	output->has_changed = true;
	return 0;
}

/* The size of the piece at PIECE. */
static size_t piece_size(const char *piece, bool *is_text)
{
	struct ctf_text text;
	struct recording_packet packet;
	memcpy(&text, piece, sizeof(text));
	*is_text = text.magic == CTF_TEXT_MAGIC;
	if (*is_text)
		return sizeof(text) + text.size;
	memcpy(&packet, piece, sizeof(packet));
	return packet.packet_bits / 8;
}

/* Removes what is not a whole packet of the SIZE bytes of PACKETS that were written in part at
 * BEFORE. Returns 0 or an errno. */
static int remove_rest(
	const struct ctf_output *output, const char *packets, size_t size, off_t before)
{
	off_t end = lseek(output->stream, 0, SEEK_END);
	bool is_text;
	size_t whole = 0;
	while (whole < size) {
		size_t next = piece_size(packets + whole, &is_text);
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
	error = write_whole(output->stream, packets, size);
	if (error)
		remove_rest(output, packets, size, before);
	return error;
}

static int write_pieces(struct line_output *base, const char *pieces, size_t size)
{
	struct ctf_output *output = (struct ctf_output *)base;
	size_t begin = 0, at = 0;
	int error = 0;
	while (at < size && !error) {
		bool is_text;
		size_t length = piece_size(pieces + at, &is_text);
		if (is_text) {
			/* The packets before do not need it. */
			error = write_packets(output, pieces + begin, at - begin);
			if (!error)
				error = add_text(output, pieces + at + sizeof(struct ctf_text),
					length - sizeof(struct ctf_text));
			begin = at + length;
		}
		at += length;
	}
	return error ? error : write_packets(output, pieces + begin, at - begin);
}

static int close_output(struct line_output *base)
{
	struct ctf_output *output = (struct ctf_output *)base;
	int error = close(output->stream) < 0 ? errno : 0;
	close(output->directory);
	free(output->metadata);
	free(output);
	return error;
}

int ctf_output_new(const char *path, const char *metadata, size_t size, struct line_output **out)
{
	if (mkdir(path, DIRECTORY_MODE) < 0)
		return -errno;
	struct ctf_output *output = xcalloc(1, sizeof(*output));
	*output = (struct ctf_output){
		.output = {.write = write_pieces, .close = close_output},
		.directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
		.stream = -1,
	};
	int error = output->directory < 0 ? errno : add_text(output, metadata, size);
	if (!error)
		error = write_metadata(output);
	if (!error) {
		output->stream = openat(output->directory, RECORDING_STREAM,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
		error = output->stream < 0 ? errno : 0;
	}
	if (!error) {
		*out = &output->output;
		return 0;
	}
	if (output->directory >= 0) {
		unlinkat(output->directory, RECORDING_METADATA, 0);
		close(output->directory);
	}
	rmdir(path);
	free(output->metadata);
	free(output);
	return -error;
}
