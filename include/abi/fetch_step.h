/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which memory of a program a system call is about, as a list of steps: the same as what
 * abi/fetch.h walks, for an engine that cannot walk the tables where it reads. The steps know the
 * limits; what they read is as bounded.
 *
 *     abi/argument.h ──▶ fetch_plan_make() ──▶ struct fetch_step … ──▶ a BPF program
 *
 * A BPF program includes this header, too. Pure; any thread.
 */
#ifndef STOP_ABI_FETCH_STEP_H
#define STOP_ABI_FETCH_STEP_H

#ifndef __bpf__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/argument.h"
#include "abi/syscall.h"
#endif

/* Limits, in bytes: of a path, of a structure or an array, and of the entries of a directory. */
#define FETCH_PATH_MAX    4096
#define FETCH_STRUCT_MAX  8192
#define FETCH_DIRENT_MAX  32768
#define FETCH_BITS_MAX    128 /* of a set of bits */

/* The most steps of a call. */
#define FETCH_STEPS_MAX   16

/* The most strings, buffers and messages of a list that are read. */
#define FETCH_LIST_MAX    128

/* Words of a list of strings are read in parts of this many, and there are at most this many
 * parts.
 */
#define FETCH_STRV_PART   64
#define FETCH_STRV_PARTS  32

/* The most bytes of strings that are read as a whole, whatever the limits are. */
#define FETCH_WHOLE_MAX   2048

/* There is no such argument. */
#define FETCH_NO_ARGUMENT 0xf

/* What a step reads at the address in its argument. */
enum fetch_op {
	FETCH_STRING,   /* a string of up to `limit` bytes */
	FETCH_BYTES,    /* `base` bytes, and as many as `shape` says */
	FETCH_STRINGS,  /* addresses of strings up to NULL, `limit` of which are read, of up to
	                   `unit` bytes each */
	FETCH_IOVEC,    /* an array of struct iovec, with `limit` buffers of up to `base` bytes */
	FETCH_MESSAGE,  /* a struct msghdr, with what it refers to; buffers as above */
	FETCH_MESSAGES, /* an array of struct mmsghdr, `unit` of them; the same */
	FETCH_IOCBS,    /* the struct iocb at the addresses that the step before has read, with up
	                   to `base` bytes of what they write */
	FETCH_FOLLOWED, /* what the structure of the step before refers to: `pointer_at` … */
	FETCH_FOLLOWED_STRING, /* the same, a string of up to `limit` bytes */
};

/* Where a count comes from: as in enum argument_count. */
enum fetch_count {
	FETCH_COUNT_CONSTANT,
	FETCH_COUNT_ARGUMENT,
	FETCH_COUNT_POINTED, /* an int at the address in argument `count` */
	FETCH_COUNT_RESULT,
	FETCH_COUNT_PAGES,
};

/* What the condition asks: as in enum condition_test. */
enum fetch_test {
	FETCH_ALWAYS,
	FETCH_ANY,
	FETCH_NO,
	FETCH_EQUAL,
	FETCH_UNEQUAL,
};

/* How many bytes a count stands for. */
enum fetch_shape {
	FETCH_PLAIN,    /* as many, `limit` at most */
	FETCH_ELEMENTS, /* whole elements of `unit` bytes, `limit` of them; the count is theirs */
	FETCH_ELEMENTS_BY_BYTES, /* the same, and the count is in bytes */
	FETCH_BITS, /* the count is in bits, which are kept in words of 64, `limit` bytes */
};

enum fetch_phase {
	FETCH_ENTRY = 1 << 0,
	FETCH_EXIT = 1 << 1,
};

enum fetch_step_flag {
	FETCH_ADDRESS_32 = 1 << 0, /* only the lower half of the argument counts … */
	FETCH_COUNT_32 = 1 << 1,   /* … of that with the count … */
	FETCH_MAX_32 = 1 << 2,     /* … and of that with the maximum */
	FETCH_IF_FAILED = 1 << 3,  /* also at the exit of a call that has failed */
	FETCH_RECEIVES = 1 << 4,   /* of messages: the kernel writes them */
};

/* Where the address of what is followed is if it is behind the structure itself. */
#define FETCH_BEHIND 0xff

struct fetch_step {
	uint64_t value; /* of the condition */
	uint32_t limit; /* see enum fetch_op and enum fetch_shape */
	uint32_t unit;  /* bytes of an element; of what is followed: bytes for each of its size */
	uint32_t base;
	uint32_t constant;          /* the count, if it is one */
	uint8_t op;                 /* enum fetch_op */
	uint8_t what;               /* enum fetch_what, those that it belongs to */
	uint8_t phases;             /* set of enum fetch_phase */
	uint8_t flags;              /* set of enum fetch_step_flag */
	uint8_t argument;           /* number of the one with the address */
	uint8_t count_from;         /* enum fetch_count */
	uint8_t count;              /* number of an argument */
	uint8_t max;                /* number of the one with the most that there can be */
	uint8_t shape;              /* enum fetch_shape */
	uint8_t test;               /* enum fetch_test */
	uint8_t condition_argument; /* number of the one that is tested */
	/* Of what is followed: where in the structure its address is, and its size, of that many
	 * bytes; 0: `constant` is the size. */
	uint8_t pointer_at, size_at, size_width;
	uint8_t unused[2];
};

#ifndef __bpf__

/* What is read of lists, buffers and strings, as in struct fetch_reader. */
struct fetch_limits {
	uint32_t string_max;
	bool verbose;
};

/*
 * Stores the steps for CALL in STEPS, and returns their number. SELECTED: the values of its
 * selectors; NULL: any others than those of argument_next_selected().
 */
size_t fetch_plan_make(struct call call, const uint32_t selected[2],
	const struct fetch_limits *limits, struct fetch_step steps[FETCH_STEPS_MAX]);

/* Whether arguments of CALL depend on others; then stores which in SELECTORS. */
bool fetch_plan_depends(struct call call, struct argument_selector selectors[2]);

#endif
#endif
