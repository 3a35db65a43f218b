/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What structures in the memory of a call refer to; see abi/fetch_walk.h. */
#include "config.h"

#include <string.h>

#include "abi/fetch_walk.h"

#define IOCB_SIZE        64
#define SOCK_FILTER_SIZE 8
#define MASK_MAX         128

typedef void read_referred(
	struct fetch_walk *walk, const struct argument *argument, uint64_t address, size_t size);

/* struct { sigset_t *mask; size_t size; } */
static void read_argpack(
	struct fetch_walk *walk, const struct argument *argument, uint64_t address, size_t size)
{
	size_t word = fetch_walk_word_size(walk);
	size_t got;
	unsigned char pack[16];
	(void)argument;
	if (size >= 2 * word && fetch_walk_copy(walk, address, pack, 2 * word))
		fetch_walk_read(walk, fetch_walk_word(walk, pack),
			fetch_walk_limit(fetch_walk_word(walk, pack + word), MASK_MAX), &got);
}

/* struct { u16 len; struct sock_filter *filter; } */
static void read_filter(
	struct fetch_walk *walk, const struct argument *argument, uint64_t address, size_t size)
{
	size_t word = fetch_walk_word_size(walk);
	size_t got;
	uint16_t length;
	unsigned char program[16];
	(void)argument;
	if (!walk->reader->verbose || size < 2 * word ||
		!fetch_walk_copy(walk, address, program, 2 * word))
		return;
	memcpy(&length, program, sizeof(length));
	fetch_walk_read(walk, fetch_walk_word(walk, program + word),
		fetch_walk_limit(length * (size_t)SOCK_FILTER_SIZE, FETCH_STRUCT_MAX), &got);
}

/* The requests at an array of addresses; what they write is read, too. */
static void read_iocbs(
	struct fetch_walk *walk, const struct argument *argument, uint64_t address, size_t size)
{
	size_t word = fetch_walk_word_size(walk);
	(void)argument;
	for (size_t at = 0; at + word <= size; at += word) {
		unsigned char pointer[8];
		unsigned char request[IOCB_SIZE];
		uint16_t opcode;
		uint64_t buffer;
		uint64_t length;
		size_t got;
		if (!fetch_walk_copy(walk, address + at, pointer, word))
			return;
		if (!fetch_walk_copy(
			    walk, fetch_walk_word(walk, pointer), request, sizeof(request)))
			continue;
		memcpy(&opcode, request + 16, sizeof(opcode));
		memcpy(&buffer, request + 24, sizeof(buffer));
		memcpy(&length, request + 32, sizeof(length));
		if (opcode == 1) /* IOCB_CMD_PWRITE */
			fetch_walk_read(walk, buffer,
				fetch_walk_limit(length, walk->reader->string_max), &got);
	}
}

/* struct { u32 handle_bytes; int type; unsigned char handle[]; } */
static void read_handle(
	struct fetch_walk *walk, const struct argument *argument, uint64_t address, size_t size)
{
	uint32_t bytes;
	size_t got;
	(void)argument;
	if (size >= 8 && fetch_walk_copy(walk, address, &bytes, sizeof(bytes)))
		fetch_walk_read(walk, address + 8, fetch_walk_limit(bytes, MASK_MAX), &got);
}

/* What clone3 stores at the addresses in its structure, and the array of TIDs. */
static void read_clone(
	struct fetch_walk *walk, const struct argument *argument, uint64_t address, size_t size)
{
	uint64_t fields[11] = {0};
	size_t got;
	(void)argument;
	if (size > sizeof(fields))
		size = sizeof(fields);
	if (!fetch_walk_copy(walk, address, fields, size))
		return;
	if (!walk->at_exit) {
		fetch_walk_read(walk, fields[8], fetch_walk_limit(fields[9], 32) * 4, &got);
		return;
	}
	fetch_walk_read(walk, fields[1], 4, &got);
	fetch_walk_read(walk, fields[3], 4, &got);
}

/* struct { int length; struct ifreq *requests; } */
static void read_interfaces(
	struct fetch_walk *walk, const struct argument *argument, uint64_t address, size_t size)
{
	size_t word = fetch_walk_word_size(walk);
	size_t got;
	int32_t length;
	unsigned char conf[16];
	(void)argument;
	if (!walk->at_exit || size < 2 * word || !fetch_walk_copy(walk, address, conf, 2 * word))
		return;
	memcpy(&length, conf, sizeof(length));
	if (length > 0)
		fetch_walk_read(walk, fetch_walk_word(walk, conf + word),
			fetch_walk_limit((uint64_t)length, FETCH_STRUCT_MAX), &got);
}

/* The paths in union bpf_attr: BPF_OBJ_PIN and BPF_OBJ_GET have it first. */
static void read_bpf(
	struct fetch_walk *walk, const struct argument *argument, uint64_t address, size_t size)
{
	uint64_t path;
	(void)argument;
	if ((walk->args[0] == 6 || walk->args[0] == 7) && size >= sizeof(path) &&
		fetch_walk_copy(walk, address, &path, sizeof(path)))
		fetch_walk_string(walk, path, FETCH_PATH_MAX);
}

/* By enum special_struct; NULL: it refers to nothing. */
static read_referred *const referred[SPECIAL_STRUCTS] = {
	[SPECIAL_SIGSET_ARGPACK] = read_argpack,
	[SPECIAL_SOCK_FPROG] = read_filter,
	[SPECIAL_IOCB] = read_iocbs,
	[SPECIAL_FILE_HANDLE] = read_handle,
	[SPECIAL_CLONE_ARGS] = read_clone,
	[SPECIAL_IFCONF] = read_interfaces,
	[SPECIAL_BPF_ATTR] = read_bpf,
};

void fetch_walk_special(
	struct fetch_walk *walk, const struct argument *argument, uint64_t address, size_t size)
{
	if (referred[argument->type->special])
		referred[argument->type->special](walk, argument, address, size);
}
