/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file for each thread; see out/thread_files.h. */
#include "config.h"

#include "out/thread_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/map.h"

#define MODE           0600

/* Files that are open at the same time. */
#define OPEN_MAX_FILES 32

struct open_file {
	pid_t tid; /* 0: none */
	int fd;
};

struct thread_files {
	struct line_output output; /* first */
	const char *path;
	struct map seen; /* threads that have a file */
	struct open_file open[OPEN_MAX_FILES];
	size_t next; /* the one to be closed next */
};

/* A line of TID begins a file if it is the first. Returns a descriptor or -errno. */
static int open_file(struct thread_files *files, pid_t tid)
{
	char path[PATH_MAX];
	bool is_first = !map_get(&files->seen, (uint64_t)tid);
	int length = snprintf(path, sizeof(path), "%s.%d", files->path, (int)tid);
	if (length >= (int)sizeof(path))
		return -ENAMETOOLONG;
	int fd = open(path,
		O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | (is_first ? O_TRUNC : O_APPEND), MODE);
	if (fd < 0)
		return -errno;
	map_put(&files->seen, (uint64_t)tid, files);
	return fd;
}

/* The descriptor of the file of TID, or -errno. */
static int file_of(struct thread_files *files, pid_t tid)
{
	for (size_t i = 0; i < OPEN_MAX_FILES; i++) {
		if (files->open[i].tid == tid)
			return files->open[i].fd;
	}
	struct open_file *file = &files->open[files->next];
	files->next = (files->next + 1) % OPEN_MAX_FILES;
	if (file->tid && close(file->fd) < 0)
		return -errno;
	file->tid = 0;
	int fd = open_file(files, tid);
	if (fd < 0)
		return fd;
	*file = (struct open_file){tid, fd};
	return fd;
}

/* Writes the SIZE bytes of TEXT. Returns 0 or an errno. */
static int write_text(int fd, const char *text, size_t size)
{
	size_t done = 0;
	while (done < size) {
		ssize_t count = write(fd, text + done, size - done);
		if (count < 0 && errno != EINTR)
			return errno;
		done += count > 0 ? (size_t)count : 0;
	}
	return 0;
}

static int write_lines(struct line_output *output, const char *text, size_t size)
{
	struct thread_files *files = (struct thread_files *)output;
	struct thread_line head;
	for (size_t at = 0; at < size; at += sizeof(head) + head.size) {
		memcpy(&head, text + at, sizeof(head));
		int fd = file_of(files, head.tid);
		int error = fd < 0 ? -fd : write_text(fd, text + at + sizeof(head), head.size);
		if (error)
			return error;
	}
	return 0;
}

static int close_all(struct line_output *output)
{
	struct thread_files *files = (struct thread_files *)output;
	int error = 0;
	for (size_t i = 0; i < OPEN_MAX_FILES; i++) {
		if (files->open[i].tid && close(files->open[i].fd) < 0)
			error = errno;
	}
	map_clear(&files->seen);
	free(files);
	return error;
}

struct line_output *thread_files_new(const char *path)
{
	struct thread_files *files = xcalloc(1, sizeof(*files));
	files->output = (struct line_output){.write = write_lines, .close = close_all};
	files->path = path;
	return &files->output;
}
