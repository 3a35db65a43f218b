/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines to a file; see out/line_writer.h. */
#include "config.h"

#include "out/line_writer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/time.h"

/* Passed to write(2) at once. */
#define CHUNK_SIZE LINE_WRITER_MAX

struct chunk {
	struct chunk *next;
	size_t size;
	char text[CHUNK_SIZE];
};

struct line_writer {
	int fd;                     /* unless there is an `output` */
	struct line_output *output; /* owned; NULL: the file */
	size_t limit;
	pthread_t thread;
	struct chunk *open; /* takes lines; owned by the producer */

	pthread_mutex_t mutex;       /* of all that follows */
	pthread_cond_t changed;      /* there is a full chunk, or `is_closing` */
	struct chunk *first, **last; /* full ones, oldest first */
	struct chunk *spare;         /* empty ones */
	size_t size;                 /* bytes of all chunks, also spare ones */
	uint64_t written;
	int error;                /* errno of a write that has failed, or 0 */
	bool is_busy;             /* the thread writes a chunk */
	bool is_closing;          /* nothing is put any more */
	bool is_given_up;         /* … and what is left is not written */
	bool has_ended;           /* the thread */
	struct line_writer *next; /* in `left` */
};

/* Those whose thread has not ended in time: it uses them until we exit. */
static struct line_writer *left;

/* The thread. */

/* Waits until FD, which is non-blocking, is ready. */
static void await_ready(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLOUT};
	poll(&ready, 1, -1);
}

/* Writes CHUNK. Returns 0 or an errno. */
static int write_chunk(struct line_writer *writer, const struct chunk *chunk)
{
	size_t done = 0;
	while (done < chunk->size) {
		ssize_t count = write(writer->fd, chunk->text + done, chunk->size - done);
		if (count < 0 && errno == EAGAIN)
			await_ready(writer->fd);
		else if (count < 0 && errno != EINTR)
			return errno;
		if (count <= 0)
			continue;
		done += (size_t)count;
		pthread_mutex_lock(&writer->mutex);
		writer->written += (uint64_t)count;
		pthread_mutex_unlock(&writer->mutex);
	}
	return 0;
}

/* The same to the output. */
static int pass_chunk(struct line_writer *writer, const struct chunk *chunk)
{
	int error = writer->output->write(writer->output, chunk->text, chunk->size);
	pthread_mutex_lock(&writer->mutex);
	writer->written += chunk->size;
	pthread_mutex_unlock(&writer->mutex);
	return error;
}

/*
 * Takes the oldest full chunk; NULL: the writer is closed, and all is written or given up. Called
 * with the mutex locked.
 */
static struct chunk *take(struct line_writer *writer)
{
	while (!writer->first && !writer->is_closing)
		pthread_cond_wait(&writer->changed, &writer->mutex);
	struct chunk *chunk = writer->is_given_up ? NULL : writer->first;
	if (!chunk)
		return NULL;
	writer->first = chunk->next;
	if (!writer->first)
		writer->last = &writer->first;
	writer->is_busy = true;
	return chunk;
}

static void *run(void *argument)
{
	struct line_writer *writer = argument;
	struct chunk *chunk;
	pthread_mutex_lock(&writer->mutex);
	while ((chunk = take(writer)) != NULL) {
		int error = writer->error;
		pthread_mutex_unlock(&writer->mutex);
		if (!error)
			error = writer->output ? pass_chunk(writer, chunk)
			                       : write_chunk(writer, chunk);
		pthread_mutex_lock(&writer->mutex);
		writer->error = error;
		writer->is_busy = false;
		chunk->size = 0;
		chunk->next = writer->spare;
		writer->spare = chunk;
	}
	writer->has_ended = true;
	pthread_cond_broadcast(&writer->changed);
	pthread_mutex_unlock(&writer->mutex);
	return NULL;
}

/* The producer. */

static int start(struct line_writer *writer)
{
	sigset_t all, before;
	sigfillset(&all);
	/* Signals are for the main thread. */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&writer->thread, NULL, run, writer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

static void free_chunks(struct chunk *chunk)
{
	while (chunk) {
		struct chunk *next = chunk->next;
		free(chunk);
		chunk = next;
	}
}

static int make(int fd, struct line_output *output, size_t limit, struct line_writer **out)
{
	struct line_writer *writer = xcalloc(1, sizeof(*writer));
	pthread_condattr_t attributes;
	writer->fd = fd;
	writer->output = output;
	writer->limit = limit;
	writer->last = &writer->first;
	pthread_mutex_init(&writer->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&writer->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	int result = start(writer);
	if (result < 0) {
		free(writer);
		return result;
	}
	*out = writer;
	return 0;
}

int line_writer_new(int fd, size_t limit, struct line_writer **out)
{
	return make(fd, NULL, limit, out);
}

int line_writer_new_to(struct line_output *output, size_t limit, struct line_writer **out)
{
	return make(-1, output, limit, out);
}

/* An empty chunk; NULL: the buffer is full, or there is no memory for more. */
static struct chunk *new_chunk(struct line_writer *writer)
{
	pthread_mutex_lock(&writer->mutex);
	struct chunk *chunk = writer->spare;
	if (chunk) {
		writer->spare = chunk->next;
		chunk->next = NULL;
	}
	bool may_grow = !chunk && writer->size + CHUNK_SIZE <= writer->limit;
	pthread_mutex_unlock(&writer->mutex);
	if (!may_grow)
		return chunk;
	chunk = malloc(sizeof(*chunk));
	if (!chunk)
		return NULL;
	chunk->next = NULL;
	chunk->size = 0;
	writer->size += CHUNK_SIZE;
	return chunk;
}

/* Passes the open chunk to the thread; unless FORCED, only if that has nothing else to write. */
static void pass_on(struct line_writer *writer, bool forced)
{
	struct chunk *chunk = writer->open;
	pthread_mutex_lock(&writer->mutex);
	if (forced || !writer->first) {
		writer->open = NULL;
		chunk->next = NULL;
		*writer->last = chunk;
		writer->last = &chunk->next;
		pthread_cond_signal(&writer->changed);
	}
	pthread_mutex_unlock(&writer->mutex);
}

void line_writer_flush(struct line_writer *writer)
{
	/* While others wait, it goes on filling: many small ones would take the room of large ones.
	 */
	if (writer->open && writer->open->size)
		pass_on(writer, false);
}

bool line_writer_has_room(struct line_writer *writer, size_t size)
{
	if (writer->open && writer->open->size + size <= CHUNK_SIZE)
		return true;
	pthread_mutex_lock(&writer->mutex);
	bool has_room = writer->spare || writer->size + CHUNK_SIZE <= writer->limit;
	pthread_mutex_unlock(&writer->mutex);
	return has_room && size <= CHUNK_SIZE;
}

bool line_writer_put(struct line_writer *writer, const char *text, size_t size)
{
	if (size > CHUNK_SIZE)
		return false;
	if (writer->open && writer->open->size + size > CHUNK_SIZE)
		pass_on(writer, true);
	if (!writer->open)
		writer->open = new_chunk(writer);
	if (!writer->open)
		return false;
	memcpy(writer->open->text + writer->open->size, text, size);
	writer->open->size += size;
	return true;
}

bool line_writer_is_done(struct line_writer *writer)
{
	pthread_mutex_lock(&writer->mutex);
	bool is_done = (!writer->first && !writer->is_busy) || writer->error;
	pthread_mutex_unlock(&writer->mutex);
	return is_done && (!writer->open || !writer->open->size);
}

uint64_t line_writer_written(struct line_writer *writer)
{
	pthread_mutex_lock(&writer->mutex);
	uint64_t written = writer->written;
	pthread_mutex_unlock(&writer->mutex);
	return written;
}

int line_writer_error(struct line_writer *writer)
{
	pthread_mutex_lock(&writer->mutex);
	int error = writer->error;
	pthread_mutex_unlock(&writer->mutex);
	return -error;
}

/* Whether the thread has written what is left and ended until UNTIL_NS. */
static bool end_thread(struct line_writer *writer, uint64_t until_ns)
{
	const struct timespec until = {
		.tv_sec = (time_t)(until_ns / NS_PER_S),
		.tv_nsec = (long)(until_ns % NS_PER_S),
	};
	pthread_mutex_lock(&writer->mutex);
	writer->is_closing = true;
	pthread_cond_broadcast(&writer->changed);
	while (!writer->has_ended &&
		pthread_cond_timedwait(&writer->changed, &writer->mutex, &until) == 0)
		;
	bool has_ended = writer->has_ended;
	writer->is_given_up = true;
	pthread_mutex_unlock(&writer->mutex);
	return has_ended;
}

int line_writer_close(struct line_writer *writer, uint64_t until_ns)
{
	if (!writer)
		return 0;
	if (writer->open && writer->open->size)
		pass_on(writer, true);
	if (!end_thread(writer, until_ns)) {
		writer->next = left;
		left = writer;
		return -EAGAIN;
	}
	pthread_join(writer->thread, NULL);
	int error = writer->error;
	int closed = writer->output          ? writer->output->close(writer->output)
	             : close(writer->fd) < 0 ? errno
	                                     : 0;
	if (!error)
		error = closed;
	free_chunks(writer->first);
	free_chunks(writer->spare);
	free_chunks(writer->open);
	pthread_cond_destroy(&writer->changed);
	pthread_mutex_destroy(&writer->mutex);
	free(writer);
	return -error;
}
