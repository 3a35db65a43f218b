/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A queue of bytes for the terminal: those that it does not accept yet are kept. No function
 * blocks. One thread.
 */
#ifndef STOP_UI_WRITE_QUEUE_H
#define STOP_UI_WRITE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct write_queue {
	int fd;
	bool may_block; /* FD has no O_NONBLOCK, because others share its open file */
	char *data;     /* owned */
	size_t capacity;
	size_t size; /* bytes in DATA */
	size_t sent; /* number of these that were written */
};

/* Adds SIZE bytes of DATA. */
void write_queue_add(struct write_queue *queue, const char *data, size_t size);

/* The same for a string. */
void write_queue_puts(struct write_queue *queue, const char *text);

/* Writes as much as the terminal accepts. Returns whether nothing is left. For a terminal that is
 * gone, discards everything. */
bool write_queue_send(struct write_queue *queue);

/* Discards unwritten bytes. */
void write_queue_drop(struct write_queue *queue);

/* Frees the bytes. */
void write_queue_clear(struct write_queue *queue);

#endif
