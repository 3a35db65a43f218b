/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In place of unpack_xz.c, without liblzma: it is recognised only. */
#include "config.h"

#include "engine/replay/unpack.h"

const struct unpack_codec unpack_xz = {
	.name = "xz",
	.library = "liblzma",
	.magic = {0xfd, '7', 'z', 'X', 'Z', 0},
	.magic_size = 6,
};
