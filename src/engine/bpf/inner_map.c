/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Maps inside maps; see engine/bpf/inner_map.h. */
#include "config.h"

#include "engine/bpf/inner_map.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <unistd.h>

int inner_map_add(int outer, const struct inner_map *map)
{
	const struct bpf_map_create_opts options = {.sz = sizeof(options), .map_flags = map->flags};
	const uint32_t first = 0;
	int fd = bpf_map_create((enum bpf_map_type)map->type, map->name, (uint32_t)map->key_size,
		(uint32_t)map->value_size, map->entries, &options);
	if (fd < 0)
		return -errno;
	if (bpf_map_update_elem(outer, &first, &fd, BPF_ANY) < 0) {
		int error = errno;
		close(fd);
		return -error;
	}
	return fd;
}
