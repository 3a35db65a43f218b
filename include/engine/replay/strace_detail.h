/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arguments of a call from strace's text: as registers and memory, as an engine would have read
 * them, by the tables of abi/argument.h. Flags, paths, addresses and structures are read back from
 * their names; addresses are made up where the text has none. The text itself comes along, for
 * those who show it (event/detail.h).
 *
 * What cannot be read back is 0, or not there, as memory that an engine could not read. Bounded by
 * DETAIL_DATA_MAX. One owner at a time.
 */
#ifndef STOP_ENGINE_REPLAY_STRACE_DETAIL_H
#define STOP_ENGINE_REPLAY_STRACE_DETAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/syscall.h"
#include "engine/replay/span.h"
#include "event/detail.h"

struct call_names;
struct strace_decoder;

/* NAMES is not owned. Freed with strace_decoder_free(), which accepts NULL. */
struct strace_decoder *strace_decoder_new(const struct call_names *names);
void strace_decoder_free(struct strace_decoder *decoder);

/* What the text of a call has. */
struct strace_call_text {
	struct call call;
	struct span args;
	struct span result;
	int64_t value; /* the result as a number */
	int err;       /* errno, or 0 */
	bool never_returned;
	bool is_raw; /* its arguments and result are registers: the text says nothing else */
};

/*
 * Reads TEXT back. Returns a record whose times, task and process are not set; valid until the next
 * call, and may be changed.
 */
struct event_detail *strace_decode(
	struct strace_decoder *decoder, const struct strace_call_text *text);

/* Only the registers, of the arguments. */
void strace_decode_args(struct strace_decoder *decoder, struct call call, struct span args,
	uint64_t registers[CALL_MAX_ARGS]);

/* A descriptor that -y says something of. */
struct strace_descriptor {
	int fd;
	bool is_new; /* the call has made it */
	struct span name;
};

#define STRACE_DESCRIPTORS_MAX 8

/* Those of the call that was read back last; valid as long as its text. */
size_t strace_decoder_descriptors(
	const struct strace_decoder *decoder, const struct strace_descriptor **list);

/*
 * Undoes the escapes of the string that TEXT begins with, in BUF of SIZE bytes. Returns its size;
 * *IS_CUT: there is more of it. False in *IS_STRING: it is none.
 */
size_t strace_string(
	struct span text, unsigned char *buf, size_t size, bool *is_string, bool *is_cut);

/* The first string in ARGS, with its escapes undone, in BUF of SIZE bytes with a NUL. Returns its
 * size, without that; 0: there is none. */
size_t strace_first_string(struct span args, char *buf, size_t size);

#endif
