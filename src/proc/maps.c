/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory maps; see proc/maps.h. */
#include "config.h"

#include "proc/maps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "proc/file.h"

#define TEXT_FIRST (64 << 10)

#define DELETED    " (deleted)"

/* Doubles the room for the text. It can be large, so lack of memory is an error, not the end. */
static bool grow(struct maps_text *maps)
{
	size_t room = maps->room ? maps->room * 2 : TEXT_FIRST;
	char *text = realloc(maps->text, room);
	if (!text)
		return false;
	maps->text = text;
	maps->room = room;
	return true;
}

int maps_open(pid_t tid)
{
	char path[32];
	snprintf(path, sizeof(path), "/proc/%d/maps", proc_id(tid));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int maps_read_some(int fd, size_t size, struct maps_text *maps)
{
	size_t end = maps->size + size;
	while (maps->size < end) {
		if (maps->size == maps->room && maps->room < MAPS_TEXT_MAX && !grow(maps))
			return -ENOMEM;
		size_t room = maps->room - maps->size, wanted = end - maps->size;
		ssize_t got = read(fd, maps->text + maps->size, wanted < room ? wanted : room);
		if (got < 0)
			return -errno;
		if (got == 0 && maps->size >= MAPS_TEXT_MAX)
			return -EFBIG;
		if (got == 0)
			return maps->size ? 0 : -ESRCH;
		maps->size += (size_t)got;
	}
	return 1;
}

int maps_read(pid_t tid, struct maps_text *maps)
{
	int fd = maps_open(tid), result;
	if (fd < 0)
		return fd;
	maps->size = 0;
	while ((result = maps_read_some(fd, TEXT_FIRST, maps)) == 1)
		;
	close(fd);
	if (result < 0)
		maps->size = 0;
	return result;
}

void maps_clear(struct maps_text *maps)
{
	free(maps->text);
	*maps = (struct maps_text){0};
}

/*
 * The parser. Hand-written because the target waits for it: sscanf(3) takes ten times as long.
 */

/* The rest of a line. */
struct cursor {
	const char *at, *end;
};

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* Parses a number in BASE, terminated by LAST, into *VALUE. */
static bool take_number(struct cursor *cursor, int base, char last, uint64_t *value)
{
	const char *start = cursor->at;
	uint64_t number = 0;
	while (cursor->at < cursor->end && digit_value(*cursor->at) < base)
		number = number * (uint64_t)base + (uint64_t)digit_value(*cursor->at++);
	if (cursor->at == start || cursor->at == cursor->end || *cursor->at != last)
		return false;
	cursor->at++;
	*value = number;
	return true;
}

/* Parses the relevant part of "r-xp ". */
static bool take_rights(struct cursor *cursor, struct maps_line *line)
{
	if (cursor->end - cursor->at < 5)
		return false;
	line->readable = cursor->at[0] == 'r';
	line->writable = cursor->at[1] == 'w';
	line->executable = cursor->at[2] == 'x';
	cursor->at += 5;
	return true;
}

static void take_name(struct cursor *cursor, struct maps_line *line)
{
	size_t mark = sizeof(DELETED) - 1;
	while (cursor->at < cursor->end && *cursor->at == ' ')
		cursor->at++;
	line->name = cursor->at;
	line->name_size = (size_t)(cursor->end - cursor->at);
	line->deleted = line->name_size > mark && memcmp(cursor->end - mark, DELETED, mark) == 0;
	if (line->deleted)
		line->name_size -= mark;
}

static bool parse(struct cursor cursor, struct maps_line *line)
{
	uint64_t major, minor;
	/* The inode number is followed by a blank and a name, or by the end of the line. */
	if (!take_number(&cursor, 16, '-', &line->start) ||
		!take_number(&cursor, 16, ' ', &line->end) || !take_rights(&cursor, line) ||
		!take_number(&cursor, 16, ' ', &line->offset) ||
		!take_number(&cursor, 16, ':', &major) || !take_number(&cursor, 16, ' ', &minor) ||
		!take_number(&cursor, 10, ' ', &line->inode) || line->end <= line->start)
		return false;
	line->major = (unsigned int)major;
	line->minor = (unsigned int)minor;
	take_name(&cursor, line);
	return true;
}

bool maps_next(const char **at, const char *end, struct maps_line *line)
{
	while (*at < end) {
		const char *stop = memchr(*at, '\n', (size_t)(end - *at));
		struct cursor cursor = {*at, stop ? stop : end};
		*at = stop ? stop + 1 : end;
		if (parse(cursor, line))
			return true;
	}
	return false;
}

char *maps_name(const struct maps_line *line)
{
	static const char escaped[] = "\\012";
	size_t size = sizeof(escaped) - 1, used = 0;
	char *name = xcalloc(line->name_size + 1, 1);
	for (size_t i = 0; i < line->name_size;) {
		bool is_newline = line->name_size - i >= size &&
		                  memcmp(line->name + i, escaped, size) == 0;
		name[used++] = is_newline ? '\n' : line->name[i];
		i += is_newline ? size : 1;
	}
	return name;
}

/* The filter. */

static uint64_t file_key(const struct maps_line *line)
{
	/* If two files had the same key, both would be kept. */
	return line->inode ^ (uint64_t)line->major << 52 ^ (uint64_t)line->minor << 40;
}

static bool is_needed(const struct maps_filter *filter, const struct maps_line *line)
{
	if (line->executable)
		return true;
	return line->inode && line->readable && !line->writable &&
	       map_get(&filter->files, file_key(line));
}

bool maps_is_anonymous_code(const struct maps_line *line)
{
	static const char named[] = "[anon";
	size_t size = sizeof(named) - 1;
	return line->executable && !line->inode &&
	       (line->name_size == 0 ||
		       (line->name_size > size && memcmp(line->name, named, size) == 0));
}

/* Adds the file of LINE, or of that before it, if one is code of the other that was moved. */
static void find_moved_code(struct maps_filter *filter, const struct maps_line *line)
{
	struct maps_line *last = &filter->last;
	bool is_moved = maps_is_anonymous_code(line);
	if (last->end == line->start && is_moved && last->inode)
		map_put(&filter->files, file_key(last), filter);
	if (last->end == line->start && filter->follows_code && line->inode)
		map_put(&filter->files, file_key(line), filter);
	filter->follows_code = is_moved;
	*last = *line;
	last->name = NULL;
}

/* Looks at LINE, which is SIZE bytes at TEXT + DONE, once or twice. */
static void filter_line(
	struct maps_filter *filter, const struct maps_line *line, size_t size, char *text)
{
	if (!filter->files_known) {
		if (line->executable && line->inode)
			map_put(&filter->files, file_key(line), filter);
		find_moved_code(filter, line);
	} else if (is_needed(filter, line)) {
		memmove(text + filter->kept, text + filter->done, size);
		filter->kept += size;
	}
}

bool maps_filter_some(struct maps_filter *filter, size_t lines, struct maps_text *maps)
{
	for (;;) {
		const char *from = maps->text + filter->done, *at = from;
		struct maps_line line;
		if (!lines--)
			return false;
		bool any = maps_next(&at, maps->text + maps->size, &line);
		if (any) {
			filter_line(filter, &line, (size_t)(at - from), maps->text);
			filter->done = (size_t)(at - maps->text);
		} else if (filter->files_known) {
			maps->size = filter->kept;
			return true;
		} else {
			filter->files_known = true;
			filter->done = 0;
		}
	}
}

void maps_filter_clear(struct maps_filter *filter)
{
	map_clear(&filter->files);
	*filter = (struct maps_filter){0};
}
