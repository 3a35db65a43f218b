/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Maps that are created only when they are needed, inside one that the programs have. */
#ifndef STOP_ENGINE_BPF_INNER_MAP_H
#define STOP_ENGINE_BPF_INNER_MAP_H

#include <stddef.h>
#include <stdint.h>

/* The shape of such a map. */
struct inner_map {
	const char *name;
	int type; /* enum bpf_map_type */
	size_t key_size, value_size;
	uint32_t entries, flags;
};

/* Creates MAP, and puts it into the first place of the map OUTER. Returns its descriptor, or
 * -errno. */
int inner_map_add(int outer, const struct inner_map *map);

#endif
