/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In place of unpack_gzip.c, without zlib: it is recognised only. */
#include "config.h"

#include "engine/replay/unpack.h"

const struct unpack_codec unpack_gzip = {
	.name = "gzip",
	.library = "zlib",
	.magic = {0x1f, 0x8b},
	.magic_size = 2,
};
