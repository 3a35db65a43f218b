/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps of stacks; see engine/bpf/kernel_stacks.h. */
#include "config.h"

#include "engine/bpf/kernel_stacks.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "engine/bpf/inner_map.h"

static int take_sample(void *context, void *data, size_t size)
{
	const struct kernel_stacks *stacks = context;
	return stacks->take(stacks->context, data, size);
}

static int add_maps(struct kernel_stacks *stacks, const struct kernel_stack_maps *maps)
{
	stacks->ring_fd = inner_map_add(maps->ring,
		&(struct inner_map){"stop_stacks", BPF_MAP_TYPE_RINGBUF, 0, 0, BPF_STACK_RING, 0});
	if (stacks->ring_fd < 0)
		return stacks->ring_fd;
	stacks->known_fd = inner_map_add(
		maps->known, &(struct inner_map){"stop_stacks", BPF_MAP_TYPE_LRU_HASH,
				     2 * sizeof(uint64_t), sizeof(uint32_t), BPF_KNOWN_MAX, 0});
	if (stacks->known_fd < 0)
		return stacks->known_fd;
	stacks->cells_fd = inner_map_add(maps->cells,
		&(struct inner_map){"stop_stacks", BPF_MAP_TYPE_HASH, sizeof(struct bpf_cell_key),
			sizeof(uint32_t), BPF_CAPTURED_MAX, BPF_F_NO_PREALLOC});
	return stacks->cells_fd < 0 ? stacks->cells_fd : 0;
}

int kernel_stacks_open(struct kernel_stacks *stacks, const struct kernel_stack_maps *maps,
	uint32_t last, kernel_stack_taker *take, void *context)
{
	struct bpf_stacks *shared = maps->shared;
	*stacks = (struct kernel_stacks){
		.ring_fd = -1, .known_fd = -1, .cells_fd = -1, .take = take, .context = context};
	int result = getrandom(shared->seed, sizeof(shared->seed), 0) < 0 ? -errno : 0;
	if (result == 0)
		result = add_maps(stacks, maps);
	if (result == 0) {
		stacks->ring = ring_buffer__new(stacks->ring_fd, take_sample, stacks, NULL);
		result = stacks->ring ? 0 : -errno;
	}
	if (result < 0) {
		kernel_stacks_close(stacks);
		return result;
	}
	shared->last = last;
	memset(&shared->filter[0], 0xff, sizeof(shared->filter[0]));
	__atomic_store_n(&shared->is_on, 1, __ATOMIC_RELEASE);
	return 0;
}

static void close_map(int fd)
{
	if (fd > 0)
		close(fd);
}

void kernel_stacks_close(struct kernel_stacks *stacks)
{
	ring_buffer__free(stacks->ring);
	close_map(stacks->ring_fd);
	close_map(stacks->known_fd);
	close_map(stacks->cells_fd);
	*stacks = (struct kernel_stacks){0};
}

int kernel_stacks_fd(const struct kernel_stacks *stacks)
{
	return ring_buffer__epoll_fd(stacks->ring);
}

void kernel_stacks_take(const struct kernel_stacks *stacks)
{
	ring_buffer__consume(stacks->ring);
}

int kernel_stacks_cells(const struct kernel_stacks *stacks)
{
	return stacks->ring ? stacks->cells_fd : -1;
}
