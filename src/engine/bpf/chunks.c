/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays of the kernel that grow; see engine/bpf/chunks.h. */
#include "config.h"

#include "engine/bpf/chunks.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A chunk is added when less than one is left: thousands of threads can be born while it is made.
 */
#define SPARE(shift) ((uint32_t)1 << (shift))

/* The demand is so many times what was taken while it was made last. */
#define RESERVE      4

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

/*
 * Puts the chunks that were made into the kernel's map of maps. The programs see them at once, but
 * the kernel returns only when those that run have ended: a batch waits for that once. Returns how
 * many these are.
 */
static uint32_t publish(const struct chunks *chunks)
{
	uint32_t keys[BPF_CHUNKS_MAX], values[BPF_CHUNKS_MAX], done = chunks->new;
	for (unsigned int i = 0; i < chunks->new; i++) {
		keys[i] = chunks->count + i;
		values[i] = (uint32_t)chunks->fd[keys[i]];
	}
	const struct bpf_map_batch_opts options = {.sz = sizeof(options)};
	if (done > 1 && bpf_map_update_batch(chunks->outer_fd, keys, values, &done, &options) == 0)
		return done;
	for (done = 0; done < chunks->new; done++) {
		if (bpf_map_update_elem(chunks->outer_fd, &keys[done], &values[done], BPF_ANY) < 0)
			break;
	}
	return done;
}

static void *run_publisher(void *chunks)
{
	return (void *)(uintptr_t)publish(chunks);
}

/* A thread with our priority, also where that is reset by default, and without signals. */
static bool start_publisher(struct chunks *chunks)
{
	pthread_attr_t attributes;
	struct sched_param priority;
	sigset_t all, before;
	pthread_attr_init(&attributes);
	if (sched_getparam(0, &priority) == 0) {
		pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
		pthread_attr_setschedpolicy(
			&attributes, sched_getscheduler(0) & ~SCHED_RESET_ON_FORK);
		pthread_attr_setschedparam(&attributes, &priority);
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&chunks->publisher, &attributes, run_publisher, chunks);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return error == 0;
}

/* The first DONE chunks that were made are the programs'. Returns whether these are all. */
static bool settle(struct chunks *chunks, uint32_t done)
{
	bool is_whole = done == chunks->new;
	for (unsigned int i = done; i < chunks->new; i++)
		free_chunk(chunks, chunks->count + i);
	chunks->new = 0;
	chunks->count += done;
	__atomic_store_n(&chunks->fill->end, chunks->count << chunks->shift, __ATOMIC_RELEASE);
	return is_whole;
}

int chunks_settle(struct chunks *chunks)
{
	void *done;
	if (!chunks->has_publisher)
		return 0;
	pthread_join(chunks->publisher, &done);
	chunks->has_publisher = false;
	return settle(chunks, (uint32_t)(uintptr_t)done) ? 0 : -ENOMEM;
}

/* The same if that takes no time. */
static void settle_what_is_done(struct chunks *chunks)
{
	void *done;
	if (!chunks->has_publisher || pthread_tryjoin_np(chunks->publisher, &done) != 0)
		return;
	chunks->has_publisher = false;
	settle(chunks, (uint32_t)(uintptr_t)done);
}

void chunks_close(struct chunks *chunks)
{
	chunks_settle(chunks);
	for (unsigned int i = 0; i < chunks->count; i++)
		free_chunk(chunks, i);
	chunks->count = 0;
}

/* Adds up to COUNT chunks, as many as there is memory for. Returns 0, or -errno if none. */
static int add_chunks(struct chunks *chunks, unsigned int count)
{
	int result = 0;
	if (count > BPF_CHUNKS_MAX - chunks->count)
		count = BPF_CHUNKS_MAX - chunks->count;
	while (chunks->new < count && result == 0) {
		result = create_chunk(chunks, chunks->count + chunks->new);
		chunks->new += result == 0;
	}
	if (chunks->new == 0)
		return result < 0 ? result : -ENOMEM;
	chunks->has_publisher = start_publisher(chunks);
	if (!chunks->has_publisher && !settle(chunks, publish(chunks)))
		return -ENOMEM;
	return 0;
}

uint32_t chunks_end(const struct chunks *chunks)
{
	uint32_t next = __atomic_load_n(&chunks->fill->next, __ATOMIC_ACQUIRE);
	uint32_t end = chunks->count << chunks->shift;
	return next < end ? next : end;
}

/*
 * How many records have to be free until it is looked at again: some, and several times as many as
 * were taken between two looks in the recent past.
 */
static uint32_t demand_of(struct chunks *chunks)
{
	uint32_t next = __atomic_load_n(&chunks->fill->next, __ATOMIC_ACQUIRE);
	uint32_t head = __atomic_load_n(&chunks->fill->freed_head, __ATOMIC_RELAXED);
	uint32_t taken = next - chunks->next + head - chunks->freed_head;
	uint32_t before = chunks->demand - chunks->demand / 8, spare = SPARE(chunks->shift);
	chunks->next = next;
	chunks->freed_head = head;
	chunks->demand = RESERVE * taken > before ? RESERVE * taken : before;
	return chunks->demand > spare ? chunks->demand : spare;
}

/* With those that the programs are about to get. */
static uint32_t free_in(const struct chunks *chunks)
{
	uint32_t end = (chunks->count + chunks->new) << chunks->shift, next = chunks->next;
	uint32_t head = __atomic_load_n(&chunks->fill->freed_head, __ATOMIC_RELAXED);
	return (end > next ? end - next : 0) + chunks->fill->freed_tail - head;
}

int chunks_grow(struct chunks *chunks)
{
	uint32_t size = (uint32_t)1 << chunks->shift;
	settle_what_is_done(chunks);
	uint32_t demand = demand_of(chunks), room = free_in(chunks);
	if (room >= demand)
		return 0;
	chunks_settle(chunks);
	return add_chunks(chunks, (demand - room + size - 1) / size);
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
