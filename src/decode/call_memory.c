/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings, buffers and lists of them as text; see decode/call_writer.h. */
#include "config.h"

#include <string.h>

#include "decode/call_writer.h"

/* Writes BYTE, with NEXT after it (-1: nothing), as in a string of C. */
static void put_byte(struct call_writer *writer, unsigned char byte, int next)
{
	static const char escapes[256] = {['"'] = '"',
		['\\'] = '\\',
		['\f'] = 'f',
		['\n'] = 'n',
		['\r'] = 'r',
		['\t'] = 't',
		['\v'] = 'v'};
	char text[5];
	size_t length = 0;
	/* By hand: all that a program reads and writes passes here. */
	if (escapes[byte]) {
		text[length++] = '\\';
		text[length++] = escapes[byte];
	} else if (byte >= ' ' && byte < 0x7f) {
		text[length++] = (char)byte;
	} else {
		bool is_padded = next >= '0' && next <= '7';
		text[length++] = '\\';
		if (is_padded || byte >= 0100)
			text[length++] = (char)('0' + (byte >> 6));
		if (is_padded || byte >= 010)
			text[length++] = (char)('0' + (byte >> 3 & 7));
		text[length++] = (char)('0' + (byte & 7));
	}
	text[length] = '\0';
	put(writer, text);
}

void put_quoted(struct call_writer *writer, const unsigned char *bytes, size_t size, bool is_cut)
{
	put(writer, "\"");
	for (size_t i = 0; i < size && !writer->is_full; i++)
		put_byte(writer, bytes[i], i + 1 < size ? bytes[i + 1] : -1);
	put(writer, is_cut ? "\"..." : "\"");
}

void put_hex_string(struct call_writer *writer, const unsigned char *bytes, size_t size)
{
	put(writer, "\"");
	for (size_t i = 0; i < size && !writer->is_full; i++)
		putf(writer, "\\x%02x", bytes[i]);
	put(writer, "\"");
}

void put_missing(struct call_writer *writer, uint64_t address)
{
	if (address && writer->detail->is_masked)
		put(writer, "\"***\"...");
	else
		put_address(writer, address);
}

void put_string(struct call_writer *writer, enum detail_phase phase, uint64_t address, size_t limit)
{
	size_t size = 0;
	const unsigned char *bytes = detail_find(writer->detail, phase, address, &size);
	if (!address || !bytes) {
		put_missing(writer, address);
		return;
	}
	const unsigned char *end = memchr(bytes, 0, size);
	if (end)
		size = (size_t)(end - bytes);
	/* The memory ends before the string does. */
	if (!end && size <= limit && !writer->detail->is_cut) {
		put_address(writer, address);
		return;
	}
	put_quoted(writer, bytes, size < limit ? size : limit, size > limit || !end);
}

void put_buffer(
	struct call_writer *writer, enum detail_phase phase, uint64_t address, uint64_t size)
{
	size_t limit = writer->options->string_max;
	size_t found = 0;
	const unsigned char *bytes = detail_find(writer->detail, phase, address, &found);
	if (size < limit)
		limit = (size_t)size;
	if (address && !limit) {
		put(writer, size ? "\"\"..." : "\"\"");
	} else if (!address || !bytes || (found < limit && !writer->detail->is_cut)) {
		put_missing(writer, address);
	} else {
		found = found < limit ? found : limit;
		put_quoted(writer, bytes, found, found < size);
	}
}

void put_iovec(struct call_writer *writer, enum detail_phase phase, uint64_t address,
	uint64_t count, uint64_t total)
{
	size_t word = word_size(writer);
	size_t limit = element_limit(writer);
	if (!count) {
		put(writer, address ? "[]" : "NULL");
		return;
	}
	for (uint64_t i = 0; i < count && !writer->is_full; i++) {
		unsigned char vector[16];
		if (i >= limit) {
			put(writer, ", ...");
			break;
		}
		uint64_t at = address + i * 2 * word;
		if (detail_read(writer->detail, phase, at, vector, 2 * word) < 2 * word) {
			if (!i) {
				put_address(writer, address);
				return;
			}
			putf(writer, ", ... /* %#llx */", (unsigned long long)at);
			break;
		}
		uint64_t base = word_at(writer, vector);
		uint64_t size = word_at(writer, vector + word);
		uint64_t used = size < total ? size : total;
		if (total < IOVEC_ADDRESSES)
			total -= used;
		put(writer, i ? ", {iov_base=" : "[{iov_base=");
		if (total == IOVEC_ADDRESSES)
			put_address(writer, base);
		else
			put_buffer(writer, phase, base, used);
		putf(writer, ", iov_len=%llu}", (unsigned long long)size);
	}
	put(writer, "]");
}
