/*
 * A search table for an .eh_frame that has none: static programs are linked without .eh_frame_hdr.
 * Pure; any thread.
 */
#ifndef STOP_STACK_EHFRAME_H
#define STOP_STACK_EHFRAME_H

#include <stddef.h>
#include <stdint.h>

/* An entry as .eh_frame_hdr has it: both relative to the beginning of .eh_frame. */
struct ehframe_entry {
	int32_t start; /* of a function */
	int32_t fde;   /* what describes it */
};

/*
 * The entries of the SIZE bytes of SECTION, ordered by start, for free(), and their number in
 * *COUNT. NULL where there are none. What is not encoded as compilers do for x86-64 is left out.
 */
struct ehframe_entry *ehframe_index(const unsigned char *section, size_t size, size_t *count);

#endif
