/* SPDX-License-Identifier: GPL-2.0-or-later */
/* zstd, by libzstd; see engine/replay/unpack.h. */
#include "config.h"

#include <errno.h>
#include <zstd.h>

#include "engine/replay/unpack.h"

/* The binary logarithm of the largest window: that of `zstd --ultra -22`. */
#define WINDOW_LOG_MAX 27

static void *open_zstd(void)
{
	ZSTD_DCtx *context = ZSTD_createDCtx();
	if (context)
		ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	return context;
}

static int step_zstd(void *state, struct unpack_step *step)
{
	ZSTD_inBuffer in = {step->in, step->in_size, 0};
	ZSTD_outBuffer out = {step->out, step->out_size, 0};
	size_t result = ZSTD_decompressStream(state, &out, &in);
	if (ZSTD_isError(result))
		return -EBADMSG;
	step->in += in.pos;
	step->in_size -= in.pos;
	step->out += out.pos;
	step->out_size -= out.pos;
	return result == 0;
}

static void close_zstd(void *state)
{
	ZSTD_freeDCtx(state);
}

const struct unpack_codec unpack_zstd = {
	.name = "zstd",
	.library = "libzstd",
	.magic = {0x28, 0xb5, 0x2f, 0xfd},
	.magic_size = 4,
	.open = open_zstd,
	.step = step_zstd,
	.close = close_zstd,
};
