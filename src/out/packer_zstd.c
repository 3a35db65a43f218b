/* SPDX-License-Identifier: GPL-2.0-or-later */
/* zstd, by libzstd; see out/packer.h. */
#include "config.h"

#include "out/packer.h"

#include <errno.h>
#include <zstd.h>

#include "base/alloc.h"

/* The library's default: of recordings, higher ones make little more. */
#define LEVEL    3

#define OUT_SIZE 65536

struct packer {
	FILE *stream;
	ZSTD_CCtx *context;
	char out[OUT_SIZE];
};

bool packer_is_there(void)
{
	return true;
}

int packer_new(FILE *stream, struct packer **out)
{
	struct packer *packer = xcalloc(1, sizeof(*packer));
	packer->stream = stream;
	packer->context = ZSTD_createCCtx();
	if (!packer->context) {
		xfree(packer);
		return -ENOMEM;
	}
	ZSTD_CCtx_setParameter(packer->context, ZSTD_c_compressionLevel, LEVEL);
	ZSTD_CCtx_setParameter(packer->context, ZSTD_c_checksumFlag, 1);
	*out = packer;
	return 0;
}

/* Passes IN on, as far as MODE wants it. Returns 0 or -errno. */
static int step(struct packer *packer, ZSTD_inBuffer in, ZSTD_EndDirective mode)
{
	size_t left;
	do {
		ZSTD_outBuffer out = {packer->out, OUT_SIZE, 0};
		left = ZSTD_compressStream2(packer->context, &out, &in, mode);
		if (ZSTD_isError(left))
			return -ENOMEM;
		errno = 0;
		if (fwrite(packer->out, 1, out.pos, packer->stream) < out.pos)
			return errno ? -errno : -EIO;
	} while (mode == ZSTD_e_end ? left > 0 : in.pos < in.size);
	return 0;
}

int packer_write(struct packer *packer, const void *bytes, size_t size)
{
	return step(packer, (ZSTD_inBuffer){bytes, size, 0}, ZSTD_e_continue);
}

int packer_finish(struct packer *packer)
{
	return step(packer, (ZSTD_inBuffer){NULL, 0, 0}, ZSTD_e_end);
}

void packer_free(struct packer *packer)
{
	if (!packer)
		return;
	ZSTD_freeCCtx(packer->context);
	xfree(packer);
}
