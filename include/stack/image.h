/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ELF file, or an image of one, as far as unwinding needs it: where its segments are mapped, and
 * where its unwind tables are.
 *
 * It is read with pread(2), not mapped: truncating the file must not cause a fault. One owner;
 * image_read() by any thread.
 */
#ifndef STOP_STACK_IMAGE_H
#define STOP_STACK_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stack/ehframe.h"
#include "stack/file_cache.h"
#include "stack/frame.h"

struct image;

/* The image of FILE, which it takes. NULL if it is not a 64-bit ELF file. */
struct image *image_new(struct cached_file *file);
void image_free(struct image *image);

/* A new descriptor of the file, or -errno. */
int image_dup(const struct image *image);

/* Reads SIZE bytes at OFFSET of the file. Returns whether all could be read. */
bool image_read(const struct image *image, uint64_t offset, void *buf, size_t size);

/* Stores the link-time address of OFFSET of the file in *ADDRESS. False: not mapped. */
bool image_address(const struct image *image, uint64_t offset, uint64_t *address);

/* The reverse: stores the offset of the code at link-time ADDRESS. False: it has none there. */
bool image_code_offset(const struct image *image, uint64_t address, uint64_t *offset);

/* A search table for unwind rules: 4 bytes of address and 4 of rule per entry. */
struct image_table {
	uint64_t base;                    /* link-time address to which both are relative */
	uint64_t address;                 /* link-time address of the table, if `made` is NULL */
	const struct ehframe_entry *made; /* the table, if the file has none; owned by IMAGE */
	size_t count;                     /* number of entries */
};

/* The table of .eh_frame_hdr, or one built from .eh_frame. False if IMAGE has neither. */
bool image_table(struct image *image, struct image_table *table);

/* What a symbol stands for. */
struct image_symbol {
	uint64_t address; /* link-time */
	uint64_t size;
};

/* Finds the function or variable NAME, shorter than 32 bytes. */
bool image_symbol(const struct image *image, const char *name, struct image_symbol *symbol);

/* Where the function begins that has link-time ADDRESS, by the symbols of the file; 0: unknown. */
uint64_t image_function(struct image *image, uint64_t address);

/* Whether link-time ADDRESS is in the first instructions of the program or loader. */
bool image_is_entry(const struct image *image, uint64_t address);

/* The build ID of IMAGE; "" if it has none. */
void image_build_id(const struct image *image, char id[BUILD_ID_MAX]);

#endif
