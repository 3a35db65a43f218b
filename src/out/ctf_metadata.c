/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TSDL; see out/ctf_metadata.h. */
#include "config.h"

#include "out/ctf_metadata.h"

#include <stddef.h>

#include "event/layout.h"
#include "event/recording.h"

/* Writes TEXT as a string literal. */
static void write_string(FILE *stream, const char *text)
{
	fputc('"', stream);
	for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
		if (*at == '"' || *at == '\\')
			fprintf(stream, "\\%c", *at);
		else if (*at < ' ' || *at == 127)
			fputc(' ', stream);
		else
			fputc(*at, stream);
	}
	fputc('"', stream);
}

static void write_uuid(FILE *stream, const uint8_t uuid[16])
{
	for (int i = 0; i < 16; i++)
		fprintf(stream, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			uuid[i]);
}

/* The integers, which are packed. */
static void write_types(FILE *stream)
{
	for (unsigned int size = 1; size <= 8; size *= 2) {
		for (int is_signed = 0; is_signed < 2; is_signed++)
			fprintf(stream,
				"typealias integer { size = %u; align = 8; signed = %s; } := "
				"%sint%u_t;\n",
				size * 8, is_signed ? "true" : "false", is_signed ? "" : "u",
				size * 8);
	}
	fputs("typealias integer { size = 64; align = 8; signed = false; "
	      "map = clock.monotonic.value; } := stamp_t;\n"
	      "typealias integer { size = 8; align = 8; signed = false; encoding = UTF8; } := "
	      "char_t;\n"
	      "struct stop_item {\n\tuint64_t _count;\n\tuint32_t _key;\n};\n\n",
		stream);
}

static void write_number(FILE *stream, const struct event_field *field)
{
	bool is_signed = field->kind == FIELD_SIGNED || field->kind == FIELD_RESULT;
	fprintf(stream, "\t\t%sint%d_t _%s;\n", is_signed ? "" : "u", field->stored * 8,
		field->name);
}

static void write_text(FILE *stream, const struct event_field *field)
{
	fprintf(stream, "\t\tstring _%s;\n", field->name);
}

/* A sequence: the name of its count is that of the sequence, with a suffix. */
static void write_sequence(
	FILE *stream, const struct event_field *field, const char *count, const char *item)
{
	fprintf(stream, "\t\t%s _%s_count;\n\t\t%s _%s[_%s_count];\n", count, field->name, item,
		field->name, field->name);
}

static void write_numbers(FILE *stream, const struct event_field *field)
{
	write_sequence(stream, field, "uint8_t", "uint64_t");
}

static void write_bytes(FILE *stream, const struct event_field *field)
{
	write_sequence(stream, field, "uint32_t", "uint8_t");
}

/* Readers show these as text. */
static void write_chars(FILE *stream, const struct event_field *field)
{
	write_sequence(stream, field, "uint32_t", "char_t");
}

static void write_words(FILE *stream, const struct event_field *field)
{
	write_sequence(stream, field, "uint32_t", "uint32_t");
}

static void write_items(FILE *stream, const struct event_field *field)
{
	write_sequence(stream, field, "uint16_t", "struct stop_item");
}

static void write_fields(FILE *stream, enum event_type type)
{
	static void (*const writers[])(FILE * stream, const struct event_field *field) = {
		[FIELD_UNSIGNED] = write_number,
		[FIELD_SIGNED] = write_number,
		[FIELD_BOOL] = write_number,
		[FIELD_RESULT] = write_number,
		[FIELD_TEXT] = write_text,
		[FIELD_NUMBERS] = write_numbers,
		[FIELD_BYTES] = write_bytes,
		[FIELD_CHARS] = write_chars,
		[FIELD_WORDS] = write_words,
		[FIELD_BUCKETS] = write_items,
		[FIELD_ERRORS] = write_items,
	};
	const struct event_layout *layout = event_layout(type);
	for (size_t i = 0; i < layout->count; i++)
		writers[layout->fields[i].kind](stream, &layout->fields[i]);
	if (layout->count == 0)
		fputs("\t\tuint8_t _unused;\n", stream);
}

/* Writes kind NUMBER, whose name was begun with BEGINNING. */
static void write_kind(FILE *stream, unsigned int number, const char *beginning, const char *name,
	enum event_type type)
{
	fprintf(stream,
		"event {\n\tname = \"%s%s\";\n\tid = %u;\n\tstream_id = 0;\n\tfields := struct "
		"{\n",
		beginning, name, number);
	write_fields(stream, type);
	fputs("\t};\n};\n", stream);
}

void ctf_metadata_begin(FILE *stream, const struct ctf_trace *trace)
{
	fputs("/* CTF 1.8 */\n\n", stream);
	write_types(stream);
	fputs("trace {\n\tmajor = 1;\n\tminor = 8;\n\tuuid = \"", stream);
	write_uuid(stream, trace->uuid);
	fputs("\";\n\tbyte_order = le;\n\tpacket.header := struct {\n\t\tuint32_t magic;\n"
	      "\t\tuint8_t uuid[16];\n\t\tuint32_t stream_id;\n\t};\n};\n\n"
	      "env {\n\tdomain = \"kernel\";\n\tsysname = \"Linux\";\n\ttracer_name = \"stop\";\n"
	      "\ttracer_version = \"" PACKAGE_VERSION "\";\n\thostname = ",
		stream);
	write_string(stream, trace->host);
	fputs(";\n\tkernel_release = ", stream);
	write_string(stream, trace->release);
	fputs(";\n\ttarget = ", stream);
	write_string(stream, trace->command);
	fprintf(stream,
		";\n};\n\nclock {\n\tname = \"monotonic\";\n\tdescription = \"CLOCK_MONOTONIC\";\n"
		"\tfreq = 1000000000;\n\toffset = %llu;\n};\n\n",
		(unsigned long long)trace->clock_offset_ns);
	fputs("stream {\n\tid = 0;\n\tpacket.context := struct {\n\t\tstamp_t timestamp_begin;\n"
	      "\t\tstamp_t timestamp_end;\n\t\tuint64_t content_size;\n\t\tuint64_t packet_size;\n"
	      "\t\tuint64_t packet_seq_num;\n\t\tuint64_t events_discarded;\n\t};\n"
	      "\tevent.header := struct {\n\t\tuint16_t id;\n\t\tstamp_t timestamp;\n\t};\n"
	      "\tevent.context := struct {\n\t\tint32_t _tid;\n\t\tuint64_t _time;\n\t};\n};\n\n",
		stream);
	for (unsigned int type = 0; type < EVENT_TYPES; type++)
		write_kind(stream, type, RECORDING_PREFIX, event_layout(type)->name, type);
}

void ctf_metadata_call(FILE *stream, unsigned int number, enum event_type type, struct call call)
{
	char name[CALL_NAME_MAX];
	const struct syscall_desc *desc = syscall_lookup(call);
	if (desc)
		snprintf(name, sizeof(name), "%s", desc->name);
	else
		snprintf(name, sizeof(name), "unknown_%u", call.nr);
	bool is_compat = call.abi != ABI_NATIVE;
	char beginning[32];
	snprintf(beginning, sizeof(beginning), "%s%s", is_compat ? RECORDING_COMPAT : "",
		type == EVENT_ENTER ? RECORDING_ENTRY : RECORDING_EXIT);
	write_kind(stream, number, beginning, name, type);
}
