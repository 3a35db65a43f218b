/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of engine/bpf/kernel_side.h that is about details: the maps that exist only once these
 * are wanted, and the ring, which is read in place. For kernel_side.c only.
 */
#ifndef STOP_ENGINE_BPF_KERNEL_DETAILS_H
#define STOP_ENGINE_BPF_KERNEL_DETAILS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/bpf/detail_records.h"

struct fetch_limits;

/* Descriptors of the maps into which the large ones are put, and of the plans; what is shared. */
struct kernel_detail_maps {
	int ring, rooms, held, plans;
	size_t room_size; /* bytes of a room */
	size_t held_size; /* … and of a place for what is held */
	struct bpf_details *shared;
};

/* Zero until it is opened. */
struct kernel_details {
	int ring_fd, rooms_fd, held_fd;
	uint64_t *consumed;        /* position up to which we have read; NULL: it is not open */
	const uint64_t *produced;  /* position up to which the programs have written */
	const unsigned char *data; /* the ring, twice */
};

/* Creates the maps, and tells the programs what calls are about, up to LIMITS. Returns 0 or -errno.
 */
int kernel_details_open(struct kernel_details *details, const struct kernel_detail_maps *maps,
	const struct fetch_limits *limits);
void kernel_details_close(struct kernel_details *details);

/* As kernel_side_detail() and kernel_side_drop_details(). */
const struct bpf_detail *kernel_details_look(
	const struct kernel_details *details, uint64_t *at, uint64_t until, uint64_t *next);
void kernel_details_drop(struct kernel_details *details, uint64_t until);

#endif
