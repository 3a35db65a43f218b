/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays of the kernel that grow; see engine/bpf/chunks.h. */
#include "config.h"

#include "engine/bpf/chunks.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A chunk is added when less than this part of one is left. */
#define SPARE(shift) ((uint32_t)1 << (shift) >> 1)

void chunks_init(struct chunks *chunks, size_t record_size, unsigned int shift, int outer_fd,
	uint32_t *freed, struct bpf_fill *fill)
{
	*chunks = (struct chunks){
		.record_size = (record_size + 7) / 8 * 8,
		.shift = shift,
		.outer_fd = outer_fd,
		.freed = freed,
		.fill = fill,
	};
	fill->next = 1; /* 0: none */
}

void chunks_expect(struct chunks *chunks, uint32_t count)
{
	chunks->demand = count << chunks->shift;
}

static size_t chunk_size(const struct chunks *chunks)
{
	size_t size = chunks->record_size << chunks->shift, page = (size_t)sysconf(_SC_PAGESIZE);
	return (size + page - 1) / page * page;
}

/* Creates chunk AT and maps it. Returns 0 or -errno. */
static int create_chunk(struct chunks *chunks, unsigned int at)
{
	const struct bpf_map_create_opts options = {
		.sz = sizeof(options), .map_flags = BPF_F_MMAPABLE};
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "stop_chunk", sizeof(uint32_t),
		(uint32_t)chunks->record_size, (uint32_t)1 << chunks->shift, &options);
	if (fd < 0)
		return -errno;
	void *chunk = mmap(NULL, chunk_size(chunks), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (chunk == MAP_FAILED) {
		int error = errno;
		close(fd);
		return -error;
	}
	chunks->fd[at] = fd;
	chunks->chunk[at] = chunk;
	return 0;
}

static void free_chunk(struct chunks *chunks, unsigned int at)
{
	munmap(chunks->chunk[at], chunk_size(chunks));
	close(chunks->fd[at]);
}

void chunks_close(struct chunks *chunks)
{
	for (unsigned int i = 0; i < chunks->count; i++)
		free_chunk(chunks, i);
	chunks->count = 0;
}

/*
 * Puts the COUNT chunks after the last into the kernel's map of maps. Each change of that waits for
 * the programs that run, a batch of them only once. Returns 0 or -errno.
 */
static int publish_chunks(const struct chunks *chunks, unsigned int count)
{
	uint32_t keys[BPF_CHUNKS_MAX], values[BPF_CHUNKS_MAX], done = count;
	for (unsigned int i = 0; i < count; i++) {
		keys[i] = chunks->count + i;
		values[i] = (uint32_t)chunks->fd[keys[i]];
	}
	const struct bpf_map_batch_opts options = {.sz = sizeof(options)};
	if (count > 1 && bpf_map_update_batch(chunks->outer_fd, keys, values, &done, &options) == 0)
		return 0;
	for (unsigned int i = 0; i < count; i++) {
		if (bpf_map_update_elem(chunks->outer_fd, &keys[i], &values[i], BPF_ANY) < 0)
			return -errno;
	}
	return 0;
}

/* Adds up to COUNT chunks, as many as there is memory for. Returns 0, or -errno if none. */
static int add_chunks(struct chunks *chunks, unsigned int count)
{
	unsigned int begin = chunks->count, end = begin;
	int result = -ENOMEM;
	if (count > BPF_CHUNKS_MAX - begin)
		count = BPF_CHUNKS_MAX - begin;
	while (end < begin + count && (result = create_chunk(chunks, end)) == 0)
		end++;
	if (end == begin)
		return result;
	result = publish_chunks(chunks, end - begin);
	if (result < 0) {
		while (end > begin)
			free_chunk(chunks, --end);
		return result;
	}
	chunks->count = end;
	__atomic_store_n(&chunks->fill->end, end << chunks->shift, __ATOMIC_RELEASE);
	return 0;
}

uint32_t chunks_end(const struct chunks *chunks)
{
	uint32_t next = __atomic_load_n(&chunks->fill->next, __ATOMIC_ACQUIRE);
	uint32_t end = chunks->count << chunks->shift;
	return next < end ? next : end;
}

/*
 * How many records have to be free until it is looked at again: some, and twice as many as were
 * taken between two looks in the recent past.
 */
static uint32_t demand_of(struct chunks *chunks)
{
	uint32_t next = chunks_end(chunks);
	uint32_t head = __atomic_load_n(&chunks->fill->freed_head, __ATOMIC_RELAXED);
	uint32_t taken = next - chunks->next + head - chunks->freed_head;
	uint32_t before = chunks->demand - chunks->demand / 8, spare = SPARE(chunks->shift);
	chunks->next = next;
	chunks->freed_head = head;
	chunks->demand = 2 * taken > before ? 2 * taken : before;
	return chunks->demand > spare ? chunks->demand : spare;
}

static uint32_t free_in(const struct chunks *chunks)
{
	uint32_t head = __atomic_load_n(&chunks->fill->freed_head, __ATOMIC_RELAXED);
	return (chunks->count << chunks->shift) - chunks_end(chunks) + chunks->fill->freed_tail -
	       head;
}

int chunks_grow(struct chunks *chunks)
{
	uint32_t demand = demand_of(chunks), room = free_in(chunks);
	uint32_t size = (uint32_t)1 << chunks->shift;
	return room < demand ? add_chunks(chunks, (demand - room + size - 1) / size) : 0;
}

void chunks_recycle(struct chunks *chunks, uint32_t index)
{
	struct bpf_fill *fill = chunks->fill;
	uint32_t tail = fill->freed_tail;
	memset(chunks_record(chunks, index), 0, chunks->record_size);
	/* If there are too many, the record stays unused. */
	if (tail - __atomic_load_n(&fill->freed_head, __ATOMIC_RELAXED) >= BPF_FREED_MAX)
		return;
	chunks->freed[tail % BPF_FREED_MAX] = index;
	__atomic_store_n(&fill->freed_tail, tail + 1, __ATOMIC_RELEASE);
}

void chunks_await_programs(const struct chunks *chunks)
{
	/* The kernel waits for them after each change of a map of maps: maybe_wait_bpf_programs().
	 */
	uint32_t first = 0, fd = (uint32_t)chunks->fd[0];
	bpf_map_update_elem(chunks->outer_fd, &first, &fd, BPF_ANY);
}
