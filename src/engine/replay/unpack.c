/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading compressed files; see engine/replay/unpack.h. */
#include "config.h"

#include "engine/replay/unpack.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

/* How much of the file is read at once, if it is compressed. */
#define IN_SIZE ((size_t)256 << 10)

const struct unpack_codec *const unpack_codecs[] = {&unpack_gzip, &unpack_xz, &unpack_zstd, NULL};

enum unpack_phase {
	UNPACK_HEAD, /* the first bytes are collected */
	UNPACK_PLAIN,
	UNPACK_MEMBER,  /* in compressed data */
	UNPACK_BETWEEN, /* at the end of a member: another one may follow */
	UNPACK_FAILED,
};

struct unpacker {
	int fd;
	bool grows;
	bool is_at_end; /* of the file */
	enum unpack_phase phase;
	const struct unpack_codec *codec;
	void *state;       /* of the codec; owned */
	unsigned char *in; /* IN_SIZE bytes; owned */
	size_t in_at, in_size;
	uint64_t taken;
	int error; /* -errno, of UNPACK_FAILED */
};

const struct unpack_codec *unpack_find(const unsigned char *head, size_t size)
{
	for (size_t i = 0; unpack_codecs[i]; i++) {
		const struct unpack_codec *codec = unpack_codecs[i];
		if (size >= codec->magic_size && memcmp(head, codec->magic, codec->magic_size) == 0)
			return codec;
	}
	return NULL;
}

size_t unpack_head(const unsigned char *in, size_t in_size, unsigned char *out, size_t out_size)
{
	const struct unpack_codec *codec = unpack_find(in, in_size);
	struct unpack_step step = {in, in_size, out, out_size};
	size_t before;
	void *state = codec && codec->open ? codec->open() : NULL;
	if (!state)
		return 0;
	do {
		before = step.in_size + step.out_size;
	} while (step.out_size && codec->step(state, &step) == 0 &&
		 step.in_size + step.out_size < before);
	codec->close(state);
	return out_size - step.out_size;
}

struct unpacker *unpacker_new(int fd, bool grows)
{
	struct unpacker *unpacker = xcalloc(1, sizeof(*unpacker));
	unpacker->fd = fd;
	unpacker->grows = grows;
	unpacker->in = xcalloc(1, IN_SIZE);
	return unpacker;
}

void unpacker_free(struct unpacker *unpacker)
{
	if (!unpacker)
		return;
	if (unpacker->state)
		unpacker->codec->close(unpacker->state);
	free(unpacker->in);
	free(unpacker);
}

uint64_t unpacker_taken(const struct unpacker *unpacker)
{
	return unpacker->taken;
}

const struct unpack_codec *unpacker_codec(const struct unpacker *unpacker)
{
	return unpacker->codec;
}

/* Reads up to SIZE bytes of the file. As unpacker_read(). */
static ssize_t read_file(struct unpacker *unpacker, void *buf, size_t size)
{
	ssize_t got;
	if (unpacker->is_at_end)
		return 0;
	if (unpacker->grows) {
		struct pollfd poll_fd = {.fd = unpacker->fd, .events = POLLIN};
		if (poll(&poll_fd, 1, 0) == 0)
			return -EAGAIN;
	}
	do {
		got = read(unpacker->fd, buf, size);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	/* A pipe without writers is at its end; a file that grows never is. */
	if (got == 0 && unpacker->grows && lseek(unpacker->fd, 0, SEEK_CUR) >= 0)
		return -EAGAIN;
	unpacker->is_at_end = got == 0;
	unpacker->taken += (uint64_t)got;
	return got;
}

/* Reads more compressed bytes behind those that are there. As unpacker_read(). */
static ssize_t fill(struct unpacker *unpacker)
{
	if (unpacker->in_at == unpacker->in_size)
		unpacker->in_at = unpacker->in_size = 0;
	ssize_t got = read_file(
		unpacker, unpacker->in + unpacker->in_size, IN_SIZE - unpacker->in_size);
	if (got > 0)
		unpacker->in_size += (size_t)got;
	return got;
}

static int fail(struct unpacker *unpacker, int error)
{
	unpacker->phase = UNPACK_FAILED;
	unpacker->error = error;
	return error;
}

/* Reads the first bytes, which say what it is. Returns 0 or -errno. */
static int read_head(struct unpacker *unpacker)
{
	const unsigned char *head = unpacker->in;
	while (unpacker->in_size < sizeof(unpacker->codec->magic)) {
		ssize_t got = fill(unpacker);
		/* Less is no compressed file. */
		if (got == 0 ||
			(got == -EAGAIN && unpacker->in_size && head[0] < 0x80 && head[0] >= ' '))
			break;
		if (got < 0)
			return (int)got;
	}
	unpacker->codec = unpack_find(head, unpacker->in_size);
	unpacker->phase = unpacker->codec ? UNPACK_BETWEEN : UNPACK_PLAIN;
	return unpacker->codec && !unpacker->codec->open ? fail(unpacker, -ENOTSUP) : 0;
}

/* Reads a plain file. As unpacker_read(). */
static ssize_t read_plain(struct unpacker *unpacker, void *buf, size_t size)
{
	size_t left = unpacker->in_size - unpacker->in_at;
	if (!left)
		return read_file(unpacker, buf, size);
	size_t got = left < size ? left : size;
	memcpy(buf, unpacker->in + unpacker->in_at, got);
	unpacker->in_at += got;
	return (ssize_t)got;
}

/* Begins the next member, if there is one. */
static int begin_member(struct unpacker *unpacker)
{
	if (unpacker->state)
		unpacker->codec->close(unpacker->state);
	unpacker->state = unpacker->codec->open();
	if (!unpacker->state)
		return fail(unpacker, -ENOMEM);
	unpacker->phase = UNPACK_MEMBER;
	return 0;
}

/*
 * Unpacks from what has been read, and what the codec still has of that. Returns 0, or -errno for
 * damaged data.
 */
static int step_packed(struct unpacker *unpacker, struct unpack_step *step)
{
	size_t left = unpacker->in_size - unpacker->in_at;
	size_t room = step->out_size;
	step->in = unpacker->in + unpacker->in_at;
	step->in_size = left;
	int result = unpacker->codec->step(unpacker->state, step);
	bool is_stuck = result == 0 && left && step->in_size == left && step->out_size == room;
	unpacker->in_at = unpacker->in_size - step->in_size;
	if (result < 0 || is_stuck)
		return fail(unpacker, result < 0 ? result : -EBADMSG);
	if (result > 0)
		unpacker->phase = UNPACK_BETWEEN;
	return 0;
}

static ssize_t read_packed(struct unpacker *unpacker, void *buf, size_t size)
{
	struct unpack_step step = {.out = buf, .out_size = size};
	for (;;) {
		bool is_within = unpacker->phase == UNPACK_MEMBER;
		if (is_within && step_packed(unpacker, &step) < 0)
			return unpacker->error;
		if (step.out_size < size)
			return (ssize_t)(size - step.out_size);
		if (unpacker->in_at == unpacker->in_size) {
			ssize_t got = fill(unpacker);
			bool is_whole = unpacker->phase == UNPACK_BETWEEN;
			if (got == 0)
				return is_whole ? 0 : fail(unpacker, -ENODATA);
			if (got < 0)
				return got;
		}
		if (unpacker->phase == UNPACK_BETWEEN && begin_member(unpacker) < 0)
			return unpacker->error;
	}
}

ssize_t unpacker_read(struct unpacker *unpacker, void *buf, size_t size)
{
	if (unpacker->phase == UNPACK_HEAD) {
		int error = read_head(unpacker);
		if (error)
			return error;
	}
	if (unpacker->phase == UNPACK_FAILED)
		return unpacker->error;
	return unpacker->phase == UNPACK_PLAIN ? read_plain(unpacker, buf, size)
	                                       : read_packed(unpacker, buf, size);
}
