/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packed recordings; see engine/replay/ctf_archive.h. */
#include "config.h"

#include "engine/replay/ctf_archive.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/tar.h"
#include "engine/replay/unpack.h"

/* Copied at once; a multiple of TAR_BLOCK. */
#define COPY_SIZE   65536

/* Headers of an archive, at most: each takes time. */
#define MEMBERS_MAX 4096

/* What is unpacked, while it is. */
struct reading {
	struct unpacker *unpacker;
	struct ctf_archive *archive;
	uint64_t left;       /* bytes that it may still have */
	size_t metadata_max; /* bytes */
	const char *problem;
	unsigned char buf[COPY_SIZE];
};

static int wrong(struct reading *reading, const char *problem)
{
	reading->problem = problem;
	return -EINVAL;
}

bool ctf_archive_is(const unsigned char *head, size_t size)
{
	struct tar_member member;
	return size >= TAR_BLOCK && tar_read(head, &member) == 1;
}

long long ctf_part_number(const char *name)
{
	unsigned int number;
	char again[32];
	if (strcmp(name, RECORDING_STREAM) == 0)
		return 0;
	if (sscanf(name, RECORDING_PART, &number) != 1)
		return -1;
	snprintf(again, sizeof(again), RECORDING_PART, number);
	return number && strcmp(name, again) == 0 ? (long long)number : -1;
}

/* Reads SIZE bytes into BUF. Returns 0 or -errno. */
static int read_whole(struct reading *reading, void *buf, size_t size)
{
	size_t done = 0;
	if (size > reading->left)
		return wrong(reading, "it is far larger than its file: it is not unpacked");
	reading->left -= size;
	while (done < size) {
		ssize_t count = unpacker_read(reading->unpacker, (char *)buf + done, size - done);
		if (count == 0 || count == -ENODATA)
			return wrong(reading, "its end is missing");
		if (count == -EBADMSG)
			return wrong(reading, "it cannot be unpacked");
		if (count < 0)
			return (int)count;
		done += (size_t)count;
	}
	return 0;
}

/* Passes SIZE bytes of content, and what pads them, to FD; -1: nowhere. Returns 0 or -errno. */
static int copy_content(struct reading *reading, uint64_t size, int fd)
{
	for (uint64_t left = tar_padded(size); left;) {
		size_t step = left < COPY_SIZE ? (size_t)left : COPY_SIZE;
		size_t wanted = size < step ? (size_t)size : step;
		int result = read_whole(reading, reading->buf, step);
		if (result < 0)
			return result;
		for (size_t done = 0; fd >= 0 && done < wanted;) {
			ssize_t count = write(fd, reading->buf + done, wanted - done);
			if (count < 0 && errno != EINTR)
				return -errno;
			done += count > 0 ? (size_t)count : 0;
		}
		left -= step;
		size -= wanted;
	}
	return 0;
}

/* A file without a name. Returns its descriptor or -errno. */
static int open_unnamed(void)
{
	const char *directory = getenv("TMPDIR");
	char name[PATH_MAX];
	if (!directory || !*directory)
		directory = "/tmp";
	int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	/* Not all file systems have these. */
	if (snprintf(name, sizeof(name), "%s/stop-XXXXXX", directory) >= (int)sizeof(name))
		return -ENAMETOOLONG;
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(name);
	return fd;
}

static int take_metadata(struct reading *reading, uint64_t size)
{
	struct ctf_archive *archive = reading->archive;
	if (archive->metadata)
		return wrong(reading, "it has more than one recording");
	if (size >= reading->metadata_max)
		return wrong(reading, "its metadata is too large");
	archive->metadata = xcalloc(1, tar_padded(size) + 1);
	int result = read_whole(reading, archive->metadata, tar_padded(size));
	archive->metadata[size] = '\0';
	return result;
}

static int take_part(struct reading *reading, unsigned int number, uint64_t size)
{
	struct ctf_archive *archive = reading->archive;
	for (size_t i = 0; i < archive->part_count; i++) {
		if (archive->parts[i].number == number)
			return wrong(reading, "it has more than one recording");
	}
	if (archive->part_count == RECORDING_PARTS)
		return wrong(reading, "it has too many parts");
	int fd = open_unnamed();
	if (fd < 0)
		return fd;
	archive->parts[archive->part_count].number = number;
	archive->parts[archive->part_count].fd = fd;
	archive->parts[archive->part_count++].size = size;
	return copy_content(reading, size, fd);
}

/* The file of a recording that NAME is, "" for others; NULL: it leads elsewhere. */
static const char *file_of(const char *name)
{
	const char *slash;
	if (*name == '/')
		return NULL;
	unsigned int depth = 0;
	for (;;) {
		slash = strchrnul(name, '/');
		size_t size = (size_t)(slash - name);
		if (size == 2 && memcmp(name, "..", 2) == 0)
			return NULL;
		if (!*slash)
			break;
		depth += size && !(size == 1 && *name == '.');
		name = slash + 1;
	}
	return depth <= 1 ? name : "";
}

static int take_member(struct reading *reading, const struct tar_member *member)
{
	const char *file = file_of(member->name);
	if (!file)
		return wrong(reading, "it has a name that leads elsewhere");
	if (member->size > reading->left)
		return wrong(reading, "it is far larger than its file: it is not unpacked");
	if (member->type == TAR_DIRECTORY && !member->size)
		return 0;
	/* What pax and GNU tar say beside, for the next one. */
	if (member->type && strchr("xgL", member->type))
		return copy_content(reading, member->size, -1);
	if (member->type != TAR_FILE)
		return wrong(reading, "it has something that is neither a file nor a directory");
	if (strcmp(file, RECORDING_METADATA) == 0)
		return take_metadata(reading, member->size);
	long long number = ctf_part_number(file);
	if (number >= 0)
		return take_part(reading, (unsigned int)number, member->size);
	return copy_content(reading, member->size, -1);
}

static int read_members(struct reading *reading)
{
	struct tar_member member;
	for (int i = 0; i < MEMBERS_MAX; i++) {
		int result = read_whole(reading, reading->buf, TAR_BLOCK);
		if (result < 0)
			return result;
		result = tar_read(reading->buf, &member);
		if (result < 0)
			return wrong(reading, "there is no header where one has to be");
		if (result == 0)
			return 0;
		result = take_member(reading, &member);
		if (result < 0)
			return result;
	}
	return wrong(reading, "it has too many files");
}

int ctf_archive_unpack(
	int fd, size_t metadata_max, struct ctf_archive *archive, const char **problem)
{
	struct stat status;
	if (fstat(fd, &status) < 0)
		return -errno;
	struct reading *reading = xcalloc(1, sizeof(*reading));
	*archive = (struct ctf_archive){0};
	reading->archive = archive;
	reading->metadata_max = metadata_max;
	reading->left = CTF_ARCHIVE_FREE + (uint64_t)status.st_size * CTF_ARCHIVE_RATIO;
	reading->unpacker = unpacker_new(fd, false);
	int result = read_members(reading);
	if (result == 0 && (!archive->metadata || !archive->part_count))
		result = wrong(reading, "there is no recording in it");
	*problem = reading->problem;
	unpacker_free(reading->unpacker);
	xfree(reading);
	if (result < 0)
		ctf_archive_clear(archive);
	return result;
}

void ctf_archive_clear(struct ctf_archive *archive)
{
	for (size_t i = 0; i < archive->part_count; i++)
		close(archive->parts[i].fd);
	xfree(archive->metadata);
	*archive = (struct ctf_archive){0};
}
