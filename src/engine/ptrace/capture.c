/* Copies of stacks for the stack thread; see engine/ptrace/capture.h. */
#include "config.h"

#include "engine/ptrace/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "engine/ptrace/pt.h"
#include "proc/maps.h"
#include "proc/memory.h"

/* A map of memory that is longer than this is not told; its process has no stacks. */
#define TEXT_MAX    (4 << 20)
#define TEXT_FIRST  (64 << 10)

/* How often the ring's level is looked at: the index that the reader writes is on its own line. */
#define LEVEL_EVERY 16

/*
 * So long it is believed that pages of a stack which were in memory still are. Nothing takes a page
 * away that holds living frames, but a program that serves its own memory and sets out to; to be
 * asked at each call costs a tenth of it.
 */
#define PRESENT_NS  NS_PER_MS

/* A part of memory that is mapped from a file. */
struct range {
	uint64_t start, end;
	bool executable;
};

/* A process of which stacks are copied. */
struct capture_process {
	bool stale;     /* its map of memory has to be told before the next copy */
	uint32_t space; /* the number of the map that was told last */
	int pages;      /* see memory_pages(); -errno: it has no stacks */
	struct {
		uint64_t start, end, time_ns;
	} present;            /* a part of a stack that was in memory then */
	struct range *ranges; /* of files, by address; owned */
	size_t count, capacity;
};

void capture_init(struct capture *capture, struct capture_channel *channel)
{
	*capture = (struct capture){.channel = channel};
	if (channel)
		capture->bytes = xcalloc(channel->limit, 1);
}

static void free_process(struct capture_process *process)
{
	if (!process)
		return;
	if (process->pages >= 0)
		close(process->pages);
	free(process->ranges);
	free(process);
}

void capture_clear(struct capture *capture)
{
	struct capture_process *process;
	MAP_FOR_EACH (&capture->processes, at, process)
		free_process(process);
	map_clear(&capture->processes);
	free(capture->text);
	free(capture->bytes);
	capture->text = NULL;
	capture->bytes = NULL;
}

/* Room in the ring for a record of SIZE bytes, its beginning filled in, or NULL. */
static void *reserve(
	struct capture *capture, enum capture_type type, const struct tracee *tracee, size_t size)
{
	struct capture_record *record = ring_reserve(capture->channel->ring, size);
	if (record)
		*record = (struct capture_record){type, tracee->tid, tracee->tgid};
	return record;
}

static void wake_reader(struct capture *capture)
{
	uint64_t one = 1;
	/* It fails only where the reader has been woken 2^64 times already. */
	if (write(capture->channel->wake_fd, &one, sizeof(one)) < 0)
		return;
}

/* Wakes the stack thread where it has slept through a part of the ring. */
static void publish(struct capture *capture)
{
	struct ring *ring = capture->channel->ring;
	ring_commit(ring);
	if (capture->channel->last_number % LEVEL_EVERY == 0 &&
		ring_used(ring) > ring_capacity(ring) / 4)
		wake_reader(capture);
}

/* What is mapped. */

/* Reads the map of TID's memory into capture->text. Its size, or 0 where there is none. */
static size_t read_maps(struct capture *capture, pid_t tid)
{
	char path[32];
	size_t used = 0;
	ssize_t got = 0;
	/* Not of the leader, which may have ended: then its map is empty. */
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)tid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	do {
		used += (size_t)got;
		if (used == capture->text_capacity && used < TEXT_MAX) {
			capture->text_capacity = used ? used * 2 : TEXT_FIRST;
			capture->text = xreallocarray(capture->text, capture->text_capacity, 1);
		}
		got = read(fd, capture->text + used, capture->text_capacity - used);
	} while (got > 0);
	close(fd);
	return got == 0 && used < TEXT_MAX ? used : 0;
}

static void add_range(struct capture_process *process, const struct maps_line *line)
{
	if (process->count == process->capacity) {
		process->capacity = process->capacity ? process->capacity * 2 : 32;
		process->ranges = xreallocarray(
			process->ranges, process->capacity, sizeof(*process->ranges));
	}
	process->ranges[process->count++] = (struct range){
		line->start, line->end, line->executable};
}

static void note_ranges(struct capture_process *process, const char *text, size_t size)
{
	struct maps_line line;
	const char *at = text;
	process->count = 0;
	while (maps_next(&at, text + size, &line)) {
		if (line.inode)
			add_range(process, &line);
	}
}

/* Tells the stack thread what TRACEE's process has mapped. Returns whether that could be told. */
static bool tell_maps(
	struct capture *capture, struct capture_process *process, const struct tracee *tracee)
{
	size_t size = read_maps(capture, tracee->tid);
	struct capture_maps *maps = size ? reserve(capture, CAPTURE_MAPS, tracee,
						   sizeof(*maps) + size)
	                                 : NULL;
	if (!maps)
		return false;
	maps->size = size;
	maps->space = process->space = ++capture->channel->last_space;
	memcpy(maps->text, capture->text, size);
	publish(capture);
	/* Files may lose their names, and processes end: the sooner they are opened the better. */
	wake_reader(capture);
	note_ranges(process, capture->text, size);
	process->stale = false;
	return true;
}

/* The process of TRACEE with its map told, or NULL. */
static struct capture_process *ready_process(struct capture *capture, const struct tracee *tracee)
{
	struct capture_process *process = map_get(&capture->processes, (uint64_t)tracee->tgid);
	if (!process) {
		process = xcalloc(1, sizeof(*process));
		process->stale = true;
		/* A process that we find may be stuck; one that is born under us is not yet. */
		process->pages = tracee->found && !memory_answers(tracee->tid)
		                         ? -ETIMEDOUT
		                         : memory_pages(tracee->tid);
		map_put(&capture->processes, (uint64_t)tracee->tgid, process);
	}
	if (process->pages == -ETIMEDOUT)
		return NULL;
	return !process->stale || tell_maps(capture, process, tracee) ? process : NULL;
}

/* Whether something of PROCESS that is mapped from a file, and executable where that is asked for,
 * is between START and SIZE bytes behind it. */
static bool touches(
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
 * Whether a call of 64-bit code has changed what code of files is mapped. Code that a program
 * generates has no unwind tables, so its coming and going spoils nothing that is remembered.
 */
static bool changes_code(
	const struct capture_process *process, uint32_t nr, const uint64_t args[CALL_MAX_ARGS])
{
	switch (nr) {
	case SYS_mmap:
		return ((args[2] & PROT_EXEC) && !(args[3] & MAP_ANONYMOUS)) ||
		       ((args[3] & MAP_FIXED) && touches(process, args[0], args[1], true));
	case SYS_munmap:
	case SYS_mremap:
		return touches(process, args[0], args[1], true);
	case SYS_mprotect:
	case SYS_pkey_mprotect:
		return touches(process, args[0], args[1], !(args[2] & PROT_EXEC));
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
	free_process(process);
	/* Without room for it, what comes with the next map of this process replaces the old one.
	 */
	if (reserve(capture, CAPTURE_GONE, tracee, sizeof(struct capture_record)))
		publish(capture);
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

static size_t size_to_copy(const struct capture_channel *channel, pid_t tgid, uint64_t ip)
{
	/* A hint that orders nothing. */
	size_t size = atomic_load_explicit(
		&channel->sizes[capture_slot(tgid, ip)], memory_order_relaxed);
	return size && size < channel->limit ? size : channel->limit;
}

/* Copies up to SIZE bytes of the stack at ADDRESS of thread TID of PROCESS; how many came. */
static size_t copy_bytes(
	struct capture_process *process, pid_t tid, uint64_t address, void *buf, size_t size)
{
	uint64_t now_ns = clock_now_ns();
	if (address >= process->present.start && address + size <= process->present.end &&
		now_ns - process->present.time_ns < PRESENT_NS)
		return memory_fetch(tid, address, buf, size);
	size_t got = memory_copy(process->pages, tid, address, buf, size);
	process->present.start = address;
	process->present.end = address + got;
	process->present.time_ns = now_ns;
	return got;
}

/* The next number of a copy. */
static uint32_t next_number(struct capture_channel *channel)
{
	if (++channel->last_number == CAPTURE_MISSED)
		channel->last_number = 1; /* and 0 means that there is none */
	return channel->last_number;
}

/* Tells that the stack of TRACEE is the known one MEANING. Returns whether there was room. */
static bool tell_known(struct capture *capture, const struct tracee *tracee, uintptr_t meaning)
{
	struct capture_known *known = reserve(capture, CAPTURE_KNOWN, tracee, sizeof(*known));
	if (!known)
		return false;
	known->number = next_number(capture->channel);
	known->meaning = meaning;
	publish(capture);
	return true;
}

/* Tells REGS and the SIZE bytes that were copied of ASKED. Returns whether there was room. */
static bool tell_stack(struct capture *capture, const struct tracee *tracee,
	const struct unwind_regs *regs, bool compat, size_t size, size_t asked)
{
	struct capture_stack *stack = reserve(
		capture, CAPTURE_STACK, tracee, sizeof(*stack) + size);
	if (!stack)
		return false;
	stack->in_call = true;
	stack->compat = compat;
	stack->bare = false;
	stack->number = next_number(capture->channel);
	stack->regs = *regs;
	stack->base = unwind_sp(regs) - arch.red_zone;
	stack->asked = (uint32_t)asked;
	stack->size = (uint32_t)size;
	memcpy(stack->bytes, capture->bytes, size);
	publish(capture);
	return true;
}

/*
 * Tells the stack of TRACEE: that it is a known one, or its registers and a copy. Where the stack
 * is, and the place of the call, are known from the entry stop; registers are asked for where they
 * make a difference. Returns whether that was possible.
 */
static bool tell(
	struct capture *capture, struct capture_process *process, const struct tracee *tracee)
{
	const struct current_call *current = &tracee->current;
	struct arch_regs raw;
	struct unwind_regs regs = {0};
	bool wants_registers;
	struct stack_place place = {
		.space = process->space,
		.ip = current->ip,
		.sp = current->sp,
		.bytes = capture->bytes,
	};
	size_t asked = size_to_copy(capture->channel, tracee->tgid, place.ip);
	if (current->ip)
		place.size = copy_bytes(
			process, tracee->tid, place.sp - arch.red_zone, capture->bytes, asked);
	uintptr_t meaning = stack_cache_find(capture->channel->known, &place, &wants_registers);
	if (meaning)
		return tell_known(capture, tracee, meaning);
	if (pt_registers(tracee->tid, &raw) < 0)
		return false;
	if (arch_regs_are_compat(&raw))
		return tell_stack(capture, tracee, &regs, true, 0, 0);
	arch_unwind_regs(&raw, &regs);
	place.regs = &regs;
	meaning = wants_registers
	                  ? stack_cache_find(capture->channel->known, &place, &wants_registers)
	                  : 0;
	if (meaning)
		return tell_known(capture, tracee, meaning);
	if (unwind_sp(&regs) != current->sp || unwind_ip(&regs) != current->ip) {
		asked = size_to_copy(capture->channel, tracee->tgid, unwind_ip(&regs));
		place.size = copy_bytes(process, tracee->tid, unwind_sp(&regs) - arch.red_zone,
			capture->bytes, asked);
	}
	return tell_stack(capture, tracee, &regs, false, place.size, asked);
}

/* For statistics that other threads read; this one alone writes them. */
static void count(_Atomic uint64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
		memory_order_relaxed);
}

uint32_t capture_take(struct capture *capture, const struct tracee *tracee)
{
	struct capture_channel *channel = capture->channel;
	if (!channel)
		return 0;
	struct capture_process *process = ready_process(capture, tracee);
	if (!process || !tell(capture, process, tracee)) {
		count(&channel->missed);
		return CAPTURE_MISSED;
	}
	count(&channel->taken);
	return channel->last_number;
}
