/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A queue of bytes for the terminal; see ui/write_queue.h. */
#include "config.h"

#include "ui/write_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/timed_write.h"

#define FIRST_CAPACITY 4096

void write_queue_add(struct write_queue *queue, const char *data, size_t size)
{
	size_t capacity = queue->capacity ? queue->capacity : FIRST_CAPACITY;
	while (capacity < queue->size + size)
		capacity *= 2;
	if (capacity != queue->capacity) {
		queue->data = xreallocarray(queue->data, capacity, 1);
		queue->capacity = capacity;
	}
	memcpy(queue->data + queue->size, data, size);
	queue->size += size;
}

void write_queue_puts(struct write_queue *queue, const char *text)
{
	write_queue_add(queue, text, strlen(text));
}

/* Returns the number of bytes written, 0 if there is no room, or -errno. */
static ssize_t write_some(const struct write_queue *queue)
{
	const char *data = queue->data + queue->sent;
	size_t size = queue->size - queue->sent, done;
	if (!queue->may_block) {
		ssize_t taken = write(queue->fd, data, size);
		return taken >= 0 ? taken : errno == EAGAIN || errno == EINTR ? 0 : -errno;
	}
	int error = timed_write(queue->fd, data, size, 0, &done);
	return error == 0 || error == -EAGAIN ? (ssize_t)done : error;
}

bool write_queue_send(struct write_queue *queue)
{
	while (queue->sent < queue->size) {
		ssize_t taken = write_some(queue);
		if (taken == 0)
			return false;
		if (taken < 0)
			break; /* the terminal is gone, which is noticed by reading from it */
		queue->sent += (size_t)taken;
	}
	write_queue_drop(queue);
	return true;
}

void write_queue_drop(struct write_queue *queue)
{
	queue->size = queue->sent = 0;
}

void write_queue_clear(struct write_queue *queue)
{
	free(queue->data);
	*queue = (struct write_queue){.fd = queue->fd};
}
