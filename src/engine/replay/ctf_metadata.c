/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the metadata of our recordings; see engine/replay/ctf_metadata.h. */
#include "config.h"

#include "engine/replay/ctf_metadata.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "event/layout.h"

/* The metadata is read by lines. */
struct reader {
	struct ctf_metadata *metadata;
	char *kind_name;       /* of the declaration that is read, or NULL; part of the text */
	struct ctf_kind *kind; /* the same, once its number is known */
	bool is_in_fields;
};

static bool begins_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* The type of events called NAME, or EVENT_TYPES. */
static enum event_type type_of(const char *name)
{
	if (begins_with(name, RECORDING_COMPAT))
		name += strlen(RECORDING_COMPAT);
	if (begins_with(name, RECORDING_ENTRY))
		return EVENT_ENTER;
	if (begins_with(name, RECORDING_EXIT))
		return EVENT_EXIT;
	if (!begins_with(name, RECORDING_PREFIX))
		return EVENT_TYPES;
	name += strlen(RECORDING_PREFIX);
	for (unsigned int type = 0; type < EVENT_TYPES; type++) {
		if (strcmp(event_layout(type)->name, name) == 0)
			return type;
	}
	return EVENT_TYPES;
}

/* What is in "quotes" in LINE, which is changed, or NULL. */
static char *quoted(char *line)
{
	char *begin = strchr(line, '"');
	char *end = begin ? strrchr(line, '"') : NULL;
	if (!begin || end == begin)
		return NULL;
	*end = '\0';
	return begin + 1;
}

/* The types of numbers, as their lines begin. */
static const struct {
	const char *name;
	uint8_t size;
	bool is_signed;
} numbers[] = {
	{"uint8_t ", 1, false},
	{"char_t ", 1, false},
	{"uint16_t ", 2, false},
	{"uint32_t ", 4, false},
	{"uint64_t ", 8, false},
	{"int8_t ", 1, true},
	{"int16_t ", 2, true},
	{"int32_t ", 4, true},
	{"int64_t ", 8, true},
};

/* The field of the events of KIND that is called NAME, of SIZE characters, and stored as WIRE. */
static const struct event_field *find(
	const struct ctf_kind *kind, const char *name, size_t size, enum ctf_wire wire)
{
	static const enum ctf_wire wires[] = {
		[FIELD_UNSIGNED] = CTF_NUMBER,
		[FIELD_SIGNED] = CTF_NUMBER,
		[FIELD_BOOL] = CTF_NUMBER,
		[FIELD_RESULT] = CTF_NUMBER,
		[FIELD_TEXT] = CTF_STRING,
		[FIELD_NUMBERS] = CTF_NUMBERS,
		[FIELD_BYTES] = CTF_BYTES,
		[FIELD_CHARS] = CTF_BYTES,
		[FIELD_WORDS] = CTF_WORDS,
		[FIELD_BUCKETS] = CTF_ITEMS,
		[FIELD_ERRORS] = CTF_ITEMS,
	};
	if (kind->type == EVENT_TYPES)
		return NULL;
	const struct event_field *field = event_layout_find(event_layout(kind->type), name, size);
	return field && wires[field->kind] == wire ? field : NULL;
}

/* How sequences of numbers of each size are stored; CTF_NUMBER: not at all. */
static const enum ctf_wire sequences[] = {
	[1] = CTF_BYTES,
	[4] = CTF_WORDS,
	[8] = CTF_NUMBERS,
};

/* Reads the declaration LINE of a field of KIND. Returns 0 or -EINVAL. */
static int read_field(struct ctf_kind *kind, const char *line)
{
	struct ctf_field *field = &kind->fields[kind->count];
	struct ctf_field found = {.wire = CTF_STRING};
	const char *name = begins_with(line, "string _")             ? line + 8
	                   : begins_with(line, "struct stop_item _") ? line + 18
	                                                             : NULL;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers) && !name; i++) {
		size_t length = strlen(numbers[i].name);
		if (!begins_with(line, numbers[i].name) || line[length] != '_')
			continue;
		name = line + length + 1;
		found = (struct ctf_field){.wire = CTF_NUMBER,
			.size = numbers[i].size,
			.is_signed = numbers[i].is_signed};
	}
	if (!name || kind->count == CTF_FIELDS_MAX)
		return -EINVAL;
	size_t size = strcspn(name, "[;");
	bool is_sequence = name[size] == '[';
	bool is_item = begins_with(line, "struct ");
	if (is_item != (is_sequence && is_item))
		return -EINVAL;
	if (is_sequence) {
		/* The field before it has its length. */
		if (kind->count == 0 || field[-1].wire != CTF_NUMBER || field[-1].is_signed ||
			found.is_signed || (!is_item && !sequences[found.size]))
			return -EINVAL;
		found.wire = is_item ? CTF_ITEMS : sequences[found.size];
	}
	found.field = find(kind, name, size, found.wire);
	*field = found;
	kind->count++;
	return 0;
}

/* Begins kind NUMBER. Returns 0 or -EINVAL. */
static int begin_kind(struct reader *reader, unsigned long number)
{
	struct ctf_metadata *metadata = reader->metadata;
	if (number >= RECORDING_KINDS || !reader->kind_name || metadata->kinds[number])
		return -EINVAL;
	reader->kind = metadata->kinds[number] = xcalloc(1, sizeof(*reader->kind));
	reader->kind->type = type_of(reader->kind_name);
	return 0;
}

/* Reads one LINE, without the blanks around it. Returns 0 or -EINVAL. */
static int read_line(struct reader *reader, char *line)
{
	struct ctf_metadata *metadata = reader->metadata;
	if (reader->is_in_fields && strcmp(line, "};") != 0)
		return read_field(reader->kind, line);
	if (strcmp(line, "};") == 0) {
		reader->is_in_fields = false;
	} else if (strcmp(line, "event {") == 0) {
		reader->kind_name = NULL;
		reader->kind = NULL;
	} else if (begins_with(line, "name = ")) {
		reader->kind_name = quoted(line);
	} else if (begins_with(line, "id = ") && reader->kind_name) {
		return begin_kind(reader, strtoul(line + 5, NULL, 10));
	} else if (begins_with(line, "fields := struct {")) {
		reader->is_in_fields = reader->kind != NULL;
		return reader->kind ? 0 : -EINVAL;
	} else if (begins_with(line, "offset = ")) {
		metadata->clock_offset_ns = strtoull(line + 9, NULL, 10);
	} else if (begins_with(line, "tracer_name = \"stop\"")) {
		metadata->is_ours = true;
	} else if (begins_with(line, "clock {") || begins_with(line, "stream {")) {
		reader->kind_name = NULL;
	}
	return 0;
}

int ctf_metadata_read(char *text, struct ctf_metadata *metadata)
{
	struct reader reader = {.metadata = metadata};
	int result = 0;
	*metadata = (struct ctf_metadata){0};
	metadata->kinds = xcalloc(RECORDING_KINDS, sizeof(*metadata->kinds));
	for (char *line; result == 0 && (line = strsep(&text, "\n"));)
		result = read_line(&reader, line + strspn(line, " \t"));
	if (result == 0 && !metadata->is_ours)
		result = -EINVAL;
	return result;
}

void ctf_metadata_clear(struct ctf_metadata *metadata)
{
	for (size_t i = 0; metadata->kinds && i < RECORDING_KINDS; i++)
		xfree(metadata->kinds[i]);
	xfree(metadata->kinds);
	*metadata = (struct ctf_metadata){0};
}
