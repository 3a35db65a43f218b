/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Separate debug files; see stack/debug_file.h. */
#include "config.h"

#include "stack/debug_file.h"

#include <elfutils/libdwelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How much of a file is read at once for its checksum. */
#define CHUNK      (256 << 10)

/* Bits of the reversed polynomial of the checksum, as in zlib and Ethernet. */
#define POLYNOMIAL UINT32_C(0xedb88320)

Elf *debug_file_elf(int *fd)
{
	elf_version(EV_CURRENT);
	/* Mapped for reading only: such pages are the file's, and no memory of ours. */
	Elf *elf = *fd < 0 ? NULL : elf_begin(*fd, ELF_C_READ_MMAP, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF)
		return elf;
	if (elf)
		elf_end(elf);
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return NULL;
}

/* The SIZE bytes at ID in hexadecimal; "" if there are none. */
static void format_build_id(const void *id, ssize_t size, char text[BUILD_ID_MAX])
{
	const unsigned char *bytes = id;
	text[0] = '\0';
	for (ssize_t i = 0; i < size && 2 * i + 2 < BUILD_ID_MAX; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
}

static void read_build_id(Elf *elf, char text[BUILD_ID_MAX])
{
	const void *id;
	text[0] = '\0';
	ssize_t size = dwelf_elf_gnu_build_id(elf, &id);
	if (size > 0)
		format_build_id(id, size, text);
}

static bool has_build_id(Elf *elf, const char *wanted)
{
	char text[BUILD_ID_MAX];
	read_build_id(elf, text);
	return *wanted && strcmp(text, wanted) == 0;
}

/* Adds the SIZE BYTES to a checksum. */
static uint32_t add_to_sum(uint32_t sum, const unsigned char *bytes, size_t size)
{
	static uint32_t table[256];
	for (uint32_t i = 0; table[255] == 0 && i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? POLYNOMIAL : 0);
	}
	for (size_t i = 0; i < size; i++)
		sum = sum >> 8 ^ table[(sum ^ bytes[i]) & 0xff];
	return sum;
}

/* Whether the file open as FD has the checksum SUM. */
static bool has_sum(int fd, uint32_t sum)
{
	static unsigned char bytes[CHUNK];
	uint32_t found = UINT32_MAX;
	off_t at = 0;
	ssize_t got;
	while ((got = pread(fd, bytes, sizeof(bytes), at)) > 0) {
		found = add_to_sum(found, bytes, (size_t)got);
		at += got;
	}
	return got == 0 && ~found == sum;
}

/* The last component of PATH; "" if it is too long for a name. */
static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	return strlen(name) < DEBUG_NAME_MAX ? name : "";
}

Elf *debug_file_find(Elf *elf, const struct symbols_files *files, int *fd)
{
	char id[BUILD_ID_MAX];
	GElf_Word sum = 0;
	read_build_id(elf, id);
	const char *link = dwelf_elf_gnu_debuglink(elf, &sum), *name = link ? name_of(link) : "";
	*fd = -1;
	if (!*id && !*name)
		return NULL;
	*fd = files->open(files->context, NAME_FILE_DEBUG, id, name);
	Elf *found = debug_file_elf(fd);
	if (found && !has_build_id(found, id) && !(*name && has_sum(*fd, sum))) {
		elf_end(found);
		close(*fd);
		*fd = -1;
		found = NULL;
	}
	return found;
}

void debug_file_add_shared(
	Dwarf *dwarf, const struct symbols_files *files, Elf **elf, Dwarf **shared, int *fd)
{
	const char *name;
	const void *id;
	char text[BUILD_ID_MAX];
	*elf = NULL;
	*shared = NULL;
	*fd = -1;
	ssize_t size = dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &id);
	if (size <= 0)
		return;
	format_build_id(id, size, text);
	*fd = files->open(files->context, NAME_FILE_SHARED, text, name_of(name));
	*elf = debug_file_elf(fd);
	if (*elf && has_build_id(*elf, text))
		*shared = dwarf_begin_elf(*elf, DWARF_C_READ, NULL);
	if (*shared)
		dwarf_setalt(dwarf, *shared);
}
