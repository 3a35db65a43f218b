/*
 * The names of addresses in one module: functions, also inlined ones, source files and lines.
 *
 * There are two of this kind, and the build chooses one: libdwfl of elfutils, which knows debug
 * information wherever it is kept, and a reader of ELF's own symbol tables where there is no
 * libdwfl. A symbol that does not cover an address does not name it. For the thread that names.
 */
#ifndef STOP_STACK_SYMBOLS_H
#define STOP_STACK_SYMBOLS_H

#include <stdint.h>

#include "stack/frame.h"
#include "stack/intern.h"

struct symbols;

/* The names in SOURCE, which has an image. Never NULL; may know nothing. */
struct symbols *symbols_open(const struct module_source *source);
void symbols_close(struct symbols *symbols);

/* What is at ADDRESS, in the file's terms; freed with free(). NULL: nothing is known. */
struct frame_names *symbols_find(struct symbols *symbols, uint64_t address);

/* What finds them, and its version, for -V. Static. */
const char *symbols_library(void);

#endif
