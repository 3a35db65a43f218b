/*
 * A terminal in miniature: what the sequences that stop sends (ECMA-48, as xterm has them) make of
 * a screen.
 */
#ifndef STOP_TESTS_SUPPORT_VT_H
#define STOP_TESTS_SUPPORT_VT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters of a cell: one, and the marks that combine with it. */
#define VT_CHARS 5

/* What a cell looks like. */
struct vt_looks {
	bool bold, dim, underline, reverse;
	int foreground, background; /* as SGR numbers them; -1: the default */
};

extern const struct vt_looks vt_plain;

struct vt_cell {
	uint32_t chars[VT_CHARS]; /* 0 if there are fewer */
	int width;                /* 1, 2, or 0 for the right half of a wide character */
	struct vt_looks looks;
};

struct vt {
	int rows, columns;
	struct vt_cell *cells; /* rows by columns; owned */
	int row, column;
	struct vt_looks looks; /* of what is written next */
	bool erases_colour;    /* erased cells get the current background */
	bool is_full;          /* the last column was written: the next character wraps */
	unsigned int errors;   /* sequences and positions that make no sense */
};

/* A blank screen. */
void vt_init(struct vt *vt, int rows, int columns);
void vt_clear(struct vt *vt);

/* Processes SIZE bytes of TEXT. Returns how many: a sequence that is cut off is left. */
size_t vt_feed(struct vt *vt, const char *text, size_t size);

/* What the screen shows, as lines without trailing blanks. The caller frees it. */
char *vt_text(const struct vt *vt);

#endif
