/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests of /proc share: a thread that waits to read a byte.
 */
#ifndef STOP_TESTS_SUPPORT_READER_H
#define STOP_TESTS_SUPPORT_READER_H

#include <pthread.h>
#include <sys/syscall.h>

#include "support/child.h"

/* A thread that waits to read from a pipe. */
struct reader {
	int fd;
	char byte;
	_Atomic pid_t tid;
	pthread_t thread;
};

static inline void *wait_for_byte(void *argument)
{
	struct reader *reader = argument;
	reader->tid = (pid_t)syscall(SYS_gettid);
	/* The raw call, with exactly known arguments. */
	syscall(SYS_read, reader->fd, &reader->byte, 1L, 0x11L, 0x22L, 0x33L);
	return NULL;
}

static inline void start_reader(struct reader *reader, int fd)
{
	reader->fd = fd;
	reader->tid = 0;
	assert_int_equal(pthread_create(&reader->thread, NULL, wait_for_byte, reader), 0);
	for (int i = 0; i < PATIENCE_MS && !reader->tid; i++)
		pause_poll();
	assert_true(reader->tid);
}

#endif
