/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A minimal terminal emulator, for the sequences that stop sends (ECMA-48, as in xterm).
 */
#ifndef STOP_TESTS_SUPPORT_VT_H
#define STOP_TESTS_SUPPORT_VT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Maximum number of characters in a cell: one, and its combining marks. */
#define VT_CHARS 5

/* The appearance of a cell. */
struct vt_appearance {
	bool bold, dim, underline, reverse;
	int foreground, background; /* SGR colour numbers; -1: the default */
};

extern const struct vt_appearance vt_plain;

struct vt_cell {
	uint32_t chars[VT_CHARS]; /* 0 if there are fewer */
	int width;                /* 1, 2, or 0 for the right half of a wide character */
	struct vt_appearance appearance;
};

struct vt {
	int rows, columns;
	struct vt_cell *cells; /* rows by columns; owned */
	int row, column;
	struct vt_appearance appearance; /* of characters that are written next */
	bool erases_colour;              /* erased cells get the current background */
	bool is_full;                    /* the last column was written: the next character wraps */
	unsigned int errors;             /* number of invalid sequences and positions */
};

/* A blank screen. */
void vt_init(struct vt *vt, int rows, int columns);
void vt_clear(struct vt *vt);

/* Processes SIZE bytes of TEXT except for an incomplete sequence at the end. Returns how many. */
size_t vt_feed(struct vt *vt, const char *text, size_t size);

/* The contents of the screen, as lines without trailing blanks. The caller frees it. */
char *vt_text(const struct vt *vt);

#endif
