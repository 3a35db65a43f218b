/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pprof; see out/pprof.h. The numbers of fields are those of pprof's profile.proto; the encoding is
 * that of protobuf.dev: a tag, and a number of variable length or a length and bytes.
 */
#include "config.h"

#include "out/pprof.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "out/functions.h"

/* Fields of messages. */
enum {
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLE = 2,
	PROFILE_MAPPING = 3,
	PROFILE_LOCATION = 4,
	PROFILE_FUNCTION = 5,
	PROFILE_STRING = 6,
	PROFILE_TIME = 9,
	PROFILE_DURATION = 10,
	PROFILE_DEFAULT_TYPE = 14
};
enum { TYPE_TYPE = 1, TYPE_UNIT = 2 };
enum { SAMPLE_LOCATION = 1, SAMPLE_VALUE = 2 };
enum { MAPPING_ID = 1, MAPPING_FILE = 5, MAPPING_BUILD_ID = 6, MAPPING_HAS_FUNCTIONS = 7 };
enum { LOCATION_ID = 1, LOCATION_MAPPING = 2, LOCATION_ADDRESS = 3, LOCATION_LINE = 4 };
enum { LINE_FUNCTION = 1, LINE_LINE = 2 };
enum { FUNCTION_ID = 1, FUNCTION_NAME = 2, FUNCTION_SYSTEM_NAME = 3, FUNCTION_FILE = 4 };

/* How a field is encoded. */
enum { WIRE_NUMBER = 0, WIRE_BYTES = 2 };

/* A message that grows. */
struct message {
	unsigned char *bytes; /* owned */
	size_t size, room;
};

static void put_bytes(struct message *message, const void *bytes, size_t size)
{
	message->bytes = xlengthen(message->bytes, &message->room, message->size + size + 1, 1);
	memcpy(message->bytes + message->size, bytes, size);
	message->size += size;
}

static void put_number(struct message *message, uint64_t number)
{
	unsigned char byte;
	do {
		byte = (unsigned char)((number & 0x7f) | (number > 0x7f ? 0x80 : 0));
		put_bytes(message, &byte, 1);
	} while (number >>= 7);
}

static void add_number(struct message *message, unsigned int field, uint64_t number)
{
	put_number(message, field << 3 | WIRE_NUMBER);
	put_number(message, number);
}

static void add_bytes(struct message *message, unsigned int field, const void *bytes, size_t size)
{
	put_number(message, field << 3 | WIRE_BYTES);
	put_number(message, size);
	put_bytes(message, bytes, size);
}

/* Adds PART and empties it. */
static void add_message(struct message *message, unsigned int field, struct message *part)
{
	add_bytes(message, field, part->bytes ? (const void *)part->bytes : "", part->size);
	part->size = 0;
}

/* The table of strings: each number of a string is its place. */
struct strings {
	char **text; /* owned; the first is "" */
	size_t count, room;
};

static uint64_t string(struct strings *strings, const char *text)
{
	strings->text = xlengthen(
		strings->text, &strings->room, strings->count + 1, sizeof(*strings->text));
	strings->text[strings->count] = xstrdup(text ? text : "");
	return text && *text ? strings->count++ : (free(strings->text[strings->count]), 0);
}

struct writer {
	struct message profile, part, line;
	struct strings strings;
};

static void add_type(struct writer *writer, const char *type, const char *unit)
{
	add_number(&writer->part, TYPE_TYPE, string(&writer->strings, type));
	add_number(&writer->part, TYPE_UNIT, string(&writer->strings, unit));
	add_message(&writer->profile, PROFILE_SAMPLE_TYPE, &writer->part);
}

static void add_sample(struct writer *writer, const struct functions *functions,
	const struct stack_row *row, size_t first, size_t end)
{
	for (size_t at = end; at-- > first;)
		put_number(&writer->line, functions->index[at] + 1); /* the innermost first */
	add_message(&writer->part, SAMPLE_LOCATION, &writer->line);
	put_number(&writer->line, row->calls + row->in_progress);
	put_number(&writer->line, row->total_ns);
	add_message(&writer->part, SAMPLE_VALUE, &writer->line);
	add_message(&writer->profile, PROFILE_SAMPLE, &writer->part);
}

/* Each function is also a location; its number is its place and 1. */
static void add_function(struct writer *writer, const struct function *function, uint64_t id)
{
	struct message *part = &writer->part, *line = &writer->line;
	uint64_t name = string(&writer->strings, function->name);
	add_number(part, LOCATION_ID, id);
	if (function->module) {
		add_number(part, LOCATION_MAPPING, function->module->id);
		add_number(part, LOCATION_ADDRESS, function->offset);
	}
	add_number(line, LINE_FUNCTION, id);
	add_number(line, LINE_LINE, function->line);
	add_message(part, LOCATION_LINE, line);
	add_message(&writer->profile, PROFILE_LOCATION, part);
	add_number(part, FUNCTION_ID, id);
	add_number(part, FUNCTION_NAME, name);
	add_number(part, FUNCTION_SYSTEM_NAME, name);
	add_number(part, FUNCTION_FILE, string(&writer->strings, function->file));
	add_message(&writer->profile, PROFILE_FUNCTION, part);
}

static int by_id(const void *a, const void *b)
{
	const struct module *left = *(const struct module *const *)a;
	const struct module *right = *(const struct module *const *)b;
	return (left->id > right->id) - (left->id < right->id);
}

/* Each module once. */
static void add_modules(struct writer *writer, const struct functions *functions)
{
	const struct module **modules = xcalloc(functions->count + 1, sizeof(*modules));
	size_t count = 0;
	for (size_t i = 0; i < functions->count; i++) {
		if (functions->function[i].module)
			modules[count++] = functions->function[i].module;
	}
	qsort(modules, count, sizeof(*modules), by_id);
	for (size_t i = 0; i < count; i++) {
		if (i && modules[i] == modules[i - 1])
			continue;
		char *path = report_escaped(modules[i]->path);
		add_number(&writer->part, MAPPING_ID, modules[i]->id);
		add_number(&writer->part, MAPPING_FILE, string(&writer->strings, path));
		add_number(&writer->part, MAPPING_BUILD_ID,
			string(&writer->strings, modules[i]->build_id));
		add_number(&writer->part, MAPPING_HAS_FUNCTIONS, 1);
		add_message(&writer->profile, PROFILE_MAPPING, &writer->part);
		free(path);
	}
	free(modules);
}

void pprof_write(FILE *stream, const struct report *report)
{
	struct writer writer = {
		.strings.text = xcalloc(1, sizeof(char *)), .strings.count = 1, .strings.room = 1};
	const struct timespec *time = &report->facts.time;
	struct functions functions;
	writer.strings.text[0] = xstrdup("");
	functions_make(&functions, report);
	add_type(&writer, "calls", "count");
	add_type(&writer, "time", "nanoseconds");
	for (size_t i = 0; i < report->stack_count; i++)
		add_sample(&writer, &functions, &report->stacks[i], functions.first[i],
			functions.first[i + 1]);
	add_modules(&writer, &functions);
	for (size_t i = 0; i < functions.count; i++)
		add_function(&writer, &functions.function[i], i + 1);
	uint64_t type = string(&writer.strings, report->view.stacks_by_calls ? "calls" : "time");
	for (size_t i = 0; i < writer.strings.count; i++) {
		add_bytes(&writer.profile, PROFILE_STRING, writer.strings.text[i],
			strlen(writer.strings.text[i]));
		free(writer.strings.text[i]);
	}
	uint64_t now_ns = (uint64_t)time->tv_sec * NS_PER_S + (uint64_t)time->tv_nsec;
	uint64_t elapsed_ns = report_elapsed_ns(report);
	add_number(&writer.profile, PROFILE_TIME, now_ns > elapsed_ns ? now_ns - elapsed_ns : 0);
	add_number(&writer.profile, PROFILE_DURATION, elapsed_ns);
	add_number(&writer.profile, PROFILE_DEFAULT_TYPE, type);
	fwrite(writer.profile.bytes, 1, writer.profile.size, stream);
	functions_clear(&functions);
	free(writer.strings.text);
	free(writer.profile.bytes);
	free(writer.part.bytes);
	free(writer.line.bytes);
}
