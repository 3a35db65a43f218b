/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks: what the BPF programs and stop share.
 *
 *     sys_enter ──▶ copy of the stack ──▶ hash ──▶ known? ──yes──▶ its number
 *                                                    └─no──▶ a new number, struct bpf_stack in a
 *                                                            ring ──▶ stop
 *
 * A number stands for one stack of one process. Its calls have cells of their own, so that counts,
 * errors and times by stack are exact, and only a stack that is new costs more than its hash.
 *
 * A copy is hashed as it is lengthened: 1 KiB, 2 KiB, and so on. Once a stack has been unwound,
 * stop knows how much of it that has needed, and the hash of as much is known, too: the next time,
 * no more is copied.
 *
 * It also knows which words the walk has read, and gives them to the programs (struct bpf_walk). A
 * task remembers its last stacks: if it has the same words again, that is the same walk, and
 * nothing has to be hashed. A walk is a function of what it reads, and reads the same until one
 * word differs.
 *
 * Two calls have the same number if the hashes of all that unwinding can depend on are the same:
 * the process, its program, its mappings of code, and its generation of generated code; the program
 * counter, and the registers that a function has to preserve; and each word that points into code
 * or into the stack, with its place. Addresses in the stack count relative to its beginning:
 * threads that do the same have the same number. Other words end a walk if they are used as an
 * address, whatever they are. Other registers are not copied. A walk that ends within some size,
 * and not because nothing more was copied, does not depend on anything above that.
 *
 * The hash has 128 bits, and its secret beginning is random: among a million stacks, the
 * probability that any two collide is 10^-27, and a target cannot search for a collision.
 *
 * What is code is known to the programs once stop has read the process's memory map: it gives them
 * a filter. Until then all words that can be addresses are hashed. A filter has a bit for each
 * granule of addresses, by a hash; if an address shares the bit of one with code, this only tells
 * more stacks apart.
 */
#ifndef STOP_ENGINE_BPF_STACK_RECORDS_H
#define STOP_ENGINE_BPF_STACK_RECORDS_H

#ifdef __bpf__
#include "engine/bpf/kernel_types.h"
#else
#include <stdint.h>
#endif

/* Registers, by number as in struct unwind_regs. */
#define BPF_STACK_REGS    17

/* The largest copy, in bytes, with the red zone. */
#define BPF_STACK_MAX     (32 << 10)

/* The first size of a copy, and a number of sizes, a power of two: each is double the last. */
#define BPF_STACK_FIRST   1024
#define BPF_STACK_LEVELS  8

/* Numbers of stacks: up to BPF_CAPTURE_MAX, or that of a stack that could not be captured. */
#define BPF_CAPTURE_BITS  28
#define BPF_CAPTURE_LOST  ((1U << BPF_CAPTURE_BITS) - 1)
#define BPF_CAPTURE_MAX   (BPF_CAPTURE_LOST - 1)

/* How many stacks are known at a time, and cells are for calls with stacks. */
#define BPF_KNOWN_MAX     (1 << 16)
#define BPF_CAPTURED_MAX  (1 << 18)

/* Size of the ring of stacks in bytes, a power of two. */
#define BPF_STACK_RING    (16 << 20)

/* Records of processes, by the lower bits of the tgid. */
#define BPF_SPACES        4096

/* Filters: their number, and the words of each, powers of two. */
#define BPF_FILTERS       64
#define BPF_FILTER_WORDS  1024
#define BPF_GRANULE_SHIFT 16

/* Numbers with a bit of their own, as in event/interest.h: the others share the last. */
#define BPF_WANTED_WORDS  16
#define BPF_WANTED_ABIS   4

/*
 * Walks whose words are known, a power of two: by the lower bits of their numbers. How many words,
 * and from how many bytes of a stack.
 */
#define BPF_WALKS         1024
#define BPF_WALK_WORDS    64
#define BPF_WALK_SIZE     8192

/* Addresses up to this far above the base of a copy are of the stack. */
#define BPF_STACK_SPAN    (16ULL << 20)

/*
 * The memory of a process; if two processes share a record, only the one with `tgid` has a filter.
 * The filter is complete if it is as of the last addition.
 */
struct bpf_space {
	/* Counted by the programs. */
	uint32_t programs;  /* execve calls and ends */
	uint32_t replaced;  /* the same, and changes where code was before */
	uint32_t additions; /* of mappings of code, and all of the former */
	/* Written by stop; the last also by the programs, when they have added a mapping. */
	uint32_t tgid;   /* in the PID namespace of the machine */
	uint32_t filter; /* its index; 0: none */
	uint32_t filter_additions;
	uint32_t generation; /* of generated code: counted when stop sees that some was replaced */
};

/* Which granules of addresses may have code: a bit each. */
struct bpf_filter {
	uint64_t word[BPF_FILTER_WORDS];
};

/* A word that a walk has read. */
struct bpf_walk_word {
	uint64_t value;
	uint32_t at;          /* in struct bpf_stack, in words of 8 bytes */
	uint32_t is_relative; /* 1: `value` is the distance from the base of the copy; or 0 */
};

/* What a walk of a stack has read. Written by stop. */
struct bpf_walk {
	uint32_t number; /* of the stack; 0: none. Cleared first, written last */
	uint32_t is_met; /* set by the programs */
	uint32_t tgid, replaced, generation; /* of its process: as in bpf_space */
	uint32_t size;                       /* bytes of the copy that have the words */
	uint32_t count;
	uint32_t unused;
	struct bpf_walk_word word[BPF_WALK_WORDS];
};

/* What stop asks for, and what the programs count. */
struct bpf_stacks {
	uint32_t is_on;     /* stacks can be captured: mappings of code are followed */
	uint32_t is_wanted; /* … and are wanted: of the following calls */
	uint64_t wanted[BPF_WANTED_ABIS][BPF_WANTED_WORDS];
	uint32_t wanted_of; /* of all calls of this task, in stop's PID namespace; 0: none */
	uint32_t last;      /* the last number */
	uint64_t seed[2];   /* random */
	uint64_t lost;      /* calls whose stacks could not be */
	uint32_t limit;     /* bytes to copy of a stack, at most; a multiple of 8 */
	uint32_t unused;
	struct bpf_space space[BPF_SPACES];
	struct bpf_filter filter[BPF_FILTERS]; /* the first has all bits */
	struct bpf_walk walk[BPF_WALKS];
};

/* A stack that is new. */
struct bpf_stack {
	uint64_t hash[2];
	uint64_t reg[BPF_STACK_REGS];
	uint64_t base;                          /* address of the words */
	uint32_t size, wanted;                  /* bytes copied, and asked for */
	uint32_t number;                        /* its own */
	uint32_t tid, tgid;                     /* in stop's PID namespace */
	uint32_t kernel_tgid;                   /* in that of the machine */
	uint32_t programs, replaced, additions; /* of its bpf_space when it was copied */
	uint32_t is_compat;                     /* of 32-bit code: nothing was copied */
	uint32_t filter;                        /* what its words were filtered by */
	uint32_t generation;                    /* of its bpf_space, too */
	uint32_t levels;                        /* number of … */
	uint64_t level[BPF_STACK_LEVELS][2];    /* … hashes of its first 1, 2, 4, … KiB */
	uint64_t words[BPF_STACK_MAX / 8];
};

/* The bit of a filter for ADDRESS. */
static inline uint32_t bpf_filter_bit(uint64_t address)
{
	uint64_t hash = (address >> BPF_GRANULE_SHIFT) * 0x9e3779b97f4a7c15ULL;
	return (uint32_t)(hash >> 32) & (BPF_FILTER_WORDS * 64 - 1);
}

#endif
