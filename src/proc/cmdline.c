/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of another process; see proc/cmdline.h. */
#include "config.h"

#include "proc/cmdline.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "proc/file.h"

#define PATIENCE_MS 200

/* A command line being read by a thread. */
struct words {
	pid_t pid;
	int done_fd;       /* an eventfd: signalled when it has been read */
	_Atomic bool left; /* by the thread or by its reader: the other one frees it */
	ssize_t size;
	char text[CMDLINE_WORDS_MAX];
};

static void words_free(struct words *words)
{
	if (words->done_fd >= 0)
		close(words->done_fd);
	free(words);
}

/* Returns whether the other side had left it before. */
static bool leave(struct words *words)
{
	return atomic_exchange(&words->left, true);
}

static void *read_words(void *argument)
{
	struct words *words = argument;
	char path[64];
	uint64_t one = 1;
	snprintf(path, sizeof(path), "/proc/%d/cmdline", proc_id(words->pid));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		words->size = read(fd, words->text, sizeof(words->text));
		close(fd);
	}
	/* Without a notification it counts as unreadable. */
	bool notified = write(words->done_fd, &one, sizeof(one)) == sizeof(one);
	(void)notified;
	if (leave(words))
		words_free(words);
	return NULL;
}

static bool start_reading(struct words *words)
{
	pthread_t thread;
	if (words->done_fd < 0 || pthread_create(&thread, NULL, read_words, words) != 0)
		return false;
	pthread_detach(thread);
	return true;
}

static bool is_read_in_time(const struct words *words)
{
	struct pollfd done = {.fd = words->done_fd, .events = POLLIN};
	return poll(&done, 1, PATIENCE_MS) == 1;
}

static size_t copy_words(const struct words *words, char *text, size_t size)
{
	size_t length = words->size > 0 ? (size_t)words->size : 0;
	if (length >= size)
		length = size - 1;
	memcpy(text, words->text, length);
	return length;
}

size_t cmdline_words(pid_t pid, char *text, size_t size)
{
	struct words *words = xcalloc(1, sizeof(*words));
	size_t length = 0;
	words->pid = pid;
	words->done_fd = eventfd(0, EFD_CLOEXEC);
	if (!start_reading(words)) {
		words_free(words);
		text[0] = '\0';
		return 0;
	}
	if (is_read_in_time(words))
		length = copy_words(words, text, size);
	text[length] = '\0';
	if (leave(words))
		words_free(words);
	return length;
}

void cmdline_read(pid_t pid, char *text, size_t size)
{
	size_t length = cmdline_words(pid, text, size);
	while (length && !text[length - 1])
		length--;
	for (size_t i = 0; i < length; i++) {
		if (!text[i])
			text[i] = ' ';
	}
}
