/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gzip, by zlib; see engine/replay/unpack.h. */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/alloc.h"
#include "engine/replay/unpack.h"

/* inflateInit2(): the largest window, and a gzip header. */
#define WINDOW_BITS (15 + 16)

static void *open_gzip(void)
{
	z_stream *stream = xcalloc(1, sizeof(*stream));
	if (inflateInit2(stream, WINDOW_BITS) == Z_OK)
		return stream;
	free(stream);
	return NULL;
}

static unsigned int limited(size_t size)
{
	return size < UINT_MAX ? (unsigned int)size : UINT_MAX;
}

static int step_gzip(void *state, struct unpack_step *step)
{
	z_stream *stream = state;
	/* It does not write there; its header lacks the const. */
	stream->next_in = (unsigned char *)(uintptr_t)step->in;
	stream->avail_in = limited(step->in_size);
	stream->next_out = step->out;
	stream->avail_out = limited(step->out_size);
	int result = inflate(stream, Z_NO_FLUSH);
	step->in_size -= (size_t)(stream->next_in - step->in);
	step->in = stream->next_in;
	step->out_size -= (size_t)(stream->next_out - step->out);
	step->out = stream->next_out;
	return result == Z_STREAM_END                    ? 1
	       : result == Z_OK || result == Z_BUF_ERROR ? 0
	       : result == Z_MEM_ERROR                   ? -ENOMEM
	                                                 : -EBADMSG;
}

static void close_gzip(void *state)
{
	inflateEnd(state);
	free(state);
}

const struct unpack_codec unpack_gzip = {
	.name = "gzip",
	.library = "zlib",
	.magic = {0x1f, 0x8b},
	.magic_size = 2,
	.open = open_gzip,
	.step = step_gzip,
	.close = close_gzip,
};
