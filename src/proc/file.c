/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading small files; see proc/file.h. */
#include "config.h"

#include "proc/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

/* In no PID namespace. */
#define NOBODY (-1)

/* Whether /proc has our own number, which is remembered once it has. */
static bool is_of_our_namespace(void)
{
	static _Atomic bool is_known;
	char self[16];
	if (atomic_load_explicit(&is_known, memory_order_relaxed))
		return true;
	ssize_t size = readlink("/proc/self", self, sizeof(self) - 1);
	if (size < 0)
		return false;
	self[size] = '\0';
	bool is_ours = atoi(self) == (int)getpid();
	atomic_store_explicit(&is_known, is_ours, memory_order_relaxed);
	return is_ours;
}

int proc_id(pid_t tid)
{
	return is_of_our_namespace() ? (int)tid : NOBODY;
}

ssize_t proc_read_path(const char *path, char *buf, size_t size)
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
	return proc_read_path(path, buf, size);
}

char *proc_read_all(size_t max, const char *format, ...)
{
	char path[PROC_PATH_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	char *text = xcalloc(max + 1, 1);
	if (proc_read_path(path, text, max + 1) >= 0)
		return text;
	xfree(text);
	return NULL;
}

/* A file that is read in parts, and the beginning of the line at the end of the last one. */
struct lines {
	proc_take_line *take;
	void *context;
	size_t used;
	bool is_cut; /* the beginning of this line has been passed already */
	char text[PROC_LINE_MAX + 1];
};

/* Passes the line at TEXT, which ends at END. Returns whether to go on. */
static bool pass_line(struct lines *lines, const char *text, char *end)
{
	*end = '\0';
	return lines->is_cut || lines->take(text, lines->context);
}

/* Passes the lines that the text has, and keeps the rest. Returns whether to go on. */
static bool pass_lines(struct lines *lines)
{
	char *start = lines->text, *limit = lines->text + lines->used, *end;
	while ((end = memchr(start, '\n', (size_t)(limit - start)))) {
		if (!pass_line(lines, start, end))
			return false;
		lines->is_cut = false;
		start = end + 1;
	}
	if (start == lines->text && limit == lines->text + PROC_LINE_MAX) {
		bool goes_on = pass_line(lines, start, limit);
		lines->is_cut = true;
		lines->used = 0;
		return goes_on;
	}
	lines->used = (size_t)(limit - start);
	memmove(lines->text, start, lines->used);
	return true;
}

int proc_each_line(proc_take_line *take, void *context, const char *format, ...)
{
	char path[PROC_PATH_MAX];
	struct lines lines = {.take = take, .context = context};
	va_list args;
	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t got;
	bool goes_on = true;
	while (goes_on &&
		(got = read(fd, lines.text + lines.used, PROC_LINE_MAX - lines.used)) > 0) {
		lines.used += (size_t)got;
		goes_on = pass_lines(&lines);
	}
	int error = goes_on && got < 0 ? errno : 0;
	if (goes_on && lines.used)
		pass_line(&lines, lines.text, lines.text + lines.used);
	close(fd);
	return -error;
}

const char *proc_next_line(const char *text)
{
	const char *end = strchr(text, '\n');
	return end && end[1] ? end + 1 : NULL;
}
