/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of addresses in one module: functions, including inlined ones, source files and lines.
 *
 * There are two implementations, and the build chooses one: libdwfl of elfutils, which finds debug
 * information wherever it is, and without libdwfl a reader of ELF symbol tables. A symbol that does
 * not cover an address is not used for it. For the symbolizer thread.
 */
#ifndef STOP_STACK_SYMBOLS_H
#define STOP_STACK_SYMBOLS_H

#include <stdint.h>

#include "stack/frame.h"
#include "stack/intern.h"

struct symbols;

/* Opens the names in SOURCE, which has an image. Never NULL; may be empty. */
struct symbols *symbols_open(const struct module_source *source);
void symbols_close(struct symbols *symbols);

/* The names of link-time ADDRESS, freed with free(). NULL: none known. */
struct frame_names *symbols_find(struct symbols *symbols, uint64_t address);

/* The library and its version, for -V. Static. */
const char *symbols_library(void);

#endif
