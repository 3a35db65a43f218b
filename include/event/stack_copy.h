/*
 * Copies of stacks, from an engine that can make them to the stack thread, which unwinds them.
 *
 *     engine ──▶ is the stack in the cache? ──no──▶ copy ──▶ ring ──▶ stack thread
 *                     ▲            └─yes──▶ its id alone ─────▲          │    │
 *                     └──────── event/stack_cache.h ◀────────────────────┘    │
 *                how much to copy, by place of the call ◀─────────────────────┘
 *
 * A copy is read with the memory map of its process, which comes in the same ring before the first
 * copy that needs it, and again whenever the code that is mapped has changed. Where the ring has no
 * room the call has no copy, and is counted all the same.
 */
#ifndef STOP_EVENT_STACK_COPY_H
#define STOP_EVENT_STACK_COPY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "arch/arch.h"

struct ring;
struct stack_cache;

/* Bytes of a stack that are copied at most: what the option --stack-size accepts, its default. */
#define STACK_COPY_LIMIT_MIN 1024
#define STACK_COPY_LIMIT_MAX (1 << 20)
#define STACK_COPY_LIMIT     (32 << 10)

/* The number of a copy that was wanted and could not be made. */
#define STACK_COPY_MISSED    UINT32_MAX

/* Places in the code of targets for which a size is remembered. */
#define STACK_COPY_PLACES    1024

/* What the engine and the stack thread share; it outlives both. */
struct stack_copy_channel {
	struct ring *ring;         /* records; the engine is the producer; owned */
	int wake_fd;               /* an eventfd that wakes the stack thread; owned */
	size_t limit;              /* bytes of a stack that are copied at most */
	struct stack_cache *cache; /* the stack thread writes it, the engine reads it; owned */
	uint32_t last_map;         /* number of the last memory map; the engine's */
	uint32_t last_number;      /* of the last copy; the engine's, and the next engine's */
	_Atomic uint32_t sizes[STACK_COPY_PLACES]; /* bytes to copy; 0: up to the limit */
	_Atomic uint64_t taken;                    /* copies that were put into the ring */
	_Atomic uint64_t missed; /* calls whose copy was wanted and could not be made */
};

enum stack_copy_type {
	STACK_COPY_MAPS,   /* the memory map of a process: struct stack_copy_maps */
	STACK_COPY_STACK,  /* a copy: struct stack_copy */
	STACK_COPY_CACHED, /* in place of one, what was in the cache: struct stack_copy_cached */
	STACK_COPY_GONE,   /* a process is not traced any more, or has become another program */
};

/* Every record starts with this. */
struct stack_copy_record {
	uint32_t type; /* enum stack_copy_type */
	pid_t tid;     /* the thread */
	pid_t tgid;    /* its process */
};

struct stack_copy_maps {
	struct stack_copy_record record;
	uint32_t map; /* its number, by which the cache knows it: 1, 2, … */
	size_t size;  /* bytes of text */
	char text[];  /* of /proc/TID/maps */
};

struct stack_copy {
	struct stack_copy_record record;
	bool in_call;            /* the program counter follows the instruction of a call */
	bool compat;             /* 32-bit code: neither the registers nor the stack were read */
	bool only_ip_sp;         /* of the registers these alone are known */
	uint32_t number;         /* 1, 2, …; after 2^32 copies 1 again */
	struct unwind_regs regs; /* of the thread */
	uint64_t base;           /* address of the first byte of the copy */
	uint32_t size;           /* bytes of it */
	uint32_t wanted; /* bytes that were to be copied: at the stack's end there are fewer */
	unsigned char bytes[];
};

struct stack_copy_cached {
	struct stack_copy_record record;
	uint32_t number; /* as of a copy */
	uint32_t stack;  /* id of the stack that the cache had */
};

/* Makes CHANNEL, for copies of up to LIMIT bytes. 0 or -errno. */
int stack_copy_channel_init(struct stack_copy_channel *channel, size_t limit);

/* Frees what CHANNEL owns. */
void stack_copy_channel_clear(struct stack_copy_channel *channel);

/* Wakes the stack thread. Any thread. */
void stack_copy_wake(const struct stack_copy_channel *channel);

/* For the engine. */

/*
 * Room in the ring for a record of SIZE bytes about thread TID of process TGID, its beginning
 * filled in; NULL where there is none. stack_copy_commit() hands it over.
 */
void *stack_copy_reserve(struct stack_copy_channel *channel, enum stack_copy_type type, pid_t tid,
	pid_t tgid, size_t size);
void stack_copy_commit(struct stack_copy_channel *channel);

/* The number of the next copy. */
uint32_t stack_copy_next_number(struct stack_copy_channel *channel);

/* Bytes to copy where process TGID makes a call and its program counter is IP. */
size_t stack_copy_size(const struct stack_copy_channel *channel, pid_t tgid, uint64_t ip);

/* Adds one to `taken` or `missed`. */
void stack_copy_count(_Atomic uint64_t *counter);

/* For the stack thread. */

/* Makes SIZE what stack_copy_size() returns, up to the limit. */
void stack_copy_set_size(
	struct stack_copy_channel *channel, pid_t tgid, uint64_t ip, uint32_t size);

#endif
