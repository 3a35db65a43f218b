/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compresses what is written to a stream, by zstd. Without libzstd, there is another file in the
 * place of packer_zstd.c, which cannot. One thread at a time.
 */
#ifndef STOP_OUT_PACKER_H
#define STOP_OUT_PACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct packer;

/* Whether this build can. */
bool packer_is_there(void);

/* Makes *OUT, which writes to STREAM, which it does not own. Returns 0, -ENOTSUP or -ENOMEM. */
int packer_new(FILE *stream, struct packer **out);

/* Writes SIZE bytes. Returns 0 or -errno. */
int packer_write(struct packer *packer, const void *bytes, size_t size);

/* Writes the end. Returns 0 or -errno. */
int packer_finish(struct packer *packer);

/* NULL is allowed. */
void packer_free(struct packer *packer);

#endif
