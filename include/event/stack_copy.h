/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stack copies, from an engine that can make them to the stack thread, which unwinds them.
 *
 *     engine ──▶ is the stack in the cache? ──no──▶ copy ──▶ ring ──▶ stack thread
 *                     ▲            └─yes──▶ only its ID ──────▲          │    │
 *                     └──────── event/stack_cache.h ◀────────────────────┘    │
 *                how much to copy, by place of the call ◀─────────────────────┘
 *
 * A copy is interpreted with the memory map of its process, which precedes the first copy that
 * needs it in the same ring, and is sent again whenever code mappings have changed. If the ring is
 * full, the call is counted without a copy.
 */
#ifndef STOP_EVENT_STACK_COPY_H
#define STOP_EVENT_STACK_COPY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "arch/arch.h"
#include "event/stack_cache.h"

struct ring;

/* Maximum size of a copy: the limits of the option --stack-size, and its default. */
#define STACK_COPY_LIMIT_MIN 1024
#define STACK_COPY_LIMIT_MAX (1 << 20)
#define STACK_COPY_LIMIT     (32 << 10)

/* The number of a copy that was requested and could not be made. */
#define STACK_COPY_MISSED    UINT32_MAX

/* From here on, a number is of a stack that many calls have; below, of that of one call. */
#define STACK_COPY_LASTING   (UINT32_C(1) << 31)

/* Number of places in the code of targets for which a size is kept. */
#define STACK_COPY_PLACES    1024

/* Shared by the engine and the stack thread; it outlives both. */
struct stack_copy_channel {
	struct ring *ring;         /* records; the engine is the producer; owned */
	int wake_fd;               /* an eventfd that wakes the stack thread; owned */
	size_t limit;              /* maximum size of a copy in bytes */
	struct stack_cache *cache; /* written by the stack thread, read by the engine; owned */
	uint32_t last_map;         /* number of the last memory map; used by the engine */
	uint32_t last_number;      /* of the last copy; used by the engine and its successors */
	_Atomic uint32_t sizes[STACK_COPY_PLACES]; /* bytes to copy; 0: up to the limit */
	struct ring *walks;      /* struct stack_copy_walk; the engine is the consumer; owned */
	struct ring *renewals;   /* struct stack_copy_renewal; likewise */
	int renew_fd;            /* an eventfd: there are some; owned */
	_Atomic bool is_watched; /* the stack thread asks for stack_copy_note_calls() */
	_Atomic bool sleeps;     /* the stack thread sleeps until it is woken */
	_Atomic uint64_t taken;  /* number of copies put into the ring */
	_Atomic uint64_t missed; /* number of requested copies that could not be made */
};

enum stack_copy_type {
	STACK_COPY_MAPS,   /* the memory map of a process: struct stack_copy_maps */
	STACK_COPY_STACK,  /* a copy: struct stack_copy */
	STACK_COPY_CACHED, /* instead of a copy, a cached stack: struct stack_copy_cached */
	STACK_COPY_LOST,   /* a copy that cannot be interpreted: struct stack_copy_lost */
	STACK_COPY_GONE,   /* a process is no longer traced, or is another program */
};

/* Every record starts with this. */
struct stack_copy_record {
	uint32_t type; /* enum stack_copy_type */
	pid_t tid;     /* the thread */
	pid_t tgid;    /* its process */
};

struct stack_copy_maps {
	struct stack_copy_record record;
	uint32_t map; /* its number in the cache: 1, 2, … */
	size_t size;  /* bytes of text */
	char text[];  /* of /proc/TID/maps */
};

struct stack_copy {
	struct stack_copy_record record;
	bool in_call;            /* the program counter follows a system call instruction */
	bool compat;             /* 32-bit code: registers and stack were not read */
	bool only_ip_sp;         /* only these registers are known */
	uint32_t number;         /* 1, 2, …; wraps to 1 */
	struct unwind_regs regs; /* of the thread */
	uint64_t base;           /* address of the copy's first byte */
	uint32_t size;           /* size of the copy in bytes */
	uint32_t wanted;         /* bytes requested: fewer are copied at the end of the stack */
	unsigned char bytes[];
};

struct stack_copy_cached {
	struct stack_copy_record record;
	uint32_t number; /* as for a copy */
	uint32_t stack;  /* ID of the cached stack */
};

struct stack_copy_lost {
	struct stack_copy_record record;
	uint32_t number; /* as for a copy */
};

/* What unwinding has used of a copy with a lasting number. */
struct stack_copy_walk {
	uint32_t number;
	uint32_t used;  /* bytes from its beginning */
	uint32_t count; /* words that the walk depends on, besides ip and sp; 0: not known which */
	struct stack_word word[];
};

/*
 * Generated code of process TGID was replaced: calls from now on get other lasting numbers than
 * those before.
 */
struct stack_copy_renewal {
	pid_t tgid;
};

/* Initializes CHANNEL, for copies of up to LIMIT bytes. Returns 0 or -errno. */
int stack_copy_channel_init(struct stack_copy_channel *channel, size_t limit);

/* Frees what CHANNEL owns. */
void stack_copy_channel_clear(struct stack_copy_channel *channel);

/* Wakes the stack thread. Any thread. */
void stack_copy_wake(const struct stack_copy_channel *channel);

/* For the engine. */

/*
 * Space in the ring for a record of SIZE bytes about thread TID of process TGID, with its head
 * filled in; NULL if the ring is full. stack_copy_commit() publishes it, and returns whether the
 * stack thread has to be woken by wake_fd: the ring fills, or the thread sleeps for long. Otherwise
 * it looks by itself, within some tens of milliseconds.
 */
void *stack_copy_reserve(struct stack_copy_channel *channel, enum stack_copy_type type, pid_t tid,
	pid_t tgid, size_t size);
bool stack_copy_commit(struct stack_copy_channel *channel);

/* The number of the next copy of one call's stack. */
uint32_t stack_copy_next_number(struct stack_copy_channel *channel);

/* Number of bytes to copy for a call by process TGID at program counter IP. */
size_t stack_copy_size(const struct stack_copy_channel *channel, pid_t tgid, uint64_t ip);

/*
 * How many bytes of a copy, which begins with the red zone, are on the page below that of the stack
 * pointer SP, if any: it may never have been touched. If it cannot be read, they are zeros.
 */
size_t stack_copy_below(uint64_t sp);

/* Increments `taken` or `missed`. */
void stack_copy_count(_Atomic uint64_t *counter);

/* Sets `taken` to CALLS, of those with lasting numbers, and wakes the stack thread if it asks for
 * that. */
void stack_copy_note_calls(struct stack_copy_channel *channel, uint64_t calls);

/* For the stack thread. */

/* Asks for other numbers of process TGID. Returns whether there was room for that. */
bool stack_copy_renew(struct stack_copy_channel *channel, pid_t tgid);

/*
 * Call this before a long sleep: records wake it from then on. Returns false if there is one. And
 * after it.
 */
bool stack_copy_begin_sleep(struct stack_copy_channel *channel);
void stack_copy_end_sleep(struct stack_copy_channel *channel);

/*
 * Reports that the copy with NUMBER, a lasting one, was unwound: the walk depends only on its first
 * USED bytes, and of these, unless COUNT is 0, on the words READ. If the engine does not read that
 * in time, it is dropped.
 */
void stack_copy_report_walk(struct stack_copy_channel *channel, uint32_t number, uint32_t used,
	const struct stack_word *read, size_t count);

/* Sets the result of stack_copy_size() to SIZE, up to the limit. */
void stack_copy_set_size(
	struct stack_copy_channel *channel, pid_t tgid, uint64_t ip, uint32_t size);

#endif
