/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the names nearest to a mistyped one, to be suggested in the error message.
 *
 * Every valid name is offered; the nearest are kept, in the order offered. Near means few letters
 * added, dropped, changed or swapped with their neighbour, ignoring case, or that the wrong name is
 * a prefix of the right one. Pure; any thread.
 */
#ifndef STOP_ABI_NEAREST_H
#define STOP_ABI_NEAREST_H

#include <stddef.h>

/* Maximum number of names kept. */
#define NEAREST_MAX 3

struct nearest {
	const char *wanted;             /* the mistyped name; not owned */
	size_t distance;                /* of the nearest names: number of mistakes */
	size_t count;                   /* number of names, at most NEAREST_MAX */
	const char *names[NEAREST_MAX]; /* not owned; they outlive the struct */
};

/* Starts a search for names similar to WANTED. */
void nearest_begin(struct nearest *nearest, const char *wanted);

/* Keeps NAME if it is one of the nearest so far and not kept already. */
void nearest_offer(struct nearest *nearest, const char *name);

/*
 * Writes the suggestion that follows an error message into BUF of SIZE bytes: '; did you mean
 * "%file" or "%stat"?', each name prefixed with PREFIX, or nothing if no name is near. Returns BUF.
 */
char *nearest_text(const struct nearest *nearest, const char *prefix, char *buf, size_t size);

#endif
