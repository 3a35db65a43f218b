/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A walk over the memory of a call; for src/abi/fetch*.c only. Nothing that is read is trusted:
 * sizes are limited, addresses may be any, and the number of reads is bounded.
 */
#ifndef STOP_ABI_FETCH_WALK_H
#define STOP_ABI_FETCH_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/argument.h"
#include "abi/fetch.h"
#include "abi/fetch_step.h"

struct fetch_walk {
	struct fetch_reader *reader;
	unsigned int what; /* set of enum fetch_what */
	struct call call;
	const uint64_t *args; /* CALL_MAX_ARGS */
	bool at_exit;
	bool failed;
	int64_t result;     /* if it is at the exit, and the call did not fail */
	unsigned int reads; /* how many are left */
};

/* Reads up to SIZE bytes at ADDRESS; see struct fetch_reader. */
const unsigned char *fetch_walk_read(
	struct fetch_walk *walk, uint64_t address, size_t size, size_t *got);

/* Copies SIZE bytes at ADDRESS to BUF. Returns false if they could not all be read. */
bool fetch_walk_copy(struct fetch_walk *walk, uint64_t address, void *buf, size_t size);

/* Has a string of up to SIZE bytes read. */
void fetch_walk_string(struct fetch_walk *walk, uint64_t address, size_t size);

/* The size of an address in memory, and that at BYTES. */
size_t fetch_walk_word_size(const struct fetch_walk *walk);
uint64_t fetch_walk_word(const struct fetch_walk *walk, const unsigned char *bytes);

/* VALUE, or LIMIT if that is smaller. */
static inline size_t fetch_walk_limit(uint64_t value, size_t limit)
{
	return value < limit ? (size_t)value : limit;
}

/* The number of elements that are shown of a list. */
size_t fetch_walk_element_limit(const struct fetch_walk *walk, size_t element_size);

/* The number of elements or bytes that ARGUMENT has; 0 if not known yet. */
uint64_t fetch_walk_count(struct fetch_walk *walk, const struct argument *argument);

/* fetch.c: what ARGUMENT, at INDEX of CALL, belongs to: a set of enum fetch_what. */
unsigned int fetch_belongs_to(
	struct call call, const struct argument *argument, unsigned int index);

/* Whether ARGUMENT is memory that is read at the exit, or at the entry. */
bool fetch_is_read(const struct argument *argument, bool at_exit);

/*
 * ARGUMENT at INDEX of CALL with the size that its table does not have, because it is that of all
 * values that are selected: the option of a socket. COPY is where it may be stored.
 */
const struct argument *fetch_sized(struct call call, const struct argument *argument,
	unsigned int index, struct argument *copy);

/* fetch_lists.c: read lists at ADDRESS. */
void fetch_walk_strv(struct fetch_walk *walk, const struct argument *argument, uint64_t address);
void fetch_walk_iovec(struct fetch_walk *walk, const struct argument *argument, uint64_t address);
void fetch_walk_msghdr(struct fetch_walk *walk, const struct argument *argument, uint64_t address);
void fetch_walk_mmsghdr(struct fetch_walk *walk, const struct argument *argument, uint64_t address);

/* fetch_structs.c: has what the structures of TYPE at ADDRESS refer to read; SIZE bytes are there.
 */
void fetch_walk_special(
	struct fetch_walk *walk, const struct argument *argument, uint64_t address, size_t size);

#endif
