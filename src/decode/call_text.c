/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A call as text; see decode/call_text.h. */
#include "config.h"

#include "decode/call_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "abi/names.h"
#include "base/text.h"
#include "decode/call_writer.h"

/* How much of the text of others is escaped at once. */
#define PIECE_MAX 256

extern const struct value_set values_fcntl_seal;
extern const struct value_set values_signal;

void put(struct call_writer *writer, const char *text)
{
	size_t length = strlen(text);
	/* Most text is short and fits; putf() cuts what does not. */
	if (writer->is_full || length >= writer->size - writer->length) {
		putf(writer, "%s", text);
		return;
	}
	memcpy(writer->buf + writer->length, text, length + 1);
	writer->length += length;
}

void putf(struct call_writer *writer, const char *format, ...)
{
	va_list list;
	size_t left = writer->size - writer->length;
	if (writer->is_full || !left)
		return;
	va_start(list, format);
	int length = vsnprintf(writer->buf + writer->length, left, format, list);
	va_end(list);
	if (length < 0 || (size_t)length < left) {
		writer->length += length > 0 ? (size_t)length : 0;
		return;
	}
	/* It is cut, but not within a character. */
	writer->is_full = true;
	writer->length = writer->size - 1;
	size_t start = writer->length;
	while (start && (writer->buf[start - 1] & 0xc0) == 0x80)
		start--;
	if (start && (unsigned char)writer->buf[start - 1] >= 0xc0)
		writer->length = start - 1;
	writer->buf[writer->length] = '\0';
}

size_t element_limit(const struct call_writer *writer)
{
	return writer->options->verbose ? SIZE_MAX : writer->options->string_max;
}

static bool is_32bit(const struct call_writer *writer)
{
	return abi_is_32bit((enum abi)writer->call.abi);
}

uint64_t argument_value(const struct call_writer *writer, unsigned int index)
{
	return argument_register(writer->call, writer->args, index);
}

size_t word_size(const struct call_writer *writer)
{
	return abi_pointer_size((enum abi)writer->call.abi);
}

uint64_t word_at(const struct call_writer *writer, const unsigned char *bytes)
{
	return number_at(bytes, word_size(writer));
}

uint64_t number_at(const unsigned char *bytes, size_t size)
{
	uint64_t value = 0;
	memcpy(&value, bytes, size < sizeof(value) ? size : sizeof(value));
	return value;
}

int64_t signed_at(const unsigned char *bytes, size_t size)
{
	uint64_t value = number_at(bytes, size);
	if (size < sizeof(value) && value >> (size * 8 - 1))
		value |= UINT64_MAX << size * 8;
	return (int64_t)value;
}

bool read_int(
	const struct call_writer *writer, enum detail_phase phase, uint64_t address, int32_t *value)
{
	return address &&
	       detail_read(writer->detail, phase, address, value, sizeof(*value)) == sizeof(*value);
}

/* What precedes the names of flags. */
static const char *label_of(const struct value_set *set)
{
	return set == &values_fcntl_seal ? " (seals " : " (flags ";
}

/* A value of the result, as `kind` says. */
static void put_success(struct call_writer *writer)
{
	const struct event_detail *detail = writer->detail;
	const struct argument *result = argument_result(writer->call, writer->args);
	uint64_t value = is_32bit(writer) ? (uint32_t)detail->result : (uint64_t)detail->result;
	long long number = is_32bit(writer) ? (int32_t)detail->result : (long long)detail->result;
	switch (result->kind) {
	case ARG_FD:
		put_descriptor(writer, (int)value, true);
		break;
	case ARG_PTR:
	case ARG_HEX:
		putf(writer, "%#llx", (unsigned long long)value);
		break;
	case ARG_MODE:
		putf(writer, "%#03llo", (unsigned long long)value);
		break;
	case ARG_FLAGS:
		putf(writer, "%#llx", (unsigned long long)value);
		if (value || result->is_bare || result->format->low_set) {
			put(writer, result->is_bare ? " (" : label_of(result->format->set));
			put_values(writer, result->format, value);
			put(writer, ")");
		}
		break;
	case ARG_ENUM:
		putf(writer, result->is_wide ? "%#llx" : "%lld", number);
		if (value || result->format->set != &values_signal) {
			put(writer, " (");
			put_values(writer, result->format, value);
			put(writer, ")");
		}
		break;
	default:
		putf(writer, "%lld", number);
		break;
	}
	if (argument_style(writer->call) == STYLE_READY)
		put_ready(writer);
}

/*
 * Writes what another tool has written, at ADDRESS of DETAIL_TEXT. It is escaped already, but may
 * be by somebody else: what is unsafe is escaped again, and backslashes stay. False: there is none.
 */
static bool put_written(struct call_writer *writer, uint64_t address)
{
	size_t size;
	const unsigned char *text = detail_find(writer->detail, DETAIL_TEXT, address, &size);
	if (!text)
		return false;
	while (size) {
		char piece[PIECE_MAX], escaped[4 * PIECE_MAX + 1];
		const unsigned char *backslash = memchr(text, '\\', size);
		size_t length = backslash ? (size_t)(backslash - text) : size;
		bool is_backslash = length == 0;
		/* Not in the middle of a character, if it is one. */
		length = is_backslash ? 1 : length < PIECE_MAX ? length : PIECE_MAX;
		while (length > PIECE_MAX - 4 && length < size && (text[length] & 0xc0) == 0x80)
			length--;
		memcpy(piece, text, length);
		put(writer,
			is_backslash ? "\\" : text_escape(piece, length, escaped, sizeof(escaped)));
		/* text_escape() ends at a NUL. */
		const char *nul = memchr(piece, '\0', length);
		if (nul) {
			put(writer, "\\0");
			length = (size_t)(nul - piece) + 1;
		}
		text += length;
		size -= length;
	}
	return true;
}

static void put_result(struct call_writer *writer)
{
	char name[ABI_NAME_MAX];
	const struct event_detail *detail = writer->detail;
	if (put_written(writer, DETAIL_TEXT_RESULT))
		return;
	if (detail->end != DETAIL_RETURNED) {
		put(writer, "?");
	} else if (!detail->err) {
		put_success(writer);
	} else {
		bool restarts = detail->err >= CALL_RESTART_FIRST &&
		                detail->err <= CALL_RESTART_LAST;
		putf(writer, "%s %s (%s)", restarts ? "?" : "-1", error_name(detail->err, name),
			detail->err == CALL_RESTART_LAST ? "Interrupted by signal"
							 : error_text(detail->err));
	}
}

static void put_all_arguments(struct call_writer *writer)
{
	if (!put_written(writer, DETAIL_TEXT_ARGS))
		put_arguments(writer);
}

/* The name, which is that of the call that is made. */
static void put_name(struct call_writer *writer)
{
	char name[CALL_NAME_MAX];
	if (writer->indirect.name)
		putf(writer, "%s@%s", writer->indirect.name,
			abi_suffix((enum abi)writer->call.abi));
	else
		put(writer, call_name(writer->call, name));
}

/* Begins to write to BUF of SIZE bytes. */
static void start(struct call_writer *writer, const struct event_detail *detail,
	const struct call_text_options *options, char *buf, size_t size)
{
	uint64_t address;
	uint32_t words[INDIRECT_WORDS_MAX];
	size_t count = indirect_words(detail->call, detail->args, &address);
	if (size)
		buf[0] = '\0';
	*writer = (struct call_writer){
		.buf = buf,
		.size = size,
		.detail = detail,
		.options = options,
		.call = detail->call,
		.args = detail->args,
	};
	if (count && detail_read(detail, DETAIL_ENTRY, address, words, count * sizeof(*words)) ==
			     count * sizeof(*words)) {
		indirect_resolve(detail->call, detail->args, words, &writer->indirect);
		writer->call = writer->indirect.call;
		writer->args = writer->indirect.args;
	}
}

size_t call_text_name(const struct event_detail *detail, const struct call_text_options *options,
	char *buf, size_t size)
{
	struct call_writer writer;
	start(&writer, detail, options, buf, size);
	put_name(&writer);
	return writer.length;
}

size_t call_text_args(const struct event_detail *detail, const struct call_text_options *options,
	char *buf, size_t size)
{
	struct call_writer writer;
	start(&writer, detail, options, buf, size);
	put_all_arguments(&writer);
	return writer.length;
}

size_t call_text_result(const struct event_detail *detail, const struct call_text_options *options,
	char *buf, size_t size)
{
	struct call_writer writer;
	start(&writer, detail, options, buf, size);
	put_result(&writer);
	return writer.length;
}

size_t call_text(const struct event_detail *detail, const struct call_text_options *options,
	char *buf, size_t size)
{
	struct call_writer writer;
	start(&writer, detail, options, buf, size);
	put_name(&writer);
	put(&writer, "(");
	put_all_arguments(&writer);
	put(&writer, ") = ");
	put_result(&writer);
	return writer.length;
}
