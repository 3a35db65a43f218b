/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of addresses in one file: functions, including inlined ones, source files and lines.
 *
 * There are two implementations, and the build chooses one: libdwfl of elfutils, which reads debug
 * information, and without it a reader of ELF symbol tables. A symbol that does not cover an
 * address is not used for it. For the namer, which is a worker: what is read may do anything to it.
 */
#ifndef STOP_STACK_SYMBOLS_H
#define STOP_STACK_SYMBOLS_H

#include <stdint.h>

#include "stack/frame.h"
#include "stack/protocol.h"

struct symbols;

/* Where other files come from than that which is being read. */
struct symbols_files {
	/* Opens FILE, with BUILD_ID and NAME, either of which may be "". Its descriptor, or -1. */
	int (*open)(void *context, enum name_file file, const char *build_id, const char *name);
	void *context;
};

/* Opens the names in the file open as FD, which it takes. Never NULL; may be empty. FILES outlive
 * it. */
struct symbols *symbols_open(int fd, const struct symbols_files *files);
void symbols_close(struct symbols *symbols);

/* The names of link-time ADDRESS, freed with free(). NULL: none known. */
struct frame_names *symbols_find(struct symbols *symbols, uint64_t address);

/* The library and its version, for -V. Static. */
const char *symbols_library(void);

#endif
