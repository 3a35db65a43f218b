/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading small files; see proc/file.h. */
#include "config.h"

#include "proc/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

static ssize_t read_path(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	size_t used = 0;
	ssize_t got = 0;
	while (used < size - 1 && (got = read(fd, buf + used, size - 1 - used)) > 0)
		used += (size_t)got;
	int error = errno;
	close(fd);
	if (got < 0)
		return -error;
	buf[used] = '\0';
	return (ssize_t)used;
}

ssize_t proc_read(char *buf, size_t size, const char *format, ...)
{
	char path[PROC_PATH_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	return read_path(path, buf, size);
}

char *proc_read_all(size_t max, const char *format, ...)
{
	char path[PROC_PATH_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	char *text = xcalloc(max + 1, 1);
	if (read_path(path, text, max + 1) >= 0)
		return text;
	free(text);
	return NULL;
}

const char *proc_next_line(const char *text)
{
	const char *end = strchr(text, '\n');
	return end && end[1] ? end + 1 : NULL;
}
