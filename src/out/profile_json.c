/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles read from JSON, which may come from anywhere; see out/profile.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "out/json.h"
#include "out/profile.h"

/* Read at once. */
#define CHUNK         (64 << 10)

/* Growth of text when it is escaped, and room for its end. */
#define ESCAPE_GROWTH 4
#define ESCAPE_ROOM   8

/* No report has more rows of one kind; of calls, which have histograms, fewer. */
#define ROWS_MAX      200000
#define CALLS_MAX     4096

/*
 * The library's allocator while it reads: what it has, and what it may have. It has no argument, so
 * this is for the one thread that reads.
 */
static size_t allocated;

/* Before each piece: its size. */
union head {
	size_t size;
	max_align_t alignment;
};

static void *allocate(size_t size)
{
	if (size > PROFILE_MEMORY_MAX || allocated + size + sizeof(union head) > PROFILE_MEMORY_MAX)
		return NULL;
	union head *head = malloc(sizeof(*head) + size);
	if (!head)
		return NULL;
	head->size = sizeof(*head) + size;
	allocated += head->size;
	return head + 1;
}

static void release(void *memory)
{
	union head *head = memory;
	if (!head)
		return;
	head--;
	allocated -= head->size;
	free(head);
}

/* Fields of OBJECT; what is absent or of another type is 0, NULL or empty. */

static uint64_t number(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	json_int_t integer = json_is_integer(value) ? json_integer_value(value) : 0;
	return integer > 0 ? (uint64_t)integer : 0;
}

static const char *string(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/*
 * TEXT as it may be shown; the caller frees it. Our own writer has escaped it: then this changes
 * nothing, but that backslashes are not doubled twice.
 */
static char *safe(const char *text)
{
	size_t size = strlen(text), room = ESCAPE_GROWTH * size + ESCAPE_ROOM, used = 0;
	char *result = xcalloc(1, room);
	/* What is between backslashes. */
	for (const char *at = text; *at;) {
		size_t length = strcspn(at, "\\");
		if (length)
			used += strlen(text_escape(at, length, result + used, room - used));
		at += length;
		if (*at == '\\')
			result[used++] = *at++;
	}
	return result;
}

/* A row of PART with the numbers of OBJECT. */
static struct profile_row *add(
	struct profile *profile, enum profile_part part, const char *name, const json_t *object)
{
	char *escaped = safe(name);
	struct profile_row *row = profile_add(profile, part, escaped);
	uint64_t total_ns = number(object, "total_ns"), idle_ns = number(object, "idle_ns");
	row->value[PROFILE_COUNT] = number(object, "calls");
	row->value[PROFILE_ERRORS] = number(object, "errors");
	row->value[PROFILE_TIME] = total_ns > idle_ns ? total_ns - idle_ns : 0;
	free(escaped);
	return row;
}

static void read_call(struct profile *profile, const json_t *object)
{
	const char *name = string(object, "name");
	const json_t *pair;
	size_t i;
	if (!name)
		return;
	struct profile_row *row = add(profile, PROFILE_CALLS, name, object);
	row->value[PROFILE_BYTES] = number(object, "bytes");
	json_array_foreach(json_object_get(object, "latency"), i, pair)
	{
		const json_t *low = json_array_get(pair, 0), *count = json_array_get(pair, 1);
		if (!json_is_integer(low) || !json_is_integer(count) ||
			json_integer_value(low) < 0 || json_integer_value(count) < 0)
			continue;
		hist_add_bucket(&row->latency, hist_bucket_of((uint64_t)json_integer_value(low)),
			(uint64_t)json_integer_value(count));
	}
}

static void read_file(struct profile *profile, const json_t *object)
{
	const char *name = string(object, "name");
	if (!name)
		return;
	struct profile_row *row = add(profile, PROFILE_FILES, name, object);
	row->value[PROFILE_BYTES] = number(object, "bytes_in") + number(object, "bytes_out");
}

/* Writes the frame OBJECT as in out/frames.h, and a ";". */
static void write_frame(FILE *stream, const json_t *object)
{
	const char *symbol = string(object, "symbol"), *module = string(object, "module");
	const char *offset = string(object, "offset");
	const char *slash = module ? strrchr(module, '/') : NULL;
	if (symbol)
		fprintf(stream, "%s;", symbol);
	else if (module && offset && strcmp(offset, "0x0") == 0)
		fprintf(stream, "%s;", slash ? slash + 1 : module);
	else
		fprintf(stream, "%s+%s;",
			slash    ? slash + 1
			: module ? module
				 : "?",
			offset ? offset : "?");
}

static void read_stack(struct profile *profile, const json_t *object)
{
	const char *call = string(object, "syscall"), *end = string(object, "end");
	const json_t *frames = json_object_get(object, "frames");
	char *name;
	size_t size;
	FILE *stream = open_memstream(&name, &size);
	if (!stream)
		return;
	if (end)
		fprintf(stream, "[%s];", end);
	for (size_t i = json_array_size(frames); i-- > 0;)
		write_frame(stream, json_array_get(frames, i));
	fputs(call ? call : "?", stream);
	fclose(stream);
	add(profile, PROFILE_STACKS, name, object);
	free(name);
}

/* The lists of a report. */
static const struct {
	const char *field;
	size_t max;
	void (*read)(struct profile *profile, const json_t *object);
} lists[PROFILE_PARTS] = {
	[PROFILE_CALLS] = {"syscalls", CALLS_MAX, read_call},
	[PROFILE_FILES] = {"files", ROWS_MAX, read_file},
	[PROFILE_STACKS] = {"stacks", ROWS_MAX, read_stack},
};

/* Whether ROOT is about a program that was seen from its beginning to its end. */
static bool is_whole(const json_t *root)
{
	return string(root, "ended") && json_is_true(json_object_get(root, "final")) &&
	       json_is_true(json_object_get(root, "started")) &&
	       number(root, "counted_ns") == number(root, "elapsed_ns");
}

static struct profile *profile_of(const json_t *root)
{
	struct profile *profile = xcalloc(1, sizeof(*profile));
	const char *target = string(root, "command"), *engine = string(root, "engine");
	const json_t *object;
	size_t i;
	profile->target = safe(target ? target : "?");
	profile->engine = safe(engine ? engine : "?");
	profile->counted_ns = number(root, "counted_ns");
	profile->is_whole = is_whole(root);
	profile->is_filtered = json_is_string(json_object_get(root, "filter"));
	for (size_t part = 0; part < PROFILE_PARTS; part++) {
		const json_t *list = json_object_get(root, lists[part].field);
		json_array_foreach(list, i, object)
		{
			if (i < lists[part].max)
				lists[part].read(profile, object);
		}
		/* Without -k, the list of stacks is empty. */
		profile->list[part].is_known |= part != PROFILE_STACKS && json_is_array(list);
	}
	profile_sort(profile);
	return profile;
}

/* The contents of FD in *TEXT, which the caller frees, and *SIZE. Returns 0 or -errno. */
static int read_all(int fd, char **text, size_t *size)
{
	size_t room = 0, used = 0;
	char *buf = NULL;
	int result = 0;
	for (;;) {
		buf = xlengthen(buf, &room, used + CHUNK, 1);
		ssize_t got = read(fd, buf + used, CHUNK);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			result = -errno;
		if (got <= 0)
			break;
		used += (size_t)got;
		if (used > PROFILE_FILE_MAX) {
			result = -EFBIG;
			break;
		}
	}
	if (result)
		free(buf);
	else
		*text = buf, *size = used;
	return result;
}

/* The last of the values in TEXT, or NULL with ERROR. */
static json_t *last_value(const char *text, size_t size, char error[PROFILE_ERROR_MAX])
{
	json_error_t wrong;
	json_t *last = NULL;
	char shown[PROFILE_ERROR_MAX / 2];
	for (size_t at = 0; at < size;) {
		size_t blanks = 0;
		while (at + blanks < size && strchr(" \t\r\n", text[at + blanks]) &&
			text[at + blanks])
			blanks++;
		if ((at += blanks) >= size)
			break;
		json_t *value = json_loadb(text + at, size - at, JSON_DISABLE_EOF_CHECK, &wrong);
		if (!value || wrong.position <= 0) {
			json_decref(value);
			json_decref(last);
			text_escape(wrong.text, sizeof(wrong.text), shown, sizeof(shown));
			snprintf(error, PROFILE_ERROR_MAX, "it is not JSON (line %d: %s)",
				wrong.line, shown);
			return NULL;
		}
		json_decref(last);
		last = value;
		at += (size_t)wrong.position;
	}
	if (!last)
		snprintf(error, PROFILE_ERROR_MAX, "it is empty");
	return last;
}

static int parse(const char *text, size_t size, struct profile **out, char error[PROFILE_ERROR_MAX])
{
	char shown[64];
	json_t *root = last_value(text, size, error);
	const char *schema = string(root, "schema");
	int result = root ? 0 : -EINVAL;
	if (root && !schema)
		snprintf(error, PROFILE_ERROR_MAX, "it is no report of stop -c --format=json");
	else if (root && strcmp(schema, JSON_SCHEMA) != 0)
		snprintf(error, PROFILE_ERROR_MAX, "its schema is \"%s\", not " JSON_SCHEMA,
			text_escape(schema, strlen(schema), shown, sizeof(shown)));
	else if (root)
		*out = profile_of(root);
	if (root && (!schema || strcmp(schema, JSON_SCHEMA) != 0))
		result = -EINVAL;
	json_decref(root);
	return result;
}

int profile_read(const char *path, struct profile **out, char error[PROFILE_ERROR_MAX])
{
	json_malloc_t old_malloc;
	json_free_t old_free;
	char *text = NULL;
	size_t size = 0;
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	int result = fd < 0 ? -errno : read_all(fd, &text, &size);
	if (result == -EFBIG)
		snprintf(error, PROFILE_ERROR_MAX, "it is larger than %zu MiB",
			PROFILE_FILE_MAX >> 20);
	else if (result < 0)
		snprintf(error, PROFILE_ERROR_MAX, "%s", strerrordesc_np(-result));
	if (fd >= 0 && !is_stdin)
		close(fd);
	if (result < 0)
		return result;
	json_get_alloc_funcs(&old_malloc, &old_free);
	json_set_alloc_funcs(allocate, release);
	result = parse(text, size, out, error);
	json_set_alloc_funcs(old_malloc, old_free);
	free(text);
	return result;
}
