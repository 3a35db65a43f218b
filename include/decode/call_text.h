/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call as text, in strace's format: openat(AT_FDCWD</home>, "a", O_RDONLY) = 3</home/a>.
 *
 * Everything is decoded by the tables of abi/argument.h from an EVENT_DETAIL, never from the target
 * itself. Text of the target is escaped as strace does, so that the result may be printed as it is.
 * Pure but for the namer; any thread.
 */
#ifndef STOP_DECODE_CALL_TEXT_H
#define STOP_DECODE_CALL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct event_detail;

/* Names descriptors. An implementation embeds it as its first member. */
struct descriptor_namer {
	/*
	 * Writes what descriptor FD of the process of DETAIL was during the call, escaped, to BUF
	 * of SIZE bytes: "/etc/passwd", "TCP:[10.0.0.1:1->10.0.0.2:2]". IS_NEW: a descriptor that
	 * the call has made. FD is AT_FDCWD for the current directory. False: not known.
	 */
	bool (*name)(struct descriptor_namer *namer, const struct event_detail *detail, int fd,
		bool is_new, char *buf, size_t size);
};

struct call_text_options {
	size_t string_max;              /* as strace -s: 32 by default */
	bool verbose;                   /* as -v: nothing is abbreviated */
	struct descriptor_namer *namer; /* as -yy; NULL: descriptors are numbers */
};

/* Recommended size of a buffer. Longer text is cut, at the end of a character. */
#define CALL_TEXT_MAX 16384

/*
 * Writes the arguments of DETAIL, without parentheses, to BUF of SIZE bytes. Returns the length.
 * Those of a call that has not returned, that only the exit would tell, are missing.
 */
size_t call_text_args(const struct event_detail *detail, const struct call_text_options *options,
	char *buf, size_t size);

/* The same for its name, which is that of the call that it makes: "send@32" for socketcall. */
size_t call_text_name(const struct event_detail *detail, const struct call_text_options *options,
	char *buf, size_t size);

/* The same for its result: "3</a>", "-1 ENOENT (No such file or directory)", "?", "0x5 (flags …)".
 */
size_t call_text_result(const struct event_detail *detail, const struct call_text_options *options,
	char *buf, size_t size);

/* The same for the whole: name, arguments, result. */
size_t call_text(const struct event_detail *detail, const struct call_text_options *options,
	char *buf, size_t size);

#endif
