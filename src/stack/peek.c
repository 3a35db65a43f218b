/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks of waiting threads; see stack/peek.h. */
#include "config.h"

#include "stack/peek.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "proc/memory.h"
#include "proc/status.h"
#include "proc/wait.h"

/* Whether the thread of PEEK is waiting in its call, which is stored in *WAIT. */
static bool waits(const struct peek *peek, struct proc_wait *wait)
{
	return proc_waits(peek->tgid, peek->tid, wait) == 1 && wait->nr == peek->nr;
}

/* Copies the stack above SP with the red zone below it. Returns the size. */
static size_t copy_stack(int pages, pid_t tid, uint64_t sp, unsigned char *bytes, size_t limit)
{
	uint64_t base = sp - arch.red_zone;
	size_t got = memory_copy(pages, tid, base, bytes, limit), below = stack_copy_below(sp);
	if (got || !below || below >= limit)
		return got;
	memset(bytes, 0, below);
	got = memory_copy(pages, tid, base + below, bytes + below, limit - below);
	return got ? below + got : 0;
}

bool peek_take(struct peek *peek, size_t limit, struct stack_copy *copy)
{
	struct proc_wait before, after;
	/* The count first: if it has not changed later, the thread has not run since. */
	peek->switches = proc_switches(peek->tid);
	peek->time_ns = clock_now_ns();
	if (!waits(peek, &before))
		return false;
	*copy = (struct stack_copy){
		.record = {.type = STACK_COPY_STACK, .tid = peek->tid, .tgid = peek->tgid},
		.in_call = true,
		.only_ip_sp = true,
		.regs = unwind_regs_at(before.ip, before.sp, 0),
		.base = before.sp - arch.red_zone,
		.wanted = (uint32_t)limit,
	};
	int pages = memory_pages(peek->tid);
	if (pages < 0)
		return false;
	copy->size = (uint32_t)copy_stack(pages, peek->tid, before.sp, copy->bytes, limit);
	close(pages);
	return waits(peek, &after) && after.sp == before.sp && after.ip == before.ip &&
	       proc_switches(peek->tid) == peek->switches;
}

bool peek_still_waits(const struct stack_copy *copy, uint64_t *switches)
{
	struct proc_wait wait;
	pid_t tgid = copy->record.tgid, tid = copy->record.tid;
	*switches = proc_switches(tid);
	return proc_waits(tgid, tid, &wait) == 1 && wait.ip == unwind_ip(&copy->regs) &&
	       wait.sp == unwind_sp(&copy->regs);
}
