/*
 * Copies of what a call was made from: the registers and the upper end of the stack, taken while
 * the thread is stopped at the entry of a call, and put into a ring for the stack thread.
 *
 *     entry stop ──▶ wanted? ──▶ one process_vm_readv ──▶ registers ──▶ ring ──▶ stack thread
 *                                      │                                ▲         │    │
 *                                known stack? ──yes: its name alone ────┘         │    │
 *                                      ▲                                          │    │
 *                                      └───────── event/stack_cache.h ◀─────────────────┘    │
 *                    how much to copy, by place of the call ◀──────────────────────────┘
 *
 * The target waits for the copy and for nothing else. Which code is mapped where is told in the
 * same ring, before the first copy that needs it: the tracer sees the calls that map and unmap
 * code, so a copy is never read with the map of another time. When the ring has no room, or
 * memory cannot be read, the call has no copy and is counted all the same.
 *
 * A struct capture belongs to the tracer; a struct capture_channel is shared.
 */
#ifndef STOP_ENGINE_PTRACE_CAPTURE_H
#define STOP_ENGINE_PTRACE_CAPTURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/syscall.h"
#include "arch/arch.h"
#include "base/map.h"
#include "base/ring.h"
#include "engine/ptrace/tracee.h"
#include "event/stack_cache.h"

/* Places in the target's code that calls come from, by which the sizes of copies are kept. */
#define CAPTURE_SIZES     1024

/* The number of what was wanted and has no copy. */
#define CAPTURE_MISSED    UINT32_MAX

/* The limit of a copy: what an option may set, and what it is without. */
#define CAPTURE_LIMIT_MIN 1024
#define CAPTURE_LIMIT_MAX (1 << 20)
#define CAPTURE_LIMIT     (32 << 10)

/* What the tracer and the stack thread share; it outlives both. */
struct capture_channel {
	struct ring *ring;    /* the tracer is the producer */
	int wake_fd;          /* an eventfd that the tracer adds to when the ring fills up */
	size_t limit;         /* most bytes of a stack that are copied */
	uint32_t last_space;  /* of a map; the tracer's too */
	uint32_t last_number; /* of a copy; the tracer's, and the next one goes on from there */

	struct stack_cache *known; /* the stack thread writes it, the tracer reads it */

	/* How much to copy, by capture_slot(); written by the stack thread; 0: up to the limit. */
	_Atomic uint32_t sizes[CAPTURE_SIZES];

	_Atomic uint64_t taken;  /* copies that are in the ring, ever */
	_Atomic uint64_t missed; /* calls that were wanted and have no copy */
};

enum capture_type {
	CAPTURE_MAPS,  /* what is mapped where has changed: struct capture_maps */
	CAPTURE_STACK, /* a copy: struct capture_stack */
	CAPTURE_KNOWN, /* a copy that was not needed: struct capture_known */
	CAPTURE_GONE,  /* a process is not traced any more, or has become another program */
};

/* Every record starts with this. */
struct capture_record {
	uint32_t type; /* enum capture_type */
	pid_t tid;     /* whose */
	pid_t tgid;    /* its process */
};

struct capture_maps {
	struct capture_record record;
	uint32_t space; /* the number of this map, for struct stack_cache: 1, 2, … */
	size_t size;    /* bytes of text */
	char text[];    /* of /proc/TID/maps */
};

struct capture_stack {
	struct capture_record record;
	bool in_call;            /* the program counter is behind a call's instruction */
	bool compat;             /* 32-bit code: the registers were not read, nor the stack */
	bool bare;               /* of the registers only ip and sp are known */
	uint32_t number;         /* of the copy: 1, 2, …; after 2^32 of them 1 again */
	struct unwind_regs regs; /* of the thread */
	uint64_t base;           /* address of the first byte of the copy */
	uint32_t size;           /* bytes of it */
	uint32_t asked;          /* bytes that were asked for: fewer came at the stack's end */
	unsigned char bytes[];
};

struct capture_known {
	struct capture_record record;
	uint32_t number;   /* as in struct capture_stack */
	uintptr_t meaning; /* that event/stack_cache.h had */
};

/* The slot of a place: of process TGID, where the program counter is IP. */
static inline size_t capture_slot(pid_t tgid, uint64_t ip)
{
	return ((ip ^ (uint64_t)tgid << 20) * UINT64_C(0x9e3779b97f4a7c15) >> 32) % CAPTURE_SIZES;
}

/* What the tracer keeps. */
struct capture {
	struct capture_channel *channel; /* NULL: nothing is ever captured */
	struct map processes;            /* struct capture_process by tgid; owned */
	unsigned char *bytes;            /* room for a copy; owned */
	char *text;                      /* room for a map of memory; owned */
	size_t text_capacity;
};

/* Makes CAPTURE ready; CHANNEL may be NULL. */
void capture_init(struct capture *capture, struct capture_channel *channel);

/* Frees what CAPTURE owns. */
void capture_clear(struct capture *capture);

/*
 * Copies the stack of TRACEE, which is stopped at the entry of a call, or inside one at the attach.
 * Returns the copy's number; CAPTURE_MISSED where it could not be told; 0 where nobody is there to
 * be told.
 */
uint32_t capture_take(struct capture *capture, const struct tracee *tracee);

/* A call of TRACEE has ended: notes where it has changed what code is mapped. */
void capture_call_ended(
	struct capture *capture, const struct tracee *tracee, const struct ended_call *end);

/* TRACEE has become another program. */
void capture_exec(struct capture *capture, const struct tracee *tracee);

/* Whether something is kept of process TGID. */
bool capture_knows(const struct capture *capture, pid_t tgid);

/* Process TGID has no traced thread any more. */
void capture_gone(struct capture *capture, pid_t tgid);

#endif
