/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In place of packer_zstd.c, without libzstd: nothing is packed. */
#include "config.h"

#include "out/packer.h"

#include <errno.h>

bool packer_is_there(void)
{
	return false;
}

int packer_new(FILE *stream, struct packer **out)
{
	(void)stream, (void)out;
	return -ENOTSUP;
}

int packer_write(struct packer *packer, const void *bytes, size_t size)
{
	(void)packer, (void)bytes, (void)size;
	return -ENOTSUP;
}

int packer_finish(struct packer *packer)
{
	(void)packer;
	return -ENOTSUP;
}

void packer_free(struct packer *packer)
{
	(void)packer;
}
