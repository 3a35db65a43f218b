/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording that is packed: a tar archive, compressed or not (engine/replay/unpack.h), of its
 * directory. It is unpacked to files without names in $TMPDIR, which are gone with their
 * descriptors:
 *
 *     NAME.ctf/metadata ──▶ memory      NAME.ctf/stream_N ──▶ a file      others: skipped
 *
 * No name of an archive is ever opened. What is no directory or file, a name that leads elsewhere,
 * and what occurs twice are errors. The unpacked size is bounded by that of the archive. One thread
 * at a time.
 */
#ifndef STOP_ENGINE_REPLAY_CTF_ARCHIVE_H
#define STOP_ENGINE_REPLAY_CTF_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/recording.h"

/* An archive may be so many times larger than its file, and this beside. */
#define CTF_ARCHIVE_RATIO 1024
#define CTF_ARCHIVE_FREE  (UINT64_C(1) << 20)

struct ctf_archive {
	char *metadata; /* owned; NUL-terminated; NULL: none yet */
	size_t part_count;
	struct {
		unsigned int number;
		int fd; /* owned */
		uint64_t size;
	} parts[RECORDING_PARTS];
};

/* Whether SIZE unpacked bytes HEAD are the beginning of a tar archive. */
bool ctf_archive_is(const unsigned char *head, size_t size);

/* The number of the part that file NAME of a recording is, or -1: it is none. */
long long ctf_part_number(const char *name);

/*
 * Unpacks FD, a file at its beginning, to *ARCHIVE. Returns 0, or -errno: -EINVAL with what is
 * wrong in *PROBLEM, which is static. Then there is nothing to clear.
 */
int ctf_archive_unpack(
	int fd, size_t metadata_max, struct ctf_archive *archive, const char **problem);

/* Frees what is still in ARCHIVE. */
void ctf_archive_clear(struct ctf_archive *archive);

#endif
