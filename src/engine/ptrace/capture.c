/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying stacks; see engine/ptrace/capture.h. */
#include "config.h"

#include "engine/ptrace/capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/subprocess.h"
#include "base/time.h"
#include "engine/ptrace/map_reader.h"
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

/*
 * How long to wait for the answer to the first query about the memory of a process: a lock that is
 * held only briefly is free by then.
 */
#define ANSWER_NS    (200 * NS_PER_MS)

/* The value of `pages` while it has none, but may have some. */
#define NOT_OPEN     (-EAGAIN)

/* A process whose stacks are copied. */
struct capture_process {
	bool stale;              /* its memory map has to be sent before the next copy */
	uint32_t map;            /* number of the map that was sent last */
	int pages;               /* see world_target.open_pages(); -errno: it has no stacks */
	bool is_asked;           /* it is not known whether its memory can be read: `query` */
	struct subprocess query; /* see world_target.begin_query() */
	pid_t asked_tid;         /* the thread for which that was begun … */
	uint64_t asked_ns;       /* … and when */
	struct {
		uint64_t start, end, time_ns;
	} present; /* a part of a stack that was resident at that time */
	struct code_ranges ranges;
	struct map_reader *reader;    /* of the next map; owned; NULL: it is not being read */
	struct capture_process *next; /* in the list of those that are being prepared */
	uint64_t retry_ns;            /* its map is not read before this time */
	uint64_t pause_ns;            /* the last time between two tries; 0: it was read */
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
	if (process->is_asked)
		world->target->end_query(world, &process->query);
	if (process->pages >= 0)
		world->target->close_pages(world, process->pages);
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
		free_process(capture->world, process);
	map_clear(&capture->processes);
	capture->first = NULL;
	xfree(capture->bytes);
	capture->bytes = NULL;
}

/* The list of those that are being prepared: some step is left until their stacks can be copied. */

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

/* Moves PROCESS, which is there, to the end. */
static void go_last(struct capture *capture, struct capture_process *process)
{
	struct capture_process **link = &capture->first;
	leave_list(capture, process);
	while (*link)
		link = &(*link)->next;
	process->next = NULL;
	*link = process;
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

/* Closes the pages of a process other than NEEDED, of which something has to be opened. False: no
 * other has any open. */
static bool close_pages(struct capture *capture, const struct capture_process *needed)
{
	struct world *world = capture->world;
	struct capture_process *process;
	MAP_FOR_EACH (&capture->processes, at, process) {
		if (process->pages < 0 || process == needed)
			continue;
		world->target->close_pages(world, process->pages);
		process->pages = NOT_OPEN;
		return true;
	}
	return false;
}

/* Begins to read the map of PROCESS, to which TID belongs. */
static void begin_reading(struct capture *capture, struct capture_process *process, pid_t tid)
{
	struct world *world = capture->world;
	if (world->clock->now_ns(world) < process->retry_ns)
		return;
	process->reader = xcalloc(1, sizeof(*process->reader));
	int result;
	do
		result = map_reader_init(process->reader, world, tid);
	while (result == -EMFILE && close_pages(capture, process));
	if (result == -EMFILE || result == -ENFILE)
		atomic_fetch_add_explicit(&capture->unopened, 1, memory_order_relaxed);
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
		begin_reading(capture, process, tracee->tid);
	return process->reader && process->reader->complete && send_maps(capture, process, tracee);
}

/* Opens the pages of PROCESS, to which TID belongs. Like world_target.open_pages(), or NOT_OPEN. */
static int open_pages(struct capture *capture, const struct capture_process *process, pid_t tid)
{
	struct world *world = capture->world;
	int pages;
	do
		pages = world->target->open_pages(world, tid);
	while (pages == -EMFILE && close_pages(capture, process));
	if (pages != -EMFILE && pages != -ENFILE)
		return pages;
	atomic_fetch_add_explicit(&capture->unopened, 1, memory_order_relaxed);
	return NOT_OPEN;
}

/* Queries. */

static void begin_query(struct capture *capture, struct capture_process *process, pid_t tid)
{
	struct world *world = capture->world;
	int result;
	do
		result = world->target->begin_query(world, tid, &process->query);
	while (result == -EMFILE && close_pages(capture, process));
	process->is_asked = result == 0;
	if (result < 0) {
		process->pages = -ETIMEDOUT;
		return;
	}
	process->asked_tid = tid;
	process->asked_ns = world->clock->now_ns(world);
	join_list(capture, process);
}

/* Goes on with PROCESS if its query has returned, or gives it up after some time. */
static void check_query(struct capture *capture, struct capture_process *process)
{
	struct world *world = capture->world;
	bool returned = world->target->has_returned(world, &process->query);
	if (!returned && world->clock->now_ns(world) - process->asked_ns < ANSWER_NS) {
		go_last(capture, process);
		return;
	}
	leave_list(capture, process);
	world->target->end_query(world, &process->query);
	process->is_asked = false;
	process->pages = returned ? open_pages(capture, process, process->asked_tid) : -ETIMEDOUT;
	if (process->pages >= 0)
		begin_reading(capture, process, process->asked_tid);
}

/* The process of TRACEE; NULL: its memory cannot be read, or it is not known yet whether it can. */
static struct capture_process *process_of(
	struct capture *capture, const struct tracee *tracee, bool found)
{
	struct capture_process *process = map_get(&capture->processes, (uint64_t)tracee->tgid);
	if (!process) {
		process = xcalloc(1, sizeof(*process));
		process->stale = true;
		process->pages = NOT_OPEN;
		map_put(&capture->processes, (uint64_t)tracee->tgid, process);
		/* A process that existed before us may be stuck; one created since is not. */
		if (found)
			begin_query(capture, process, tracee->tid);
	}
	if (process->is_asked)
		return NULL;
	if (process->pages == NOT_OPEN)
		process->pages = open_pages(capture, process, tracee->tid);
	return process->pages == -ETIMEDOUT || process->pages == NOT_OPEN ? NULL : process;
}

void capture_prepare(struct capture *capture, const struct tracee *tracee, bool found)
{
	struct capture_process *process = capture->channel ? process_of(capture, tracee, found)
	                                                   : NULL;
	if (process)
		has_map(capture, process, tracee);
}

bool capture_is_preparing(const struct capture *capture)
{
	return capture->first != NULL;
}

void capture_take_step(struct capture *capture)
{
	if (!capture->first)
		return;
	if (capture->first->is_asked)
		check_query(capture, capture->first);
	else
		read_map(capture, capture->first, READ_STEP);
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
	if (!process)
		return;
	leave_list(capture, process);
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
	struct capture_process *process = process_of(capture, tracee, found);
	if (!process || !has_map(capture, process, tracee) ||
		!send_copy(capture, process, tracee)) {
		stack_copy_count(&channel->missed);
		return STACK_COPY_MISSED;
	}
	stack_copy_count(&channel->taken);
	return channel->last_number;
}
