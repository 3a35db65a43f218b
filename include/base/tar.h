/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Headers of tar archives, as POSIX has them (ustar; pax(1)), with GNU's sizes of 8 GiB and more.
 * An archive is a header of one block for each member, followed by its content up to a multiple of
 * blocks, and two blocks of zeros at the end.
 *
 * Pure: nothing is opened, and no name is used. Any thread.
 */
#ifndef STOP_BASE_TAR_H
#define STOP_BASE_TAR_H

#include <stdint.h>

#define TAR_BLOCK         512

/* Room for a name: prefix, slash, name. */
#define TAR_NAME_MAX      (155 + 1 + 100 + 1)

/* The longest name of a directory that tar_write() takes whole. */
#define TAR_DIRECTORY_MAX 155

/* Types of members. */
#define TAR_FILE          '0'
#define TAR_DIRECTORY     '5'

struct tar_member {
	char name[TAR_NAME_MAX]; /* as it is in the header: it may be anything */
	char type;               /* TAR_FILE also for the older way to say so */
	uint64_t size;           /* of the content in bytes, up to INT64_MAX */
};

/*
 * Reads the header BLOCK. Returns 1 with *MEMBER, 0 at the end of the archive (zeros), or -EINVAL:
 * it is no header.
 */
int tar_read(const unsigned char block[TAR_BLOCK], struct tar_member *member);

/* Makes the header BLOCK of MEMBER, which is private, and was changed TIME_S seconds after 1970. */
void tar_write(const struct tar_member *member, uint64_t time_s, unsigned char block[TAR_BLOCK]);

/* The size of a content of SIZE bytes in the archive. */
static inline uint64_t tar_padded(uint64_t size)
{
	return (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
}

#endif
