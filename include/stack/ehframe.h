/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds the search table for an .eh_frame without one: static programs are linked without
 * .eh_frame_hdr. Pure; any thread.
 */
#ifndef STOP_STACK_EHFRAME_H
#define STOP_STACK_EHFRAME_H

#include <stddef.h>
#include <stdint.h>

/* An entry as in .eh_frame_hdr, relative to the beginning of .eh_frame. */
struct ehframe_entry {
	int32_t start; /* start of a function */
	int32_t fde;   /* its frame description entry */
};

/*
 * The entries of the SIZE bytes of SECTION, sorted by start, freed with free(), and their number in
 * *COUNT. NULL if there are none. Entries in encodings that compilers do not use are omitted.
 */
struct ehframe_entry *ehframe_index(const unsigned char *section, size_t size, size_t *count);

#endif
