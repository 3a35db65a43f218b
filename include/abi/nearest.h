/*
 * The names nearest to one that somebody mistyped, to be proposed in the message that says so.
 *
 * Every name that would have been right is offered; the nearest are kept, in the order in which
 * they were offered. Near means few letters added, dropped, changed or swapped with their
 * neighbour, whatever their case, or that the wrong name is the beginning of the right one. Pure;
 * any thread.
 */
#ifndef STOP_ABI_NEAREST_H
#define STOP_ABI_NEAREST_H

#include <stddef.h>

/* Names that are kept at most. */
#define NEAREST_MAX 3

struct nearest {
	const char *wanted;             /* what was typed; the caller's */
	size_t distance;                /* mistakes in it, if one of the names was meant */
	size_t count;                   /* names at that distance, NEAREST_MAX of them at most */
	const char *names[NEAREST_MAX]; /* the caller's; they outlive the struct */
};

/* Makes NEAREST ready to be offered names that are like WANTED. */
void nearest_begin(struct nearest *nearest, const char *wanted);

/* Keeps NAME if it is one of the nearest so far. A name that is kept already is not kept twice. */
void nearest_offer(struct nearest *nearest, const char *name);

/*
 * Writes what is to follow the message into BUF of SIZE bytes: '; did you mean "%file" or
 * "%stat"?', each name behind PREFIX, or nothing where no name is near. Returns BUF.
 */
char *nearest_text(const struct nearest *nearest, const char *prefix, char *buf, size_t size);

#endif
