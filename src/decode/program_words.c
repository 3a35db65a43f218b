/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Command lines of programs; see decode/program_words.h. */
#include "config.h"

#include "decode/program_words.h"

#include <string.h>

#include "event/detail.h"

/* The calls that execute programs, and which of their arguments are the path, and argv. */
static const struct {
	const char *name;
	size_t path, argv;
} calls[] = {
	{"execve", 0, 1},
	{"execveat", 1, 2},
};

#define CALLS (sizeof(calls) / sizeof(*calls))

/* The name of CALL without what distinguishes ABIs: that of i386 and x32 is the same. */
static size_t find(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	size_t at = desc ? 0 : CALLS;
	while (at < CALLS) {
		size_t length = strlen(calls[at].name);
		if (strncmp(desc->name, calls[at].name, length) == 0 &&
			(desc->name[length] == '\0' || desc->name[length] == '#'))
			break;
		at++;
	}
	return at;
}

bool program_words_has(struct call call)
{
	return find(call) < CALLS;
}

/* Stores element AT of the array of pointers at ADDRESS in *POINTER. */
static bool read_pointer(
	const struct event_detail *detail, uint64_t address, size_t at, uint64_t *pointer)
{
	size_t size = abi_pointer_size((enum abi)detail->call.abi);
	uint32_t narrow;
	if (size == sizeof(*pointer))
		return detail_read(detail, DETAIL_ENTRY, address + at * size, pointer, size) ==
		       size;
	if (detail_read(detail, DETAIL_ENTRY, address + at * size, &narrow, size) < size)
		return false;
	*pointer = narrow;
	return true;
}

/* Copies the path that was executed to BUF, of SIZE bytes, like program_words(). */
static size_t copy_path(const struct event_detail *detail, uint64_t address, char *buf, size_t size)
{
	size_t got = detail_read(detail, DETAIL_ENTRY, address, buf, size - 1);
	if (!got)
		return 0;
	buf[got] = '\0';
	return strlen(buf) + 1;
}

/* Copies the words of argv, which is argument WHICH. */
static size_t copy_words(
	const struct event_detail *detail, size_t which, char *buf, size_t size, bool *is_cut)
{
	size_t used = 0, at = 0;
	uint64_t pointer = 0;
	*is_cut = true;
	for (; used < size; at++) {
		if (!read_pointer(detail, detail->args[which], at, &pointer))
			return used;
		if (!pointer) {
			*is_cut = false;
			return used;
		}
		size_t got = detail_read(detail, DETAIL_ENTRY, pointer, buf + used, size - used);
		const char *end = memchr(buf + used, '\0', got);
		if (!got)
			return used;
		if (!end) {
			/* The rest is missing; the next word begins elsewhere. */
			used += got < size - used ? got : size - used - 1;
			buf[used++] = '\0';
			return used;
		}
		used = (size_t)(end + 1 - buf);
	}
	return used;
}

size_t program_words(const struct event_detail *detail, char *buf, size_t size, bool *is_cut)
{
	size_t which = find(detail->call);
	*is_cut = true;
	if (which == CALLS)
		return 0;
	size_t used = copy_words(detail, calls[which].argv, buf, size, is_cut);
	/* Better than nothing. */
	if (!used && *is_cut)
		used = copy_path(detail, detail->args[calls[which].path], buf, size);
	return used;
}
