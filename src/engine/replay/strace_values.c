/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers back from their names; see engine/replay/strace_decoder.h. */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "engine/replay/call_names.h"
#include "engine/replay/strace_decoder.h"
#include "engine/replay/strace_line.h"

/* Names in a set of flags: more than there are bits. */
#define FLAGS_MAX     128

/* The longest name that is looked for in the tables. */
#define NAME_MAX_SIZE 64

struct span strace_without_comments(struct span text)
{
	const char *start;
	text = span_trim(text);
	if (span_begins(text, "/*")) {
		const char *end = memmem(text.start, text.size, "*/", 2);
		if (end)
			text = span_trim(span_between(end + 2, text.start + text.size));
	}
	/* Only behind numbers and names: strings have some. */
	if (text.size && *text.start != '"' &&
		(start = memmem(text.start, text.size, "/*", 2)) != NULL)
		text = span_trim(span_between(text.start, start));
	return text;
}

/* The value called NAME in SET, which may be NULL. */
static bool find_name(const struct value_set *set, const char *name, uint64_t *value)
{
	return set && value_by_name(set, name, value);
}

/* The value of NAME by FORMAT. */
static bool find_in_format(const struct value_format *format, const char *name, uint64_t *value)
{
	if (!format)
		return false;
	if (find_name(format->set, name, value)) {
		*value <<= format->shift;
		return true;
	}
	return find_name(format->low_set, name, value) || find_name(format->high_set, name, value);
}

/* Names that stand for values of any kind. */
static const struct {
	const char *name;
	uint64_t value;
} common_names[] = {
	{"NULL", 0},
	{"AT_FDCWD", (uint64_t)AT_FDCWD},
	{"RLIM_INFINITY", UINT64_MAX},
	{"RLIM64_INFINITY", UINT64_MAX},
	{"true", 1},
	{"SIG_DFL", 0},
	{"SIG_IGN", 1},
	{"FUTEX_BITSET_MATCH_ANY", UINT32_MAX},
	{"INADDR_ANY", 0},
};

/* The value of one name or number. */
static uint64_t one_value(
	const struct strace_decoder *decoder, struct span text, const struct value_format *format)
{
	char name[NAME_MAX_SIZE];
	uint64_t value = 0;
	uint64_t factor;
	struct span inside;
	text = strace_without_comments(text);
	if (span_take_c_number(&text, &value)) {
		/* "8192*1024", "1<<5" */
		if (span_take(&text, "*") && span_take_c_number(&text, &factor))
			value *= factor;
		else if (span_take(&text, "<<") && span_take_c_number(&text, &factor) &&
			 factor < 64)
			value <<= factor;
		return value;
	}
	if (!text.size || text.size >= sizeof(name))
		return 0;
	if ((span_take(&text, "htons(") || span_take(&text, "htonl(")) &&
		span_take_until(&text, ')', &inside))
		return one_value(decoder, inside, format);
	memcpy(name, text.start, text.size);
	name[text.size] = '\0';
	if (find_in_format(format, name, &value))
		return value;
	for (size_t i = 0; i < sizeof(common_names) / sizeof(*common_names); i++) {
		if (strcmp(common_names[i].name, name) == 0)
			return common_names[i].value;
	}
	return (uint64_t)call_names_signal(decoder->names, text);
}

uint64_t strace_value(const struct strace_decoder *decoder, struct span text,
	const struct value_format *format, enum abi abi)
{
	uint64_t value = 0;
	struct span part;
	(void)abi;
	for (unsigned int i = 0; i < FLAGS_MAX && span_take_until(&text, '|', &part); i++)
		value |= one_value(decoder, part, format);
	return value | one_value(decoder, text, format);
}

uint64_t strace_signals(const struct strace_decoder *decoder, struct span text)
{
	uint64_t bits = 0;
	bool is_complement = span_take(&text, "~");
	if (!span_take(&text, "["))
		return 0;
	while (text.size && *text.start != ']') {
		char name[NAME_MAX_SIZE] = "SIG";
		size_t size = 0;
		while (size < text.size && !strchr(" ]", text.start[size]))
			size++;
		struct span word = {text.start, size};
		if (!span_begins(word, "SIG") && size + 3 < sizeof(name)) {
			memcpy(name + 3, word.start, size);
			word = (struct span){name, size + 3};
		}
		int signal = call_names_signal(decoder->names, word);
		if (signal > 0 && signal <= 64)
			bits |= UINT64_C(1) << (signal - 1);
		text = span_after(text, size);
		span_skip_blanks(&text);
	}
	return is_complement ? ~bits : bits;
}

int strace_descriptor(struct strace_decoder *decoder, struct span text, bool is_new)
{
	uint64_t number = (uint64_t)AT_FDCWD;
	struct span annotation;
	text = strace_without_comments(text);
	if (!span_take(&text, "AT_FDCWD") && !span_take_c_number(&text, &number))
		return 0;
	int fd = (int)(int64_t)number;
	if ((fd >= 0 || fd == AT_FDCWD) && strace_take_annotation(&text, &annotation) &&
		decoder->descriptor_count < STRACE_DESCRIPTORS_MAX)
		decoder->descriptors[decoder->descriptor_count++] = (struct strace_descriptor){
			fd, is_new, annotation};
	return fd;
}
