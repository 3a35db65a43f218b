/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps of details; see engine/bpf/kernel_details.h. */
#include "config.h"

#include "engine/bpf/kernel_details.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include "abi/fetch_step.h"
#include "base/alloc.h"
#include "engine/bpf/detail_plans.h"
#include "engine/bpf/inner_map.h"

/* Maps the ring: a page with our position, one with that of the programs, and the data twice. */
static int map_ring(struct kernel_details *details)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *ours = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, details->ring_fd, 0);
	if (ours == MAP_FAILED)
		return -errno;
	const unsigned char *theirs = mmap(NULL, page + 2 * BPF_DETAIL_RING, PROT_READ, MAP_SHARED,
		details->ring_fd, (off_t)page);
	if (theirs == MAP_FAILED) {
		int error = errno;
		munmap(ours, page);
		return -error;
	}
	details->consumed = ours;
	details->produced = (const uint64_t *)(const void *)theirs;
	details->data = theirs + page;
	return 0;
}

static int add_plans(int fd, struct detail_plans *plans)
{
	for (size_t i = 0; i < plans->count; i++) {
		if (bpf_map_update_elem(
			    fd, &plans->variant[i].key, &plans->variant[i].plan, BPF_ANY) < 0)
			return -errno;
	}
	return 0;
}

int kernel_details_open(struct kernel_details *details, const struct kernel_detail_maps *maps,
	const struct fetch_limits *limits)
{
	struct detail_plans plans = {0};
	*details = (struct kernel_details){.ring_fd = -1, .rooms_fd = -1, .held_fd = -1};
	detail_plans_make(maps->shared, limits, &plans);
	int result = add_plans(maps->plans, &plans);
	detail_plans_clear(&plans);
	if (result == 0) {
		details->rooms_fd = inner_map_add(maps->rooms,
			&(struct inner_map){"stop_details", BPF_MAP_TYPE_ARRAY, sizeof(uint32_t),
				maps->room_size, (uint32_t)libbpf_num_possible_cpus(),
				BPF_F_INNER_MAP});
		result = details->rooms_fd < 0 ? details->rooms_fd : 0;
	}
	if (result == 0) {
		details->held_fd = inner_map_add(maps->held,
			&(struct inner_map){"stop_held", BPF_MAP_TYPE_ARRAY, sizeof(uint32_t),
				maps->held_size, BPF_HELD_PLACES, BPF_F_INNER_MAP});
		result = details->held_fd < 0 ? details->held_fd : 0;
	}
	if (result == 0) {
		details->ring_fd = inner_map_add(
			maps->ring, &(struct inner_map){"stop_details", BPF_MAP_TYPE_RINGBUF, 0, 0,
					    BPF_DETAIL_RING, 0});
		result = details->ring_fd < 0 ? details->ring_fd : map_ring(details);
	}
	if (result < 0)
		kernel_details_close(details);
	return result;
}

static void close_map(int fd)
{
	if (fd > 0)
		close(fd);
}

void kernel_details_close(struct kernel_details *details)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	if (details->consumed) {
		munmap(details->consumed, page);
		munmap((void *)(uintptr_t)details->produced, page + 2 * BPF_DETAIL_RING);
	}
	close_map(details->ring_fd);
	close_map(details->rooms_fd);
	close_map(details->held_fd);
	*details = (struct kernel_details){0};
}

const struct bpf_detail *kernel_details_look(
	const struct kernel_details *details, uint64_t *at, uint64_t until, uint64_t *next)
{
	if (!details->consumed)
		return NULL;
	/* Aligned to 8, and as long as the record and its head; see kernel/bpf/ringbuf.c. */
	for (; *at < until; *at = *next) {
		const unsigned char *head = details->data + (*at & (BPF_DETAIL_RING - 1));
		uint32_t length = __atomic_load_n(
			(const uint32_t *)(const void *)head, __ATOMIC_ACQUIRE);
		if (length & BPF_RINGBUF_BUSY_BIT)
			return NULL;
		uint32_t size = length & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
		*next = *at + ((size + BPF_RINGBUF_HDR_SZ + 7) & ~7U);
		if (!(length & BPF_RINGBUF_DISCARD_BIT))
			return (const struct bpf_detail *)(const void *)(head + BPF_RINGBUF_HDR_SZ);
	}
	return NULL;
}

void kernel_details_drop(struct kernel_details *details, uint64_t until)
{
	if (details->consumed)
		__atomic_store_n(details->consumed, until, __ATOMIC_RELEASE);
}
