/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of engine/bpf/kernel_side.h that is about stacks: the maps that exist only once these
 * are wanted. For kernel_side.c only.
 */
#ifndef STOP_ENGINE_BPF_KERNEL_STACKS_H
#define STOP_ENGINE_BPF_KERNEL_STACKS_H

#include <stdint.h>

#include "engine/bpf/kernel_side.h"

struct ring_buffer;

/* Descriptors of the maps into which the large ones are put, and what the programs share. */
struct kernel_stack_maps {
	int ring, known, cells;
	struct bpf_stacks *shared;
};

/* Zero until it is opened. */
struct kernel_stacks {
	int ring_fd, known_fd, cells_fd; /* of the large maps */
	struct ring_buffer *ring;        /* NULL: they do not exist */
	kernel_stack_taker *take;
	void *context;
};

/* See kernel_side_open_stacks(). */
int kernel_stacks_open(struct kernel_stacks *stacks, const struct kernel_stack_maps *maps,
	uint32_t last, kernel_stack_taker *take, void *context);
void kernel_stacks_close(struct kernel_stacks *stacks);

int kernel_stacks_fd(const struct kernel_stacks *stacks);
void kernel_stacks_take(const struct kernel_stacks *stacks);

/* The descriptor of the map of cells of calls with stacks, or -1. */
int kernel_stacks_cells(const struct kernel_stacks *stacks);

#endif
