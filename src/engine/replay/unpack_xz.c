/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xz, by liblzma; see engine/replay/unpack.h. */
#include "config.h"

#include <errno.h>
#include <lzma.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "engine/replay/unpack.h"

/* As much as `xz -9` needs to unpack, several times. */
#define MEMORY_MAX (UINT64_C(256) << 20)

static void *open_xz(void)
{
	lzma_stream *stream = xcalloc(1, sizeof(*stream));
	*stream = (lzma_stream)LZMA_STREAM_INIT;
	if (lzma_stream_decoder(stream, MEMORY_MAX, 0) == LZMA_OK)
		return stream;
	free(stream);
	return NULL;
}

static int step_xz(void *state, struct unpack_step *step)
{
	lzma_stream *stream = state;
	stream->next_in = step->in;
	stream->avail_in = step->in_size;
	stream->next_out = step->out;
	stream->avail_out = step->out_size;
	lzma_ret result = lzma_code(stream, LZMA_RUN);
	step->in = stream->next_in;
	step->in_size = stream->avail_in;
	step->out = stream->next_out;
	step->out_size = stream->avail_out;
	return result == LZMA_STREAM_END                                   ? 1
	       : result == LZMA_OK || result == LZMA_BUF_ERROR             ? 0
	       : result == LZMA_MEM_ERROR || result == LZMA_MEMLIMIT_ERROR ? -ENOMEM
	                                                                   : -EBADMSG;
}

static void close_xz(void *state)
{
	lzma_end(state);
	free(state);
}

const struct unpack_codec unpack_xz = {
	.name = "xz",
	.library = "liblzma",
	.magic = {0xfd, '7', 'z', 'X', 'Z', 0},
	.magic_size = 6,
	.open = open_xz,
	.step = step_xz,
	.close = close_xz,
};
