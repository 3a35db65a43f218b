/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a file, unpacked if they are compressed by gzip, xz or zstd, which is recognised by
 * their first bytes. Libraries that this build does not have are rows without functions.
 *
 * Memory is bounded whatever the data says: zstd's window is limited to 128 MiB, xz's memory to
 * 256. One owner at a time.
 */
#ifndef STOP_ENGINE_REPLAY_UNPACK_H
#define STOP_ENGINE_REPLAY_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a step of a codec has used and made. */
struct unpack_step {
	const unsigned char *in;
	size_t in_size; /* the step subtracts what it has used */
	unsigned char *out;
	size_t out_size; /* likewise, what it has written */
};

/* A way of compression. */
struct unpack_codec {
	const char *name;       /* "gzip" */
	const char *library;    /* "zlib" */
	unsigned char magic[8]; /* what it begins with */
	size_t magic_size;
	void *(*open)(void); /* NULL: this build cannot */
	/* Returns 1 at the end of a member, 0 if there is more to do, or -errno: -EBADMSG. */
	int (*step)(void *state, struct unpack_step *step);
	void (*close)(void *state);
};

extern const struct unpack_codec unpack_gzip, unpack_xz, unpack_zstd;

/* All of them; NULL-terminated. */
extern const struct unpack_codec *const unpack_codecs[];

/* The codec of data that begins with SIZE bytes HEAD, or NULL. */
const struct unpack_codec *unpack_find(const unsigned char *head, size_t size);

/* Unpacks the beginning of IN to OUT. Returns the number of bytes, 0 if that cannot be done. */
size_t unpack_head(const unsigned char *in, size_t in_size, unsigned char *out, size_t out_size);

/* Reads a descriptor. */
struct unpacker;

/* FD is not owned. GROWS: its end is not the end of the data. Freed with unpacker_free(). */
struct unpacker *unpacker_new(int fd, bool grows);
void unpacker_free(struct unpacker *unpacker);

/*
 * Reads up to SIZE bytes, 1 or more, into BUF. Returns their number; 0 at the end; -EAGAIN if it
 * grows and there are none for now; -ENOTSUP if this build cannot unpack it, -EBADMSG if the data
 * is damaged, -ENODATA if it ends too early, or another -errno. Does not wait for one that grows.
 */
ssize_t unpacker_read(struct unpacker *unpacker, void *buf, size_t size);

/* The number of bytes of the file that were read. */
uint64_t unpacker_taken(const struct unpacker *unpacker);

/* How it is compressed; NULL: it is not, or not known yet. */
const struct unpack_codec *unpacker_codec(const struct unpacker *unpacker);

#endif
