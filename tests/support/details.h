/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Details of calls for tests of what consumes them: built step by step, without a target.
 *
 *     detail_begin(&detail, 10, 11, SYS_openat, AT_FDCWD, TEXT(0));
 *     detail_text(&detail, 1, "/etc/passwd");
 *     detail_end(&detail, 3);
 */
#ifndef STOP_TESTS_SUPPORT_DETAILS_H
#define STOP_TESTS_SUPPORT_DETAILS_H

#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "event/detail.h"
#include "event/object.h"

/* A detail with room for its blocks. */
union made_detail {
	struct event_detail detail;
	unsigned char room[sizeof(struct event_detail) + 16384] __attribute__((aligned(8)));
};

/* Begins the call NR of task TID of process TGID, with six arguments of 64 bits. */
static inline void detail_begin(union made_detail *made, pid_t tgid, pid_t tid, uint32_t nr,
	uint64_t start_ns, uint64_t end_ns, const uint64_t args[CALL_MAX_ARGS])
{
	memset(&made->detail, 0, sizeof(made->detail));
	made->detail = (struct event_detail){
		.event = {.type = EVENT_DETAIL, .tid = tid, .time_ns = end_ns},
		.call = {.nr = nr, .abi = ABI_NATIVE},
		.tgid = tgid,
		.end = DETAIL_RETURNED,
		.start_ns = start_ns,
		.has_data = true,
	};
	memcpy(made->detail.args, args, sizeof(made->detail.args));
}

/* Adds SIZE bytes at ADDRESS of its memory, read in PHASE. */
static inline void detail_memory(union made_detail *made, enum detail_phase phase, uint64_t address,
	const void *bytes, size_t size)
{
	struct detail_block block = {
		.address = address, .size = (uint32_t)size, .phase = (uint32_t)phase};
	unsigned char *to = made->detail.blocks + made->detail.size;
	memcpy(to, &block, sizeof(block));
	memcpy(to + sizeof(block), bytes, size);
	made->detail.size += (uint32_t)(sizeof(block) + ((size + 7) & ~(size_t)7));
}

/* Adds the string at ADDRESS, which the call reads. */
static inline void detail_text(union made_detail *made, uint64_t address, const char *text)
{
	detail_memory(made, DETAIL_ENTRY, address, text, strlen(text) + 1);
}

/* A reading of /proc with room for its name. */
union made_reading {
	struct event_descriptor reading;
	unsigned char room[sizeof(struct event_descriptor) + 256];
};

static inline void reading_make(union made_reading *made, pid_t tgid, int fd,
	enum descriptor_found state, uint64_t from_ns, uint64_t until_ns, enum object_kind kind,
	const char *name)
{
	made->reading = (struct event_descriptor){
		.event = {.type = EVENT_DESCRIPTOR, .tid = tgid, .time_ns = from_ns},
		.until_ns = until_ns,
		.tgid = tgid,
		.fd = fd,
		.state = state,
		.kind = kind,
		.size = (uint32_t)strlen(name),
	};
	memcpy(made->reading.name, name, strlen(name));
}

#endif
