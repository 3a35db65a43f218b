/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In place of unpack_zstd.c, without libzstd: it is recognised only. */
#include "config.h"

#include "engine/replay/unpack.h"

const struct unpack_codec unpack_zstd = {
	.name = "zstd",
	.library = "libzstd",
	.magic = {0x28, 0xb5, 0x2f, 0xfd},
	.magic_size = 4,
};
