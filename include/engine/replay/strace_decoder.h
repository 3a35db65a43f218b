/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of engine/replay/strace_detail.h, only for the files that implement it:
 *
 *     strace_detail.c   arguments of a call, by their kinds
 *     strace_values.c   numbers, names and sets of flags
 *     strace_memory.c   strings, addresses, arrays and structures: the program's memory
 */
#ifndef STOP_ENGINE_REPLAY_STRACE_DECODER_H
#define STOP_ENGINE_REPLAY_STRACE_DECODER_H

#include "abi/argument.h"
#include "engine/replay/strace_detail.h"

struct strace_decoder {
	const struct call_names *names; /* not owned */
	struct event_detail *record;    /* with room for DETAIL_DATA_MAX; owned */
	uint64_t next_address;          /* of memory that is made up */
	bool wants_memory;
	struct strace_descriptor descriptors[STRACE_DESCRIPTORS_MAX];
	size_t descriptor_count;
};

/* --- strace_values.c */

/* TEXT without what strace says about it in a comment, at its end or beginning. */
struct span strace_without_comments(struct span text);

/* The number or the names in TEXT, a value of FORMAT, which may be NULL. */
uint64_t strace_value(const struct strace_decoder *decoder, struct span text,
	const struct value_format *format, enum abi abi);

/* The set of signals in TEXT, "[INT TERM]", "~[]": bit N is signal N + 1. */
uint64_t strace_signals(const struct strace_decoder *decoder, struct span text);

/* The descriptor in TEXT, "3</etc/passwd>", "AT_FDCWD"; it is remembered if -y says what it is. */
int strace_descriptor(struct strace_decoder *decoder, struct span text, bool is_new);

/* --- strace_memory.c */

/* SIZE bytes become memory at ADDRESS in PHASE, if there is room. */
void strace_put(struct strace_decoder *decoder, enum detail_phase phase, uint64_t address,
	const void *bytes, size_t size);

/* A made up address for SIZE bytes. */
uint64_t strace_address(struct strace_decoder *decoder, size_t size);

/* The address of the memory that TEXT, the argument INDEX of the record's call, describes. */
uint64_t strace_memory(
	struct strace_decoder *decoder, const struct argument *argument, struct span text);

#endif
