/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of recordings; see out/ctf_directory.h. */
#include "config.h"

#include "out/ctf_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event/recording.h"

#define DIRECTORY_MODE 0700
#define FILE_MODE      0600

/* The metadata is written under this name first. */
#define NEW_METADATA   ".metadata.new"

/* Room for the name of a part. */
#define PART_NAME_MAX  32

int ctf_directory_write(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;
	while (size) {
		ssize_t count = write(fd, at, size);
		if (count < 0 && errno != EINTR)
			return -errno;
		if (count > 0) {
			at += count;
			size -= (size_t)count;
		}
	}
	return 0;
}

int ctf_directory_new(const char *path)
{
	if (mkdir(path, DIRECTORY_MODE) < 0)
		return -errno;
	int directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (directory >= 0)
		return directory;
	int result = -errno;
	rmdir(path);
	return result;
}

int ctf_directory_write_metadata(int directory, const char *metadata, size_t size)
{
	int fd = openat(directory, NEW_METADATA,
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return -errno;
	int result = ctf_directory_write(fd, metadata, size);
	if (close(fd) < 0 && result == 0)
		result = -errno;
	if (result == 0 && renameat(directory, NEW_METADATA, directory, RECORDING_METADATA) < 0)
		result = -errno;
	if (result < 0)
		unlinkat(directory, NEW_METADATA, 0);
	return result;
}

/* The name of part NUMBER. */
static const char *part_name(unsigned int number, char buf[PART_NAME_MAX])
{
	if (number)
		snprintf(buf, PART_NAME_MAX, RECORDING_PART, number);
	else
		strcpy(buf, RECORDING_STREAM);
	return buf;
}

int ctf_directory_new_part(int directory, unsigned int number)
{
	char name[PART_NAME_MAX];
	int fd = openat(directory, part_name(number, name),
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
	return fd < 0 ? -errno : fd;
}

void ctf_directory_remove_part(int directory, unsigned int number)
{
	char name[PART_NAME_MAX];
	unlinkat(directory, part_name(number, name), 0);
}

void ctf_directory_discard(int directory, const char *path)
{
	unlinkat(directory, RECORDING_METADATA, 0);
	close(directory);
	rmdir(path);
}

int ctf_metadata_text_add(struct ctf_metadata_text *metadata, const char *text, size_t size)
{
	if (metadata->size + size > metadata->capacity) {
		size_t capacity = 2 * (metadata->size + size);
		char *longer = realloc(metadata->text, capacity);
		if (!longer)
			return -ENOMEM;
		metadata->text = longer;
		metadata->capacity = capacity;
	}
	memcpy(metadata->text + metadata->size, text, size);
	metadata->size += size;
	return 0;
}

void ctf_metadata_text_clear(struct ctf_metadata_text *metadata)
{
	free(metadata->text);
	*metadata = (struct ctf_metadata_text){0};
}
