/*
 * An ELF file, or the image of one, as far as unwinding needs it: where its parts are mapped, and
 * where its unwind tables are.
 *
 * It is read with pread(2) and not mapped: a file that is truncated meanwhile must not be able to
 * kill us. One owner; image_read() by any thread.
 */
#ifndef STOP_STACK_IMAGE_H
#define STOP_STACK_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stack/ehframe.h"
#include "stack/frame.h"

struct image;

/* The image of the file that FD is open on; takes FD over. NULL where it is no 64-bit ELF file. */
struct image *image_new(int fd);
void image_free(struct image *image);

/* The descriptor; IMAGE's. */
int image_fd(const struct image *image);

/* Reads SIZE bytes at OFFSET of the file. Returns whether they are all there. */
bool image_read(const struct image *image, uint64_t offset, void *buf, size_t size);

/* The file's own address of what is at OFFSET of the file, into *ADDRESS. False: not mapped. */
bool image_address(const struct image *image, uint64_t offset, uint64_t *address);

/* A table to search for the rules of an address: 4 bytes of address and 4 of rule an entry. */
struct image_table {
	uint64_t base;    /* the file's address to which both are relative */
	uint64_t address; /* of the table, in the file's terms; where `made` is NULL */
	const struct ehframe_entry *made; /* the table, where the file has none; IMAGE's */
	size_t count;                     /* entries */
};

/* The table of .eh_frame_hdr, or one that is made of .eh_frame. False where IMAGE has neither. */
bool image_table(struct image *image, struct image_table *table);

/* Whether ADDRESS, in the file's terms, is in the first instructions of the program or loader. */
bool image_is_entry(const struct image *image, uint64_t address);

/* The build-id of IMAGE; "" where it has none. */
void image_build_id(const struct image *image, char id[BUILD_ID_MAX]);

#endif
