/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Headers of tar archives; see base/tar.h. */
#include "config.h"

#include "base/tar.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The fields: where they are, and their sizes. */
enum {
	NAME = 0,
	NAME_SIZE = 100,
	MODE = 100,
	UID = 108,
	GID = 116,
	ID_SIZE = 8,
	SIZE = 124,
	TIME = 136,
	NUMBER_SIZE = 12,
	SUM = 148,
	SUM_SIZE = 8,
	TYPE = 156,
	MAGIC = 257,
	PREFIX = 345,
	PREFIX_SIZE = 155,
};

/* "ustar", of POSIX and of GNU's format before that. */
#define MAGIC_TEXT  "ustar"

/* In the first byte of a number that is binary. */
#define BINARY      0x80

/* Sizes from here on have no octal number in their field. */
#define OCTAL_LIMIT (UINT64_C(1) << 33)

/* The sum of all bytes, with blanks instead of the sum. */
static unsigned int sum_of(const unsigned char *block)
{
	unsigned int sum = 0;
	for (int i = 0; i < TAR_BLOCK; i++)
		sum += i >= SUM && i < SUM + SUM_SIZE ? ' ' : block[i];
	return sum;
}

/* Parses the octal number in SIZE bytes. Returns whether it is one. */
static bool read_octal(const unsigned char *at, size_t size, uint64_t *value)
{
	size_t i = 0;
	*value = 0;
	while (i < size && at[i] == ' ')
		i++;
	size_t begin = i;
	for (; i < size && at[i] >= '0' && at[i] <= '7'; i++)
		*value = *value << 3 | (uint64_t)(at[i] - '0');
	return i > begin && (i == size || at[i] == '\0' || at[i] == ' ');
}

static bool read_size(const unsigned char *block, uint64_t *value)
{
	const unsigned char *at = block + SIZE;
	if (!(*at & BINARY))
		return read_octal(at, NUMBER_SIZE, value);
	*value = 0;
	/* A negative number, or one of more than 63 bits, is no size. */
	for (int i = 0; i < NUMBER_SIZE; i++) {
		unsigned char byte = i ? at[i] : at[i] & ~BINARY;
		if (*value >> 55)
			return false;
		*value = *value << 8 | byte;
	}
	return true;
}

static bool is_zero(const unsigned char *block)
{
	for (int i = 0; i < TAR_BLOCK; i++) {
		if (block[i])
			return false;
	}
	return true;
}

int tar_read(const unsigned char block[TAR_BLOCK], struct tar_member *member)
{
	uint64_t sum;
	if (is_zero(block))
		return 0;
	if (memcmp(block + MAGIC, MAGIC_TEXT, strlen(MAGIC_TEXT)) != 0 ||
		!read_octal(block + SUM, SUM_SIZE, &sum) || sum != sum_of(block) ||
		!read_size(block, &member->size))
		return -EINVAL;
	bool has_prefix = block[MAGIC + strlen(MAGIC_TEXT)] == '\0' && block[PREFIX];
	snprintf(member->name, sizeof(member->name), "%.*s%s%.*s", has_prefix ? PREFIX_SIZE : 0,
		(const char *)block + PREFIX, has_prefix ? "/" : "", NAME_SIZE,
		(const char *)block + NAME);
	member->type = block[TYPE] ? (char)block[TYPE] : TAR_FILE;
	return 1;
}

/* Writes VALUE in octal digits, with a NUL behind them, to SIZE bytes. */
static void write_octal(unsigned char *at, size_t size, uint64_t value)
{
	at[size - 1] = '\0';
	for (size_t i = size - 1; i-- > 0; value >>= 3)
		at[i] = (unsigned char)('0' + (value & 7));
}

static void write_size(unsigned char *at, uint64_t value)
{
	if (value < OCTAL_LIMIT) {
		write_octal(at, NUMBER_SIZE, value);
		return;
	}
	for (size_t i = NUMBER_SIZE; i-- > 0; value >>= 8)
		at[i] = (unsigned char)value;
	at[0] |= BINARY;
}

/* Divides NAME at a slash if it is too long for its field. */
static void write_name(unsigned char *block, const char *name)
{
	size_t size = strlen(name);
	const char *slash = size > NAME_SIZE ? strchr(name + size - NAME_SIZE - 1, '/') : NULL;
	size_t prefix = slash ? (size_t)(slash - name) : 0;
	if (slash)
		memcpy(block + PREFIX, name, prefix < PREFIX_SIZE ? prefix : PREFIX_SIZE);
	const char *rest = slash ? slash + 1 : name;
	size = strlen(rest);
	memcpy(block + NAME, rest, size < NAME_SIZE ? size : NAME_SIZE);
}

void tar_write(const struct tar_member *member, uint64_t time_s, unsigned char block[TAR_BLOCK])
{
	bool is_directory = member->type == TAR_DIRECTORY;
	memset(block, 0, TAR_BLOCK);
	write_name(block, member->name);
	write_octal(block + MODE, ID_SIZE, is_directory ? 0700 : 0600);
	write_octal(block + UID, ID_SIZE, 0);
	write_octal(block + GID, ID_SIZE, 0);
	write_size(block + SIZE, member->size);
	write_octal(block + TIME, NUMBER_SIZE, time_s);
	block[TYPE] = (unsigned char)member->type;
	memcpy(block + MAGIC,
		MAGIC_TEXT "\0"
			   "00",
		8);
	write_octal(block + SUM, SUM_SIZE - 1, sum_of(block));
	block[SUM + SUM_SIZE - 1] = ' ';
}
