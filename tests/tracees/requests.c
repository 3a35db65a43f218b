/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * requests [sqpoll]: prints "ready", waits for a byte, and then has io_uring do requests, by its
 * raw system calls; with "sqpoll", a thread of the kernel submits them. Prints lines
 * "io_uring:OPERATION COUNT ERRORS BYTES" of what their completions said.
 */
#include <linux/io_uring.h>
#include <sys/mman.h>

#include "tracee.h"

#define ENTRIES 64
#define ROUNDS  20

static struct {
	int fd;
	unsigned int *sq_tail, *sq_mask, *sq_array, *sq_flags;
	unsigned int *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	unsigned int pending;
	bool is_polled;
} ring;

static struct {
	const char *name;
	unsigned int count, errors;
	uint64_t bytes;
} sums[IORING_OP_LAST] = {
	[IORING_OP_NOP] = {.name = "NOP"},
	[IORING_OP_READ] = {.name = "READ"},
	[IORING_OP_WRITE] = {.name = "WRITE"},
	[IORING_OP_OPENAT] = {.name = "OPENAT"},
	[IORING_OP_TIMEOUT] = {.name = "TIMEOUT"},
	[IORING_OP_POLL_ADD] = {.name = "POLL_ADD"},
	[IORING_OP_ASYNC_CANCEL] = {.name = "ASYNC_CANCEL"},
};

static char buffer[8192];

static void *map(size_t size, off_t offset)
{
	void *memory = mmap(
		NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd, offset);
	if (memory == MAP_FAILED)
		tracee_fail("mmap");
	return memory;
}

static void set_up(void)
{
	struct io_uring_params params = {
		.flags = ring.is_polled ? IORING_SETUP_SQPOLL : 0, .sq_thread_idle = 50};
	ring.fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &params);
	if (ring.fd < 0) {
		puts("unsupported");
		exit(77);
	}
	char *sq = map(
		params.sq_off.array + params.sq_entries * sizeof(unsigned int), IORING_OFF_SQ_RING);
	char *cq = map(params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe),
		IORING_OFF_CQ_RING);
	ring.sq_tail = (unsigned int *)(void *)(sq + params.sq_off.tail);
	ring.sq_mask = (unsigned int *)(void *)(sq + params.sq_off.ring_mask);
	ring.sq_array = (unsigned int *)(void *)(sq + params.sq_off.array);
	ring.sq_flags = (unsigned int *)(void *)(sq + params.sq_off.flags);
	ring.cq_head = (unsigned int *)(void *)(cq + params.cq_off.head);
	ring.cq_tail = (unsigned int *)(void *)(cq + params.cq_off.tail);
	ring.cq_mask = (unsigned int *)(void *)(cq + params.cq_off.ring_mask);
	ring.cqes = (struct io_uring_cqe *)(void *)(cq + params.cq_off.cqes);
	ring.sqes = map(params.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
}

/* Puts REQUEST into the ring. */
static void put(struct io_uring_sqe request)
{
	unsigned int tail = *ring.sq_tail, at = tail & *ring.sq_mask;
	request.user_data |= request.opcode;
	ring.sqes[at] = request;
	ring.sq_array[at] = at;
	__atomic_store_n(ring.sq_tail, tail + 1, __ATOMIC_SEQ_CST);
	ring.pending++;
}

/* Submits what was put, and takes the completions of COUNT requests. */
static void complete(unsigned int count)
{
	unsigned int flags = IORING_ENTER_GETEVENTS;
	if (ring.is_polled &&
		__atomic_load_n(ring.sq_flags, __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP)
		flags |= IORING_ENTER_SQ_WAKEUP;
	syscall(SYS_io_uring_enter, ring.fd, ring.pending, count, flags, NULL, 0);
	ring.pending = 0;
	while (count > 0) {
		unsigned int head = *ring.cq_head;
		if (head == __atomic_load_n(ring.cq_tail, __ATOMIC_ACQUIRE)) {
			syscall(SYS_io_uring_enter, ring.fd, 0, 1,
				IORING_ENTER_GETEVENTS | IORING_ENTER_SQ_WAKEUP, NULL, 0);
			continue;
		}
		const struct io_uring_cqe *cqe = &ring.cqes[head & *ring.cq_mask];
		unsigned int operation = cqe->user_data & 0xff;
		sums[operation].count++;
		sums[operation].errors += cqe->res < 0;
		if (operation == IORING_OP_READ || operation == IORING_OP_WRITE)
			sums[operation].bytes += cqe->res > 0 ? (uint64_t)cqe->res : 0;
		__atomic_store_n(ring.cq_head, head + 1, __ATOMIC_RELEASE);
		count--;
	}
}

static void transfer(int file, int zero)
{
	put((struct io_uring_sqe){
		.opcode = IORING_OP_WRITE, .fd = file, .addr = (uintptr_t)buffer, .len = 5000});
	put((struct io_uring_sqe){
		.opcode = IORING_OP_READ, .fd = zero, .addr = (uintptr_t)buffer, .len = 777});
	put((struct io_uring_sqe){.opcode = IORING_OP_READ, .fd = -1, .len = 777}); /* EBADF */
	complete(3);
}

/* Two requests in a chain; the second is cancelled, as the first fails. */
static void link_requests(void)
{
	put((struct io_uring_sqe){.opcode = IORING_OP_OPENAT,
		.flags = IOSQE_IO_LINK,
		.fd = AT_FDCWD,
		.addr = (uintptr_t) "/nonexistent/file"});
	put((struct io_uring_sqe){.opcode = IORING_OP_NOP});
	complete(2);
}

static void wait_and_cancel(int pipe_end)
{
	const struct __kernel_timespec time = {.tv_nsec = 1000000};
	put((struct io_uring_sqe){
		.opcode = IORING_OP_TIMEOUT, .addr = (uintptr_t)&time, .len = 1}); /* ETIME */
	complete(1);
	put((struct io_uring_sqe){.opcode = IORING_OP_POLL_ADD,
		.fd = pipe_end,
		.poll32_events = 1, /* POLLIN */
		.user_data = 0x100});
	put((struct io_uring_sqe){
		.opcode = IORING_OP_ASYNC_CANCEL, .addr = 0x100 | IORING_OP_POLL_ADD});
	complete(2);
}

int main(int argc, char **argv)
{
	char path[] = "/tmp/stop-requests-XXXXXX";
	int ends[2], file = mkstemp(path), zero = open("/dev/zero", O_RDONLY);
	tracee_begin();
	ring.is_polled = argc > 1 && strcmp(argv[1], "sqpoll") == 0;
	if (file < 0 || unlink(path) < 0 || pipe(ends) < 0)
		tracee_fail(path);
	set_up();
	tracee_ready();
	for (int i = 0; i < ROUNDS; i++) {
		for (int nop = 0; nop < 10; nop++)
			put((struct io_uring_sqe){.opcode = IORING_OP_NOP});
		complete(10);
		transfer(file, zero);
		link_requests();
		wait_and_cancel(ends[0]);
	}
	for (size_t i = 0; i < IORING_OP_LAST; i++) {
		if (sums[i].count)
			printf("io_uring:%s %u %u %llu\n", sums[i].name, sums[i].count,
				sums[i].errors, (unsigned long long)sums[i].bytes);
	}
	return 0;
}
