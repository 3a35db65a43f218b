/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Samples of running code, by perf_event_open(2); see engine/sample/sampler.h. */
#include "config.h"

#include "engine/sample/sampler.h"

#include <errno.h>
#include <limits.h>
#include <linux/perf_event.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "arch/arch.h"
#include "base/alloc.h"

/*
 * Bytes of the buffer: some samples, as many as there are in the time between two looks of the
 * stack thread on a busy machine. A power of two, and little enough that an ordinary user may lock
 * it (kernel.perf_event_mlock_kb).
 */
#define BUFFER_SIZE (256 << 10)

struct sampler {
	pid_t tid, tgid;
	size_t stack_size; /* bytes requested of each stack */
	int fd;
	struct perf_event_mmap_page *head; /* the buffer's first page; what follows is its data */
	size_t page_size;
	uint64_t tail; /* position of the next record */
};

int sampler_new(pid_t tid, pid_t tgid, size_t stack_size, struct sampler **out)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
	/* The kernel wants multiples of 8. */
	size_t size = (stack_size < SAMPLER_STACK_MAX ? stack_size : SAMPLER_STACK_MAX) &
	              ~(size_t)7;
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_TASK_CLOCK,
		.sample_period = SAMPLER_PERIOD_NS,
		.sample_type = PERF_SAMPLE_TIME | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.exclude_idle = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
		.sample_regs_user = arch.sample_regs,
		.sample_stack_user = (uint32_t)size,
		/* Nobody is woken: that would cost the thread more than the sample. */
		.watermark = 1,
		.wakeup_watermark = UINT32_MAX,
	};
	int fd = (int)syscall(SYS_perf_event_open, &attr, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	void *buffer = mmap(
		NULL, page_size + BUFFER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (buffer == MAP_FAILED) {
		int error = errno == EPERM ? ENOBUFS : errno;
		close(fd);
		return -error;
	}
	struct sampler *sampler = xcalloc(1, sizeof(*sampler));
	*sampler = (struct sampler){
		.tid = tid,
		.tgid = tgid,
		.stack_size = size,
		.fd = fd,
		.head = buffer,
		.page_size = page_size,
	};
	*out = sampler;
	return 0;
}

void sampler_free(struct sampler *sampler)
{
	if (!sampler)
		return;
	munmap(sampler->head, sampler->page_size + BUFFER_SIZE);
	close(sampler->fd);
	xfree(sampler);
}

/* Copies SIZE bytes at position AT of the buffer, which is a ring, into BUF. */
static void read_data(const struct sampler *sampler, uint64_t at, void *buf, size_t size)
{
	const char *data = (const char *)sampler->head + sampler->page_size;
	size_t begin = at % BUFFER_SIZE, first = BUFFER_SIZE - begin;
	if (first > size)
		first = size;
	memcpy(buf, data + begin, first);
	memcpy((char *)buf + first, data, size - first);
}

/* What a sample has before its registers. */
struct sample_head {
	struct perf_event_header header;
	uint64_t time_ns;
	uint64_t abi; /* enum perf_sample_regs_abi */
};

/* Reads the stack at position AT of a sample into COPY: its size, its bytes, how many are valid. */
static void read_stack(const struct sampler *sampler, uint64_t at, struct stack_copy *copy)
{
	uint64_t size, valid = 0;
	read_data(sampler, at, &size, sizeof(size));
	if (size > SAMPLER_STACK_MAX)
		return;
	at += sizeof(size);
	read_data(sampler, at, copy->bytes, size);
	if (size)
		read_data(sampler, at + size, &valid, sizeof(valid));
	copy->size = (uint32_t)(valid < size ? valid : size);
}

/* Reads the sample with HEAD at position AT into COPY. */
static void read_sample(const struct sampler *sampler, uint64_t at, const struct sample_head *head,
	struct stack_copy *copy)
{
	uint64_t values[ARCH_UNWIND_REGS];
	size_t count = (size_t)__builtin_popcountll(arch.sample_regs);
	*copy = (struct stack_copy){
		.record = {.type = STACK_COPY_STACK, .tid = sampler->tid, .tgid = sampler->tgid},
		.compat = head->abi != PERF_SAMPLE_REGS_ABI_64,
		.wanted = (uint32_t)sampler->stack_size,
	};
	if (copy->compat)
		return;
	at += sizeof(*head);
	read_data(sampler, at, values, count * sizeof(*values));
	arch_sample_unwind_regs(values, &copy->regs);
	copy->base = unwind_sp(&copy->regs);
	read_stack(sampler, at + count * sizeof(*values), copy);
}

/* Takes the next record into COPY if it is a sample of the thread's code. Returns whether it is. */
static bool take_record(struct sampler *sampler, struct stack_copy *copy, uint64_t *time_ns)
{
	struct sample_head head;
	uint64_t at = sampler->tail;
	read_data(sampler, at, &head, sizeof(head));
	/* Not 0: it has at least its header. */
	sampler->tail += head.header.size;
	if (head.header.type != PERF_RECORD_SAMPLE || head.abi == PERF_SAMPLE_REGS_ABI_NONE)
		return false;
	read_sample(sampler, at, &head, copy);
	*time_ns = head.time_ns;
	return true;
}

bool sampler_next(struct sampler *sampler, struct stack_copy *copy, uint64_t *time_ns)
{
	uint64_t end = __atomic_load_n(&sampler->head->data_head, __ATOMIC_ACQUIRE);
	bool has_sample = false;
	while (!has_sample && sampler->tail < end)
		has_sample = take_record(sampler, copy, time_ns);
	__atomic_store_n(&sampler->head->data_tail, sampler->tail, __ATOMIC_RELEASE);
	return has_sample;
}

/* The levels of kernel.perf_event_paranoid from which users without CAP_PERFMON are refused:
 * Debian and Ubuntu add some above 2, which refuse everything. */
#define PARANOID_REFUSES 3

void sampler_explain(int error, int paranoid, char reason[SAMPLER_REASON_MAX])
{
	static const struct {
		int error;
		const char *text;
	} reasons[] = {
		{EPERM, "a seccomp filter, as of a container, or a security module refuses "
			"perf_event_open; CAP_PERFMON may help"},
		{EACCES, "perf_event_open is refused; CAP_PERFMON helps"},
		{ENOSYS, "this kernel has no perf_event_open, or a seccomp filter hides it"},
		{ENOBUFS, "its buffers need more locked memory than is allowed; a higher ulimit -l "
			  "or CAP_IPC_LOCK helps"},
		{EMFILE, "there are too many open files; a higher ulimit -n helps"},
	};
	if ((error == -EACCES || error == -EPERM) && paranoid >= PARANOID_REFUSES) {
		snprintf(reason, SAMPLER_REASON_MAX,
			"kernel.perf_event_paranoid is %d; CAP_PERFMON or \"sysctl "
			"kernel.perf_event_paranoid=2\" helps",
			paranoid);
		return;
	}
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
		if (reasons[i].error == -error) {
			snprintf(reason, SAMPLER_REASON_MAX, "%s", reasons[i].text);
			return;
		}
	}
	snprintf(reason, SAMPLER_REASON_MAX, "perf_event_open: %s", strerrordesc_np(-error));
}
