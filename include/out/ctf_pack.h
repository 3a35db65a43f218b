/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packs a recording that is over: NAME.ctf becomes NAME.ctf.tar.zst, which appears complete or not
 * at all; only then the directory is removed. One thread at a time for each recording.
 */
#ifndef STOP_OUT_CTF_PACK_H
#define STOP_OUT_CTF_PACK_H

#include <stdatomic.h>
#include <stdint.h>

#define CTF_PACK_SUFFIX ".tar.zst"

/*
 * Packs the directory PATH, and adds the number of bytes that are read to *PROGRESS. Returns 0, or
 * -errno: then the directory is as before. -EEXIST: there is a file with this name; -ENOTSUP: this
 * build cannot.
 */
int ctf_pack(const char *path, _Atomic uint64_t *progress);

#endif
