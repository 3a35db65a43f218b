/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying stacks; see engine/ptrace/capture.h. */
#include "config.h"

#include "engine/ptrace/capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "engine/ptrace/map_reader.h"
#include "engine/ptrace/pages.h"
#include "engine/ptrace/world/world.h"
#include "event/stack_cache.h"

/*
 * How long stack pages that were resident are assumed to be still. Pages with live frames become
 * absent only if a program that serves its own page faults does that on purpose; checking at each
 * call would take a tenth of its time.
 */
#define PRESENT_NS   NS_PER_MS

/*
 * Bytes of a memory map to read at once: the usual map is complete then, in about a millisecond. A
 * larger one is read in steps, each of which delays a report by some 70 µs.
 */
#define READ_FIRST   (128 << 10)
#define READ_STEP    (16 << 10)

/* Time to the next try after a map could not be read, or had changed. */
#define RETRY_MIN_NS (10 * NS_PER_MS)
#define RETRY_MAX_NS (5 * NS_PER_S)

/* A process whose stacks are copied. */
struct capture_process {
	bool stale;   /* its memory map has to be sent before the next copy */
	uint32_t map; /* number of the map that was sent last */
	struct {
		uint64_t start, end, time_ns;
	} present; /* a part of a stack that was resident at that time */
	struct code_ranges ranges;
	struct map_reader *reader;    /* of the next map; owned; NULL: it is not being read */
	struct capture_process *next; /* in the list of those whose map is being read */
	uint64_t retry_ns;            /* its map is not read before this time */
	uint64_t pause_ns;            /* the last time between two tries; 0: it was read */
};

void capture_init(struct capture *capture, struct world *world, struct pages *pages,
	struct stack_copy_channel *channel)
{
	*capture = (struct capture){.world = world, .pages = pages, .channel = channel};
	if (channel)
		capture->bytes = xcalloc(channel->limit, 1);
}

static void wake_reader(struct capture *capture)
{
	capture->world->process->wake(capture->world, capture->channel->wake_fd);
}

/* Publishes a record. */
static void commit(struct capture *capture)
{
	if (stack_copy_commit(capture->channel))
		wake_reader(capture);
}

static void free_process(struct capture_process *process)
{
	if (process->reader)
		map_reader_clear(process->reader);
	xfree(process->reader);
	code_ranges_clear(&process->ranges);
	xfree(process);
}

void capture_clear(struct capture *capture)
{
	struct capture_process *process;
	MAP_FOR_EACH (&capture->processes, at, process)
		free_process(process);
	map_clear(&capture->processes);
	capture->first = NULL;
	xfree(capture->bytes);
	capture->bytes = NULL;
}

/* The list of those whose map is being read. */

static void join_list(struct capture *capture, struct capture_process *process)
{
	process->next = capture->first;
	capture->first = process;
}

/* Removes PROCESS, if it is there. */
static void leave_list(struct capture *capture, struct capture_process *process)
{
	struct capture_process **link = &capture->first;
	while (*link && *link != process)
		link = &(*link)->next;
	if (*link)
		*link = process->next;
}

/* Memory maps. */

static void end_reading(struct capture *capture, struct capture_process *process)
{
	leave_list(capture, process);
	map_reader_clear(process->reader);
	xfree(process->reader);
	process->reader = NULL;
}

/* The map of PROCESS could not be read: tries again later, so that not each call pays for it. */
static void retry_later(struct capture *capture, struct capture_process *process)
{
	struct world *world = capture->world;
	process->pause_ns = process->pause_ns ? process->pause_ns * 2 : RETRY_MIN_NS;
	if (process->pause_ns > RETRY_MAX_NS)
		process->pause_ns = RETRY_MAX_NS;
	process->retry_ns = world->clock->now_ns(world) + process->pause_ns;
}

/* Sends the complete map of PROCESS. Returns whether that was possible. */
static bool send_maps(
	struct capture *capture, struct capture_process *process, const struct tracee *tracee)
{
	const struct maps_text *text = &process->reader->text;
	if (!code_ranges_set(&process->ranges, text) ||
		map_reader_is_outdated(process->reader, &process->ranges)) {
		end_reading(capture, process);
		retry_later(capture, process);
		return false;
	}
	struct stack_copy_maps *maps = stack_copy_reserve(capture->channel, STACK_COPY_MAPS,
		tracee->tid, tracee->tgid, sizeof(*maps) + text->size);
	if (!maps)
		return false;
	maps->size = text->size;
	maps->map = process->map = ++capture->channel->last_map;
	memcpy(maps->text, text->text, text->size);
	commit(capture);
	/* Wake it now, as files may be deleted and processes may exit before it opens them. */
	wake_reader(capture);
	end_reading(capture, process);
	process->stale = false;
	process->pause_ns = 0;
	return true;
}

/* Reads SIZE bytes more of the map of PROCESS, or filters as many. Like map_reader_step(). */
static int read_map(struct capture *capture, struct capture_process *process, size_t size)
{
	int result = map_reader_step(process->reader, size);
	if (result < 0) {
		end_reading(capture, process);
		retry_later(capture, process);
	} else if (result == 0) {
		leave_list(capture, process);
	}
	return result;
}

/* Begins to read the map of PROCESS, which is TGID, and to which TID belongs. */
static void begin_reading(
	struct capture *capture, struct capture_process *process, pid_t tgid, pid_t tid)
{
	struct world *world = capture->world;
	if (world->clock->now_ns(world) < process->retry_ns)
		return;
	process->reader = xcalloc(1, sizeof(*process->reader));
	int result;
	do
		result = map_reader_init(process->reader, world, tid);
	while (result == -EMFILE && pages_give_way(capture->pages, tgid));
	if (result == -EMFILE || result == -ENFILE)
		atomic_fetch_add_explicit(&capture->pages->unopened, 1, memory_order_relaxed);
	if (result < 0) {
		xfree(process->reader);
		process->reader = NULL;
		retry_later(capture, process);
		return;
	}
	join_list(capture, process);
	/* A small map is read at once, and then filtered. */
	while (read_map(capture, process, READ_FIRST) == 1 && process->reader->handle < 0)
		;
}

/* Whether the map of TRACEE's process has been sent. If not, sends it, or begins to read it. */
static bool has_map(
	struct capture *capture, struct capture_process *process, const struct tracee *tracee)
{
	if (!process->stale)
		return true;
	if (!process->reader)
		begin_reading(capture, process, tracee->tgid, tracee->tid);
	return process->reader && process->reader->complete && send_maps(capture, process, tracee);
}

/* The process TGID, added if it is new. */
static struct capture_process *process_of(struct capture *capture, pid_t tgid)
{
	struct capture_process *process = map_get(&capture->processes, (uint64_t)tgid);
	if (process)
		return process;
	process = xcalloc(1, sizeof(*process));
	process->stale = true;
	map_put(&capture->processes, (uint64_t)tgid, process);
	return process;
}

/* Whether the memory of a process is not read, because of HANDLE, which is from pages_of(). */
static bool is_unreadable(int handle)
{
	return handle == -EAGAIN || handle == -ETIMEDOUT;
}

void capture_prepare(struct capture *capture, const struct tracee *tracee, bool found)
{
	if (!capture->channel)
		return;
	struct capture_process *process = process_of(capture, tracee->tgid);
	if (!is_unreadable(pages_of(capture->pages, tracee, found)))
		has_map(capture, process, tracee);
}

bool capture_is_preparing(const struct capture *capture)
{
	return capture->first || pages_is_asking(capture->pages);
}

void capture_take_step(struct capture *capture)
{
	pid_t tid, tgid;
	struct capture_process *process;
	if (pages_take_step(capture->pages, &tid, &tgid)) {
		process = map_get(&capture->processes, (uint64_t)tgid);
		if (process && process->stale && !process->reader)
			begin_reading(capture, process, tgid, tid);
	} else if (capture->first) {
		read_map(capture, capture->first, READ_STEP);
	}
}

void capture_call_ended(
	struct capture *capture, const struct tracee *tracee, const struct ended_call *end)
{
	if (!capture->channel || end->call.abi != ABI_NATIVE || end->outcome.err)
		return;
	struct capture_process *process = map_get(&capture->processes, (uint64_t)tracee->tgid);
	if (process && process->reader)
		map_reader_note_call(process->reader, end->call.nr, tracee->current.args);
	else if (process && !process->stale)
		process->stale = code_ranges_are_changed(
			&process->ranges, end->call.nr, tracee->current.args);
}

static void forget(struct capture *capture, const struct tracee *tracee)
{
	struct capture_process *process = map_remove(&capture->processes, (uint64_t)tracee->tgid);
	pages_forget(capture->pages, tracee->tgid);
	if (!process)
		return;
	leave_list(capture, process);
	free_process(process);
	/* If the ring is full, the next map of this process replaces the old one. */
	if (stack_copy_reserve(capture->channel, STACK_COPY_GONE, tracee->tid, tracee->tgid,
		    sizeof(struct stack_copy_record)))
		commit(capture);
}

void capture_exec(struct capture *capture, const struct tracee *tracee)
{
	forget(capture, tracee);
}

void capture_gone(struct capture *capture, pid_t tgid)
{
	forget(capture, &(struct tracee){.tid = tgid, .tgid = tgid});
}

/* Stacks. */

/* Copies up to SIZE bytes of the stack at ADDRESS of thread TID of PROCESS into BUF. Returns their
 * number. */
static size_t copy_bytes(struct capture *capture, struct capture_process *process, pid_t tid,
	uint64_t address, void *buf, size_t size)
{
	struct world *world = capture->world;
	uint64_t now_ns = world->clock->now_ns(world);
	if (address >= process->present.start && address + size <= process->present.end &&
		now_ns - process->present.time_ns < PRESENT_NS)
		return world->target->fetch(world, tid, address, buf, size);
	size_t got = world->target->copy(world, capture->handle, tid, address, buf, size);
	process->present.start = address;
	process->present.end = address + got;
	process->present.time_ns = now_ns;
	return got;
}

/* The same from the red zone below SP on. */
static size_t copy_stack(struct capture *capture, struct capture_process *process, pid_t tid,
	uint64_t sp, unsigned char *buf, size_t size)
{
	uint64_t base = sp - arch.red_zone;
	size_t got = copy_bytes(capture, process, tid, base, buf, size);
	size_t below = stack_copy_below(sp);
	if (got || !below || below >= size)
		return got;
	memset(buf, 0, below);
	got = copy_bytes(capture, process, tid, base + below, buf + below, size - below);
	return got ? below + got : 0;
}

/* Sends the ID of a cached STACK of TRACEE instead of a copy. False if the ring is full. */
static bool send_cached(struct capture *capture, const struct tracee *tracee, uint32_t stack)
{
	struct stack_copy_cached *cached = stack_copy_reserve(
		capture->channel, STACK_COPY_CACHED, tracee->tid, tracee->tgid, sizeof(*cached));
	if (!cached)
		return false;
	cached->number = stack_copy_next_number(capture->channel);
	cached->stack = stack;
	commit(capture);
	return true;
}

/* Sends REGS and the SIZE bytes that were copied of WANTED. False if the ring is full. */
static bool send_stack(struct capture *capture, const struct tracee *tracee,
	const struct unwind_regs *regs, bool compat, size_t size, size_t wanted)
{
	struct stack_copy *copy = stack_copy_reserve(capture->channel, STACK_COPY_STACK,
		tracee->tid, tracee->tgid, sizeof(*copy) + size);
	if (!copy)
		return false;
	copy->in_call = true;
	copy->compat = compat;
	copy->only_ip_sp = false;
	copy->number = stack_copy_next_number(capture->channel);
	copy->regs = *regs;
	copy->base = unwind_sp(regs) - arch.red_zone;
	copy->wanted = (uint32_t)wanted;
	copy->size = (uint32_t)size;
	memcpy(copy->bytes, capture->bytes, size);
	commit(capture);
	return true;
}

/*
 * Sends the stack of TRACEE: the ID of a cached one, or its registers and a copy. The stack pointer
 * and program counter are known from the entry stop; the other registers are read only if needed.
 * Returns whether that was possible.
 */
static bool send_copy(
	struct capture *capture, struct capture_process *process, const struct tracee *tracee)
{
	struct world *world = capture->world;
	struct stack_copy_channel *channel = capture->channel;
	const struct current_call *current = &tracee->current;
	struct arch_regs raw;
	struct unwind_regs regs = {0};
	bool needs_registers;
	struct stack_place place = {
		.map = process->map,
		.ip = current->ip,
		.sp = current->sp,
		.bytes = capture->bytes,
	};
	size_t wanted = stack_copy_size(channel, tracee->tgid, place.ip);
	if (current->ip)
		place.size = copy_stack(
			capture, process, tracee->tid, place.sp, capture->bytes, wanted);
	uint32_t stack = stack_cache_find(channel->cache, &place, &needs_registers);
	if (stack)
		return send_cached(capture, tracee, stack);
	if (world->trace->registers(world, tracee->tid, &raw) < 0)
		return false;
	if (arch_regs_are_compat(&raw))
		return send_stack(capture, tracee, &regs, true, 0, 0);
	arch_unwind_regs(&raw, &regs);
	place.regs = &regs;
	stack = needs_registers ? stack_cache_find(channel->cache, &place, &needs_registers) : 0;
	if (stack)
		return send_cached(capture, tracee, stack);
	if (unwind_sp(&regs) != current->sp || unwind_ip(&regs) != current->ip) {
		wanted = stack_copy_size(channel, tracee->tgid, unwind_ip(&regs));
		place.size = copy_stack(
			capture, process, tracee->tid, unwind_sp(&regs), capture->bytes, wanted);
	}
	return send_stack(capture, tracee, &regs, false, place.size, wanted);
}

uint32_t capture_take(struct capture *capture, const struct tracee *tracee, bool found)
{
	struct stack_copy_channel *channel = capture->channel;
	if (!channel)
		return 0;
	struct capture_process *process = process_of(capture, tracee->tgid);
	capture->handle = pages_of(capture->pages, tracee, found);
	if (is_unreadable(capture->handle) || !has_map(capture, process, tracee) ||
		!send_copy(capture, process, tracee)) {
		stack_copy_count(&channel->missed);
		return STACK_COPY_MISSED;
	}
	stack_copy_count(&channel->taken);
	return channel->last_number;
}
