/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gates: what an engine can tell of calls whose details are requested only if a filter may select
 * them. A gate is made of filters (event/filter_gate.h), and rejects only calls that none of them
 * can select, by what the end of a call says: details of these are not even sent. How many were
 * rejected is counted, so that nobody waits for their details.
 *
 * Also for the programs in the kernel: plain numbers, bounded loops.
 */
#ifndef STOP_EVENT_GATE_H
#define STOP_EVENT_GATE_H

#ifndef __bpf__
#include <stdbool.h>
#include <stdint.h>
#endif

/* The most boxes of a gate, and the most gates. */
#define GATE_BOXES 8
#define GATES      16

/* How a call has ended: a set of bits. */
enum gate_end {
	GATE_END_OK = 1 << 0,
	GATE_END_FAILED = 1 << 1,
	GATE_END_UNFINISHED = 1 << 2, /* it has never returned */
	GATE_END_ANY = 7,
};

/* What has a range. */
enum gate_number {
	GATE_ERR,    /* errno, if it has failed */
	GATE_RESULT, /* if it has not failed */
	GATE_NS,     /* what it took */
	GATE_BYTES,  /* what it transferred */
	GATE_PID,
	GATE_TID,
	GATE_NUMBERS,
};

/* Both ends are included; INT64_MIN and INT64_MAX: no limit. */
struct gate_range {
	int64_t first, last;
};

/* Calls that are in all of these. */
struct gate_box {
	uint32_t ends;      /* set of enum gate_end */
	uint32_t arguments; /* if not 0: one of these arguments is a descriptor in `fd` */
	struct gate_range fd;
	struct gate_range number[GATE_NUMBERS];
};

/* Calls that are in any of the boxes. */
struct gate {
	uint32_t count; /* of boxes */
	uint32_t unused;
	struct gate_box box[GATE_BOXES];
};

/* What is known of a call: where its numbers are. */
struct gate_call {
	uint32_t ends; /* set of enum gate_end: several if it has not ended */
	struct gate_range number[GATE_NUMBERS];
	const uint64_t *args; /* six */
};

/* As another thread may be writing a gate. */
#define GATE_READ(field) (*(const volatile __typeof__(field) *)&(field))

/* Whether one of the arguments of CALL that BOX names is a descriptor that it has. */
static inline __attribute__((always_inline)) bool gate_has_fd(
	const struct gate_box *box, const struct gate_call *call)
{
	uint32_t arguments = GATE_READ(box->arguments);
	bool has_one = !arguments;
	for (int i = 0; i < 6; i++) {
		int64_t fd = (int32_t)call->args[i];
		if (arguments >> i & 1 && fd >= GATE_READ(box->fd.first) &&
			fd <= GATE_READ(box->fd.last))
			has_one = true;
	}
	return has_one;
}

/* Whether CALL may be in BOX. */
static inline __attribute__((always_inline)) bool gate_box_has(
	const struct gate_box *box, const struct gate_call *call)
{
	if (!(GATE_READ(box->ends) & call->ends))
		return false;
	for (int i = 0; i < GATE_NUMBERS; i++) {
		if (call->number[i].last < GATE_READ(box->number[i].first) ||
			call->number[i].first > GATE_READ(box->number[i].last))
			return false;
	}
	return gate_has_fd(box, call);
}

/* Whether CALL may be in GATE. */
static inline __attribute__((always_inline)) bool gate_has(
	const struct gate *gate, const struct gate_call *call)
{
	uint32_t count = GATE_READ(gate->count);
	for (uint32_t i = 0; i < GATE_BOXES && i < count; i++) {
		if (gate_box_has(&gate->box[i], call))
			return true;
	}
	return false;
}

#endif
