/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory maps of processes; see stack/process_maps.h. */
#include "config.h"

#include "stack/process_maps.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"

/* Minimum interval between rereads of a map because of an unknown address. */
#define REFRESH_EVERY_NS (20 * NS_PER_MS)

/* A large map is reread more rarely: this multiple of the time that it takes. */
#define REFRESH_SHARE    16

/* The least interval between rereads of what can be read at all. */
#define AREAS_EVERY_NS   NS_PER_S

struct process_maps *process_maps_new(pid_t tgid)
{
	struct process_maps *maps = xcalloc(1, sizeof(*maps));
	maps->tgid = maps->tid = tgid;
	return maps;
}

void process_maps_free(struct process_maps *maps)
{
	if (!maps)
		return;
	free(maps->text);
	free(maps->area);
	free(maps);
}

bool process_maps_set(struct process_maps *maps, pid_t tid, const char *text, size_t size)
{
	maps->tid = tid;
	if (maps->text_size == size && size && memcmp(maps->text, text, size) == 0)
		return false;
	char *copy = xcalloc(size, 1);
	memcpy(copy, text, size);
	free(maps->text);
	maps->text = copy;
	maps->text_size = size;
	maps->worker = 0;
	maps->sent = 0;
	struct maps_line line;
	maps->has_interpreter = false;
	for (size_t at = 0; !maps->has_interpreter && process_maps_next(maps, &at, &line);)
		maps->has_interpreter = process_maps_python(&line) != 0;
	return true;
}

bool process_maps_next(const struct process_maps *maps, size_t *at, struct maps_line *line)
{
	const char *end = maps->text + maps->text_size, *next = maps->text + *at;
	while (maps_next(&next, end, line)) {
		*at = (size_t)(next - maps->text);
		bool is_constant = line->inode && line->readable && !line->writable;
		if (line->executable || is_constant)
			return true;
	}
	return false;
}

bool process_maps_find(const struct process_maps *maps, uint64_t start, struct maps_line *line)
{
	for (size_t at = 0; process_maps_next(maps, &at, line);) {
		if (line->start == start)
			return true;
	}
	return false;
}

bool process_maps_is_named(const struct maps_line *line, const char *name)
{
	return line->name_size == strlen(name) && memcmp(line->name, name, line->name_size) == 0;
}

unsigned int process_maps_python(const struct maps_line *line)
{
	static const char *const names[] = {"/python3.", "/libpython3."};
	for (size_t i = 0; line->executable && line->inode && i < sizeof(names) / sizeof(*names);
		i++) {
		size_t size = strlen(names[i]);
		const char *name = memrchr(line->name, '/', line->name_size);
		const char *end = line->name + line->name_size;
		unsigned int minor = 0;
		if (!name || (size_t)(end - name) <= size || memcmp(name, names[i], size) != 0)
			continue;
		for (name += size; name < end && isdigit((unsigned char)*name) && minor < 100;
			name++)
			minor = 10 * minor + (unsigned int)(*name - '0');
		/* 3.13t has no GIL, and 3.11d other structures. */
		return name == end || *name == '.' ? minor : 0;
	}
	return 0;
}

/* Reads the whole map. The thread may have ended meanwhile, or the leader before that. */
static int read_all(const struct process_maps *maps, struct maps_text *text)
{
	int result = maps_read(maps->tid, text);
	return result < 0 && maps->tid != maps->tgid ? maps_read(maps->tgid, text) : result;
}

/* Reads the map as the engine sends it. */
static int read_maps(const struct process_maps *process, struct maps_text *maps)
{
	struct maps_filter filter = {0};
	int result = read_all(process, maps);
	if (result == 0)
		maps_filter_some(&filter, SIZE_MAX, maps);
	maps_filter_clear(&filter);
	return result;
}

bool process_maps_refresh(struct process_maps *maps, uint64_t now_ns)
{
	if (now_ns < maps->refresh_ns)
		return false;
	struct maps_text text = {0};
	uint64_t begin_ns = clock_now_ns();
	bool is_other = read_maps(maps, &text) == 0 &&
	                process_maps_set(maps, maps->tid, text.text, text.size);
	maps_clear(&text);
	uint64_t spent_ns = clock_now_ns() - begin_ns;
	maps->refresh_ns = now_ns + REFRESH_EVERY_NS + spent_ns * REFRESH_SHARE;
	return is_other;
}

/* What can be read. */

static void add_area(struct process_maps *maps, const struct maps_line *line)
{
	struct process_area *last = maps->area_count ? &maps->area[maps->area_count - 1] : NULL;
	if (last && last->end == line->start) {
		last->end = line->end;
		return;
	}
	if (maps->area_count % 64 == 0)
		maps->area = xreallocarray(maps->area, maps->area_count + 64, sizeof(*maps->area));
	maps->area[maps->area_count++] = (struct process_area){
		.start = line->start, .end = line->end};
}

static void read_areas(struct process_maps *maps, uint64_t now_ns)
{
	struct maps_text text = {0};
	struct maps_line line;
	uint64_t begin_ns = clock_now_ns();
	bool is_known = read_all(maps, &text) == 0;
	const char *at = text.text;
	maps->area_count = 0;
	while (is_known && maps_next(&at, text.text + text.size, &line)) {
		if (line.readable)
			add_area(maps, &line);
	}
	maps_clear(&text);
	uint64_t spent_ns = clock_now_ns() - begin_ns;
	maps->area_ns = now_ns + AREAS_EVERY_NS + spent_ns * REFRESH_SHARE;
}

int process_maps_joins(struct process_maps *maps, uint64_t from, uint64_t to, uint64_t now_ns)
{
	if (now_ns >= maps->area_ns)
		read_areas(maps, now_ns);
	size_t low = 0, high = maps->area_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (maps->area[middle].end <= from)
			low = middle + 1;
		else
			high = middle;
	}
	/* It may have been mapped meanwhile. */
	if (low == maps->area_count || maps->area[low].start > from)
		return -1;
	return to < maps->area[low].end;
}
