/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes parts of a call as text; for src/decode/call_*.c only.
 *
 * Memory is that of the record. Where it is not there, the address is written. Nothing is trusted:
 * counts and sizes only limit loops over bytes that are there.
 */
#ifndef STOP_DECODE_CALL_WRITER_H
#define STOP_DECODE_CALL_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/argument.h"
#include "abi/indirect.h"
#include "decode/call_text.h"
#include "event/detail.h"

struct call_writer {
	char *buf;
	size_t size;   /* of buf */
	size_t length; /* without the NUL */
	bool is_full;  /* something did not fit: nothing more is written */
	const struct event_detail *detail;
	const struct call_text_options *options;
	struct call call; /* that of `detail`, or that which it makes */
	const uint64_t *args;
	struct indirect indirect; /* the call that it makes; the name is NULL if it makes none */
};

/* Appends TEXT, or as printf does. */
void put(struct call_writer *writer, const char *text);
void putf(struct call_writer *writer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A limit of elements in lists, as by options. */
size_t element_limit(const struct call_writer *writer);

/* Argument INDEX as a register of the ABI has it. */
uint64_t argument_value(const struct call_writer *writer, unsigned int index);

/* The size of an address in memory, and that at BYTES. */
size_t word_size(const struct call_writer *writer);
uint64_t word_at(const struct call_writer *writer, const unsigned char *bytes);

/* The unsigned number of SIZE bytes (1 to 8) at BYTES, and the same with a sign. */
uint64_t number_at(const unsigned char *bytes, size_t size);
int64_t signed_at(const unsigned char *bytes, size_t size);

/* The int at ADDRESS, read in PHASE. False if it is not there. */
bool read_int(const struct call_writer *writer, enum detail_phase phase, uint64_t address,
	int32_t *value);

/* --- call_values.c: numbers and names */

void put_address(struct call_writer *writer, uint64_t address);
void put_values(struct call_writer *writer, const struct value_format *format, uint64_t value);
void put_set(struct call_writer *writer, const struct value_set *set, uint64_t value);
void put_signal(struct call_writer *writer, int number);
void put_mode(struct call_writer *writer, uint64_t mode);      /* "0644" */
void put_file_mode(struct call_writer *writer, uint64_t mode); /* "S_IFREG|0644" */
void put_device(struct call_writer *writer, uint64_t device);
void put_id(struct call_writer *writer, uint64_t id, size_t size); /* a UID of SIZE bytes */
void put_descriptor(struct call_writer *writer, int fd, bool is_new);
void put_directory(struct call_writer *writer, int fd);
void put_ioctl(struct call_writer *writer, uint32_t request);
void put_signals(struct call_writer *writer, const unsigned char *bits, size_t size);

/* " /" "* 2026-01-31T12:00:00.000000005+0000 *" "/": a time as a comment; nothing if it is 0. */
void put_time_comment(struct call_writer *writer, int64_t seconds, uint64_t nanoseconds);
void put_microseconds_comment(struct call_writer *writer, int64_t seconds, uint64_t microseconds);

/* --- call_memory.c: strings, buffers, lists */

/* SIZE bytes in quotes, escaped; ends with "..." if IS_CUT. */
void put_quoted(struct call_writer *writer, const unsigned char *bytes, size_t size, bool is_cut);
/* The same, all as "\x12". */
void put_hex_string(struct call_writer *writer, const unsigned char *bytes, size_t size);
/* Memory at ADDRESS that is not there: its address, or that it was masked. */
void put_missing(struct call_writer *writer, uint64_t address);
/* The string at ADDRESS, of which up to LIMIT bytes are shown. */
void put_string(
	struct call_writer *writer, enum detail_phase phase, uint64_t address, size_t limit);
/* SIZE bytes at ADDRESS, of which up to the limit of the options are shown. */
void put_buffer(
	struct call_writer *writer, enum detail_phase phase, uint64_t address, uint64_t size);
/* COUNT struct iovec at ADDRESS, with TOTAL bytes in their buffers, or the addresses of these. */
#define IOVEC_ADDRESSES (UINT64_MAX - 1)
void put_iovec(struct call_writer *writer, enum detail_phase phase, uint64_t address,
	uint64_t count, uint64_t total);

/* --- call_structs.c: structures */

/* The structure of TYPE at ADDRESS, of which at most LIMIT bytes exist. */
void put_struct(struct call_writer *writer, const struct argument *argument,
	enum detail_phase phase, uint64_t address, size_t limit);
/* The fields of TYPE in SIZE BYTES. */
void put_fields(struct call_writer *writer, const struct argument_type *type,
	const unsigned char *bytes, size_t size);
/* COUNT of them at ADDRESS. */
void put_array(struct call_writer *writer, const struct argument *argument, enum detail_phase phase,
	uint64_t address, uint64_t count);

/* --- call_special.c: structures with a decoder of their own; false if ARGUMENT has none */
bool put_special(struct call_writer *writer, const struct argument *argument,
	enum detail_phase phase, uint64_t address, const unsigned char *bytes, size_t size);

/* --- call_siginfo.c */
void put_siginfo(struct call_writer *writer, const unsigned char *bytes, size_t size);

/* --- call_sockets.c */
void put_sockaddr(struct call_writer *writer, enum detail_phase phase, uint64_t address, int size);
void put_sockaddr_bytes(struct call_writer *writer, const unsigned char *bytes, size_t size);
void put_message(struct call_writer *writer, const struct argument *argument,
	enum detail_phase phase, uint64_t address, uint64_t total);
void put_messages(struct call_writer *writer, const struct argument *argument,
	enum detail_phase phase, uint64_t address, uint64_t count);

/* Results that only a tracer sees: the kernel makes the call again. */
#define CALL_RESTART_FIRST 512
#define CALL_RESTART_LAST  516

/* --- call_args.c: all arguments */
void put_arguments(struct call_writer *writer);

/* An argument that is being written. */
struct slot {
	struct call_writer *writer;
	const struct argument *argument;
	unsigned int index;
	uint64_t value;
	enum detail_phase phase; /* in which its memory was read */
};

/* --- call_pointers.c: arguments in memory */
void slot_path(const struct slot *slot);
void slot_text(const struct slot *slot);
void slot_strings(const struct slot *slot);
void slot_bytes(const struct slot *slot);
void slot_struct(const struct slot *slot);
void slot_remainder(const struct slot *slot);
void slot_array(const struct slot *slot);
void slot_iovec(const struct slot *slot);
void slot_msghdr(const struct slot *slot);
void slot_mmsghdr(const struct slot *slot);
void slot_sockaddr(const struct slot *slot);
void slot_socklen(const struct slot *slot);
void slot_sigset(const struct slot *slot);
void slot_fdset(const struct slot *slot);
void slot_cpuset(const struct slot *slot);
void slot_nodemask(const struct slot *slot);

/* --- call_result.c: what is behind the result, in parentheses: descriptors that are ready */
void put_ready(struct call_writer *writer);

/* Whether the call has succeeded, so that memory that the kernel writes is valid. */
static inline bool has_succeeded(const struct call_writer *writer)
{
	return writer->detail->end == DETAIL_RETURNED && writer->detail->err == 0;
}

#endif
