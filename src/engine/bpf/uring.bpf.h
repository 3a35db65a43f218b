/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of io_uring; part of count.bpf.c. A request is counted for the task that submitted it,
 * or for the leader of the process whose polling thread (SQPOLL) did; it ends in any thread.
 *
 *     io_uring_submit_req ─▶ `requests`, by address ─▶ io_uring_complete ─▶ a cell of that task
 *
 * A completion whose submission was not seen is of a request that is older than the attach, or that
 * was refused before it was submitted: it is counted without a time. Completions without a request
 * are further results of one with several (multishot), and are not counted. One that is not posted
 * (IOSQE_CQE_SKIP_SUCCESS) is not seen.
 *
 * The tracepoints differ between kernels: stop loads those programs that fit (engine/bpf/
 * tracepoint.h).
 */
#ifndef STOP_ENGINE_BPF_URING_BPF_H
#define STOP_ENGINE_BPF_URING_BPF_H

#include "tasks.bpf.h"

#define CQE_F_MORE    2 /* this is not the last result of the request */
#define CQE_F_NOTIF   8 /* this is no result */
#define OP_SEND_ZC    47
#define OP_SENDMSG_ZC 48

/* A request in progress. */
struct request {
	uint64_t enter_ns;
	uint64_t serial; /* of its task */
	uint32_t slot;
	uint32_t operation;
};

/* By the address of their struct io_kiocb. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 18);
	__type(key, uint64_t);
	__type(value, struct request);
} requests SEC(".maps");

/* The slot of the task for which a request of TASK is counted. */
static uint32_t slot_for_request(struct task_struct *task)
{
	uint32_t slot = slot_of(BPF_CORE_READ(task, pid));
	if (!slot && BPF_CORE_READ(task, flags) & PF_IO_WORKER)
		slot = slot_of(BPF_CORE_READ(task, tgid));
	return slot;
}

/* If there is no room, its completion is counted without a time. */
static int submit(struct io_kiocb *request)
{
	uint64_t key = (uint64_t)request;
	uint32_t slot = slot_for_request((void *)bpf_get_current_task());
	struct bpf_task *record = task_at(slot);
	if (!record)
		return 0;
	struct request entry = {
		.enter_ns = bpf_ktime_get_ns(),
		.serial = record->serial,
		.slot = slot,
		.operation = BPF_CORE_READ(request, opcode),
	};
	bpf_map_update_elem(&requests, &key, &entry, BPF_ANY);
	return 0;
}

/* Linux 6.3 and newer. */
SEC("tp_btf/io_uring_submit_req")
int uring_submit_req(unsigned long long *context)
{
	return submit((void *)context[0]);
}

/* Linux 6.0 to 6.2. */
SEC("tp_btf/io_uring_submit_sqe")
int uring_submit_sqe(unsigned long long *context)
{
	return submit((void *)context[0]);
}

/* The task that has submitted REQUEST. */
static struct task_struct *submitter_of(struct io_kiocb *request)
{
	if (bpf_core_field_exists(request->tctx->task))
		return BPF_CORE_READ(request, tctx, task);
	if (bpf_core_field_exists(request->task))
		return BPF_CORE_READ(request, task);
	return NULL;
}

/* Stores what is known of REQUEST in ENTRY, and forgets it. Returns whether there is something. */
static bool take_request(struct io_kiocb *request, struct request *entry)
{
	uint64_t key = (uint64_t)request;
	struct request *found = bpf_map_lookup_elem(&requests, &key);
	if (found) {
		*entry = *found;
		bpf_map_delete_elem(&requests, &key);
		return true;
	}
	struct bpf_task *record = task_at(slot_for_request(submitter_of(request)));
	if (!record)
		return false;
	entry->enter_ns = 0;
	entry->serial = record->serial;
	entry->slot = record->slot;
	entry->operation = BPF_CORE_READ(request, opcode);
	return true;
}

static void count_request(struct bpf_task *record, const struct request *entry, int32_t result)
{
	struct ending ending = {.now_ns = bpf_ktime_get_ns()};
	uint64_t from_ns = entry->enter_ns;
	uint32_t operation = entry->operation;
	uint64_t kind = kind_of(operation, BPF_IO_URING, 0);
	if (result < 0 && result >= -ERRNO_MAX)
		ending.err = (uint32_t)-result;
	else if (operation < BPF_NUMBERS &&
		 transfer_of[BPF_IO_URING][operation & (BPF_NUMBERS - 1)])
		ending.bytes = (uint32_t)result;
	if (!from_ns) {
		count_partial(record, kind, ending.now_ns, &ending);
		return;
	}
	struct bpf_cell *cell = cell_for(record, kind, from_ns, ending.now_ns);
	if (!cell)
		return;
	begin_write(cell);
	add_whole(cell, ending.now_ns - from_ns, &ending);
	finish_write(cell, from_ns, ending.now_ns);
}

static __noinline int complete(struct io_kiocb *request, int32_t result, uint32_t flags)
{
	struct request entry;
	if (!request || flags & CQE_F_NOTIF || !take_request(request, &entry))
		return 0;
	bool is_zero_copy = entry.operation == OP_SEND_ZC || entry.operation == OP_SENDMSG_ZC;
	if (flags & CQE_F_MORE && !is_zero_copy)
		return 0;
	struct bpf_task *record = task_at(entry.slot);
	if (record && record->serial == entry.serial && record->flags & BPF_TASK_LIVE)
		count_request(record, &entry, result);
	return 0;
}

/* Linux 6.14 and newer: of a struct io_uring_cqe. */
SEC("tp_btf/io_uring_complete")
int uring_complete_cqe(unsigned long long *context)
{
	struct io_uring_cqe *cqe = (void *)context[2];
	return complete((void *)context[1], BPF_CORE_READ(cqe, res), BPF_CORE_READ(cqe, flags));
}

/* Before. */
SEC("tp_btf/io_uring_complete")
int uring_complete_result(unsigned long long *context)
{
	return complete((void *)context[1], (int32_t)context[3], (uint32_t)context[4]);
}

#endif
