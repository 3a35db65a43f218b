/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which memory of a program a system call is about: walks the descriptions of the arguments
 * (abi/argument.h) and has each piece read that a decoder needs. An engine provides the reading.
 *
 * Bounded: a call has at most FETCH_READS_MAX pieces, strings and buffers are cut at the limits of
 * the reader, whatever the program's memory says. Pure but for the reader; any thread.
 */
#ifndef STOP_ABI_FETCH_H
#define STOP_ABI_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/syscall.h"

/* Maximum number of pieces of memory of a call, at its entry and at its exit. */
#define FETCH_READS_MAX 128

/* What is to be read: a set of bits. */
enum fetch_what {
	FETCH_NAMES = 1 << 0, /* what names objects: paths, addresses of sockets, new descriptors */
	FETCH_REST = 1 << 1,  /* everything else: structures, buffers, argv */
	FETCH_ALL = FETCH_NAMES | FETCH_REST,
};

/* How memory is read. An implementation embeds it as its first member. */
struct fetch_reader {
	/*
	 * Reads up to SIZE bytes at ADDRESS, stores them where the decoder will look for them, and
	 * returns them, valid until the next call; the number of bytes is stored in *GOT. NULL if
	 * there are none, or no more room.
	 */
	const unsigned char *(*read)(
		struct fetch_reader *reader, uint64_t address, size_t size, size_t *got);
	/* The same for a string: up to and including its NUL, at most SIZE bytes. */
	const unsigned char *(*read_string)(
		struct fetch_reader *reader, uint64_t address, size_t size, size_t *got);
	size_t string_max; /* maximum number of bytes of buffers and of strings that are no paths */
	bool verbose;      /* all of lists and structures, not only what is shown by default */
};

/* Whether WHAT of CALL includes memory that is read at its entry, or at its exit. */
bool fetch_at_entry(struct call call, unsigned int what);
bool fetch_at_exit(struct call call, unsigned int what);

/* Has READER read what is WHAT of CALL with ARGS, at its entry. */
void fetch_entry(struct fetch_reader *reader, unsigned int what, struct call call,
	const uint64_t args[CALL_MAX_ARGS]);

/* The same at its exit, with RESULT; FAILED: that is no result. */
void fetch_exit(struct fetch_reader *reader, unsigned int what, struct call call,
	const uint64_t args[CALL_MAX_ARGS], int64_t result, bool failed);

#endif
