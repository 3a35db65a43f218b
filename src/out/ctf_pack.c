/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packed recordings; see out/ctf_pack.h. */
#include "config.h"

#include "out/ctf_pack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/tar.h"
#include "event/recording.h"
#include "out/atomic_file.h"
#include "out/packer.h"

/* Read at once. */
#define COPY_SIZE    65536

/* The directory in the archive if its own name is too long. */
#define GENERAL_NAME "recording.ctf"

struct packing {
	int directory;    /* descriptor of the recording */
	const char *name; /* of the directory in the archive */
	struct packer *packer;
	_Atomic uint64_t *progress;
	unsigned char buf[COPY_SIZE];
};

static int write_header(
	struct packing *packing, const char *file, char type, const struct stat *status)
{
	unsigned char block[TAR_BLOCK];
	struct tar_member member = {.type = type};
	int length = snprintf(member.name, sizeof(member.name), "%s/%s", packing->name, file);
	if (length >= (int)sizeof(member.name))
		return -ENAMETOOLONG;
	member.size = type == TAR_FILE ? (uint64_t)status->st_size : 0;
	tar_write(&member, (uint64_t)status->st_mtime, block);
	return packer_write(packing->packer, block, sizeof(block));
}

/* Copies SIZE bytes of FD, and zeros up to the end of a block. Returns 0 or -errno. */
static int copy_content(struct packing *packing, int fd, uint64_t size)
{
	static const unsigned char zeros[TAR_BLOCK];
	int result = 0;
	for (uint64_t left = size; left && result == 0;) {
		ssize_t count = read(fd, packing->buf, left < COPY_SIZE ? (size_t)left : COPY_SIZE);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return count ? -errno : -EIO;
		result = packer_write(packing->packer, packing->buf, (size_t)count);
		left -= (uint64_t)count;
		atomic_fetch_add_explicit(packing->progress, (uint64_t)count, memory_order_relaxed);
	}
	if (result == 0)
		result = packer_write(packing->packer, zeros, (size_t)(tar_padded(size) - size));
	return result;
}

static int pack_file(struct packing *packing, const char *file)
{
	struct stat status;
	int fd = openat(packing->directory, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	int result = fstat(fd, &status) < 0 ? -errno : S_ISREG(status.st_mode) ? 0 : -EINVAL;
	if (result == 0)
		result = write_header(packing, file, TAR_FILE, &status);
	if (result == 0)
		result = copy_content(packing, fd, (uint64_t)status.st_size);
	close(fd);
	return result;
}

/* Whether the entry is a part; "." and ".." are not, nor is the metadata. */
static int is_part(const struct dirent *entry)
{
	return strncmp(entry->d_name, RECORDING_STREAM, strlen(RECORDING_STREAM)) == 0;
}

/* Packs all files: the metadata, and the parts, the oldest first. Returns 0 or -errno. */
static int pack_files(struct packing *packing)
{
	static const unsigned char end[2 * TAR_BLOCK];
	struct dirent **parts;
	struct stat status;
	if (fstat(packing->directory, &status) < 0)
		return -errno;
	int result = write_header(packing, "", TAR_DIRECTORY, &status);
	if (result == 0)
		result = pack_file(packing, RECORDING_METADATA);
	int count = result == 0 ? scandirat(packing->directory, ".", &parts, is_part, versionsort)
	                        : 0;
	if (count < 0)
		return -errno;
	for (int i = 0; i < count; i++) {
		if (result == 0)
			result = pack_file(packing, parts[i]->d_name);
		free(parts[i]);
	}
	if (count)
		free(parts);
	if (result == 0)
		result = packer_write(packing->packer, end, sizeof(end));
	return result == 0 ? packer_finish(packing->packer) : result;
}

/* Removes what is packed. */
static void remove_files(int directory, const char *path)
{
	struct dirent **entries;
	int count = scandirat(directory, ".", &entries, is_part, NULL);
	for (int i = 0; i < count; i++) {
		unlinkat(directory, entries[i]->d_name, 0);
		free(entries[i]);
	}
	if (count > 0)
		free(entries);
	unlinkat(directory, RECORDING_METADATA, 0);
	rmdir(path);
}

/* Packs the directory PATH, whose descriptor PACKING has, into FILE, and calls that NAME. */
static int pack_into(struct packing *packing, struct atomic_file *file, const char *name)
{
	int result = packer_new(file->stream, &packing->packer);
	if (result == 0)
		result = pack_files(packing);
	packer_free(packing->packer);
	if (result == 0)
		result = atomic_file_finish(file);
	return result == 0 ? atomic_file_publish(file, name) : result;
}

int ctf_pack(const char *path, _Atomic uint64_t *progress)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	char *parent = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	char *name = xasprintf("%s" CTF_PACK_SUFFIX, base);
	struct packing *packing = xcalloc(1, sizeof(*packing));
	struct atomic_file file = {0};
	int above = parent ? open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	packing->directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	packing->name = strlen(base) + 2 <= 100 ? base : GENERAL_NAME;
	packing->progress = progress;
	int result = above < 0 || packing->directory < 0 ? -errno : 0;
	if (result == 0)
		result = atomic_file_open(&file, above);
	if (result == 0) {
		result = pack_into(packing, &file, name);
		atomic_file_discard(&file);
	}
	if (result == 0)
		remove_files(packing->directory, path);
	if (above >= 0)
		close(above);
	if (packing->directory >= 0)
		close(packing->directory);
	xfree(packing);
	free(name);
	free(parent);
	return result;
}
