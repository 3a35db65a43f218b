/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying stacks; see engine/ptrace/capture.h. */
#include "config.h"

#include "engine/ptrace/capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "base/time.h"
#include "engine/ptrace/world/world.h"
#include "event/stack_cache.h"

/*
 * How long stack pages that were resident are assumed to be still. Pages with live frames become
 * absent only if a program that serves its own page faults does that on purpose; checking at each
 * call would take a tenth of its time.
 */
#define PRESENT_NS NS_PER_MS

/* A file mapping. */
struct range {
	uint64_t start, end;
	bool executable;
};

/* A process whose stacks are copied. */
struct capture_process {
	bool stale;   /* its memory map has to be sent before the next copy */
	uint32_t map; /* number of the map that was sent last */
	int pages;    /* see world_target.open_pages(); -errno: it has no stacks */
	struct {
		uint64_t start, end, time_ns;
	} present;            /* a part of a stack that was resident at that time */
	struct range *ranges; /* of files, by address; owned */
	size_t count, capacity;
};

void capture_init(struct capture *capture, struct world *world, struct stack_copy_channel *channel)
{
	*capture = (struct capture){.world = world, .channel = channel};
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

static void free_process(struct world *world, struct capture_process *process)
{
	if (process->pages >= 0)
		world->target->close_pages(world, process->pages);
	free(process->ranges);
	xfree(process);
}

void capture_clear(struct capture *capture)
{
	struct capture_process *process;
	MAP_FOR_EACH (&capture->processes, at, process)
		free_process(capture->world, process);
	map_clear(&capture->processes);
	maps_clear(&capture->maps);
	xfree(capture->bytes);
	capture->bytes = NULL;
}

/* Memory maps. */

/* There can be many, so lack of memory is an error, not the end. */
static bool add_range(struct capture_process *process, const struct maps_line *line)
{
	if (process->count == process->capacity) {
		size_t capacity = process->capacity ? process->capacity * 2 : 32;
		struct range *ranges = reallocarray(process->ranges, capacity, sizeof(*ranges));
		if (!ranges)
			return false;
		process->ranges = ranges;
		process->capacity = capacity;
	}
	process->ranges[process->count++] = (struct range){
		line->start, line->end, line->executable};
	return true;
}

static bool set_ranges(struct capture_process *process, const struct maps_text *maps)
{
	struct maps_line line;
	const char *at = maps->text;
	process->count = 0;
	while (maps_next(&at, maps->text + maps->size, &line)) {
		if (line.inode && !add_range(process, &line))
			return false;
	}
	return true;
}

/* Sends the memory map of TRACEE's process. Returns whether that was possible. */
static bool send_maps(
	struct capture *capture, struct capture_process *process, const struct tracee *tracee)
{
	struct world *world = capture->world;
	struct maps_text *text = &capture->maps;
	/* Not that of the leader, which is empty if it has exited. */
	if (world->target->maps(world, tracee->tid, text) < 0)
		return false;
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
	process->stale = !set_ranges(process, text);
	return !process->stale;
}

/* The process of TRACEE, with its map sent, or NULL. */
static struct capture_process *ready_process(
	struct capture *capture, const struct tracee *tracee, bool found)
{
	struct world *world = capture->world;
	struct capture_process *process = map_get(&capture->processes, (uint64_t)tracee->tgid);
	if (!process) {
		process = xcalloc(1, sizeof(*process));
		process->stale = true;
		/* A process that existed before us may be stuck; one created since is not. */
		process->pages = found && !world->target->answers(world, tracee->tid)
		                         ? -ETIMEDOUT
		                         : world->target->open_pages(world, tracee->tid);
		map_put(&capture->processes, (uint64_t)tracee->tgid, process);
	}
	if (process->pages == -ETIMEDOUT)
		return NULL;
	return !process->stale || send_maps(capture, process, tracee) ? process : NULL;
}

/* Whether PROCESS has a file mapping in the SIZE bytes from START; EXECUTABLE: one with code. */
static bool overlaps_file(
	const struct capture_process *process, uint64_t start, uint64_t size, bool executable)
{
	for (size_t i = 0; i < process->count; i++) {
		const struct range *range = &process->ranges[i];
		if (range->start < start + size && start < range->end &&
			(range->executable || !executable))
			return true;
	}
	return false;
}

/*
 * Whether a call of 64-bit code has changed mappings of code from files. JIT-compiled code has no
 * unwind tables, so nothing cached depends on it.
 */
static bool changes_code(
	const struct capture_process *process, uint32_t nr, const uint64_t args[CALL_MAX_ARGS])
{
	switch (nr) {
	case SYS_mmap:
		return ((args[2] & PROT_EXEC) && !(args[3] & MAP_ANONYMOUS)) ||
		       ((args[3] & MAP_FIXED) && overlaps_file(process, args[0], args[1], true));
	case SYS_munmap:
	case SYS_mremap:
		return overlaps_file(process, args[0], args[1], true);
	case SYS_mprotect:
	case SYS_pkey_mprotect:
		return overlaps_file(process, args[0], args[1], !(args[2] & PROT_EXEC));
	default:
		return false;
	}
}

void capture_call_ended(
	struct capture *capture, const struct tracee *tracee, const struct ended_call *end)
{
	if (!capture->channel || end->call.abi != ABI_NATIVE || end->outcome.err)
		return;
	struct capture_process *process = map_get(&capture->processes, (uint64_t)tracee->tgid);
	if (process && !process->stale)
		process->stale = changes_code(process, end->call.nr, tracee->current.args);
}

static void forget(struct capture *capture, const struct tracee *tracee)
{
	struct capture_process *process = map_remove(&capture->processes, (uint64_t)tracee->tgid);
	if (!process)
		return;
	free_process(capture->world, process);
	/* If the ring is full, the next map of this process replaces the old one. */
	if (stack_copy_reserve(capture->channel, STACK_COPY_GONE, tracee->tid, tracee->tgid,
		    sizeof(struct stack_copy_record)))
		commit(capture);
}

void capture_exec(struct capture *capture, const struct tracee *tracee)
{
	if (capture->channel)
		forget(capture, tracee);
}

bool capture_knows(const struct capture *capture, pid_t tgid)
{
	return map_get(&capture->processes, (uint64_t)tgid) != NULL;
}

void capture_gone(struct capture *capture, pid_t tgid)
{
	if (capture->channel)
		forget(capture, &(struct tracee){.tid = tgid, .tgid = tgid});
}

/* Stacks. */

/* Copies up to SIZE bytes of the stack at ADDRESS of thread TID of PROCESS into BUF. Returns their
 * number. */
static size_t copy_bytes(struct world *world, struct capture_process *process, pid_t tid,
	uint64_t address, void *buf, size_t size)
{
	uint64_t now_ns = world->clock->now_ns(world);
	if (address >= process->present.start && address + size <= process->present.end &&
		now_ns - process->present.time_ns < PRESENT_NS)
		return world->target->fetch(world, tid, address, buf, size);
	size_t got = world->target->copy(world, process->pages, tid, address, buf, size);
	process->present.start = address;
	process->present.end = address + got;
	process->present.time_ns = now_ns;
	return got;
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
		place.size = copy_bytes(world, process, tracee->tid, place.sp - arch.red_zone,
			capture->bytes, wanted);
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
		place.size = copy_bytes(world, process, tracee->tid,
			unwind_sp(&regs) - arch.red_zone, capture->bytes, wanted);
	}
	return send_stack(capture, tracee, &regs, false, place.size, wanted);
}

uint32_t capture_take(struct capture *capture, const struct tracee *tracee, bool found)
{
	struct stack_copy_channel *channel = capture->channel;
	if (!channel)
		return 0;
	struct capture_process *process = ready_process(capture, tracee, found);
	if (!process || !send_copy(capture, process, tracee)) {
		stack_copy_count(&channel->missed);
		return STACK_COPY_MISSED;
	}
	stack_copy_count(&channel->taken);
	return channel->last_number;
}
